import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.export import Dim, export
from torch.testing import assert_close

from attn_helpers import _checks
from attn_helpers.layers.attention import ScoreAttention, attention
from attn_helpers.layers.heads import merge_heads, split_heads
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.local import LocalMAttention
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.positions import Rotary
from attn_helpers.layers.scoring import AdditiveScore, DotScore
from attn_helpers.layers.window_cache import WindowCache
from attn_helpers.reference import attention as reference
from attn_helpers.reference.masks import causal_mask, padding_mask

B, T_Q, T_K = 2, 5, 7
HEADS, HEAD_DIM = 3, 7
D_MODEL = HEADS * HEAD_DIM
both_ways = pytest.mark.parametrize("need_weights", [False, True])
each_odd = pytest.mark.parametrize("odd", [torch.nan, torch.inf, -torch.inf, 1e100])


def a_torch_module_and_ours(bias=True, dtype=torch.float64):
    """Two modules with the same weights, and what they attend from and to."""
    torch.manual_seed(0)
    theirs = torch.nn.MultiheadAttention(
        D_MODEL, HEADS, bias=bias, batch_first=True, dtype=dtype
    )
    ours = MultiHeadAttention(D_MODEL, HEADS, bias=bias).to(dtype)
    copy_into(ours, theirs)
    x = torch.randn(B, T_Q, D_MODEL, dtype=dtype)
    memory = torch.randn(B, T_K, D_MODEL, dtype=dtype)
    return theirs, ours, x, memory


def copy_into(ours, theirs):
    projections = ours.q_proj, ours.k_proj, ours.v_proj
    with torch.no_grad():
        for mine, weight in zip(
            projections, theirs.in_proj_weight.chunk(3), strict=True
        ):
            mine.weight.copy_(weight)
        ours.out_proj.weight.copy_(theirs.out_proj.weight)
        if theirs.in_proj_bias is not None:
            theirs.in_proj_bias.normal_()  # torch starts both biases at 0
            theirs.out_proj.bias.normal_()
            for mine, bias in zip(
                projections, theirs.in_proj_bias.chunk(3), strict=True
            ):
                mine.bias.copy_(bias)
            ours.out_proj.bias.copy_(theirs.out_proj.bias)


def run_theirs(theirs, x, memory, mask, need_weights=True):
    """torch's mask is upside down, and one mask per sample must be repeated by head."""
    blocked = None if mask is None else ~mask
    if mask is not None and mask.dim() == 3:
        blocked = blocked.expand(B, x.shape[1], memory.shape[1])
        blocked = blocked.repeat_interleave(HEADS, dim=0)
    return theirs(
        x,
        memory,
        memory,
        attn_mask=blocked,
        need_weights=need_weights,
        average_attn_weights=False,
    )


def head_masks(t_q, t_k):
    return {
        "none": None,
        "causal": torch.from_numpy(causal_mask(t_q, t_k)),
        "padding": torch.from_numpy(padding_mask([3, 5], t_k)),
    }


each_head_mask = pytest.mark.parametrize("kind", ["none", "causal", "padding"])


@each_head_mask
@both_ways
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("crossed", [False, True])
def test_heads_agree_with_torch(kind, need_weights, bias, crossed):
    theirs, ours, x, memory = a_torch_module_and_ours(bias)
    read = memory if crossed else x
    mask = head_masks(T_Q, read.shape[1])[kind]
    expected, expected_weights = run_theirs(theirs, x, read, mask)
    asked = (x, memory) if crossed else (x,)
    output, weights = ours(*asked, mask=mask, need_weights=need_weights)
    assert_close(output, expected, atol=1e-12, rtol=1e-10)
    if need_weights:
        assert_close(weights, expected_weights, atol=1e-12, rtol=1e-10)
    else:
        assert weights is None


@each_head_mask
@both_ways
def test_gradients_of_heads_agree_with_torch(kind, need_weights):
    theirs, ours, x, memory = a_torch_module_and_ours()
    mask = head_masks(T_Q, T_K)[kind]
    x.requires_grad_(), memory.requires_grad_()
    steps = torch.arange(x.numel(), dtype=x.dtype).reshape(x.shape).cos()

    def gradients_of(output, module):
        inputs = [x, memory, *module.parameters()]
        return torch.autograd.grad((output * steps).sum(), inputs)

    got = gradients_of(ours(x, memory, mask, need_weights)[0], ours)
    expected = gradients_of(run_theirs(theirs, x, memory, mask)[0], theirs)
    joined = [torch.cat(got[2 + i : 8 : 2]) for i in (0, 1)]  # q, k, v in torch's order
    for one, other in zip([*got[:2], *joined, *got[8:]], expected, strict=True):
        assert_close(one, other, atol=1e-11, rtol=1e-9)


