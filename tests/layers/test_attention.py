import numpy as np
import pytest
import torch
from torch.nn.functional import pad, scaled_dot_product_attention
from torch.testing import assert_close

from attn_helpers.layers.attention import (
    AdditiveScore,
    ConcatScore,
    DotScore,
    GeneralScore,
    MultiHeadAttention,
    ScoreAttention,
    attention,
    masked_softmax,
    merge_heads,
    repeat_kv,
    split_heads,
)
from attn_helpers.reference import attention as reference
from attn_helpers.reference import scoring
from attn_helpers.reference.masks import causal_mask, padding_mask

B, H, T_Q, T_K, D_K, D_V = 2, 3, 5, 7, 11, 13
HALVES = (torch.float16, torch.bfloat16)


def qkv(dtype=torch.float64, size=1.0):
    generator = torch.Generator().manual_seed(0)
    shapes = (T_Q, D_K), (T_K, D_K), (T_K, D_V)
    return [
        (size * torch.randn(B, H, *shape, generator=generator)).to(dtype)
        for shape in shapes
    ]


def with_a_dead_row():
    mask = torch.from_numpy(causal_mask(T_Q, T_K))
    mask[2] = False
    return mask


MASKS = {
    "none": None,
    "causal": torch.from_numpy(causal_mask(T_Q, T_K)),
    "dead row": with_a_dead_row(),
    "padding": (torch.arange(T_K) < torch.tensor([[3], [7]]))[:, None, None],
}
each_mask = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
both_ways = pytest.mark.parametrize("need_weights", [False, True])


@each_mask
@both_ways
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_output_agrees_with_torch(mask, need_weights, dtype):
    output, _ = attention(*qkv(dtype), mask, need_weights)
    assert_close(output, scaled_dot_product_attention(*qkv(dtype), attn_mask=mask))


@each_mask
def test_weights_and_output_agree_with_the_reference(mask):
    arrays = [x.numpy() for x in qkv()]
    expected = reference.scaled_dot_product_attention(
        *arrays, None if mask is None else mask.numpy()
    )
    for got, want in zip(attention(*qkv(), mask, True), expected, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-12)


def test_weights_come_only_when_asked_for():
    assert attention(*qkv())[1] is None
    assert attention(*qkv(), need_weights=True)[1].shape == (B, H, T_Q, T_K)


def gradients(function, mask, dtype=torch.float64):
    inputs = [x.requires_grad_() for x in qkv(dtype)]
    output = function(*inputs, mask)
    steps = torch.arange(output.numel(), dtype=dtype).reshape(output.shape).cos()
    return torch.autograd.grad((output * steps).sum(), inputs)


@each_mask
@both_ways
def test_gradients_agree_with_torch(mask, need_weights):
    got = gradients(lambda *x: attention(*x, need_weights)[0], mask)
    expected = gradients(
        lambda *x: scaled_dot_product_attention(*x[:3], attn_mask=x[3]), mask
    )
    for one, other in zip(got, expected, strict=True):
        assert_close(one, other, atol=1e-12, rtol=1e-10)


@each_mask
@both_ways
def test_gradients_agree_with_finite_differences(mask, need_weights):
    if mask is not None and mask.dim() == 4:
        mask = mask[:1]
    inputs = [x[:1, :1].requires_grad_() for x in qkv()]

    def outputs(q, k, v):
        return tuple(x for x in attention(q, k, v, mask, need_weights) if x is not None)

    assert torch.autograd.gradcheck(outputs, inputs)


def test_what_is_hidden_may_be_anything():
    scores = torch.full((2, 3), torch.nan)
    scores[0, :2] = torch.tensor([1.0, 2.0])
    scores.requires_grad_()
    mask = torch.tensor([[True, True, False], [False, False, False]])
    weights = masked_softmax(scores, mask)
    shares = torch.tensor([1.0, 2.0]).softmax(-1)
    assert_close(weights, torch.stack([pad(shares, (0, 1)), torch.zeros(3)]))
    weights[0, 0].backward()
    slope = shares.prod()
    expected = torch.tensor([[slope, -slope, 0.0], [0.0, 0.0, 0.0]])
    assert_close(scores.grad, expected)


@both_ways
@pytest.mark.parametrize("dtype", [*HALVES, torch.float32, torch.float64])
def test_a_dead_row_gives_zeros_and_a_gradient_of_zeros(need_weights, dtype):
    mask = with_a_dead_row()
    output, weights = attention(*qkv(dtype), mask, need_weights)
    assert (output[..., 2, :] == 0).all()
    assert weights is None or (weights[..., 2, :] == 0).all()
    got = gradients(lambda *x: attention(*x, need_weights)[0], mask, dtype)
    assert all(gradient.isfinite().all() for gradient in got)
    assert (got[0][..., 2, :] == 0).all()


