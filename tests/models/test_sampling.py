import math
from collections import Counter

import pytest
import torch
from torch.testing import assert_close

from attn_helpers.models.sampling import (
    keep_top_k,
    keep_top_p,
    sample,
    with_temperature,
)

B, T, VOCAB = 3, 5, 11
INF = torch.inf


def some_logits(dtype=torch.float32):
    generator = torch.Generator().manual_seed(0)
    return 3 * torch.randn(B, T, VOCAB, dtype=dtype, generator=generator)


def dice(seed=0):
    return torch.Generator().manual_seed(seed)


def kept(logits):
    """Which tokens of one distribution are left."""
    return [i for i, logit in enumerate(logits.tolist()) if logit > -INF]


def in_order(shares):
    """Tokens by falling share, those with the lower number first among equals."""
    return sorted(range(len(shares)), key=lambda i: (-shares[i], i))


# --- temperature ---------------------------------------------------------------------


def test_temperature_raises_each_share_to_a_power():
    shares = torch.tensor([0.5, 0.3, 0.2])
    for temperature, power in [(0.5, 2), (1.0, 1), (2.0, 0.5)]:
        raised = shares**power
        got = with_temperature(shares.log(), temperature).softmax(dim=-1)
        assert_close(got, raised / raised.sum())


def test_by_hand():
    """0.8 and 0.2 at temperature 1/2 are as 0.64 to 0.04."""
    got = with_temperature(torch.tensor([0.8, 0.2]).log(), 0.5).softmax(dim=-1)
    assert_close(got, torch.tensor([16 / 17, 1 / 17]))


def test_near_zero_the_likeliest_takes_everything():
    logits = some_logits()
    got = with_temperature(logits, 1e-4).softmax(dim=-1)
    assert torch.equal(got.argmax(dim=-1), logits.argmax(dim=-1))
    assert got.amax(dim=-1).min() == 1


# --- top-k ---------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 2, 7, VOCAB, VOCAB + 1, 1000])
def test_top_k_keeps_the_k_likeliest_as_they_are(k):
    logits = some_logits()
    got = keep_top_k(logits, k)
    for row, result in zip(logits.flatten(0, 1), got.flatten(0, 1), strict=True):
        expected = sorted(in_order(row.tolist())[:k])
        assert kept(result) == expected
        assert torch.equal(result[expected], row[expected])


def test_of_ties_the_first_are_kept():
    logits = torch.tensor([1.0, 2.0, 1.0, 3.0, 1.0])
    assert [kept(keep_top_k(logits, k)) for k in (1, 2, 3, 4)] == [
        [3],
        [1, 3],
        [0, 1, 3],
        [0, 1, 2, 3],
    ]
    assert kept(keep_top_k(torch.zeros(97), 3)) == [0, 1, 2]
    assert kept(keep_top_p(torch.zeros(8), 0.25)) == [0, 1]


# --- top-p ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shares", "p", "expected"),
    [
        ([0.5, 0.41, 0.09], 0.9, [0, 1]),  # 0.5 is not enough, and 0.91 is
        ([0.5, 0.41, 0.09], 0.5, [0]),
        ([0.5, 0.41, 0.09], 0.95, [0, 1, 2]),
        ([0.09, 0.5, 0.41], 0.9, [1, 2]),
        ([0.25, 0.25, 0.25, 0.25], 0.5, [0, 1]),
        ([0.1, 0.2, 0.7], 0.0, [2]),
        ([0.1, 0.2, 0.7], 1.0, [0, 1, 2]),
        ([1.0, 0.0, 0.0], 1.0, [0]),
        ([1.0], 0.3, [0]),
    ],
)
def test_top_p_by_hand(shares, p, expected):
    logits = torch.tensor(shares, dtype=torch.float64).log()
    got = keep_top_p(logits, p)
    assert kept(got) == expected
    assert torch.equal(got[expected], logits[expected])


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.83, 0.999, 1.0])
def test_top_p_is_the_smallest_set_that_comes_to_p(p):
    logits = some_logits()
    got = keep_top_p(logits, p)
    for row, result in zip(logits.flatten(0, 1), got.flatten(0, 1), strict=True):
        shares = row.double().softmax(dim=-1).tolist()
        expected, total = [], 0.0
        for token in in_order(shares):
            expected.append(token)
            total += shares[token]
            if total >= p:
                break
        assert kept(result) == sorted(expected)