def by_loops(layer, x, memory, mask=None):
    """One head at a time, with matrices cut out of the layer's, through numpy."""
    width = layer.q_proj.out_features // layer.num_heads
    shared = layer.num_heads // layer.num_kv_heads
    outputs, weights = [], []
    for head in range(layer.num_heads):
        rows = slice(head * width, (head + 1) * width)
        kv_rows = slice(head // shared * width, (head // shared + 1) * width)
        q, k, v = (
            (z @ proj.weight[part].T + proj.bias[part]).detach().numpy()
            for z, proj, part in (
                (x, layer.q_proj, rows),
                (memory, layer.k_proj, kv_rows),
                (memory, layer.v_proj, kv_rows),
            )
        )
        output, shares = reference.scaled_dot_product_attention(q, k, v, mask)
        outputs.append(output)
        weights.append(shares)
    w, b = (z.detach().numpy() for z in (layer.out_proj.weight, layer.out_proj.bias))
    return np.concatenate(outputs, axis=-1) @ w.T + b, np.stack(weights, axis=-3)


@pytest.mark.parametrize("num_kv_heads", [1, 2, 3, 6])
@both_ways
def test_grouped_heads_agree_with_a_loop_over_heads(num_kv_heads, need_weights):
    torch.manual_seed(1)
    layer = MultiHeadAttention(6 * 7, 6, num_kv_heads).double()
    x = torch.randn(B, T_Q, 42, dtype=torch.float64)
    memory = torch.randn(B, T_K, 42, dtype=torch.float64)
    mask = padding_mask([3, 7], T_K)
    output, weights = layer(x, memory, torch.from_numpy(mask), need_weights)
    expected, expected_weights = by_loops(layer, x, memory, mask)
    np.testing.assert_allclose(output.detach(), expected, atol=1e-12)
    if need_weights:
        np.testing.assert_allclose(weights.detach(), expected_weights, atol=1e-12)


def test_grouped_heads_agree_with_full_heads_whose_weights_are_repeated():
    torch.manual_seed(2)
    few, all_heads = MultiHeadAttention(35, 5, 1), MultiHeadAttention(35, 5)
    state = few.state_dict()
    for name in ("k_proj.weight", "k_proj.bias", "v_proj.weight", "v_proj.bias"):
        state[name] = torch.cat([state[name]] * 5)
    all_heads.load_state_dict(state)
    x = torch.randn(2, 7, 35)
    assert_close(few(x)[0], all_heads(x)[0])
    assert few.k_proj.weight.shape == (7, 35)


def test_the_sum_over_heads_is_the_merge_and_one_matrix():
    theirs, ours, x, _ = a_torch_module_and_ours()
    q, k, v = (
        split_heads(p(x), HEADS) for p in (ours.q_proj, ours.k_proj, ours.v_proj)
    )
    heads, _ = attention(q, k, v)
    blocks = ours.out_proj.weight.split(HEAD_DIM, dim=1)
    total = sum(heads[:, i] @ blocks[i].T for i in range(HEADS)) + ours.out_proj.bias
    assert_close(total, theirs(x, x, x)[0])


def test_a_sentence_without_a_batch_axis_gives_the_same():
    _, ours, x, memory = a_torch_module_and_ours()
    mask = head_masks(T_Q, T_K)["causal"]
    output, weights = ours(x, memory, mask, need_weights=True)
    alone, its_weights = ours(x[1], memory[1], mask, need_weights=True)
    assert_close(alone, output[1])
    assert_close(its_weights, weights[1])


@both_ways
def test_a_query_that_may_attend_to_nothing_gets_the_bias(need_weights):
    _, ours, x, _ = a_torch_module_and_ours()
    mask = torch.from_numpy(padding_mask([0, 5], T_Q))
    output, _ = ours(x, mask=mask, need_weights=need_weights)
    assert_close(output[0], ours.out_proj.bias.expand(T_Q, -1))
    assert output.isfinite().all()


def test_one_sample_cannot_feel_another():
    _, ours, x, memory = a_torch_module_and_ours()
    before = ours(x, memory)[0]
    memory[1] += 9.0
    after = ours(x, memory)[0]
    assert torch.equal(after[0], before[0])
    assert not torch.allclose(after[1], before[1])


def refused(call, *arguments):
    with pytest.raises((TypeError, ValueError)) as caught:
        call(*arguments)
    return f"{type(caught.value).__name__}: {caught.value}"


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((12, 5), "d_model must be a multiple of num_heads; "
         "got d_model=12, num_heads=5"),
        ((12, 6, 4), "num_heads must be a multiple of num_kv_heads; "
         "got num_heads=6, num_kv_heads=4"),
        ((12, 0), "num_heads must be at least 1; got num_heads=0"),
        ((12, 6, 0), "num_kv_heads must be at least 1; got num_kv_heads=0"),
    ],
)  # fmt: skip
def test_heads_that_do_not_fit_are_refused(sizes, message):
    got = refused(MultiHeadAttention, *sizes)
    assert got == f"ValueError: MultiHeadAttention: {message}."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (torch.ones(2, 5, 11),),
            "ValueError: MultiHeadAttention: x must have d_model=21 for "
            "its last axis; got x (2, 5, 11).",
        ),
        (
            (torch.ones(2, 5, 21), torch.ones(2, 7, 13)),
            "ValueError: MultiHeadAttention: memory must have d_model=21 "
            "for its last axis; got memory (2, 7, 13).",
        ),
        (
            (torch.ones(2, 5, 21), torch.ones(3, 7, 21)),
            "ValueError: MultiHeadAttention: the batch axes of x and memory must be "
            "equal or 1; got x (2, 5, 21) and memory (3, 7, 21).",
        ),
        (
            (torch.ones(2, 5, 21), None, torch.ones(2, 4, 5, 5, dtype=torch.bool)),
            "ValueError: MultiHeadAttention: mask must broadcast to the scores "
            "(2, 3, 5, 5); got mask (2, 4, 5, 5).",
        ),
        (  # as many axes as x has: one mask for each sample, not for each head
            (torch.ones(2, 5, 21), None, torch.ones(3, 5, 5, dtype=torch.bool)),
            "ValueError: MultiHeadAttention: mask must broadcast to the scores "
            "(2, 5, 5); got mask (3, 5, 5).",
        ),
        (
            (torch.ones(2, 5, 21), None, np.ones((5, 5), dtype=bool)),
            "TypeError: MultiHeadAttention: mask must be a torch tensor; "
            "got mask of type ndarray.",
        ),
        (
            (torch.ones(21),),
            "ValueError: MultiHeadAttention: x must have the axes (..., t_q, d_model); "
            "got x (21,).",
        ),
        (
            (torch.ones(2, 5, 21, dtype=torch.int64),),
            "TypeError: MultiHeadAttention: x must have a floating dtype; "
            "got x torch.int64.",
        ),
    ],
)
def test_input_that_does_not_fit_the_heads_is_refused(arguments, message):
    assert refused(MultiHeadAttention(21, 3), *arguments) == message


