"""Each classic mistake with a mask, and whether the gradient tells."""

import doctest
import math

import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from attn_helpers.inspection import leaks
from attn_helpers.inspection.leaks import find_leaks, gradient_flow
from attn_helpers.layers.attention import attention
from attn_helpers.reference.masks import causal_mask, padding_mask, window_mask

B, T, D, D_V = 2, 5, 3, 7
GENERATOR = torch.Generator().manual_seed(0)
X = torch.randn(T, D, generator=GENERATOR, dtype=torch.float64)
BATCH = torch.randn(B, T, D, generator=GENERATOR, dtype=torch.float64)
W = torch.randn(D, D_V, generator=GENERATOR, dtype=torch.float64)
CAUSAL = torch.from_numpy(causal_mask(T))
FUTURE = tuple((i, j) for i in range(T) for j in range(T) if j > i)
PAST = tuple((i, j) for i in range(T) for j in range(T) if j <= i)


def test_examples_run():
    assert doctest.testmod(leaks).failed == 0


def scores(z, queries=X):
    return queries @ z.transpose(-2, -1) / math.sqrt(D)


def reads(mask):
    """Attention from the queries ``X``, which stay still."""
    return lambda z: attention(X, z, z @ W, mask)[0]


def test_a_right_mask_is_clean():
    report = find_leaks(reads(CAUSAL), X, CAUSAL)
    assert report.clean
    assert str(report) == "clean: every pair that may flow does, and no other"


@pytest.mark.parametrize(
    "mask", [causal_mask(T), window_mask(T, 1), np.ones((T, T), dtype=bool)]
)
@pytest.mark.parametrize("need_weights", [False, True])
def test_both_ways_of_our_attention_keep_to_every_mask(mask, need_weights):
    def layer(z):
        return attention(X, z, z, torch.from_numpy(mask), need_weights=need_weights)[0]

    assert find_leaks(layer, X, mask).clean


def masked_afterwards(z):
    return (scores(z).softmax(-1) * CAUSAL) @ (z @ W)


def test_a_mask_after_the_softmax_leaks_every_hidden_key_through_the_sum():
    report = find_leaks(masked_afterwards, X, CAUSAL)
    assert report.leaks == FUTURE
    assert report.cut == ()


def test_zeroed_values_leak_in_the_same_way():
    hidden = torch.arange(T) < 3
    mask = hidden.expand(T, T)
    report = find_leaks(
        lambda z: scores(z).softmax(-1) @ (z * hidden[:, None]), X, mask
    )
    assert report.leaks == tuple((i, j) for i in range(T) for j in (3, 4))


@pytest.mark.parametrize("fill", [0.0, -1e-9, -10.0, -30.0])
def test_a_finite_fill_leaks_the_values(fill):
    def layer(z):
        return scores(z).masked_fill(~CAUSAL, fill).softmax(-1) @ z

    assert find_leaks(layer, X, CAUSAL).leaks == FUTURE


def test_scores_times_the_mask_leak():
    report = find_leaks(lambda z: (scores(z) * CAUSAL).softmax(-1) @ z, X, CAUSAL)
    assert report.leaks == FUTURE


def test_a_low_fill_leaks_only_where_the_allowed_scores_are_lower():
    def layer(z, queries=X):
        return scores(z, queries).masked_fill(~CAUSAL, -1e4).softmax(-1) @ z

    assert find_leaks(layer, X, CAUSAL).clean
    low = torch.full((T, D), -1e4, dtype=torch.float64)
    z = torch.ones(T, D, dtype=torch.float64)
    assert find_leaks(lambda z: layer(z, low), z, CAUSAL).leaks


def test_the_wrong_polarity_leaks_the_future_and_cuts_the_past():
    report = find_leaks(reads(~CAUSAL), X, CAUSAL)
    assert report.leaks == FUTURE
    assert report.cut == PAST


def test_off_by_one_towards_the_future_names_the_next_position():
    report = find_leaks(reads(torch.ones(T, T).tril(1) > 0), X, CAUSAL)
    assert report.leaks == ((0, 1), (1, 2), (2, 3), (3, 4))
    assert report.cut == ()


