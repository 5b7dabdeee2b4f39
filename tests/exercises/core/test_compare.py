import numpy as np
import pytest
import torch

from attn_helpers.exercises.core.compare import (
    WrongKind,
    alike,
    as_in_single,
    count,
    describe,
    finite,
    leaks,
    nearly,
    off,
    read_parts,
    right,
    unchanged,
)


def test_off_is_relative_to_the_largest_entry():
    want = np.array([1000.0, 1.0])
    assert off([1000.0, 1.0000009], want).tolist() == [False, False]
    assert off([1000.0, 1.000002], want).tolist() == [False, True]


def test_off_leaves_a_coarser_dtype_its_digits():
    want = np.array([1.0, 0.25], dtype=np.float32)
    assert off([1.000004, 0.25], want).tolist() == [False, False]
    assert off([1.0001, 0.25], want).tolist() == [True, False]


def test_off_demands_exact_zeros_beside_large_numbers():
    want = np.array([1e6, 0.0])
    assert off([1e6, 1e-13], want).tolist() == [False, False]
    assert off([1e6, 1e-11], want).tolist() == [False, True]
    assert off([1e6, np.nan], want).tolist() == [False, True]
    assert nearly([np.array([1e6, 1e-3])], [want])
    assert not nearly([np.array([1e6, 1.0])], [want])
    assert leaks([1.0, 1e-11], want).tolist() == [False, True]


def test_off_among_zeros_is_nearly_exact():
    assert off([1e-13], [0.0]).tolist() == [False]
    assert off([1e-9], [0.0]).tolist() == [True]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_always_off(bad):
    assert off([bad, 1.0], [1.0, 1.0]).tolist() == [True, False]


def test_an_infinity_that_is_wanted_is_right():
    want = np.array([-np.inf, 1.0])
    assert off([-np.inf, 1.0], want).tolist() == [False, False]
    assert off([np.inf, 1.0], want).tolist() == [True, False]


def test_single_precision_is_as_rough_as_the_answer_is_in_it():
    want, single = [np.array([0.5, 0.25])], [np.array([0.501, 0.25])]
    assert as_in_single([want[0] + 0.01], want, single)
    assert not as_in_single([want[0] + 0.05], want, single)
    assert not as_in_single([want[0][None]], want, single)
    assert as_in_single([want[0] + 1e-7], want, want)
    assert not as_in_single([want[0] + 1e-6], want, want)


def test_where_single_precision_overflows_nothing_is_asked():
    want, single = [np.array([1.0, 2.0])], [np.array([1.0, np.nan])]
    assert as_in_single([np.array([1.0, np.inf])], want, single)
    assert not as_in_single([np.array([1.1, 2.0])], want, single)


def test_right_needs_the_shape_first():
    assert right([np.ones((2, 3))], [np.ones((2, 3))])
    assert not right([np.ones((1, 3))], [np.ones((2, 3))])


def test_alike_counts_nan_and_infinity_in_their_places():
    one = [np.array([np.nan, np.inf, 1.0])]
    assert alike(one, [np.array([np.nan, np.inf, 1.0])])
    assert not alike(one, [np.array([np.nan, -np.inf, 1.0])])
    assert not alike(one, [np.array([1.0, np.inf, np.nan])])


def test_alike_compares_programs_that_stopped():
    assert alike(None, None)
    assert not alike(None, [np.ones(2)])


def test_finite():
    assert finite([np.ones(2), np.zeros(1)])
    assert not finite([np.ones(2), np.array([np.nan])])
    assert not finite(None)


def test_read_parts_takes_numbers_lists_of_parts_and_arrays():
    assert read_parts(3, ("slope",))[0].shape == ()
    assert [p.tolist() for p in read_parts([1.0, 2.0], ("a", "b"))] == [1.0, 2.0]
    assert read_parts(np.float64(2.5), ("x",))[0] == 2.5
    assert read_parts(np.array([1.0, 2.0]), ("a", "b")) == [1.0, 2.0]
    with pytest.raises(WrongKind, match="one array of shape"):
        read_parts(np.ones((2, 2)), ("a", "b"))


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "None"), ("text", "a str"), ([1.0], "a list"), ((1.0, 2.0), "tuple of 2")],
)
def test_read_parts_refuses_in_words(value, text):
    with pytest.raises(WrongKind, match=text):
        read_parts(value, ("weights",))


def test_what_was_read_stays_when_the_array_is_written_into():
    buffer = np.zeros(2)
    parts = read_parts(buffer, ("x",))
    buffer[:] = 1
    assert parts[0].tolist() == [0.0, 0.0]


def test_read_parts_refuses_what_is_far_too_much():
    with pytest.raises(WrongKind, match=r"\(1000, 1001\), which is 1,001,000 entries"):
        read_parts(np.broadcast_to(1.0, (1000, 1001)), ("x",))


def test_read_parts_in_torch():
    tensor = torch.ones(2, requires_grad=True)
    (part,) = read_parts(tensor, ("x",), "torch")
    assert (type(part), part.dtype) == (np.ndarray, np.float32)
    (part,) = read_parts(3, ("x",), "torch")
    assert part == 3
    with pytest.raises(WrongKind, match=r"`x` is a torch tensor.*numpy alone"):
        read_parts(tensor, ("x",))
    with pytest.raises(WrongKind, match=r"`x` is a numpy array.*in torch"):
        read_parts(np.ones(2), ("x",), "torch")


def test_unchanged_counts_nan_as_itself():
    assert unchanged(np.array([np.nan, 1.0]), np.array([np.nan, 1.0]))
    assert not unchanged(np.array([np.nan, 1.0]), np.array([np.nan, 2.0]))
    assert unchanged(torch.tensor([torch.nan]), torch.tensor([torch.nan]))
    assert not unchanged(torch.tensor([1]), torch.tensor([2]))
    assert unchanged(2.5, 2.5) and not unchanged("a", "b")


def test_any_number_of_results():
    names = tuple("abcdefghijkl")
    assert len(read_parts(list(range(12)), names)) == 12
    with pytest.raises(WrongKind, match="wants 12 things, `return a, b, c"):
        read_parts((1, 2), names)
    with pytest.raises(WrongKind, match="wants five things"):
        read_parts((1, 2), names[:5])
    assert (count(2), count(11)) == ("two", "11")


def test_describe_uses_the_right_article():
    assert describe([1]) == "a list"
    assert describe(3) == "an int"
    assert describe(np.ones((2, 3))) == "one array of shape (2, 3)"
