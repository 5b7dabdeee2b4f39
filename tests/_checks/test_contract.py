import inspect

import numpy as np
import pytest

from attn_helpers._checks import check_count, check_positive, mask, takes


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
