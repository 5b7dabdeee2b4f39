import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from attn_helpers.layers.choice import (
    entropy,
    expected_cost,
    gumbel_softmax,
    one_hot,
    reinforce,
    sample,
    straight_through,
)

B, T_K = 3, 5
DRAWS = 40_009


def dice(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=dice(seed), dtype=torch.float64)


SCORES, COSTS = noise(B, T_K), 3 + noise(B, T_K, seed=1)


def exact_gradient():
    scores = SCORES.clone().requires_grad_()
    expected_cost(scores, COSTS).sum().backward()
    return scores.grad


def drawn_gradients(estimate, draws=DRAWS):
    """Gradients of ``draws`` independent draws, ``(draws, b, t_k)``."""
    scores = SCORES.expand(draws, B, T_K).clone().requires_grad_()
    estimate(scores).sum().backward()
    return scores.grad


def standard_errors_off(gradients):
    """How many standard errors the mean lies from the exact gradient, at most."""
    error = gradients.std(0) / len(gradients) ** 0.5
    return ((gradients.mean(0) - exact_gradient()).abs() / error).max()


# --- drawing ---


def test_sample_draws_one_key_with_the_probabilities_of_the_softmax():
    drawn = sample(SCORES.expand(DRAWS, B, T_K), dice())
    assert ((drawn == 1).sum(-1) == 1).all() and ((drawn == 0).sum(-1) == T_K - 1).all()
    shares = SCORES.softmax(-1)
    error = (shares * (1 - shares) / DRAWS).sqrt()
    assert ((drawn.mean(0) - shares).abs() < 4 * error).all()


def test_sample_needs_no_batch_axis_and_gives_no_gradient():
    scores = torch.tensor([0.0, 60.0, 0.0], requires_grad=True)
    choice = sample(scores)
    assert choice.tolist() == [0, 1, 0]
    assert not choice.requires_grad


def test_the_same_dice_give_the_same_draw():
    assert_close(sample(SCORES, dice(5)), sample(SCORES, dice(5)))
    assert_close(
        gumbel_softmax(SCORES, 1.0, dice(5)), gumbel_softmax(SCORES, 1.0, dice(5))
    )


# --- the expected cost ---


def test_the_exact_gradient_is_p_times_cost_minus_mean_cost():
    shares = SCORES.softmax(-1)
    mean = (shares * COSTS).sum(-1, keepdim=True)
    assert_close(exact_gradient(), shares * (COSTS - mean))


def test_entropy_is_the_entropy_of_the_choice():
    expected = torch.distributions.Categorical(logits=SCORES).entropy()
    assert_close(entropy(SCORES), expected)


# --- REINFORCE ---


def reinforced(scores, baseline):
    choice = sample(scores, dice())
    return reinforce(scores, choice, (choice * COSTS).sum(-1), baseline)


@pytest.mark.parametrize("baseline", [0.0, 3.0, -7.0])
def test_reinforce_is_right_on_average_whatever_the_baseline(baseline):
    gradients = drawn_gradients(lambda scores: reinforced(scores, baseline))
    assert standard_errors_off(gradients) < 4


def test_the_average_over_all_choices_is_the_exact_gradient():
    # No draws at all: each key once, weighed with its probability.
    for baseline in (0.0, torch.tensor([1.0, -2.0, 5.0], dtype=torch.float64)):
        total = torch.zeros_like(SCORES)
        for key in range(T_K):
            scores = SCORES.clone().requires_grad_()
            choice = one_hot(torch.full((B,), key), SCORES)
            reinforce(scores, choice, COSTS[:, key], baseline).sum().backward()
            total += SCORES.softmax(-1)[:, [key]] * scores.grad
        assert_close(total, exact_gradient())


def test_a_good_baseline_makes_the_draws_scatter_less():
    mean = expected_cost(SCORES, COSTS)
    plain = drawn_gradients(lambda s: reinforced(s, 0.0)).var(0).sum()
    helped = drawn_gradients(lambda s: reinforced(s, mean)).var(0).sum()
    misled = drawn_gradients(lambda s: reinforced(s, -mean)).var(0).sum()
    assert helped < plain / 3 < misled / 6


def test_neither_the_cost_nor_the_baseline_receives_a_gradient():
    scores, cost, guess = (
        x.clone().requires_grad_() for x in (SCORES, COSTS[:, 0], COSTS[:, 1])
    )
    reinforce(scores, sample(SCORES, dice()), cost, guess).sum().backward()
    assert cost.grad is None and guess.grad is None
    assert (scores.grad != 0).all()