def test_off_by_one_towards_the_past_cuts_each_position_from_itself():
    report = find_leaks(reads(torch.ones(T, T).tril(-1) > 0), X, CAUSAL)
    assert report.cut == tuple((i, i) for i in range(T))
    assert report.leaks == ()


def test_the_query_hides_a_cut_from_itself_unless_it_is_held_still():
    def strict(x):
        return attention(x, x, x, torch.ones(T, T).tril(-1) > 0)[0]

    # row 0 may read nothing; row 1 one key, whatever it asks
    assert find_leaks(strict, X, CAUSAL).cut == ((0, 0), (1, 1))


def test_a_transposed_mask_is_found():
    report = find_leaks(reads(CAUSAL.T), X, CAUSAL)
    assert report.leaks == FUTURE
    assert report.cut == tuple(pair for pair in PAST if pair[0] != pair[1])


def test_a_causal_mask_lined_up_at_the_wrong_corner_is_found():
    queries, corner = X[-2:], torch.ones(2, T).tril() > 0
    report = find_leaks(
        lambda z: attention(queries, z, z, corner)[0], X, causal_mask(2, T, first=T - 2)
    )
    assert report.cut == ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (1, 4))


def test_softmax_over_the_queries_leaks_between_queries():
    def layer(x):
        hidden = scores(x, x).masked_fill(~CAUSAL, -math.inf)
        return hidden.softmax(0) @ x

    assert find_leaks(layer, X, CAUSAL).leaks


def test_padding_repeated_in_the_wrong_order_reads_the_other_samples_padding():
    lengths = torch.tensor([2, 5])
    real = torch.from_numpy(padding_mask(lengths.numpy(), T))  # (b, 1, t_k)

    def with_heads(order):
        def layer(z):
            folded = z.repeat_interleave(2, 0)  # (b * h, t, d)
            output, _ = attention(folded, folded, folded, order)
            return output.unflatten(0, (B, 2)).sum(1)

        return layer

    own = torch.eye(T) > 0
    assert find_leaks(with_heads(real.repeat_interleave(2, 0)), BATCH, real | own).clean
    report = find_leaks(with_heads(real.repeat(2, 1, 1)), BATCH, real | own)
    assert (0, 0, 3) in report.leaks


def test_a_dead_row_filled_with_minus_infinity_is_broken():
    mask = CAUSAL.clone()
    mask[2] = False

    def layer(z):
        return scores(z).masked_fill(~mask, -math.inf).softmax(-1) @ z

    report = find_leaks(layer, X, mask)
    assert report.lost == ((2,),)
    assert len(report.broken) == T * T  # one empty row breaks every gradient
    assert str(report) == "output not finite: 2\ngradient not finite: 25 pairs"
    assert find_leaks(reads(mask), X, mask).clean


def test_nan_replaced_by_zeros_is_still_broken_on_the_way_back():
    mask = torch.ones(T, T, dtype=torch.bool)
    mask[2] = False
    bias = torch.zeros(T, T, dtype=torch.float64).masked_fill(~mask, -math.inf)

    def layer(z):
        return ((scores(z) + bias).softmax(-1) @ z).nan_to_num(0.0)

    report = find_leaks(layer, X, mask)
    assert report.lost == ()
    assert report.broken


def test_a_dead_row_filled_with_a_low_number_reads_all_it_should_not():
    mask = torch.ones(T, T, dtype=torch.bool)
    mask[2] = False

    def layer(z):
        return scores(z).masked_fill(~mask, -1e9).softmax(-1) @ z

    assert find_leaks(layer, X, mask).leaks == tuple((2, j) for j in range(T))


def test_a_minus_1e9_that_overflows_float16_is_refused_by_torch_itself():
    with pytest.raises(RuntimeError, match="without overflow"):
        scores(X).half().masked_fill(~CAUSAL, -1e9)


# --- samples ---


def test_samples_that_keep_to_themselves_are_clean():
    mask = torch.from_numpy(padding_mask([3, T], T))
    report = find_leaks(lambda z: attention(BATCH, z, z, mask)[0], BATCH, mask)
    assert report.clean


def test_a_forgotten_batch_first_mixes_samples():
    layer = torch.nn.MultiheadAttention(D, 1, dtype=torch.float64)
    report = find_leaks(lambda z: layer(z, z, z)[0], BATCH, torch.ones(T, T) > 0)
    assert report.across == ((0, 1), (1, 0))
    assert "samples mix: 0 feels 1, 1 feels 0" in str(report)


