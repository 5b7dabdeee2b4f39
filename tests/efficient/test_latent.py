from pathlib import Path

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from attn_helpers.cost import count_flops, count_parameters
from attn_helpers.efficient.latent import Absorbed, LatentAttention
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.paged_cache import PagedCache, PagePool
from attn_helpers.layers.positions import rope_half_split
from attn_helpers.layers.window_cache import WindowCache
from attn_helpers.reference import attention as reference
from attn_helpers.reference.masks import causal_mask, padding_mask, window_mask
from attn_helpers.reference.positions import rope

B, T, D_MODEL, HEADS, HEAD_DIM, D_LATENT, D_ROPE = 2, 11, 13, 3, 5, 7, 4
both_ways = pytest.mark.parametrize("need_weights", [False, True])
each_form = pytest.mark.parametrize("form", ["plain", "absorbed"])
MASKS = {
    "none": None,
    "causal": torch.from_numpy(causal_mask(T)),
    "padding": torch.from_numpy(padding_mask([3, 7], T)),
    "one row": torch.arange(T) < 5,
}
each_mask = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)


def layer_and_rows(dtype=torch.float64, **how):
    torch.manual_seed(0)
    layer = LatentAttention(D_MODEL, HEADS, HEAD_DIM, D_LATENT, D_ROPE, **how)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return layer.to(dtype), torch.randn(B, T, D_MODEL).to(dtype)


def formed(form, layer):
    return layer if form == "plain" else Absorbed(layer)


# --- the plain form against something independent ------------------------------------


def test_it_agrees_with_the_published_program():
    """DeepseekV2Attention of transformers; see latent_published.py."""
    kept = np.load(Path(__file__).with_name("latent_published.npz"))
    published = {name: torch.from_numpy(kept[name]) for name in kept.files}
    layer = LatentAttention(33, HEADS, head_dim=6, d_latent=10, d_rope=4)
    layer.norm.eps = 1e-6
    down, k_rope = published["kv_a_proj_with_mqa.weight"].split([10, 4])
    k_up, v_up = published["kv_b_proj.weight"].unflatten(0, (HEADS, 2, 6)).unbind(1)
    layer.load_state_dict(
        {
            "q_proj.weight": published["q_proj.weight"],
            "down_proj.weight": down,
            "norm.weight": published["kv_a_layernorm.weight"],
            "k_up.weight": k_up.flatten(0, 1),
            "v_up.weight": v_up.flatten(0, 1),
            "rope_proj.weight": k_rope,
            "out_proj.weight": published["o_proj.weight"],
        }
    )
    for one in (layer, Absorbed(layer)):
        output, weights = one(published["x"], MASKS["causal"], need_weights=True)
        assert_close(output, published["output"], atol=1e-6, rtol=1e-5)
        assert_close(weights, published["weights"], atol=1e-6, rtol=1e-5)


@each_mask
def test_it_agrees_with_a_loop_over_heads_in_numpy(mask):
    layer, x = layer_and_rows()
    w = {name: p.detach().numpy() for name, p in layer.named_parameters()}
    output, weights = layer(x, mask, need_weights=True)
    for i, rows in enumerate(x.numpy()):
        latent = rows @ w["down_proj.weight"].T
        eps = np.finfo(np.float64).eps
        size = np.sqrt((latent**2).mean(-1, keepdims=True) + eps)
        latent = latent / size * w["norm.weight"]
        its_mask = None if mask is None else np.broadcast_to(mask, (B, T, T))[i]
        places, total = np.arange(T), 0
        k_place = rope(rows @ w["rope_proj.weight"].T, places)
        for head in range(HEADS):
            width, part = HEAD_DIM + D_ROPE, slice(head * HEAD_DIM, None)
            q = rows @ w["q_proj.weight"][head * width :][:width].T
            q = np.concatenate([q[:, :HEAD_DIM], rope(q[:, HEAD_DIM:], places)], -1)
            k = latent @ w["k_up.weight"][part][:HEAD_DIM].T
            v = latent @ w["v_up.weight"][part][:HEAD_DIM].T
            k = np.concatenate([k, k_place], -1)  # so scaled by √(5 + 4)
            mixed, its = reference.scaled_dot_product_attention(q, k, v, its_mask)
            np.testing.assert_allclose(weights[i, head].detach(), its, atol=1e-12)
            total = total + mixed @ w["out_proj.weight"][:, part][:, :HEAD_DIM].T
        np.testing.assert_allclose(output[i].detach(), total, atol=1e-12)


