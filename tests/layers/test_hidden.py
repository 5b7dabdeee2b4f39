"""NaN and infinity in what a mask hides: in every attend, forwards and backwards."""

import copy
import math

import pytest
import torch
from torch.nn.functional import linear, scaled_dot_product_attention
from torch.testing import assert_close

from attn_helpers.layers.attention import ScoreAttention, attention
from attn_helpers.layers.hidden import careful, row_by_row, set_aside
from attn_helpers.layers.local import LocalMAttention, LocalPAttention
from attn_helpers.layers.norm import Normed
from attn_helpers.layers.positions import Rotary
from attn_helpers.layers.relative_positions import AlibiBias, BiasedScore, ShawScore
from attn_helpers.layers.scoring import AdditiveScore, BilinearScore, DotScore

B, H, T_Q, T_K, D = 2, 3, 5, 7, 4
torch.manual_seed(0)
ATTENDS = {
    "fused": attention,
    "open": lambda *x: attention(*x, need_weights=True),
    "dot": ScoreAttention(DotScore()).double(),
    "additive": ScoreAttention(AdditiveScore(D, D, 3)).double(),
    "bilinear": ScoreAttention(BilinearScore(D, D)).double(),
    "Shaw": ScoreAttention(ShawScore(D, 2)).double(),
    "ALiBi": ScoreAttention(BiasedScore(AlibiBias(H))).double(),
    "local-m": LocalMAttention(DotScore(), radius=3),
    "local-p": LocalPAttention(DotScore(), D, 3, radius=3).double(),
    "rotary": Rotary(attention),
    "normed": Normed(attention),
}
each_attend = pytest.mark.parametrize("attend", ATTENDS.values(), ids=ATTENDS)
each_bad = pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])

SECRET = [4, 6]  # the keys that are hidden from all, or from the first queries
PADDING = (torch.arange(T_K)[:, None] != torch.tensor(SECRET)).all(-1)
CAUSAL = torch.ones(T_Q, T_K).tril(1) > 0  # query 3 is the first to see key 4
BY_SAMPLE = torch.stack([PADDING, PADDING.roll(1)])[:, None, None]
MASKS = {"padding": PADDING, "causal": CAUSAL, "by sample": BY_SAMPLE}
each_mask = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)


def qkv():
    generator = torch.Generator().manual_seed(1)
    return [
        torch.randn(B, H, t, D, generator=generator, dtype=torch.float64)
        for t in (T_Q, T_K, T_K)
    ]


def hidden_rows(mask):
    """The keys that query 0 of a sample may not see, ``(b, 1, t_k)``."""
    return ~mask.broadcast_to(B, 1, T_Q, T_K)[:, :, 0]


def blind_queries(mask, bad):
    """The queries that see none of the bad keys, ``(b, 1, t_q)``."""
    return ~(mask.broadcast_to(B, 1, T_Q, T_K) & bad[..., None, :]).any(-1)


def outcome(attend, q, k, v, mask, blind):
    """Output of the queries that see nothing bad, and the gradients of its sum."""
    inputs = [x.clone().requires_grad_() for x in (q, k, v)]
    output, weights = attend(*inputs, mask)
    parameters = list(attend.parameters()) if hasattr(attend, "parameters") else []
    seen = torch.where(blind[..., None], output, 0.0)
    gradients = torch.autograd.grad(seen.cos().sum(), [*inputs, *parameters])
    return output, weights, gradients


@each_attend
@each_bad
@each_mask
@pytest.mark.parametrize("where", ["k", "v"])
def test_what_is_hidden_has_no_influence(attend, bad, mask, where):
    q, k, v = qkv()
    rows = hidden_rows(mask)
    blind = blind_queries(mask, rows)
    clean = outcome(attend, q, k, v, mask, blind)
    (k if where == "k" else v).masked_fill_(rows[..., None], bad)
    got = outcome(attend, q, k, v, mask, blind)
    blind = blind.expand(B, H, T_Q)
    assert blind.any() and torch.equal(got[0][blind], clean[0][blind])
    if got[1] is not None:
        assert torch.equal(got[1][blind], clean[1][blind])
    for one, other in zip(got[2], clean[2], strict=True):
        assert_close(one, other)