def test_batch_first_keeps_them_apart():
    layer = torch.nn.MultiheadAttention(D, 1, dtype=torch.float64, batch_first=True)
    assert find_leaks(lambda z: layer(z, z, z)[0], BATCH, torch.ones(T, T) > 0).clean


def test_one_sided_mixing_is_told_from_mutual_mixing():
    def lends(z):
        return z + torch.stack([torch.zeros_like(z[1]), z[0]])

    report = find_leaks(lends, BATCH, torch.eye(T) > 0)
    assert report.across == ((1, 0),)


def test_in_a_batch_a_pair_names_its_sample():
    mask = torch.from_numpy(padding_mask([3, T], T))
    report = find_leaks(lambda z: attention(BATCH, z, z)[0], BATCH, mask)
    assert report.leaks == tuple((0, i, j) for i in range(T) for j in (3, 4))
    assert str(report).startswith("leak: sample 0: 0 feels 3, sample 0: 0 feels 4")


# --- the two conventions of torch ---


def test_one_mask_in_two_functions_of_torch_is_right_in_one():
    def function(z):
        return scaled_dot_product_attention(X, z, z, CAUSAL)

    layer = torch.nn.MultiheadAttention(D, 1, dtype=torch.float64, batch_first=True)
    assert find_leaks(function, X, CAUSAL).clean
    assert find_leaks(lambda z: layer(X, z, z, attn_mask=~CAUSAL)[0], X, CAUSAL).clean
    wrong = find_leaks(lambda z: layer(X, z, z, attn_mask=CAUSAL)[0], X, CAUSAL)
    assert wrong.lost == ((T - 1,),)  # nothing lies after the last position


def test_a_padding_mask_in_the_wrong_polarity_reads_the_padding_alone():
    real = torch.arange(T) < 3
    layer = torch.nn.MultiheadAttention(D, 1, dtype=torch.float64, batch_first=True)
    report = find_leaks(
        lambda z: layer(X, z, z, key_padding_mask=real)[0], X, real.expand(T, T)
    )
    assert {j for _, j in report.leaks} == {3, 4}
    assert {j for _, j in report.cut} == {0, 1, 2}


# --- the flow itself ---


def test_the_flow_agrees_with_finite_differences():
    flow = gradient_flow(reads(CAUSAL), X)
    step = 1e-6
    for j in range(T):
        steepest = torch.zeros(T, dtype=torch.float64)
        for a in range(D):
            nudged = X.clone()
            nudged[j, a] += step
            slope = (reads(CAUSAL)(nudged) - reads(CAUSAL)(X)).abs() / step
            steepest = torch.maximum(steepest, slope.amax(-1))
        np.testing.assert_allclose(flow[:, j], steepest, atol=1e-5)


def test_an_output_whose_sum_never_moves_is_still_felt():
    report = find_leaks(
        lambda z: torch.nn.functional.layer_norm(reads(CAUSAL)(z), (D_V,)), X, CAUSAL
    )
    assert report.clean


def test_a_function_that_ignores_its_input_is_cut_everywhere():
    report = find_leaks(lambda z: torch.ones(T, D), X, CAUSAL)
    assert report.cut == PAST


def test_a_batch_gives_a_block_for_each_pair_of_samples():
    assert gradient_flow(lambda z: z @ W, BATCH).shape == (B, T, B, T)
    assert gradient_flow(lambda z: z[:2] @ W, X).shape == (2, T)


def test_the_input_is_left_as_it_was():
    x = X.clone().requires_grad_()
    gradient_flow(lambda z: z.mul(2), x)
    assert x.grad is None
    assert torch.equal(x, X)


# --- where gradients are off ---

MODES = pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])


@MODES
def test_the_answer_is_the_same_where_gradients_are_off(mode):
    peek = reads(torch.ones(T, T).tril(1) > 0)
    outside, flow = find_leaks(peek, X, CAUSAL), gradient_flow(peek, X)
    with mode():
        assert find_leaks(peek, X, CAUSAL) == outside
        assert torch.equal(gradient_flow(peek, X), flow)
        assert find_leaks(reads(CAUSAL), X, CAUSAL).clean
    assert outside.leaks == ((0, 1), (1, 2), (2, 3), (3, 4))
    assert not flow.is_inference()