def test_a_key_that_is_masked_out_leaves_the_estimate_whole():
    allowed = torch.tensor([True, True, False, True, True])
    few, masked = SCORES[:, allowed], SCORES.masked_fill(~allowed, -torch.inf)
    choice = sample(masked, dice())
    assert (choice[:, 2] == 0).all()
    few, masked = (x.clone().requires_grad_() for x in (few, masked))
    estimate = reinforce(masked, choice, COSTS[:, 0])
    expected = reinforce(few, choice[:, allowed], COSTS[:, 0])
    assert_close(estimate, expected)
    estimate.sum().backward(), expected.sum().backward()
    assert_close(masked.grad[:, allowed], few.grad)
    assert (masked.grad[:, 2] == 0).all()


# --- Gumbel-softmax and straight-through ---


@pytest.mark.parametrize("temperature", [0.3, 1.0, 5.0])
def test_gumbel_softmax_is_that_of_torch(temperature):
    with torch.random.fork_rng():
        torch.manual_seed(7)
        expected = functional.gumbel_softmax(SCORES, temperature)
    assert_close(gumbel_softmax(SCORES, temperature, dice(7)), expected)


def test_with_straight_through_value_and_gradient_are_those_of_torch():
    wanted = noise(B, T_K, seed=2)
    ours, theirs = (SCORES.clone().requires_grad_() for _ in range(2))
    choice = straight_through(gumbel_softmax(ours, 0.7, dice(7)))
    (choice * wanted).sum().backward()
    with torch.random.fork_rng():
        torch.manual_seed(7)
        expected = functional.gumbel_softmax(theirs, 0.7, hard=True)
    (expected * wanted).sum().backward()
    assert_close(choice, expected)
    assert_close(ours.grad, theirs.grad)


def test_the_largest_noisy_score_is_a_fair_draw_from_the_softmax():
    drawn = straight_through(gumbel_softmax(SCORES.expand(DRAWS, B, T_K), 1.0, dice()))
    shares = SCORES.softmax(-1)
    error = (shares * (1 - shares) / DRAWS).sqrt()
    assert ((drawn.mean(0) - shares).abs() < 4 * error).all()


def straight(scores, cost_of):
    return cost_of(straight_through(gumbel_softmax(scores, 1.0, dice())))


def test_straight_through_is_wrong_on_average_for_a_curved_cost():
    values = COSTS.sqrt()  # cost = (chosen value)², so that the costs are the same
    gradients = drawn_gradients(
        lambda scores: straight(scores, lambda w: (w * values).sum(-1) ** 2)
    )
    assert standard_errors_off(gradients) > 20


def test_a_low_temperature_is_nearly_one_hot_and_a_high_one_nearly_equal():
    cold, hot = (gumbel_softmax(SCORES, t, dice()) for t in (1e-3, 1e3))
    assert_close(cold, straight_through(cold), atol=1e-6, rtol=0)
    assert_close(hot, torch.full_like(hot, 1 / T_K), atol=1e-2, rtol=0)


# --- at the edges ---


MASKED = SCORES.masked_fill(torch.arange(T_K) == 2, -torch.inf)


def test_the_entropy_of_a_choice_counts_no_key_that_is_never_drawn():
    scores = MASKED.clone().requires_grad_()
    expected = entropy(SCORES[:, [0, 1, 3, 4]])
    assert_close(entropy(scores), expected)
    with torch.autograd.set_detect_anomaly(True, check_nan=True):
        entropy(scores).sum().backward()
    few = SCORES[:, [0, 1, 3, 4]].clone().requires_grad_()
    entropy(few).sum().backward()
    assert_close(scores.grad[:, [0, 1, 3, 4]], few.grad)
    assert (scores.grad[:, 2] == 0).all()


def test_where_there_is_no_choice_there_is_no_entropy():
    scores = torch.full((2, T_K), -torch.inf)
    scores[1, 3] = 7.0
    scores.requires_grad_()
    got = entropy(scores)
    assert got.tolist() == [0.0, 0.0] and not got.signbit().any()
    got.sum().backward()
    assert (scores.grad == 0).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_entropy_of_the_largest_gaps_in_half_precision_is_zero(dtype):
    top = torch.finfo(dtype).max
    got = entropy(torch.tensor([top, -top], dtype=dtype))
    assert got.item() == 0.0 and got.dtype == dtype


