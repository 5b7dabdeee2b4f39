import numpy as np
import pytest
import torch

from attn_helpers.layers.heads import merge_heads, repeat_kv, split_heads

B, T_Q, T_K, HEADS, HEAD_DIM = 2, 5, 7, 3, 7
D_MODEL = HEADS * HEAD_DIM


def test_split_puts_each_block_of_features_into_its_head():
    x = torch.arange(B * T_Q * D_MODEL).reshape(B, T_Q, D_MODEL)
    split = split_heads(x, HEADS)
    assert split.shape == (B, HEADS, T_Q, HEAD_DIM)
    for b, h, t in np.ndindex(B, HEADS, T_Q):
        assert split[b, h, t].tolist() == [
            (b * T_Q + t) * D_MODEL + h * HEAD_DIM + i for i in range(HEAD_DIM)
        ]


@pytest.mark.parametrize("shape", [(T_Q, D_MODEL), (B, T_Q, D_MODEL), (2, 1, 5, 21)])
def test_merge_undoes_split(shape):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    assert torch.equal(merge_heads(split_heads(x, HEADS)), x)


def test_repeat_keeps_copies_of_a_head_side_by_side():
    x = torch.arange(2 * 3)[:, None, None].expand(6, 5, 7).reshape(2, 3, 5, 7)
    assert repeat_kv(x, 2)[0, :, 0, 0].tolist() == [0, 0, 1, 1, 2, 2]
    assert repeat_kv(x, 2)[1, :, 4, 6].tolist() == [3, 3, 4, 4, 5, 5]
    assert repeat_kv(x, 1) is x


def refused(call, *arguments):
    with pytest.raises((TypeError, ValueError)) as caught:
        call(*arguments)
    return f"{type(caught.value).__name__}: {caught.value}"


@pytest.mark.parametrize(
    ("call", "arguments", "message"),
    [
        (split_heads, (torch.ones(5, 12), 5),
         "split_heads: d_model must be a multiple of num_heads; "
         "got d_model=12, num_heads=5."),
        (split_heads, (torch.ones(12), 3),
         "split_heads: x must have the axes (..., t, d_model); got x (12,)."),
        (merge_heads, (torch.ones(5, 12),),
         "merge_heads: x must have the axes (..., h, t, head_dim); got x (5, 12)."),
        (repeat_kv, (torch.ones(3, 5, 7), 0),
         "repeat_kv: times must be at least 1; got times=0."),
        (repeat_kv, (torch.ones(5, 7), 2),
         "repeat_kv: x must have the axes (..., g, t, head_dim); got x (5, 7)."),
    ],
)  # fmt: skip
def test_what_has_no_heads_is_refused(call, arguments, message):
    assert refused(call, *arguments) == f"ValueError: {message}"