@each_attend
@each_bad
@pytest.mark.parametrize("where", ["k", "v"])
def test_what_is_seen_and_not_finite_shows(attend, bad, where):
    q, k, v = qkv()
    (k if where == "k" else v)[0, :, 4] = bad
    output, weights = attend(q, k, v, CAUSAL)
    sees = CAUSAL[:, 4] & near(attend, torch.arange(T_Q), 4)
    assert output[0, :, sees].isnan().all()
    assert output[1].isfinite().all()
    if where == "k" and weights is not None:
        assert weights[0, :, sees, :].isnan().any(-1).all()
        assert (weights[~(CAUSAL.expand_as(weights))] == 0).all()


def near(attend, queries, key):
    """Whether the window of a query holds the key; that of local-p may be anywhere."""
    if isinstance(attend, LocalMAttention):
        return (queries - key).abs() <= attend.radius
    return torch.full_like(queries, not isinstance(attend, LocalPAttention)) > 0


@each_attend
def test_a_query_that_may_see_nothing_may_be_anything(attend):
    q, k, v = qkv()
    mask = CAUSAL.clone()
    mask[2] = False
    others = torch.arange(T_Q) != 2
    clean = outcome(attend, q, k, v, mask, others)
    q[:, :, 2] = torch.nan
    output, weights, gradients = outcome(attend, q, k, v, mask, others)
    assert (output[:, :, 2] == 0).all()
    assert weights is None or (weights[:, :, 2] == 0).all()
    assert torch.equal(output, clean[0])
    for one, other in zip(gradients, clean[2], strict=True):
        assert_close(one, other)


def test_torch_itself_lets_hidden_nan_through():
    """Where ours differs from torch's own function, which counts 0 times NaN."""
    q, k, v = qkv()
    v[:, :, SECRET] = torch.nan
    theirs = scaled_dot_product_attention(q, k, v, attn_mask=PADDING[None])
    assert theirs.isnan().any()
    assert attention(q, k, v, PADDING)[0].isfinite().all()


def test_without_a_mask_nothing_is_hidden():
    q, k, v = qkv()
    v[0, 0, 0, 0] = torch.inf
    expected = scaled_dot_product_attention(q, k, v)
    assert_close(attention(q, k, v)[0], expected, equal_nan=True)


def test_rows_that_are_not_finite_are_set_aside():
    x = torch.arange(24.0).reshape(2, 3, 4)
    x[0, 1, 2], x[1, 0, 0], x[1, 2] = torch.nan, -torch.inf, torch.inf
    x.requires_grad_()
    clean, bad = set_aside(x)
    assert bad.tolist() == [[False, True, False], [True, False, True]]
    assert torch.equal(clean, torch.where(bad[..., None], 0.0, x))
    clean.sum().backward()
    assert torch.equal(x.grad, (~bad[..., None]).float().expand(2, 3, 4))


def test_large_numbers_are_finite():
    x = torch.full((3, 5), 3e38)
    assert not set_aside(x)[1].any()


def test_a_layer_is_applied_with_care_where_a_mask_may_hide_what_is_learnt_from():
    x, mask = torch.tensor([[1.0], [torch.nan]]), torch.tensor([True, False])
    weight = torch.ones(1, 1, requires_grad=True)

    def slope(mask):
        output = careful(mask)(lambda rows: rows @ weight, x)
        return torch.autograd.grad(output[0].sum(), weight)[0].item()

    assert slope(mask) == 1.0 and math.isnan(slope(None))
    seen = []
    with torch.no_grad():
        careful(mask)(lambda rows: seen.append(rows), x)
    assert seen[0] is x


def test_row_by_row_keeps_what_is_not_finite_out_of_the_gradient():
    weight = torch.ones(2, 4, requires_grad=True)
    x = torch.ones(3, 4)
    x[1, 0] = torch.nan
    output = row_by_row(lambda rows: linear(rows, weight), x)
    assert output.isnan().any(-1).tolist() == [False, True, False]
    output[[0, 2]].sum().backward()
    assert torch.equal(weight.grad, torch.full((2, 4), 2.0))