def test_second_derivatives_of_the_entropy_agree_with_finite_differences():
    assert torch.autograd.gradgradcheck(entropy, SCORES.clone().requires_grad_())


def test_what_a_key_would_cost_that_is_never_drawn_does_not_matter():
    expected = expected_cost(SCORES[:, [0, 1, 3, 4]], COSTS[:, [0, 1, 3, 4]])
    for odd in (torch.nan, torch.inf):
        costs = COSTS.clone()
        costs[:, 2] = odd
        scores = MASKED.clone().requires_grad_()
        got = expected_cost(scores, costs)
        assert_close(got, expected)
        got.sum().backward()
        assert scores.grad.isfinite().all() and (scores.grad[:, 2] == 0).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_noise_in_half_precision_is_drawn_in_full(dtype):
    """Noise of float16 would often be 0, and its logarithm -inf."""
    scores = torch.zeros(101, 5003, dtype=dtype)
    weights = gumbel_softmax(scores, 1.0, dice())
    assert weights.dtype == dtype and weights.isfinite().all()
    assert_close(
        weights.float(), gumbel_softmax(scores.float(), 1.0, dice()).to(dtype).float()
    )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("temperature", [1e-3, 1e-30, 1e-300])
def test_no_temperature_is_too_low(dtype, temperature):
    scores = torch.tensor([90.0, 1.0, -torch.inf], dtype=dtype, requires_grad=True)
    weights = gumbel_softmax(scores, temperature, dice())
    assert weights.tolist() == [1.0, 0.0, 0.0]
    weights[0].backward()
    assert (scores.grad == 0).all()


def test_keys_that_are_never_drawn_get_no_weight_from_noise():
    weights = gumbel_softmax(MASKED, 0.5, dice())
    assert (weights[:, 2] == 0).all()
    assert_close(weights.sum(-1), torch.ones(B).double())
    assert (gumbel_softmax(torch.full((2, 3), -torch.inf)) == 0).all()


def test_one_hot_maps_over_rows_and_knows_its_keys():
    index = torch.tensor([4, 0, 2])
    expected = torch.eye(T_K, dtype=torch.float64)[index]
    assert torch.equal(one_hot(index, SCORES), expected)
    assert torch.equal(torch.vmap(one_hot)(index, SCORES), expected)
    with pytest.raises(RuntimeError, match="out of bounds"):
        one_hot(torch.tensor([5, 0, 0]), SCORES)


# --- complaints ---


def test_bad_input_is_refused_by_name():
    choice, cost = sample(SCORES, dice()), COSTS[:, 0]
    message = r"^reinforce: scores and choice must share t_k, .* choice \(3, 4\)\.$"
    with pytest.raises(ValueError, match=message):
        reinforce(SCORES, choice[:, :4], cost)
    message = r"^reinforce: cost .* = \(3,\); got cost \(3, 1\)\.$"
    with pytest.raises(ValueError, match=message):
        reinforce(SCORES, choice, cost[:, None])
    message = (
        r"^reinforce: baseline must broadcast .* = \(3,\); got baseline \(3, 1\)\.$"
    )
    with pytest.raises(ValueError, match=message):
        reinforce(SCORES, choice, cost, cost[:, None])
    message = r"^expected_cost: scores and costs must share t_k, .* costs \(3, 1\)\.$"
    with pytest.raises(ValueError, match=message):
        expected_cost(SCORES, COSTS[:, :1])
    message = r"^expected_cost: costs must broadcast .* got costs \(1, 3, 5\)\.$"
    with pytest.raises(ValueError, match=message):
        expected_cost(SCORES, COSTS[None])
    message = r"^sample: each row of scores .*; got shares of NaN for scores\[1\]\.$"
    with pytest.raises(ValueError, match=message):
        sample(SCORES.index_fill(0, torch.tensor([1]), -torch.inf))
    with pytest.raises(ValueError, match=r"greater than 0; got temperature=0\.$"):
        gumbel_softmax(SCORES, 0)
    with pytest.raises(TypeError, match=r"^sample: scores must be a torch tensor"):
        sample([0.0, 1.0])
    message = r"^straight_through: weights .* floating dtype; got weights torch\.int64"
    with pytest.raises(TypeError, match=message):
        straight_through(torch.tensor([0, 1]))
