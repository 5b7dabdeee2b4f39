import numpy as np
import pytest
import torch
from torch.export import Dim, export

from attn_helpers import _checks

NAMES = {"function": "f", "argument": "x"}


def complaint(kind, checker, *args, **kwargs):
    with pytest.raises(kind) as caught:
        checker(*args, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int8(2)])
def test_a_number_comes_back_as_a_python_float(value):
    assert type(_checks.check_positive(value, **NAMES)) is float


@pytest.mark.parametrize(
    ("checker", "args", "kind", "message"),
    [
        ("check_number", ("2",), TypeError, "one real number; got x of type str."),
        ("check_number", (True,), TypeError, "one real number; got x of type bool."),
        ("check_number", (np.bool_(1),), TypeError, "got x of type bool."),
        ("check_number", (None,), TypeError, "got x of type NoneType."),
        ("check_number", ([2.0],), TypeError, "got x of type list."),
        ("check_number", (2j,), TypeError, "got x of type complex."),
        ("check_number", (np.nan,), ValueError, "x must be finite; got x=nan."),
        ("check_positive", (np.inf,), ValueError, "x must be finite; got x=inf."),
        ("check_positive", (0.0,), ValueError, "greater than 0; got x=0.0."),
        ("check_positive", (-3,), ValueError, "greater than 0; got x=-3."),
        ("check_at_least", (0.5, 1), ValueError, "at least 1; got x=0.5."),
        ("check_between", (8, 0, 7), ValueError, "x must be from 0 to 7; got x=8."),
        ("check_probability", (1.5,), ValueError, "from 0 to 1; got x=1.5."),
        ("check_count", (2.0,), TypeError, "a whole number; got x of type float."),
        ("check_count", (True,), TypeError, "a whole number; got x of type bool."),
        ("check_count", (0,), ValueError, "x must be at least 1; got x=0."),
        (
            "check_even",
            (7,),
            ValueError,
            "x must be even, as its numbers are taken in pairs; got x=7.",
        ),
        ("check_even", (0,), ValueError, "x must be at least 2; got x=0."),
        (
            "check_choice",
            ("c", ("a", "b")),
            ValueError,
            "x must be one of 'a', 'b'; got x='c'.",
        ),
        ("check_callable", (3,), TypeError, "a function; got x of type int."),
        (
            "check_generator",
            (0,),
            TypeError,
            "got x of type int. Write np.random.default_rng(0).",
        ),
    ],
)
def test_single_values_are_refused(checker, args, kind, message):
    got = complaint(kind, getattr(_checks, checker), *args, **NAMES)
    assert got.startswith("f: x must be ")
    assert got.endswith(message)


def test_ends_of_a_range_belong_to_it():
    assert _checks.check_probability(0, **NAMES) == 0.0
    assert _checks.check_probability(1, **NAMES) == 1.0
    assert _checks.check_at_least(1, 1, **NAMES) == 1.0
    assert _checks.check_count(np.int64(1), **NAMES) == 1
    assert _checks.check_count(0, **NAMES, least=0) == 0


def test_a_whole_number_beyond_every_float_is_not_finite():
    with pytest.raises(ValueError, match="f: t must be finite; got t=inf"):
        _checks.check_number(10**400, function="f", argument="t")


def test_a_count_that_is_no_multiple_is_refused():
    names = ("d_model", "num_heads")
    message = complaint(
        ValueError, _checks.check_multiple, 12, 5, function="f", arguments=names
    )
    assert message == (
        "f: d_model must be a multiple of num_heads; got d_model=12, num_heads=5."
    )
    with pytest.raises(ValueError, match=r"num_heads must be at least 1; .*=0"):
        _checks.check_multiple(12, 0, function="f", arguments=names)
    assert _checks.check_multiple(12, 3, function="f", arguments=names) is None


def test_a_size_up_to_the_most_passes_and_one_more_is_refused():
    names = {"function": "f", "arguments": ("t", "room")}
    _checks.check_at_most(7, 7, **names)
    expected = "f: t must be at most room; got t=8 and room=7."
    assert complaint(ValueError, _checks.check_at_most, 8, 7, **names) == expected


@pytest.mark.parametrize(
    "checker", [_checks.check_integer, _checks.check_count, _checks.check_even]
)
def test_a_whole_number_comes_back_as_one_that_widens_nothing(checker):
    for kind in (np.uint8, np.int64, int):
        number = checker(kind(200), function="f", argument="n")
        assert type(number) is int and number + 100 == 300


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_length_that_is_still_open_passes():
    class Rows(torch.nn.Module):
        def forward(self, x):
            return x.sum(0) / _checks.check_count(
                x.shape[0], function="f", argument="t"
            )

    sizes = ({0: Dim("t", min=2, max=64)},)
    means = export(Rows(), (torch.ones(5, 3),), dynamic_shapes=sizes).module()
    torch.testing.assert_close(means(torch.ones(7, 3)), torch.ones(3))
