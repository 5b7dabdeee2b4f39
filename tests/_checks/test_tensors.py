"""Tensors are checked by shape and dtype alone: also while they are being traced."""

import numpy as np
import pytest
import torch
from torch.export import Dim, export

from attn_helpers._checks import check_axes, check_tensor, mask, spread, whole

Q, K, V = "(..., t_q, d_k)", "(..., t_k, d_k)", "(..., t_k, d_v)"
MASK = mask("(..., t_q, t_k)")


def mix(q, k, v, mask=None):
    check_axes("mix", q=(q, Q), k=(k, K), v=(v, V), mask=(mask, MASK))
    scores = q @ k.transpose(-2, -1)
    return (scores if mask is None else scores * mask) @ v


def qkv(t=5):
    return [torch.ones(2, t, d) for d in (11, 11, 13)]


def complaint(kind, function, /, *args, **kwargs):
    with pytest.raises(kind) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_sizes_come_back_and_no_mask_is_left_out():
    q, k, _ = qkv()
    sizes = check_axes("f", q=(q, Q), k=(k, K), mask=(None, MASK))
    assert sizes == {"t_q": 5, "d_k": 11, "t_k": 5, "...": (2,)}


def test_shapes_are_refused_as_those_of_arrays():
    q, k, v = qkv()
    assert complaint(ValueError, mix, q, k[..., 1:], v) == (
        "mix: q and k must share d_k, their last axis; got q (2, 5, 11) and k "
        "(2, 5, 10)."
    )


def test_a_layer_may_give_a_size():
    message = complaint(ValueError, check_axes, "f", {"d": 3}, x=(qkv()[0], "(..., d)"))
    assert message == ("f: x must have d=3 for its last axis; got x (2, 5, 11).")


@pytest.mark.parametrize("value", [np.ones((5, 11)), [[1.0]], 3.0, None])
def test_what_is_no_tensor_is_refused(value):
    got = f"f: x must be a torch tensor; got x of type {type(value).__name__}."
    assert complaint(TypeError, check_axes, "f", x=(value, Q)) == got
    assert complaint(TypeError, check_tensor, value, function="f", argument="x") == got


def test_tensors_share_one_floating_dtype():
    q, k, v = qkv()
    assert complaint(TypeError, mix, q, k.double(), v) == (
        "mix: q, k and v must share one floating dtype; got q torch.float32, "
        "k torch.float64, v torch.float32."
    )
    message = complaint(TypeError, check_axes, "f", x=(q.long(), "(b, t, d)"))
    assert message == "f: x must have a floating dtype; got x torch.int64."


def test_a_mask_of_numbers_is_refused_with_the_cure_also_in_the_dtype_of_the_rest():
    for dtype in (torch.float32, torch.int64, torch.uint8):
        message = complaint(TypeError, mix, *qkv(), torch.ones(5, 5, dtype=dtype))
        assert message.startswith(
            "mix: mask must be boolean, True where the query may attend; "
            f"got mask of dtype {dtype}. Write mask != 0 for a mask of 0 and 1"
        )


@pytest.mark.parametrize("dtype", [torch.int64, torch.int8, torch.uint8])
def test_whole_numbers_of_every_width_are_whole(dtype):
    tokens = torch.ones(2, 3, dtype=dtype)
    assert check_axes("f", x=(tokens, whole("(b, t)")))["b"] == 2


@pytest.mark.parametrize("dtype", [torch.float32, torch.bool, torch.complex64])
def test_other_numbers_are_not_whole(dtype):
    tokens = torch.ones(2, 3, dtype=dtype)
    message = complaint(TypeError, check_axes, "f", x=(tokens, whole("(b, t)")))
    assert message == f"f: x must hold whole numbers; got x of dtype {dtype}."


def test_what_broadcasts_may_have_a_dtype_of_its_own():
    places = torch.arange(5)
    check_axes("f", x=(qkv()[0], "(..., t, d)"), p=(places, spread("(..., t)")))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("strict", [False, True])
def test_a_function_that_checks_exports_with_any_length(strict):
    class Mix(torch.nn.Module):
        def forward(self, q, k, v, mask):
            return mix(q, k, v, mask)

    t = Dim("t", min=2, max=64)
    sizes = ({1: t}, {1: t}, {1: t}, {0: t, 1: t})
    args = (*qkv(), torch.ones(5, 5, dtype=torch.bool))
    program = export(Mix(), args, dynamic_shapes=sizes, strict=strict).module()
    args = (*qkv(9), torch.ones(9, 9).tril().bool())
    torch.testing.assert_close(program(*args), mix(*args))


def test_a_function_that_checks_compiles_once_for_all_lengths():
    compiled = torch.compile(mix, fullgraph=True, backend="eager", dynamic=True)
    for t in (3, 5, 9):
        torch.testing.assert_close(compiled(*qkv(t)), mix(*qkv(t)))


def test_under_vmap_the_mapped_axis_is_not_seen():
    every = torch.ones(5, 5, dtype=torch.bool)
    mapped = torch.vmap(mix, in_dims=(0, 0, 0, None))(*qkv(), every)
    torch.testing.assert_close(mapped, mix(*qkv()))
