import inspect
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import torch

from attn_helpers._checks import (
    check_count,
    check_positive,
    mask,
    takes,
    takes_tensors,
)


@takes(
    q="(..., t_q, d_k)",
    k="(..., t_k, d_k)",
    mask=mask("(..., t_q, t_k)"),
    bandwidth=check_positive,
    t=check_count,
)
def echo(q, k, mask=None, *, bandwidth=1.0, t=None, other="kept"):
    """What arrived."""
    return q, k, mask, bandwidth, t, other


def test_the_body_sees_what_was_read():
    q, k, seen, bandwidth, t, other = echo([[1, 2]], [[3, 4]], [[True]], bandwidth=2)
    assert q.dtype == k.dtype == np.float64
    assert seen.dtype == bool
    assert (type(bandwidth), t, other) == (float, None, "kept")


def test_arguments_by_name_and_by_place_are_read_alike():
    ones = np.ones((1, 2), np.float32)
    for got in (echo(ones, ones), echo(k=ones, q=ones), echo(ones, k=ones)):
        assert [x.dtype for x in got[:2]] == [np.float32] * 2
    assert echo(ones, ones, t=np.uint8(3))[4] == 3


def test_complaints_have_the_name_of_the_function():
    with pytest.raises(ValueError, match=r"^echo: q and k must share d_k"):
        echo([[1, 2]], [[3]])
    with pytest.raises(ValueError, match=r"^echo: bandwidth must be greater than 0"):
        echo([[1]], [[3]], bandwidth=0)
    with pytest.raises(TypeError, match=r"^echo: mask must be boolean"):
        echo([[1]], [[3]], [[1]])


def test_none_passes_only_where_it_is_the_default():
    with pytest.raises(TypeError, match=r"^echo: bandwidth must be one real number"):
        echo([[1]], [[3]], bandwidth=None)
    with pytest.raises(TypeError, match=r"^echo: q must hold real numbers"):
        echo(None, [[3]])


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {"q": [[1]]}, "missing 1 required positional argument: 'k'"),
        (([[1]], [[1]], None, 7), {}, "takes from 2 to 3 positional arguments but 4"),
        (([[1]], [[1]]), {"q": [[1]]}, "got multiple values for argument 'q'"),
        (([[1]], [[1]]), {"r": 3}, "got an unexpected keyword argument 'r'"),
    ],
)
def test_a_wrong_number_of_arguments_is_python_s_to_refuse(args, kwargs, message):
    with pytest.raises(TypeError, match=message):
        echo(*args, **kwargs)


def test_name_documentation_and_signature_stay():
    assert (echo.__name__, echo.__doc__) == ("echo", "What arrived.")
    assert list(inspect.signature(echo).parameters)[:3] == ["q", "k", "mask"]


@takes(x="(...)", rate=check_positive)
@dataclass(frozen=True)
class Model:
    x: float = 3
    rate: float = 1.0


def test_a_default_array_is_read_like_any_other():
    assert Model().x.dtype == np.float64
    assert Model(x=[1, 2], rate=np.uint8(7)).x.tolist() == [1.0, 2.0]


def test_above_a_class_the_arguments_of_its_making_are_read():
    model = Model(2, rate=np.uint8(7))
    assert isinstance(model, Model)
    assert (type(model.rate), replace(model, rate=3).rate) == (float, 3.0)
    with pytest.raises(ValueError, match=r"^Model: rate must be greater than 0; got"):
        Model(rate=0)


# --- torch ---


@takes_tensors(x="(..., t, d)", table="(n, d)", scale=check_positive)
def double(x, table=None, scale=1.0):
    return x * scale, table


class Layer:
    sizes: ClassVar = {"d": 3}

    @takes_tensors(x="(..., t, d)")
    def forward(self, x):
        return x


def test_tensors_are_checked_and_passed_on_as_they_are():
    x = torch.ones(2, 5, 3)
    assert double(x)[0].equal(x)
    assert double(x, torch.ones(7, 3), np.float64(2))[0].dtype == torch.float32
    with pytest.raises(ValueError, match=r"^double: x and table must share d, their"):
        double(x, table=torch.ones(7, 4))
    with pytest.raises(TypeError, match=r"^double: x must be a torch tensor; got x of"):
        double([[1.0]])


def test_a_method_speaks_as_its_class_and_knows_the_sizes_of_its_layer():
    x = torch.ones(5, 3)
    assert Layer().forward(x) is x
    with pytest.raises(ValueError, match=r"^Layer: x must have d=3 for"):
        Layer().forward(torch.ones(5, 4))


def test_a_function_behind_its_contract_compiles():
    compiled = torch.compile(double, fullgraph=True, backend="eager", dynamic=True)
    for t in (3, 5):
        assert compiled(torch.ones(t, 3))[0].shape == (t, 3)
