import pytest
import torch
from torch.testing import assert_close

from attn_helpers.cost import count_flops, peak_bytes
from attn_helpers.efficient.tiled import tiled_attention
from attn_helpers.layers.attention import attention
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.reference.masks import causal_mask, window_mask

B, H, T_Q, T_K, D_K, D_V = 2, 3, 17, 23, 11, 13
TILES = [(1, 1), (1, 7), (5, 1), (3, 4), (17, 23), (100, 100)]
each_size = pytest.mark.parametrize(("tile_q", "tile_k"), TILES)


def qkv(dtype=torch.float64, t_q=T_Q, t_k=T_K):
    generator = torch.Generator().manual_seed(0)
    shapes = (t_q, D_K), (t_k, D_K), (t_k, D_V)
    return [
        torch.randn(B, H, *s, generator=generator, dtype=torch.float64).to(dtype)
        for s in shapes
    ]


@each_size
@pytest.mark.parametrize("first", [-3, 0, 6])
def test_the_size_of_a_tile_changes_nothing(tile_q, tile_k, first):
    mask = torch.from_numpy(causal_mask(T_Q, T_K, first))
    want, _ = attention(*qkv(), mask)
    how = {"tile_q": tile_q, "tile_k": tile_k, "causal": True, "first": first}
    output, weights = tiled_attention(*qkv(), **how)
    assert_close(output, want)
    assert weights is None


@pytest.mark.parametrize(("tile_q", "tile_k"), [(2, 3), (5, 4)])
def test_gradients_agree_with_finite_differences(tile_q, tile_k):
    mask = torch.rand(5, 7, generator=torch.Generator().manual_seed(1)) < 0.6
    mask[2] = False
    inputs = [x[:1, :1].requires_grad_() for x in qkv(t_q=5, t_k=7)]
    sizes = {"tile_q": tile_q, "tile_k": tile_k}
    ask = lambda *x: tiled_attention(*x, mask, **sizes)[0]  # noqa: E731
    assert torch.autograd.gradcheck(ask, inputs)


@pytest.mark.parametrize("shift", [-2000.0, 2000.0])
def test_scores_far_from_zero_neither_vanish_nor_overflow(shift):
    q, k, v = qkv(torch.float32)
    q[..., 0], k[..., 0] = 1.0, shift * D_K**0.5
    output, _ = tiled_attention(q, k, v, tile_q=4, tile_k=5)
    want, _ = attention(q.double(), k.double(), v.double())
    assert_close(output.double(), want, atol=2e-3, rtol=0)


def test_batch_axes_broadcast():
    q, k, v = (x.requires_grad_() for x in qkv())
    output, _ = tiled_attention(q, k[:1, :1], v[0], tile_q=4, tile_k=5)
    want, _ = attention(q, k[:1, :1], v[0])
    assert_close(output, want)
    grads = (torch.autograd.grad(x.sin().sum(), (q, k, v)) for x in (output, want))
    for one, other in zip(*grads, strict=True):
        assert_close(one, other)


def test_two_axes_are_enough():
    q, k, v = (x[0, 0] for x in qkv())
    mask = torch.arange(T_K) < 5
    output, _ = tiled_attention(q, k, v, mask, tile_q=4, tile_k=5)
    assert_close(output, attention(q, k, v, mask)[0])