# --- masks of samples and of heads ---------------------------------------------------


def test_a_mask_for_each_sample_serves_all_heads_even_where_sizes_agree():
    """With 3 samples and 3 heads a wrong broadcast would go unseen, but for this."""
    _, ours, _, _ = a_torch_module_and_ours()
    x = torch.randn(HEADS, T_Q, D_MODEL, dtype=torch.float64)
    lengths = torch.tensor([1, 3, 5])
    by_sample = (torch.arange(T_Q) < lengths[:, None])[:, None].expand(-1, T_Q, -1)
    _, weights = ours(x, mask=by_sample, need_weights=True)
    assert torch.equal(weights > 0, by_sample[:, None].expand_as(weights))
    _, weights = ours(x, mask=by_sample[None], need_weights=True)
    assert torch.equal(weights > 0, by_sample.expand_as(weights))


def test_a_mask_for_each_head_serves_all_samples():
    _, ours, x, memory = a_torch_module_and_ours()
    by_head = torch.stack([torch.ones(T_Q, T_K).tril(i) > 0 for i in range(HEADS)])
    _, weights = ours(x, memory, by_head[None], need_weights=True)
    assert torch.equal(weights > 0, by_head.expand_as(weights))


@both_ways
def test_a_sentence_alone_may_have_a_mask_for_each_head(need_weights):
    _, ours, x, _ = a_torch_module_and_ours()
    by_head = torch.stack([torch.ones(T_Q, T_Q).tril(i) > 0 for i in range(HEADS)])
    alone, _ = ours(x[0], mask=by_head, need_weights=need_weights)
    assert_close(alone, ours(x, mask=by_head[None], need_weights=need_weights)[0][0])


