import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attn_helpers.reference.attention import attention, scaled_dot_product_attention
from attn_helpers.reference.masks import causal_mask, padding_mask
from attn_helpers.reference.scoring import (
    additive_score,
    dot_score,
    gaussian_score,
    scaled_dot_score,
)
from attn_helpers.reference.softmax import softmax

B, H, T_Q, T_K, D_K, D_V = 2, 3, 5, 7, 11, 13


def qkv(dtype=np.float64):
    rng = np.random.default_rng(0)
    sizes = (T_Q, D_K), (T_K, D_K), (T_K, D_V)
    return tuple(rng.normal(size=(B, H, *size)).astype(dtype) for size in sizes)


def torch_attention(q, k, v, mask=None):
    tensors = [torch.from_numpy(x) for x in (q, k, v)]
    mask = None if mask is None else torch.from_numpy(mask)
    sdpa = torch.nn.functional.scaled_dot_product_attention
    return sdpa(*tensors, attn_mask=mask).numpy()


def with_a_dead_row():
    mask = causal_mask(T_Q, T_K)
    mask[2] = False
    return mask


MASKS = {
    "none": None,
    "causal": causal_mask(T_Q, T_K),
    "dead row": with_a_dead_row(),
    "padding": padding_mask([3, 7], T_K)[:, None],
    "one key": np.arange(T_K)[None] == 4,
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("function", [scaled_dot_product_attention, attention])
def test_output_agrees_with_torch(function, mask):
    output, weights = function(*qkv(), mask=mask)
    assert weights.shape == (B, H, T_Q, T_K)
    np.testing.assert_allclose(output, torch_attention(*qkv(), mask), atol=1e-12)


def test_two_keys_worked_by_hand():
    # Scores 4/√4 and 0: weights e²/(e² + 1) and 1/(e² + 1).
    q, k, v = [[1, 1, 1, 1]], [[1, 1, 1, 1], [1, -1, 1, -1]], [[1, 0], [0, 3]]
    output, weights = scaled_dot_product_attention(q, k, v)
    first = np.e**2 / (np.e**2 + 1)
    np.testing.assert_allclose(weights, [[first, 1 - first]], atol=1e-15)
    np.testing.assert_allclose(output, [[first, 3 * (1 - first)]], atol=1e-15)


def test_a_dead_row_gives_zeros():
    output, weights = scaled_dot_product_attention(*qkv(), with_a_dead_row())
    np.testing.assert_array_equal(output[..., 2, :], 0.0)
    np.testing.assert_array_equal(weights[..., 2, :], 0.0)


@pytest.mark.parametrize("function", [scaled_dot_product_attention, attention])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_is_kept(function, dtype):
    output, weights = function(*qkv(dtype))
    assert output.dtype == weights.dtype == dtype
    expected, _ = function(*qkv())
    tolerance = 8 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(output, expected, atol=tolerance)


def test_integers_become_float64():
    output, weights = scaled_dot_product_attention([[1, 2]], [[3, 4]], [[5, 6]])
    assert output.dtype == weights.dtype == np.float64


def test_mixed_dtypes_are_promoted_as_numpy_does():
    q, k, v = qkv(np.float32)
    assert scaled_dot_product_attention(q, k, v.astype(np.float64))[0].dtype == float


def test_a_score_in_float64_does_not_widen_the_output():
    q, k, v = qkv(np.float32)

    def score(q, k):
        return dot_score(q, k) + np.zeros((T_Q, T_K))

    output, weights = attention(q, k, v, score=score)
    assert output.dtype == weights.dtype == np.float32


def test_a_mask_of_one_axis_holds_for_every_query():
    mask = np.arange(T_K) == 4
    _, weights = scaled_dot_product_attention(*qkv(), mask)
    np.testing.assert_array_equal(weights, np.broadcast_to(mask, weights.shape))


def test_float16_scores_past_65504_keep_the_winner():
    q = np.full((1, D_K), 200, dtype=np.float16)
    k = np.stack([q[0], -q[0]])
    output, weights = scaled_dot_product_attention(q, k, np.eye(2, dtype=np.float16))
    np.testing.assert_array_equal(weights, [[1, 0]])
    np.testing.assert_array_equal(output, [[1, 0]])


def test_batch_axes_broadcast():
    q, k, v = qkv()
    output, weights = scaled_dot_product_attention(q, k[:1, :1], v[0])
    assert weights.shape == (B, H, T_Q, T_K)
    expected, _ = scaled_dot_product_attention(q[1, 2], k[0, 0], v[0, 2])
    np.testing.assert_allclose(output[1, 2], expected, atol=1e-14)


@pytest.mark.parametrize("function", [scaled_dot_product_attention, attention])
def test_values_may_have_a_batch_that_queries_lack(function):
    q, k, v = qkv()
    mask = np.ones((H, T_Q, T_K), dtype=bool)
    mask[1] = False
    output, weights = function(q[0, 0], k[0, 0], v[0], mask=mask)
    assert weights.shape == (H, T_Q, T_K)
    expected, _ = function(q[0, 0], k[0, 0], v[0, 2])
    np.testing.assert_allclose(output[2], expected, atol=1e-14)
    np.testing.assert_array_equal(output[1], 0.0)


def test_score_and_temperature_are_what_the_caller_chose():
    q, k, v = qkv()
    _, weights = attention(q, k, v, score=dot_score, temperature=3.0)
    np.testing.assert_allclose(weights, softmax(dot_score(q, k), 3.0), atol=1e-14)


def test_temperature_also_holds_under_a_mask():
    q, k, v = qkv()
    mask = causal_mask(T_Q, T_K)
    expected, _ = scaled_dot_product_attention(q / 0.3, k, v, mask)
    output, _ = attention(q, k, v, mask=mask, temperature=0.3)
    np.testing.assert_allclose(output, expected, atol=1e-12)


def test_a_score_of_unequal_widths_works():
    rng = np.random.default_rng(1)
    q, k, v = rng.normal(size=(T_Q, 17)), *(x[0, 0] for x in qkv()[1:])
    w_q, w_k, w_out = rng.normal(size=(17, 3)), rng.normal(size=(D_K, 3)), np.ones(3)

    def score(q, k):
        return additive_score(q, k, w_q, w_k, w_out)

    output, _ = attention(q, k, v, score=score)
    np.testing.assert_allclose(output, softmax(score(q, k)) @ v, atol=1e-14)


def test_far_from_every_key_the_gaussian_score_still_finds_the_nearest():
    k, v = [[0.0], [1.0]], [[10.0], [20.0]]
    output, _ = attention([[1000.0]], k, v, score=gaussian_score)
    np.testing.assert_array_equal(output, [[20.0]])


def test_the_arguments_are_left_as_they_were():
    given_, kept = qkv(), qkv()
    scaled_dot_product_attention(*given_, with_a_dead_row())
    for array, copy in zip(given_, kept, strict=True):
        np.testing.assert_array_equal(array, copy)


# --- refusals ---

NAME = "scaled_dot_product_attention: "


def ones(*shape):
    return np.ones(shape)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (
            [(2, 3, 5, 11), (2, 3, 7, 10), (2, 3, 7, 13)],
            "q and k must share d_k, their last axis; "
            "got q (2, 3, 5, 11) and k (2, 3, 7, 10).",
        ),
        (
            [(5, 11), (7, 11), (6, 13)],
            "k and v must share t_k, their second-to-last axis; "
            "got k (7, 11) and v (6, 13).",
        ),
        (
            [(2, 5, 11), (3, 7, 11), (3, 7, 13)],
            "the batch axes of q and k must be equal or 1; "
            "got q (2, 5, 11) and k (3, 7, 11).",
        ),
        (
            [(2, 5, 11), (2, 7, 11), (3, 7, 13)],
            "the batch axes of q, k and v must be equal or 1; "
            "got q (2, 5, 11), k (2, 7, 11) and v (3, 7, 13).",
        ),
        (
            [(11,), (7, 11), (7, 13)],
            "q must have the axes (..., t_q, d_k); got q (11,).",
        ),
        (
            [(5, 11), (0, 11), (0, 13)],
            "no axis of k (..., t_k, d_k) may be empty; got k (0, 11).",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_refused(shapes, message):
    with pytest.raises(ValueError) as caught:
        scaled_dot_product_attention(*(ones(*shape) for shape in shapes))
    assert str(caught.value) == NAME + message


@pytest.mark.parametrize("function", [scaled_dot_product_attention, attention])
@pytest.mark.parametrize(
    "mask", [np.ones((5, 7), int), np.zeros((5, 7)), [[1] * 7] * 5]
)
def test_a_mask_that_is_not_boolean_is_refused(function, mask):
    message = (
        rf"{function.__name__}: mask must be boolean, True where the query may attend; "
        rf"got mask of dtype {np.asarray(mask).dtype}\. Write mask != 0 for a mask of "
    )
    with pytest.raises(TypeError, match=message):
        function(ones(5, 11), ones(7, 11), ones(7, 13), mask=mask)


@pytest.mark.parametrize("shape", [(7, 5), (6,), (2, 5, 7)])
def test_a_mask_that_does_not_broadcast_is_refused(shape):
    mask = np.ones(shape, dtype=bool)
    with pytest.raises(ValueError) as caught:
        scaled_dot_product_attention(ones(5, 11), ones(7, 11), ones(7, 13), mask)
    rule = "mask must broadcast to the scores (5, 7)"
    assert str(caught.value) == f"{NAME}{rule}; got mask {shape}."


@pytest.mark.parametrize("argument", ["q", "k", "v"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused_with_their_place(argument, bad):
    arrays = {"q": ones(5, 11), "k": ones(7, 11), "v": ones(7, 13)}
    arrays[argument][3, 2] = bad
    message = f"{argument} must be finite; got {bad} at {argument}[3, 2]."
    with pytest.raises(ValueError) as caught:
        scaled_dot_product_attention(**arrays)
    assert str(caught.value) == NAME + message


@pytest.mark.parametrize(
    ("score", "kind", "message"),
    [
        ("dot", TypeError, "score must be a function; got score of type str."),
        (
            lambda q, k: dot_score(k, q),
            ValueError,
            "score(q, k) must broadcast to (..., t_q, t_k) = (5, 7); "
            "got score(q, k) (7, 5).",
        ),
        (
            lambda q, k: dot_score(q, k) * np.nan,
            ValueError,
            "got nan at score(q, k)[0, 0].",
        ),
        (lambda q, k: None, TypeError, "got score(q, k) of dtype object."),
    ],
)
def test_a_score_that_is_no_score_is_refused(score, kind, message):
    with pytest.raises(kind) as caught:
        attention(ones(5, 11), ones(7, 11), ones(7, 13), score=score)
    assert str(caught.value).startswith("attention: ")
    assert message in str(caught.value)


def test_temperature_must_be_positive():
    with pytest.raises(ValueError, match=r"attention: .*; got temperature=-2\.$"):
        attention(ones(5, 11), ones(7, 11), ones(7, 13), temperature=-2)


# --- properties ---

NUMBERS = st.floats(-100, 100)


@st.composite
def problems(draw):
    t_q, t_k, d_k, d_v = (draw(st.integers(1, 5)) for _ in range(4))
    shapes = (t_q, d_k), (t_k, d_k), (t_k, d_v)
    q, k, v = (draw(arrays(float, shape, elements=NUMBERS)) for shape in shapes)
    return q, k, v, draw(arrays(bool, (t_q, t_k)))


@given(problems())
def test_weights_sum_to_one_or_to_zero(problem):
    _, weights = scaled_dot_product_attention(*problem)
    np.testing.assert_allclose(weights.sum(-1), problem[-1].any(-1), atol=1e-12)


@given(problems())
def test_the_output_lies_between_the_values_that_may_be_seen(problem):
    *_, v, mask = problem
    output, _ = scaled_dot_product_attention(*problem)
    for row, seen in zip(output, mask, strict=True):
        if seen.any():
            assert (row >= v[seen].min(axis=0) - 1e-10).all()
            assert (row <= v[seen].max(axis=0) + 1e-10).all()
        else:
            assert (row == 0).all()


@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_keys_does_not_matter(problem, random):
    q, k, v, mask = problem
    order = random.sample(range(len(k)), len(k))
    output, weights = scaled_dot_product_attention(q, k, v, mask)
    shuffled = scaled_dot_product_attention(q, k[order], v[order], mask[:, order])
    np.testing.assert_allclose(shuffled[0], output, atol=1e-10)
    np.testing.assert_allclose(shuffled[1], weights[:, order], atol=1e-10)


@given(problems())
def test_what_is_masked_cannot_be_felt(problem):
    q, k, v, mask = problem
    hidden = ~mask.any(axis=0)
    k_other, v_other = k.copy(), v.copy()
    k_other[hidden], v_other[hidden] = 1e30, 1e30
    before = scaled_dot_product_attention(q, k, v, mask)[0]
    after = scaled_dot_product_attention(q, k_other, v_other, mask)[0]
    np.testing.assert_array_equal(after, before)


@given(problems())
def test_the_default_attention_is_scaled_dot_product_attention(problem):
    q, k, v, mask = problem
    for one, other in zip(
        attention(q, k, v, mask, score=scaled_dot_score),
        scaled_dot_product_attention(q, k, v, mask),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_products_too_large_for_a_float_are_refused_in_the_name_of_the_caller():
    message = r"^scaled_dot_product_attention: q · k must be finite.*got inf at q · k"
    with pytest.raises(ValueError, match=message):
        scaled_dot_product_attention([[1e200]], [[1e200]], [[1.0]])


# --- what a mask hides ---

both = pytest.mark.parametrize("function", [scaled_dot_product_attention, attention])
each_hidden = pytest.mark.parametrize("hidden", [np.nan, np.inf, -np.inf, 1e300])


@both
@each_hidden
@pytest.mark.parametrize("argument", ["k", "v"])
def test_a_key_hidden_from_all_queries_may_hold_anything(function, argument, hidden):
    mask = np.arange(T_K) != 4
    arrays = dict(zip("qkv", qkv(), strict=True))
    expected = function(**arrays, mask=mask)
    arrays[argument][..., 4, :] = hidden
    for got, want in zip(function(**arrays, mask=mask), expected, strict=True):
        np.testing.assert_array_equal(got, want)


@both
@each_hidden
def test_a_query_that_may_attend_to_nothing_may_be_anything(function, hidden):
    q, k, v = qkv()
    expected = function(q, k, v, with_a_dead_row())
    q[..., 2, :] = hidden
    for got, want in zip(function(q, k, v, with_a_dead_row()), expected, strict=True):
        np.testing.assert_array_equal(got, want)


@both
def test_each_sample_hides_its_own_padding(function):
    q, k, v = qkv()
    mask = padding_mask([3, 7], T_K)[:, None]
    expected, _ = function(q, k, v, mask)
    k[0, :, 3:], v[0, :, 3:] = np.nan, np.inf
    np.testing.assert_array_equal(function(q, k, v, mask)[0], expected)


@both
@pytest.mark.parametrize("argument", ["k", "v"])
def test_what_one_query_may_see_must_be_finite(function, argument):
    arrays = dict(zip("qkv", (x[0, 0] for x in qkv()), strict=True))
    arrays[argument][4, 3] = np.nan  # the last query sees it
    message = rf"^{function.__name__}: {argument} must be finite; got nan at "
    with pytest.raises(ValueError, match=message + rf"{argument}\[4, 3\]\.$"):
        function(**arrays, mask=causal_mask(T_Q, T_K))


@both
def test_a_hidden_score_may_overflow(function):
    q, k, v = np.full((2, 1), 1e200), np.array([[1.0], [1e200]]), np.eye(2)
    output, _ = function(q, k, v, mask=[[True, False], [True, False]])
    np.testing.assert_array_equal(output, [[1, 0], [1, 0]])
    q[0] = 1.0
    output, _ = function(q, k, v, mask=[[True, True], [True, False]])
    np.testing.assert_array_equal(output, [[0, 1], [1, 0]])


def test_a_score_of_minus_infinity_for_all_keys_gives_zeros():
    def score(q, k):
        return np.where(np.arange(2)[:, None] == 0, -np.inf, q @ k.T)

    output, weights = attention(
        np.ones((2, 1)), np.ones((3, 1)), np.ones((3, 1)), score=score
    )
    np.testing.assert_array_equal(output, [[0], [1]])
    np.testing.assert_array_equal(weights[0], [0, 0, 0])


# --- the one call ---


def test_the_mask_is_the_fourth_argument_everywhere():
    q, k, v = qkv()
    for got, want in zip(
        attention(q, k, v, causal_mask(T_Q, T_K)),
        scaled_dot_product_attention(q, k, v, causal_mask(T_Q, T_K)),
        strict=True,
    ):
        np.testing.assert_array_equal(got, want)


def test_score_and_temperature_follow_by_keyword():
    with pytest.raises(TypeError, match="positional argument"):
        attention(*qkv(), None, dot_score)


def test_a_score_that_broadcasts_is_shared_by_the_batch():
    q, k, v = qkv()
    output, weights = attention(q, k, v, score=lambda q, k: np.zeros(T_K))
    assert weights.shape == (B, H, T_Q, T_K)
    means = np.broadcast_to(v.mean(-2, keepdims=True), output.shape)
    np.testing.assert_allclose(output, means, atol=1e-14)