# --- absorbed is plain ---------------------------------------------------------------


@each_mask
@both_ways
def test_both_forms_give_the_same_and_learn_the_same(mask, need_weights):
    layer, x = layer_and_rows()
    x.requires_grad_()
    outcomes = []
    for form in (layer, Absorbed(layer)):
        output, weights = form(x, mask, need_weights)
        gradients = torch.autograd.grad(output.sin().sum(), [x, *layer.parameters()])
        outcomes.append((output, weights, *gradients))
    for one, other in zip(*outcomes, strict=True):
        assert_close(one, other, atol=1e-11, rtol=1e-9)
    assert (outcomes[0][1] is not None) == need_weights


@each_form
@both_ways
@pytest.mark.parametrize("parts", [[1] * T, [7, 1, 3], [5, 3, 3], [T]])
def test_in_parts_it_is_the_text_at_once(form, need_weights, parts):
    layer, x = layer_and_rows()
    layer_in_form, cache, outputs = formed(form, layer), KVCache(), []
    for part in x.split(parts, dim=1):
        t, first = part.shape[1], len(cache)
        mask = torch.from_numpy(causal_mask(t, first + t, first))
        output, weights = layer_in_form(part, mask, need_weights, cache)
        assert weights is None or weights.shape == (B, HEADS, t, first + t)
        outputs.append(output)
    assert_close(torch.cat(outputs, dim=1), layer(x, MASKS["causal"])[0])
    assert cache.k.shape == (B, T, D_LATENT) and cache.v.shape == (B, T, D_ROPE)
    assert cache.nbytes == B * T * (D_LATENT + D_ROPE) * 8


def test_the_plain_form_reads_the_prompt_and_the_absorbed_one_goes_on():
    layer, x = layer_and_rows()
    cache, absorbed = KVCache(), Absorbed(layer)
    layer(x[:, :7], MASKS["causal"][:7, :7], cache=cache)
    steps = [absorbed(x[:, [place]], cache=cache)[0] for place in range(7, T)]
    expected, _ = layer(x, MASKS["causal"])
    assert_close(torch.cat(steps, dim=1), expected[:, 7:])
    assert set(absorbed.parameters()) == set(layer.parameters())


@each_form
def test_other_caches_serve_it_too(form):
    layer, x = layer_and_rows()
    layer_in_form = formed(form, layer)
    near = torch.from_numpy(causal_mask(T) & window_mask(T, 2))
    masks = {WindowCache: near, PagedCache: MASKS["causal"]}
    caches = WindowCache(window=3), PagedCache(PagePool(pages=4, page=3))
    with torch.no_grad():
        for cache in caches:
            mask = masks[type(cache)]
            first, _ = layer_in_form(x[:, :5], mask[:5, :5], cache=cache)
            second, _ = layer_in_form(x[:, 5:8], mask[5:8, :8], cache=cache)
            steps = [layer_in_form(x[:, [i]], cache=cache)[0] for i in range(8, T)]
            whole = torch.cat([first, second, *steps], dim=1)
            assert_close(whole, layer(x, mask)[0])