# --- the seam ------------------------------------------------------------------------


class Asked(torch.nn.Module):
    """Attention that keeps what it was asked."""

    def forward(self, q, k, v, mask=None, *, need_weights=False, first=0):
        self.last = q, k, v, mask, need_weights, first
        return attention(q, k, v, mask, need_weights=need_weights)


def test_what_attends_is_asked_in_heads_and_told_everything():
    asked = Asked()
    layer = MultiHeadAttention(6 * 7, 6, 2, attend=asked)
    x, cache = torch.randn(B, T_Q, 42), KVCache()
    layer(x, cache=cache)
    assert asked.last[3:] == (None, False, 0)
    mask = torch.ones(B, 1, T_Q + 1) > 0
    layer(x[:, :1], mask=mask, need_weights=True, cache=cache)
    q, k, v, its_mask, need_weights, first = asked.last
    assert q.shape == (B, 6, 1, 7) and k.shape == v.shape == (B, 6, T_Q + 1, 7)
    assert its_mask.shape == (B, 1, 1, T_Q + 1) and need_weights
    assert first == T_Q


@pytest.mark.parametrize("t_q", [1, 2])
def test_of_a_mask_the_columns_of_the_rows_still_held_are_used(t_q):
    asked, cache = Asked(), WindowCache(window=4)
    layer, x = MultiHeadAttention(6 * 7, 6, attend=asked), torch.randn(B, T_Q, 42)
    layer(x, cache=cache)
    mask = torch.rand(B, t_q, T_Q + t_q) > 0.5
    layer(x[:, :t_q], mask=mask, cache=cache)
    assert torch.equal(asked.last[3], mask[:, None, :, 2:])
    whole = torch.tensor(True)
    layer(x[:, :t_q], mask=whole, cache=cache)
    assert asked.last[3] is whole


@pytest.mark.parametrize(
    "attend",
    [ScoreAttention(DotScore()), LocalMAttention(DotScore(), radius=1), Rotary()],
    ids=["dot", "local-m", "rotary"],
)
def test_any_attention_may_stand_behind_the_heads(attend):
    torch.manual_seed(0)
    layer = MultiHeadAttention(HEADS * 10, HEADS, attend=attend).double()
    x = torch.randn(B, T_Q, HEADS * 10, dtype=torch.float64)
    q, k, v = (
        split_heads(p(x), HEADS) for p in (layer.q_proj, layer.k_proj, layer.v_proj)
    )
    heads, expected = attend(q, k, v, need_weights=True)
    output, weights = layer(x, need_weights=True)
    assert_close(weights, expected)
    assert_close(output, layer.out_proj(merge_heads(heads)))


def test_what_attends_is_part_of_the_layer():
    score = AdditiveScore(7, 7, 5)
    layer = MultiHeadAttention(21, 3, attend=ScoreAttention(score))
    assert set(score.parameters()) < set(layer.parameters())


# --- a memory that is asked many times -----------------------------------------------


@both_ways
@pytest.mark.parametrize("num_kv_heads", [1, 3])
@pytest.mark.parametrize("masked", [False, True])
def test_a_prepared_memory_answers_as_the_whole_layer_does(
    need_weights, num_kv_heads, masked
):
    torch.manual_seed(0)
    layer = MultiHeadAttention(D_MODEL, HEADS, num_kv_heads).double()
    x = torch.randn(B, T_Q, D_MODEL, dtype=torch.float64)
    memory = torch.randn(B, T_K, D_MODEL, dtype=torch.float64)
    mask = head_masks(T_Q, T_K)["padding"] if masked else None
    seen = []
    for projection in (layer.k_proj, layer.v_proj):
        projection.register_forward_hook(lambda *_: seen.append(1))
    expected, its_weights = layer(x, memory, mask, need_weights)
    seen.clear()
    ask = layer.prepare(memory, mask)
    for i in range(T_Q):
        output, weights = ask(x[:, i : i + 1], need_weights)
        assert_close(output, expected[:, i : i + 1])
        if need_weights:
            assert_close(weights, its_weights[..., i : i + 1, :])
        else:
            assert weights is None
    assert len(seen) == 2


