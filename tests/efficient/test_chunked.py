import pytest
import torch
from torch.testing import assert_close

from attn_helpers.cost import count_flops
from attn_helpers.efficient.chunked import chunked_attention
from attn_helpers.layers.attention import attention
from attn_helpers.reference.masks import causal_mask

B, H, T_Q, T_K, D_K, D_V = 2, 3, 17, 23, 11, 13
both_ways = pytest.mark.parametrize("recompute", [False, True])


def qkv():
    generator = torch.Generator().manual_seed(0)
    shapes = (T_Q, D_K), (T_K, D_K), (T_K, D_V)
    return [
        torch.randn(B, H, *s, generator=generator, dtype=torch.float64) for s in shapes
    ]


@both_ways
@pytest.mark.parametrize("chunk", [1, 4, 17, 100])
@pytest.mark.parametrize("first", [-3, 6])
def test_the_size_of_a_chunk_changes_nothing(recompute, chunk, first):
    mask = torch.rand(H, T_Q, T_K, generator=torch.Generator().manual_seed(1)) < 0.6
    past = torch.from_numpy(causal_mask(T_Q, T_K, first))
    want, _ = attention(*qkv(), mask & past)
    how = {"causal": True, "first": first, "chunk": chunk, "recompute": recompute}
    output, weights = chunked_attention(*qkv(), mask, **how)
    assert_close(output, want)
    assert weights is None


@both_ways
def test_gradients_agree_with_finite_differences(recompute):
    inputs = [x[:1, :1, :5].requires_grad_() for x in qkv()]

    def ask(*x):
        how = {"causal": True, "chunk": 2, "recompute": recompute}
        return chunked_attention(*x, **how)[0]

    assert torch.autograd.gradcheck(ask, inputs)


def test_keys_after_the_last_query_of_a_chunk_are_left_out():
    q, k, v = (x[..., :16, :] for x in qkv())
    whole = count_flops(lambda: chunked_attention(q, k, v, chunk=4))
    causal = count_flops(lambda: chunked_attention(q, k, v, chunk=4, causal=True))
    assert causal / whole == (4 + 8 + 12 + 16) / (4 * 16)


def test_to_recompute_costs_the_scores_once_more():
    q, k, v = (x.requires_grad_() for x in qkv())

    def flops(recompute):
        how = {"chunk": 4, "recompute": recompute}
        return count_flops(
            lambda: chunked_attention(q, k, v, **how)[0].sum().backward()
        )

    assert flops(True) - flops(False) == 2 * B * H * T_Q * T_K * D_K


@pytest.mark.parametrize(
    ("how", "kind", "message"),
    [
        ({"chunk": 0}, ValueError, "chunk must be"),
        ({"first": 0.5}, TypeError, "first must be"),
        ({"mask": torch.ones(T_K, T_Q) > 0}, ValueError, "mask must broadcast"),
    ],
)
def test_wrong_input_is_refused_in_our_words(how, kind, message):
    with pytest.raises(kind, match=f"chunked_attention: {message}"):
        chunked_attention(*qkv(), **how)