def test_an_input_that_was_made_in_inference_mode_is_read():
    with torch.inference_mode():
        x = X.clone()
    assert find_leaks(lambda z: z.cumsum(0), x, CAUSAL).clean


def test_a_layer_that_was_made_there_is_refused():
    with torch.inference_mode():
        w = W.clone()
    with pytest.raises(ValueError) as caught:
        find_leaks(lambda z: z @ w, X, CAUSAL)
    assert str(caught.value) == (
        "gradient_flow: every tensor and layer must be made outside of "
        "torch.inference_mode; got one from inside, which can have no gradient."
    )


@MODES
def test_a_function_that_switches_gradients_off_is_refused(mode):
    @mode()
    def layer(z):
        return attention(X, z, z)[0]

    for ask in (lambda: find_leaks(layer, X, CAUSAL), lambda: gradient_flow(layer, X)):
        with pytest.raises(ValueError) as caught:
            ask()
        assert str(caught.value) == (
            "gradient_flow: function must compute with gradients on; got an output "
            "that changes with x and has no grad_fn. Take away the torch.no_grad() or "
            "detach() within it."
        )


def test_what_a_detach_hides_from_the_gradient_leaks_all_the_same():
    def layer(z):
        return attention(X, z, z, CAUSAL)[0] + z.detach().flip(0)

    expected = tuple((i, T - 1 - i) for i in range(T) if T - 1 - i > i)
    assert find_leaks(layer, X, CAUSAL).leaks == expected
    assert gradient_flow(layer, X)[0, T - 1] == 0


def test_what_a_detach_hides_is_not_cut():
    def layer(z):
        return attention(X, z.detach(), z * (torch.arange(T) < 3)[:, None])[0]

    assert find_leaks(layer, X, torch.ones(T, T) > 0).clean


def test_another_sample_is_felt_through_a_detach_too():
    def lends(z):
        return z + torch.stack([torch.zeros_like(z[1]), z[0].detach()])

    assert find_leaks(lends, BATCH, torch.eye(T) > 0).across == ((1, 0),)


def test_a_layer_with_dropout_is_refused():
    dropout = torch.nn.Dropout(0.5)
    with pytest.raises(ValueError) as caught:
        find_leaks(lambda z: dropout(reads(CAUSAL)(z)), X, CAUSAL)
    assert str(caught.value) == (
        "find_leaks: function must return the same output twice; got two that differ. "
        "Put a layer with dropout into eval()."
    )
    dropout.eval()
    assert find_leaks(lambda z: dropout(reads(CAUSAL)(z)), X, CAUSAL).clean


def test_a_function_that_writes_into_its_input_is_asked_with_copies():
    x = X.clone()
    assert find_leaks(lambda z: z.mul_(2).cumsum(0), x, CAUSAL).clean
    assert torch.equal(x, X)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (
            (abs, X, torch.ones(3, T, dtype=torch.bool)),
            ValueError,
            r"find_leaks: mask must broadcast to the scores \(5, 5\); "
            r"got mask \(3, 5\)\.",
        ),
        (
            (abs, X, torch.ones(T, T)),
            TypeError,
            "find_leaks: mask must be boolean.*got mask of dtype torch.float32",
        ),
        (
            (abs, X[0], CAUSAL),
            ValueError,
            r"gradient_flow: x must have the axes \(t_k, d\); got x \(3,\)",
        ),
        (
            (abs, X.long(), CAUSAL),
            TypeError,
            "gradient_flow: x must have a floating dtype; got x torch.int64",
        ),
        (
            (lambda z: z[:1], BATCH, CAUSAL),
            ValueError,
            r"output must have b=2 for its third-to-last axis; got output \(1, 5, 3\)",
        ),
        (
            (lambda z: (z, z), X, CAUSAL),
            TypeError,
            "gradient_flow: output must be a torch tensor; got output of type tuple",
        ),
        (("abs", X, CAUSAL), TypeError, "gradient_flow: function must be a function"),
    ],
)
def test_wrong_input_is_refused_in_our_words(arguments, kind, message):
    with pytest.raises(kind, match=message):
        find_leaks(*arguments)