@each_form
def test_the_rotation_can_be_chosen(form):
    layer, x = layer_and_rows(rotate=rope_half_split)
    other, _ = layer_and_rows()
    order = torch.tensor([0, 2, 1, 3])  # neighbours apart, in queries and the key
    with torch.no_grad():
        layer.rope_proj.weight.copy_(other.rope_proj.weight[order])
        by_head = layer.q_proj.weight.unflatten(0, (HEADS, -1))
        kept = other.q_proj.weight.unflatten(0, (HEADS, -1))
        by_head[:, HEAD_DIM:] = kept[:, HEAD_DIM:][:, order]
    assert_close(formed(form, layer)(x)[0], formed(form, other)(x)[0])


# --- what it costs -------------------------------------------------------------------


def test_it_keeps_little_and_holds_what_the_matrices_say():
    layer, _ = layer_and_rows()
    queries, up = HEADS * (HEAD_DIM + D_ROPE), 2 * HEADS * HEAD_DIM
    outer = D_MODEL * (queries + D_LATENT + D_ROPE + HEADS * HEAD_DIM)
    assert count_parameters(layer) == outer + D_LATENT * up + D_LATENT


@both_ways
@pytest.mark.parametrize(("t_q", "t_k"), [(1, 1), (1, 11), (3, 11), (11, 11)])
def test_the_forms_cost_what_counting_by_hand_says(need_weights, t_q, t_k):
    layer, x = layer_and_rows()
    width = HEADS * HEAD_DIM
    both = t_q * D_MODEL * (width + HEADS * D_ROPE + D_LATENT + D_ROPE + width)
    plain = 2 * t_k * width * D_LATENT + t_q * t_k * HEADS * (2 * HEAD_DIM + D_ROPE)
    absorbed = 2 * t_q * width * D_LATENT + t_q * t_k * HEADS * (2 * D_LATENT + D_ROPE)
    for form, own in ((layer, plain), (Absorbed(layer), absorbed)):
        cache = KVCache()
        if t_k > t_q:
            form(x[:, : t_k - t_q], cache=cache)
        new = x[:, t_k - t_q : t_k]

        def step(form=form, new=new, cache=cache):
            form(new, need_weights=need_weights, cache=cache)

        assert count_flops(step) == 2 * B * (both + own)


@pytest.mark.parametrize(
    ("t_q", "cheaper"),
    [(1, "absorbed"), (163, "absorbed"), (164, "plain"), (4096, "plain")],
)
def test_with_the_sizes_of_deepseek_the_absorbed_form_is_for_few_queries(t_q, cheaper):
    """Counted on the meta device: shapes alone, 4096 rows, one head of 128."""
    t_k, costs = 4096, {}
    with torch.device("meta"):
        layer = LatentAttention(2, 1, head_dim=128, d_latent=512, d_rope=64)
        for form in ("plain", "absorbed"):
            cache = KVCache()
            if t_k > t_q:
                cache.append(torch.ones(t_k - t_q, 512), torch.ones(t_k - t_q, 64))
            x, one = torch.ones(t_q, 2), formed(form, layer)
            costs[form] = count_flops(lambda one=one, x=x, c=cache: one(x, cache=c))
    assert min(costs, key=costs.get) == cheaper


# --- what is hidden, precision, devices ----------------------------------------------


@each_form
@both_ways
@pytest.mark.parametrize("odd", [torch.nan, torch.inf, 1e300])
def test_padding_may_be_anything(form, need_weights, odd):
    layer, x = layer_and_rows()
    mask, real = MASKS["padding"], MASKS["padding"][:, 0]

    def outcome(padding):
        rows = x.masked_fill(~real[..., None], padding)
        output, _ = formed(form, layer)(rows, mask, need_weights)
        gradients = torch.autograd.grad(output[real].sin().sum(), layer.parameters())
        return output[real], *gradients

    for got, expected in zip(outcome(odd), outcome(0.0), strict=True):
        assert_close(got, expected)