def test_anomaly_detection_finds_no_nan_on_the_way_back():
    with torch.autograd.set_detect_anomaly(True, check_nan=True):
        gradients(lambda *x: attention(*x, True)[0], with_a_dead_row())


@both_ways
@pytest.mark.parametrize("dtype", HALVES)
def test_half_precision_keeps_its_dtype_and_stays_near(need_weights, dtype):
    output, weights = attention(*qkv(dtype), with_a_dead_row(), need_weights)
    assert output.dtype == dtype
    assert weights is None or weights.dtype == dtype
    expected, _ = attention(*qkv(), with_a_dead_row())
    assert_close(output.double(), expected, atol=4 * torch.finfo(dtype).eps, rtol=0)


@both_ways
def test_float16_scores_past_65504_do_not_overflow(need_weights):
    q, k, v = qkv(torch.float16, size=300.0)
    mask = MASKS["causal"]
    output, _ = attention(q, k, v, mask, need_weights)
    expected, _ = attention(q.double(), k.double(), v.double(), mask)
    assert_close(output.double(), expected, atol=1.0, rtol=1e-2)


@both_ways
@pytest.mark.parametrize("rank", [0, 1])
def test_a_mask_of_fewer_axes_than_two_works(need_weights, rank):
    mask = torch.tensor(True) if rank == 0 else torch.arange(T_K) == 4
    output, _ = attention(*qkv(), mask, need_weights)
    expected, _ = attention(*qkv(), mask.expand(T_Q, T_K))
    assert_close(output, expected)


@both_ways
def test_batch_axes_broadcast(need_weights):
    q, k, v = qkv()
    output, _ = attention(q, k[:1, :1], v[0], need_weights=need_weights)
    expected, _ = attention(q[1, 2], k[0, 0], v[0, 2])
    assert_close(output[1, 2], expected)


@both_ways
def test_what_is_masked_cannot_be_felt(need_weights):
    q, k, v = qkv()
    mask = torch.arange(T_K) != 4
    before, _ = attention(q, k, v, mask, need_weights)
    k[..., 4, :], v[..., 4, :] = 1e30, 1e30
    assert torch.equal(attention(q, k, v, mask, need_weights)[0], before)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (
            (torch.ones(2, 3, 5, 11), torch.ones(2, 3, 7, 10), torch.ones(2, 3, 7, 13)),
            ValueError,
            "attention: q and k must share d_k, their last axis; "
            "got q (2, 3, 5, 11) and k (2, 3, 7, 10).",
        ),
        (
            (torch.ones(5, 11), torch.ones(7, 11), torch.ones(6, 13)),
            ValueError,
            "attention: k and v must share t_k, their second-to-last axis; "
            "got k (7, 11) and v (6, 13).",
        ),
        (
            (torch.ones(5, 11), torch.ones(7, 11), torch.ones(7, 13).double()),
            TypeError,
            "attention: q, k and v must share one floating dtype; "
            "got q torch.float32, k torch.float32, v torch.float64.",
        ),
        (
            [torch.ones(5, 5, dtype=torch.int64)] * 3,
            TypeError,
            "attention: q, k and v must share one floating dtype; "
            "got q torch.int64, k torch.int64, v torch.int64.",
        ),
        (
            (torch.ones(5, 11), np.ones((7, 11)), torch.ones(7, 13)),
            TypeError,
            "attention: k must be a torch tensor; got k of type ndarray.",
        ),
        (
            (*(torch.ones(5, 5),) * 3, torch.ones(7, 5, dtype=torch.bool)),
            ValueError,
            "attention: mask must broadcast to the scores (5, 5); got mask (7, 5).",
        ),
        (
            (*(torch.ones(5, 5),) * 3, torch.zeros(5, 5)),
            TypeError,
            "attention: mask must be boolean, True where the query may attend; "
            "got mask of dtype torch.float32. Write mask != 0 for a mask of 0 and 1, "
            "mask == 0 for an additive mask of 0 and -inf.",
        ),
    ],
)
def test_wrong_input_is_refused_in_our_words(arguments, kind, message):
    with pytest.raises(kind) as caught:
        attention(*arguments)
    assert str(caught.value) == message


def test_batch_axes_that_only_v_brings_reach_weights_and_output():
    generator = torch.Generator().manual_seed(0)
    q, k, v = (
        torch.randn(*shape, generator=generator)
        for shape in ((3, 5), (7, 5), (2, 7, 11))
    )
    mask = torch.rand(2, 3, 7, generator=generator) < 0.7
    output, weights = attention(q, k, v, mask, need_weights=True)
    fused, _ = attention(q, k, v, mask)
    arrays = (x.numpy() for x in (q, k, v, mask))
    expected = reference.scaled_dot_product_attention(*arrays)
    assert weights.shape == (2, 3, 7)
    assert_close(output, fused)
    np.testing.assert_allclose(output, expected[0], atol=1e-6)
    np.testing.assert_allclose(weights, expected[1], atol=1e-6)


