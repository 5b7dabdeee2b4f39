import numpy as np
import pytest
import torch
from torch.testing import assert_close

from attn_helpers.layers.attention import attention
from attn_helpers.layers.heads import split_heads
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.reference import attention as reference
from attn_helpers.reference.masks import causal_mask, padding_mask

B, T_Q, T_K = 2, 5, 7
HEADS, HEAD_DIM = 3, 7
D_MODEL = HEADS * HEAD_DIM
both_ways = pytest.mark.parametrize("need_weights", [False, True])


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
            "ValueError: MultiHeadAttention: memory must have d_model=21, as the "
            "layer, for its last axis; got memory (2, 7, 13).",
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