def test_the_order_of_temperature_and_top_p_matters():
    logits = torch.tensor([0.5, 0.3, 0.2]).log()
    assert kept(keep_top_p(with_temperature(logits, 0.25), 0.85)) == [0]
    assert kept(with_temperature(keep_top_p(logits, 0.85), 0.25)) == [0, 1, 2]
    assert_close(
        keep_top_k(with_temperature(logits, 0.25), 2),
        with_temperature(keep_top_k(logits, 2), 0.25),
    )


def test_what_one_has_hidden_the_other_leaves_hidden():
    logits = torch.tensor([0.4, 0.3, 0.2, 0.1]).log()
    # of the two that are left, 4/7 and 3/7, the first one alone comes to 0.5
    assert kept(keep_top_p(keep_top_k(logits, 2), 0.5)) == [0]
    assert kept(keep_top_k(keep_top_p(logits, 0.5), 3)) == [0, 1]
    assert kept(keep_top_p(keep_top_k(logits, 2), 1.0)) == [0, 1]


# --- drawing -------------------------------------------------------------------------


def test_tokens_are_drawn_as_often_as_they_should():
    shares = torch.tensor([0.61, 0.0, 0.29, 0.1])
    drawn = sample(shares.log().expand(10_000, -1), dice())
    counts = Counter(drawn.tolist())
    assert counts[1] == 0 and sum(counts.values()) == 10_000
    for token, share in enumerate(shares.tolist()):
        deviation = math.sqrt(10_000 * share * (1 - share))
        assert abs(counts[token] - 10_000 * share) <= 3 * deviation


def test_each_row_is_drawn_from_its_own_distribution():
    logits = torch.full((B, T, VOCAB), -INF)
    wanted = torch.arange(B * T).view(B, T) % VOCAB
    logits.scatter_(-1, wanted[..., None], 0.0)
    assert torch.equal(sample(logits, dice()), wanted)


def test_one_distribution_alone():
    token = sample(torch.tensor([-INF, 2.0, -INF]), dice())
    assert token.shape == () and token == 1


def test_the_generator_decides():
    logits = some_logits().expand(17, -1, -1, -1)
    first = sample(logits, dice(1))
    before = torch.get_rng_state()
    assert torch.equal(sample(logits, dice(1)), first)
    assert not torch.equal(sample(logits, dice(2)), first)
    assert torch.equal(torch.get_rng_state(), before)


# --- edges ---------------------------------------------------------------------------

STEPS = {
    "temperature": lambda logits: with_temperature(logits, 0.7),
    "top-k": lambda logits: keep_top_k(logits, 3),
    "top-p": lambda logits: keep_top_p(logits, 0.8),
}
each_step = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)


@each_step
def test_what_came_in_stays_as_it_was(step):
    logits = some_logits()
    before = logits.clone()
    step(logits)
    assert torch.equal(logits, before)


@each_step
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_stays_and_keeps_the_same_tokens(step, dtype):
    logits = some_logits(dtype)
    got = step(logits)
    assert got.dtype == dtype
    assert torch.equal(got > -INF, step(logits.double()) > -INF)


def test_many_unlikely_tokens_add_up_in_half_precision():
    """A sum of 40 000 shares in float16 would stay at one of the first ones."""
    logits = torch.zeros(40_000, dtype=torch.float16)
    assert len(kept(keep_top_p(logits, 0.75))) == 30_000


@each_step
def test_on_another_device_everything_stays_there(step):
    logits = some_logits().to("meta")
    assert step(logits).is_meta
    assert sample(logits, torch.Generator()).is_meta


@each_step
def test_gradients_pass_what_is_kept(step):
    logits = some_logits().requires_grad_()
    step(logits).softmax(dim=-1)[..., 0].sum().backward()
    assert logits.grad.isfinite().all() and logits.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda logits: with_temperature(logits, 0),
            ValueError,
            "with_temperature: temperature must be greater than 0; got temperature=0.",
        ),
        (
            lambda logits: keep_top_k(logits, 0),
            ValueError,
            "keep_top_k: k must be at least 1; got k=0.",
        ),
        (
            lambda logits: keep_top_p(logits, 90),
            ValueError,
            "keep_top_p: p must be from 0 to 1; got p=90.",
        ),
        (
            lambda logits: sample(logits - INF, dice()),
            ValueError,
            "sample: some token must have a logit above -inf; got a row without one.",
        ),
        (
            lambda logits: keep_top_p(logits.long(), 0.5),
            TypeError,
            "keep_top_p: logits must have a floating dtype; got logits torch.int64.",
        ),
    ],
)
def test_wrong_input_is_refused_in_our_words(call, kind, message):
    with pytest.raises(kind) as caught:
        call(some_logits())
    assert str(caught.value) == message