@each_form
@both_ways
def test_a_query_that_may_attend_to_nothing_gets_zeros(form, need_weights):
    layer, x = layer_and_rows()
    mask = torch.from_numpy(padding_mask([0, 5], T))
    output, weights = formed(form, layer)(x, mask, need_weights)
    assert (output[0] == 0).all() and (output[1] != 0).any()
    assert weights is None or (weights[0] == 0).all()


@each_form
def test_a_text_alone_and_one_row_alone(form):
    layer, x = layer_and_rows()
    layer_in_form = formed(form, layer)
    output, _ = layer_in_form(x, MASKS["causal"])
    assert_close(layer_in_form(x[1], MASKS["causal"])[0], output[1])
    assert_close(layer_in_form(x[1, :1])[0], output[1, :1])


@each_form
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_in_half_precision_it_stays_there_and_agrees(form, dtype):
    layer, x = layer_and_rows(torch.float32)
    expected, _ = layer(x, MASKS["causal"])
    layer, x = layer.to(dtype), x.to(dtype)
    output, _ = formed(form, layer)(x, MASKS["causal"])
    assert output.dtype == dtype
    near = 40 * torch.finfo(dtype).eps
    assert_close(output.float(), expected, atol=near, rtol=near)


@each_form
@both_ways
def test_on_another_device_everything_stays_there(form, need_weights):
    layer, x = layer_and_rows(torch.float32)
    layer, x, cache = layer.to("meta"), x.to("meta"), KVCache()
    mask = MASKS["causal"].to("meta")
    output, weights = formed(form, layer)(x, mask, need_weights, cache)
    assert output.is_meta and output.shape == x.shape and cache.k.is_meta
    assert not need_weights or weights.shape == (B, HEADS, T, T)


# --- beside other attentions, and refusals -------------------------------------------


def test_it_keeps_less_than_heads_of_their_own():
    _, x = layer_and_rows()
    every, latent = KVCache(), KVCache()
    MultiHeadAttention(15, 3).double()(torch.ones(B, T, 15).double(), cache=every)
    layer_and_rows()[0](x, cache=latent)
    assert (every.nbytes, latent.nbytes) == (B * T * 30 * 8, B * T * 11 * 8)


@each_form
@pytest.mark.parametrize(
    ("x", "mask", "message"),
    [
        (
            torch.ones(2, 5, 11),
            None,
            "x must have d_model=13 for its last axis; got x (2, 5, 11).",
        ),
        (
            torch.ones(2, 5, 13),
            torch.ones(5, 4) > 0,
            "mask must broadcast to the scores (2, 5, 5); got mask (5, 4).",
        ),
        (
            torch.ones(2, 5, 13),
            torch.ones(2, 3, 5, 5) > 0,
            "mask must broadcast to the scores (2, 5, 5); got mask (2, 3, 5, 5).",
        ),
    ],
)
def test_input_that_does_not_fit_is_refused(form, x, mask, message):
    layer, cache = layer_and_rows(torch.float32)[0], KVCache()
    with pytest.raises(ValueError) as caught:
        formed(form, layer)(x, mask, cache=cache)
    assert str(caught.value) == f"LatentAttention: {message}" and len(cache) == 0


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((13, 3, 5, 7, 3), "d_rope must be even, as its numbers are taken in pairs; "
         "got d_rope=3."),
        ((13, 0, 5, 7, 2), "num_heads must be at least 1; got num_heads=0."),
        ((13, 3, 5, 0, 2), "d_latent must be at least 1; got d_latent=0."),
        ((13, 3, 0, 7, 2), "head_dim must be at least 1; got head_dim=0."),
        ((0, 3, 5, 7, 2), "d_model must be at least 1; got d_model=0."),
    ],
)  # fmt: skip
def test_sizes_that_cannot_be_are_refused(sizes, message):
    with pytest.raises(ValueError) as caught:
        LatentAttention(*sizes)
    assert str(caught.value) == f"LatentAttention: {message}"