def test_a_prepared_memory_is_told_where_the_queries_stand():
    asked = Asked()
    layer = MultiHeadAttention(6 * 7, 6, attend=asked)
    layer.prepare(torch.ones(B, T_K, 42))(torch.ones(B, T_Q, 42), first=3)
    assert asked.last[-1] == 3


@each_odd
def test_what_a_prepared_memory_hides_may_be_anything(odd):
    _, layer, x, memory = a_torch_module_and_ours()
    mask = torch.from_numpy(padding_mask([3, 5], T_K))

    def slopes(memory):
        output, _ = layer.prepare(memory, mask)(x)
        return torch.autograd.grad(output.cos().sum(), layer.parameters())

    padding = ~mask[:, 0, :, None]
    got, expected = (slopes(memory.masked_fill(padding, n)) for n in (odd, 0.0))
    for one, other in zip(got, expected, strict=True):
        assert_close(one, other)


def test_what_cannot_be_prepared_or_asked_is_refused_in_our_words():
    layer, memory = MultiHeadAttention(21, 3), torch.ones(B, T_K, 21)
    assert refused(layer.prepare, memory[..., :11]) == (
        "ValueError: MultiHeadAttention: memory must have d_model=21 for its last axis;"
        " got memory (2, 7, 11)."
    )
    assert refused(layer.prepare(memory), torch.ones(3, T_Q, 21)) == (
        "ValueError: MultiHeadAttention: the batch axes of x and memory must be equal "
        "or 1; got x (3, 5, 21) and memory (2, 7, 21)."
    )
    mask = torch.ones(B, T_Q, 3) > 0
    assert refused(layer.prepare(memory, mask), torch.ones(B, T_Q, 21)) == (
        "ValueError: MultiHeadAttention: mask must broadcast to the scores (2, 5, 7); "
        "got mask (2, 5, 3)."
    )


# --- checks, and what they cost ------------------------------------------------------