@pytest.mark.parametrize("mask", [[[True]], np.ones((3, 3), dtype=bool)])
def test_a_mask_that_is_no_tensor_is_refused(mask):
    x = torch.ones(3, 2)
    with pytest.raises(
        TypeError, match="mask must be a torch tensor; got mask of type"
    ):
        attention(x, x, x, mask)


# --- many heads ----------------------------------------------------------------------

HEADS, HEAD_DIM = 3, 7
D_MODEL = HEADS * HEAD_DIM


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
            "ValueError: MultiHeadAttention: x must have d_model=21, as the layer, for "
            "its last axis; got x (2, 5, 11).",
        ),
        (
            (torch.ones(2, 5, 21), torch.ones(2, 7, 13)),
            "ValueError: MultiHeadAttention: memory must have d_model=21, as the "
            "layer, for its last axis; got memory (2, 7, 13).",
        ),
        (
            (torch.ones(2, 5, 21), torch.ones(3, 7, 21)),
            "ValueError: MultiHeadAttention: the batch axes of x and memory must be "
            "equal or 1; got x (2, 5, 21) and memory (3, 7, 21).",
        ),
        (
            (torch.ones(2, 5, 21), None, torch.ones(2, 3, 5, 5, dtype=torch.bool)),
            "ValueError: MultiHeadAttention: mask must broadcast to the scores "
            "(2, 5, 5); got mask (2, 3, 5, 5).",
        ),
        (
            (torch.ones(2, 5, 21), None, np.ones((5, 5), dtype=bool)),
            "TypeError: MultiHeadAttention: mask must be a torch tensor; "
            "got mask of type ndarray.",
        ),
        (
            (torch.ones(21),),
            "ValueError: MultiHeadAttention: x must have the axes (..., t, d_model); "
            "got x (21,).",
        ),
        (
            (torch.ones(2, 5, 21, dtype=torch.int64),),
            "TypeError: MultiHeadAttention: x and memory must share one floating "
            "dtype; got x torch.int64, memory torch.int64.",
        ),
    ],
)
def test_input_that_does_not_fit_the_heads_is_refused(arguments, message):
    assert refused(MultiHeadAttention(21, 3), *arguments) == message


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


# --- other scores ---

D_Q, D_HIDDEN = 17, 19


def scores_and_references():
    """Each score module with the same function in numpy, float64."""
    torch.manual_seed(0)
    additive = AdditiveScore(D_Q, D_K, D_HIDDEN).double()
    general = GeneralScore(D_Q, D_K).double()
    concat = ConcatScore(D_Q, D_K, D_HIDDEN).double()
    w_q, w_k, w_out = (
        layer.weight.detach().numpy().T
        for layer in (additive.q_proj, additive.k_proj, additive.out_proj)
    )
    w = general.k_proj.weight.detach().numpy()
    both = concat.pair_proj.weight.detach().numpy().T
    last = concat.out_proj.weight.detach().numpy()[0]
    return {
        "additive": (
            additive,
            lambda q, k: scoring.additive_score(q, k, w_q, w_k, w_out[:, 0]),
        ),
        "general": (general, lambda q, k: scoring.bilinear_score(q, k, w)),
        "concat": (
            concat,
            lambda q, k: scoring.additive_score(q, k, both[:D_Q], both[D_Q:], last),
        ),
        "dot": (DotScore(), scoring.dot_score),
    }


each_score = pytest.mark.parametrize("name", ["additive", "general", "concat", "dot"])


def asked(name):
    """Queries of their own width, unless the score wants that of the keys."""
    q, k, v = qkv()
    return (q if name == "dot" else torch.cat([q, q], dim=-1)[..., :D_Q]), k, v


@each_score
def test_a_score_agrees_with_the_reference(name):
    score, expected = scores_and_references()[name]
    q, k, _ = asked(name)
    got = score(q, k).detach().numpy()
    np.testing.assert_allclose(got, expected(q.numpy(), k.numpy()), atol=1e-12)


@each_score
def test_asking_one_by_one_is_asking_all_at_once(name):
    score, _ = scores_and_references()[name]
    q, k, _ = asked(name)
    ask = score.over(k)
    rows = [ask(q[..., i : i + 1, :]) for i in range(T_Q)]
    assert_close(torch.cat(rows, dim=-2), score(q, k))