# --- numbers that are finite, but too large to be computed with -----------------------

each_kind = pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
OTHERS = {name: a for name, a in ATTENDS.items() if name not in ("additive", "local-p")}


@pytest.mark.parametrize("attend", OTHERS.values(), ids=OTHERS)
@each_kind
@pytest.mark.parametrize("large", [1e30, 3e38])
def test_padding_may_be_what_stood_in_memory_by_chance(attend, dtype, large):
    """Scores and gradients of what is hidden overflow here."""
    q, k, v = (x.to(dtype) for x in qkv())
    q = q * 1e10
    attend = copy.deepcopy(attend).to(dtype) if is_module(attend) else attend
    blind = torch.ones(T_Q) > 0
    clean = outcome(attend, q, k, v, PADDING, blind)
    k[..., SECRET, :], v[..., SECRET, :] = large, -large
    got = outcome(attend, q, k, v, PADDING, blind)
    assert torch.equal(got[0], clean[0])
    for one, other in zip(got[2], clean[2], strict=True):
        assert_close(one, other)


def is_module(attend):
    return isinstance(attend, torch.nn.Module)


@pytest.mark.parametrize("name", ["fused", "open", "dot", "ALiBi"])
@each_kind
def test_a_score_that_overflows_out_of_sight_is_not_felt(name, dtype):
    q, k, v = (x.to(dtype) for x in qkv())
    q = q * 1e10
    blind = ~CAUSAL[:, 4]
    clean = outcome(ATTENDS["open"], q, k, v, CAUSAL, blind)[0][:, :, blind]
    k[..., 4, :] = 1e30
    output, _ = ATTENDS[name](q, k, v, CAUSAL)
    assert output[:, :, blind].isfinite().all()
    if name == "open":
        assert torch.equal(output[:, :, blind], clean)


def test_a_key_that_is_too_large_to_be_seen_shows():
    q, k, v = (x.float() for x in qkv())
    k[..., 4, :] = torch.sign(q[..., 3:4, :].sum(-2)) * 1e38
    output, _ = attention(q * 1e10, k, v, CAUSAL)
    assert output[:, :, 3].isnan().all()


# --- where no number can be read ------------------------------------------------------


@pytest.mark.parametrize("name", ["fused", "open", "dot", "rotary"])
@each_bad
def test_it_holds_for_a_compiled_function_too(name, bad):
    q, k, v = qkv()
    attend = torch.compile(ATTENDS[name], backend="eager", fullgraph=True)
    expected, _ = ATTENDS[name](q, k, v, PADDING)
    k[..., SECRET, :], v[..., SECRET, :] = bad, bad
    assert_close(attend(q, k, v, PADDING)[0], expected)


@pytest.mark.parametrize("name", ["fused", "open", "dot", "rotary"])
@each_bad
def test_it_holds_for_a_function_mapped_over_samples_too(name, bad):
    q, k, v = qkv()
    k[..., SECRET, :], v[..., SECRET, :] = bad, bad
    expected, _ = ATTENDS[name](q, k, v, PADDING)
    mapped = torch.vmap(lambda q, k, v: ATTENDS[name](q, k, v, PADDING)[0])
    assert_close(mapped(q, k, v), expected)
    assert expected.isfinite().all()


@pytest.mark.parametrize("mask", [torch.tensor([True]), torch.ones(T_Q, 1) > 0])
def test_a_mask_that_hides_nothing_hides_no_nan(mask):
    q, k, v = qkv()
    k[0, 0, 2, 1] = torch.nan
    output, _ = attention(q, k, v, mask)
    assert output[0, 0].isnan().all() and output[1].isfinite().all()


def test_keys_without_a_batch_are_hidden_for_each_sample_alone():
    q, k, v = qkv()
    k, v = k[0, 0], v[0, 0]
    expected = attention(q, k, v, BY_SAMPLE)[0]
    v[4] = torch.nan  # hidden from the first sample only
    output = attention(q, k, v, BY_SAMPLE)[0]
    assert_close(output[0], expected[0])
    assert output[1].isnan().all()