def calls_of_checks(call):
    """How often a function of ``_checks`` is called from elsewhere."""
    folder, calls = str(Path(_checks.__file__).parent), []

    def note(frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(folder):
            if not frame.f_back.f_code.co_filename.startswith(folder):
                calls.append(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return calls


@both_ways
@pytest.mark.parametrize("num_kv_heads", [1, 3])
@pytest.mark.parametrize("cached", [False, True])
def test_a_call_makes_six_checks_at_most(need_weights, num_kv_heads, cached):
    layer, x = MultiHeadAttention(21, 3, num_kv_heads), torch.ones(B, T_Q, 21)
    mask = torch.ones(T_Q, T_Q) > 0
    memory = None if cached else x
    cache = KVCache() if cached else None
    calls = calls_of_checks(lambda: layer(x, memory, mask, need_weights, cache))
    assert 1 <= len(calls) <= 6, calls


def test_the_count_of_checks_sees_them():
    x = torch.ones(3, 5)
    assert len(calls_of_checks(lambda: attention(x, x, x))) == 1
    assert len(calls_of_checks(lambda: Rotary()(x[:, :4], x[:, :4], x))) > 6


# --- what is hidden ------------------------------------------------------------------


def outcome(layer, x, memory, mask, need_weights, real):
    """The outputs of the ``real`` queries, and the gradients of a sum over them."""
    output, _ = layer(x, memory, mask, need_weights)
    gradients = torch.autograd.grad(output[real].cos().sum(), layer.parameters())
    return output[real], gradients


@both_ways
@each_odd
@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize("num_kv_heads", [1, 3])
def test_padding_may_be_anything(need_weights, odd, crossed, num_kv_heads):
    torch.manual_seed(0)
    layer = MultiHeadAttention(D_MODEL, HEADS, num_kv_heads).double()
    x = torch.randn(B, T_K, D_MODEL, dtype=torch.float64)
    asks = torch.randn(B, T_Q, D_MODEL, dtype=torch.float64)
    mask = torch.from_numpy(padding_mask([3, 5], T_K))
    real = mask[:, 0] if not crossed else torch.ones(B, T_Q) > 0

    def run(x):
        asked = (asks, x) if crossed else (x, None)
        return outcome(layer, *asked, mask, need_weights, real)

    expected, slopes = run(x.masked_fill(~mask[:, 0, :, None], 0.0))
    got, ours = run(x.masked_fill(~mask[:, 0, :, None], odd))
    assert_close(got, expected)
    for one, other in zip(ours, slopes, strict=True):
        assert_close(one, other)


@both_ways
@each_odd
def test_the_future_may_be_anything(need_weights, odd):
    _, layer, x, _ = a_torch_module_and_ours()
    mask = torch.from_numpy(causal_mask(T_Q))
    past = (slice(None), slice(None, 3))
    expected, slopes = outcome(layer, x, None, mask, need_weights, past)
    x[:, 3:] = odd
    got, ours = outcome(layer, x, None, mask, need_weights, past)
    assert_close(got, expected)
    for one, other in zip(ours, slopes, strict=True):
        assert_close(one, other)


def test_a_nan_that_is_seen_shows():
    _, layer, x, _ = a_torch_module_and_ours()
    x[0, 2] = torch.nan
    output, _ = layer(x, mask=torch.from_numpy(causal_mask(T_Q)))
    assert output[0].isnan().all(-1).tolist() == [False, False, True, True, True]
    assert output[1].isfinite().all()


# --- dtypes, devices, transforms, graphs ---------------------------------------------


@both_ways
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("masked", [False, True])
def test_autocast_computes_heads_in_half_and_agrees(need_weights, dtype, masked):
    _, layer, x, memory = a_torch_module_and_ours(dtype=torch.float32)
    mask = head_masks(T_Q, T_K)["padding"] if masked else None
    expected, _ = layer(x, memory, mask)
    with torch.autocast("cpu", dtype=dtype):
        output, weights = layer(x, memory, mask, need_weights)
    assert output.dtype == dtype and (weights is None or weights.dtype == dtype)
    eps = torch.finfo(dtype).eps
    assert_close(output.float(), expected, atol=4 * eps, rtol=4 * eps)
    output.float().sum().backward()
    assert all(p.grad.isfinite().all() for p in layer.parameters())


@both_ways
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("attend", [attention, Rotary()], ids=["plain", "rotary"])
def test_on_another_device_everything_stays_there(need_weights, masked, attend):
    layer = MultiHeadAttention(12, 3, 1, attend=attend).to("meta")
    x, cache = torch.ones(B, T_Q, 12, device="meta"), KVCache()
    mask = torch.ones(T_Q, T_Q, device="meta") > 0 if masked else None
    output, weights = layer(x, mask=mask, need_weights=need_weights, cache=cache)
    assert output.is_meta and output.shape == x.shape
    assert not need_weights or weights.is_meta
    step, _ = layer(x[:, :1], cache=cache)
    assert step.is_meta and len(cache) == T_Q + 1


@pytest.mark.parametrize(
    ("attend", "need_weights"),
    [(attention, False), (Rotary(), True)],
    ids=["fused", "rotary in the open"],
)
def test_it_exports_with_any_length(attend, need_weights):
    torch.manual_seed(0)
    layer = MultiHeadAttention(12, 3, 1, attend=attend).eval()
    masked = (torch.randn(B, 5, 12), None, torch.ones(5, 5).tril() > 0, need_weights)
    any_length = Dim("t", min=2, max=64)
    sizes = {1: any_length}, None, {0: any_length, 1: any_length}, None
    program = export(layer, masked, dynamic_shapes=sizes).module()
    for t in (2, 7, 13):
        x, mask = torch.randn(B, t, 12), torch.from_numpy(causal_mask(t))
        got = program(x, None, mask, need_weights)
        assert_close(got, layer(x, None, mask, need_weights))


@pytest.mark.parametrize("masked", [False, True])
def test_mapped_over_samples_it_is_itself(masked):
    _, layer, x, memory = a_torch_module_and_ours()
    mask = head_masks(T_Q, T_K)["padding"] if masked else None
    expected, _ = layer(x, memory, mask)
    if masked:
        got = torch.vmap(lambda *sample: layer(*sample)[0])(x, memory, mask)
    else:
        got = torch.vmap(lambda *sample: layer(*sample)[0])(x, memory)
    assert_close(got, expected)


@both_ways
def test_compiled_it_is_itself(need_weights):
    _, layer, x, _ = a_torch_module_and_ours()
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    for t in (T_Q, 3, 4):
        mask = torch.from_numpy(causal_mask(t))
        got = compiled(x[:, :t], None, mask, need_weights)
        assert_close(got, layer(x[:, :t], None, mask, need_weights))