@each_mask
@each_score
def test_score_attention_agrees_with_the_reference(name, mask):
    score, expected_score = scores_and_references()[name]
    arrays = [x.numpy() for x in asked(name)]
    expected = reference.attention(
        *arrays, score=expected_score, mask=None if mask is None else mask.numpy()
    )
    got = ScoreAttention(score)(*asked(name), mask)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one.detach().numpy(), other, atol=1e-12)


@each_score
def test_gradients_of_a_score_agree_with_finite_differences(name):
    attend = ScoreAttention(scores_and_references()[name][0])
    inputs = [x[0, :1, :3, :].clone().requires_grad_() for x in asked(name)]
    mask = torch.ones(3, 3, dtype=torch.bool).tril()
    mask[1] = False
    assert torch.autograd.gradcheck(lambda *x: attend(*x, mask), inputs)


def test_without_its_tanh_the_additive_score_is_deaf_to_the_query(monkeypatch):
    attend = ScoreAttention(scores_and_references()["additive"][0])
    q, k, v = asked("additive")
    heard = attend(q, k, v)[1]
    assert (heard[..., :1, :] - heard).abs().max() > 1e-3
    monkeypatch.setattr(torch, "tanh", lambda x: x)
    weights = attend(q, k, v)[1]
    assert_close(weights, weights[..., :1, :].expand_as(weights))


def test_concat_is_the_additive_score_with_its_matrices_side_by_side():
    additive = scores_and_references()["additive"][0]
    concat = ConcatScore(D_Q, D_K, D_HIDDEN).double()
    halves = [additive.q_proj.weight, additive.k_proj.weight]
    concat.pair_proj.weight = torch.nn.Parameter(torch.cat(halves, dim=1))
    concat.out_proj.weight = additive.out_proj.weight
    q, k, _ = asked("additive")
    assert_close(concat(q, k), additive(q, k))


@pytest.mark.parametrize(
    ("score", "q", "k", "message"),
    [
        (
            AdditiveScore(17, 11, 19),
            torch.ones(5, 17),
            torch.ones(7, 13),
            "AdditiveScore: k must have d_k=11, as the layer, for its last axis; "
            "got k (7, 13).",
        ),
        (
            AdditiveScore(17, 11, 19),
            torch.ones(5, 11),
            torch.ones(7, 11),
            "AdditiveScore: q must have d_q=17, as the layer, for its last axis; "
            "got q (5, 11).",
        ),
        (
            GeneralScore(17, 11),
            torch.ones(5, 11),
            torch.ones(7, 11),
            "GeneralScore: q must have d_q=17, as the layer, for its last axis; "
            "got q (5, 11).",
        ),
        (
            ConcatScore(17, 11, 19),
            torch.ones(5, 17),
            torch.ones(7, 17),
            "ConcatScore: k must have d_k=11, as the layer, for its last axis; "
            "got k (7, 17).",
        ),
        (
            DotScore(),
            torch.ones(5, 11),
            torch.ones(7, 13),
            "DotScore: q and k must share d_k, their last axis; "
            "got q (5, 11) and k (7, 13).",
        ),
    ],
)
def test_widths_that_do_not_fit_a_score_are_refused(score, q, k, message):
    with pytest.raises(ValueError) as caught:
        ScoreAttention(score)(q, k, torch.ones(7, 3))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (
            (torch.ones(5, 3), torch.ones(7, 3), torch.ones(6, 3)),
            ValueError,
            "ScoreAttention: k and v must share t_k, their second-to-last axis; "
            "got k (7, 3) and v (6, 3).",
        ),
        (
            (*(torch.ones(5, 5),) * 3, torch.ones(7, 5, dtype=torch.bool)),
            ValueError,
            "ScoreAttention: mask must broadcast to the scores (5, 5); "
            "got mask (7, 5).",
        ),
        (
            (*(torch.ones(5, 5),) * 3, [[True]]),
            TypeError,
            "ScoreAttention: mask must be a torch tensor; got mask of type list.",
        ),
        (
            (torch.ones(5, 3).double(), torch.ones(7, 3), torch.ones(7, 3)),
            TypeError,
            "ScoreAttention: q, k and v must share one floating dtype; "
            "got q torch.float64, k torch.float32, v torch.float32.",
        ),
        (
            (np.ones((5, 3)), torch.ones(7, 3), torch.ones(7, 3)),
            TypeError,
            "ScoreAttention: q must be a torch tensor; got q of type ndarray.",
        ),
    ],
)
def test_score_attention_refuses_wrong_input_in_our_words(arguments, kind, message):
    with pytest.raises(kind) as caught:
        ScoreAttention(DotScore())(*arguments)
    assert str(caught.value) == message