@pytest.mark.parametrize("tile", [8, 32])
def test_it_stays_in_float32_under_autocast(tile):
    q, k, v = qkv(torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output, _ = tiled_attention(q, k, v, tile_q=tile, tile_k=tile)
    assert_close(output, attention(q, k, v)[0], atol=1e-6, rtol=1e-5)


def test_a_tile_that_is_hidden_is_not_computed():
    q, k, v = (x[..., :16, :] for x in qkv())
    sizes = {"tile_q": 4, "tile_k": 4}
    whole = count_flops(lambda: tiled_attention(q, k, v, **sizes))
    causal = count_flops(lambda: tiled_attention(q, k, v, causal=True, **sizes))
    window = torch.from_numpy(window_mask(16, 1))
    near = count_flops(lambda: tiled_attention(q, k, v, window, **sizes))
    assert (causal / whole, near / whole) == (10 / 16, 10 / 16)
    block = torch.arange(16)[:, None] // 4 == torch.arange(16) // 4
    assert count_flops(lambda: tiled_attention(q, k, v, block, **sizes)) == whole / 4


def test_it_counts_two_products_forward_and_five_backward():
    q, k, v = (x.requires_grad_() for x in qkv())
    one = 2 * B * H * T_Q * T_K
    there = one * (D_K + D_V)
    assert count_flops(lambda: tiled_attention(q, k, v, tile_q=4)) == there
    back = one * (3 * D_K + 2 * D_V)
    both = count_flops(lambda: tiled_attention(q, k, v, tile_q=4)[0].sum().backward())
    assert both == there + back


def test_memory_beyond_the_output_is_a_few_tiles():
    q, k, v = (torch.zeros(1, 1, 1024, 64) for _ in range(3))
    tile = 4 * 128 * 256
    extra = peak_bytes(lambda: tiled_attention(q, k, v, tile_q=128, tile_k=256))
    assert extra - 4 * 1024 * 64 < 2 * tile


@pytest.mark.parametrize("causal", [False, True])
def test_a_head_of_32768_tokens_takes_less_than_a_mebibyte_beyond_its_output(causal):
    """By the difference of two shorter lengths: what grows, grows with the length."""

    def extra(length):
        q, k, v = (torch.zeros(1, 1, length, 64) for _ in range(3))
        peak = peak_bytes(lambda: tiled_attention(q, k, v, causal=causal))
        return peak - 4 * 64 * length

    few, many = extra(1024), extra(2048)
    assert few + (many - few) * (32768 - 1024) / 1024 < 2**20


def test_in_a_layer_the_place_of_the_first_query_is_told():
    torch.manual_seed(0)
    seen = {}

    def attend(q, k, v, mask=None, *, first=0):
        seen["first"] = first
        return tiled_attention(q, k, v, mask, first=first)

    layer = MultiHeadAttention(12, 3, attend=attend)
    layer(torch.ones(1, 2, 12))
    assert seen == {"first": 0}


def test_a_second_derivative_is_refused():
    q, k, v = (x.requires_grad_() for x in qkv())
    output, _ = tiled_attention(q, k, v)
    (grad,) = torch.autograd.grad(output.sin().sum(), q, create_graph=True)
    with pytest.raises(RuntimeError) as caught:
        grad.sum().backward()
    assert str(caught.value) == (
        "tiled_attention: its gradient must not be differentiated again; got a second "
        "derivative. Use attention(..., need_weights=True) there."
    )


def test_a_transform_is_refused():
    q, k, v = qkv()
    with pytest.raises(
        RuntimeError, match=r"plain tensors; got a torch.func transform"
    ):
        torch.vmap(lambda q: tiled_attention(q, k[0], v[0])[0])(q)


@pytest.mark.parametrize(
    ("how", "kind", "message"),
    [
        ({"tile_q": 0}, ValueError, "tile_q must be"),
        ({"tile_k": -1}, ValueError, "tile_k must be"),
        ({"tile_k": 2.0}, TypeError, "tile_k must be"),
        ({"first": 0.5}, TypeError, "first must be"),
        ({"mask": torch.ones(T_Q, T_K)}, TypeError, "mask must be boolean"),
        ({"mask": torch.ones(T_K, T_Q) > 0}, ValueError, "mask must broadcast"),
    ],
)
def test_wrong_input_is_refused_in_our_words(how, kind, message):
    with pytest.raises(kind, match=f"tiled_attention: {message}"):
        tiled_attention(*qkv(), **how)
