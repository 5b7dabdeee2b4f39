import numpy as np
import pytest
import torch

from attn_helpers import _checks

NAMES = {"function": "f", "argument": "x"}


def complaint(kind, checker, *args, **kwargs):
    with pytest.raises(kind) as caught:
        checker(*args, **kwargs)
    return str(caught.value)


# --- arrays ---


def test_numbers_come_back_as_floats_of_their_own_width():
    for dtype in ("float16", "float32", "float64"):
        assert _checks.as_numbers(np.ones(3, dtype), **NAMES).dtype == dtype
    for dtype in ("int8", "uint16", "int64"):
        assert _checks.as_numbers(np.ones(3, dtype), **NAMES).dtype == np.float64
    assert _checks.as_numbers([1, 2.5], **NAMES).tolist() == [1.0, 2.5]


def test_a_torch_tensor_is_read_as_an_array():
    assert _checks.as_numbers(torch.ones(2), **NAMES).dtype == np.float32


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ([True], "bool"),
        (["a"], "<U1"),
        ([1j], "complex128"),
        ([None], "object"),
        (np.array(["2020"], dtype="M8[Y]"), "datetime64[Y]"),
    ],
)
def test_what_is_no_number_is_refused(value, dtype):
    expected = f"f: x must hold real numbers; got x of dtype {dtype}."
    assert complaint(TypeError, _checks.as_numbers, value, **NAMES) == expected


def test_a_ragged_list_is_refused():
    expected = "f: x must be rectangular; got x with rows of different lengths."
    assert complaint(ValueError, _checks.as_numbers, [[1], [1, 2]], **NAMES) == expected


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((3,), "(t_k,)"),
        ((3,), "(..., t_k)"),
        ((5, 2, 3), "(..., t_k)"),
        ((0, 3), "(..., t_k)"),
        ((2, 3), "(t_q, t_k)"),
    ],
)
def test_axes_that_fit_pass(shape, axes):
    _checks.check_rank(np.ones(shape), axes, **NAMES)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((), "(t_k,)"),
        ((2, 3), "(t_k,)"),
        ((), "(..., t_k)"),
        ((3,), "(..., t_q, d_k)"),
        ((3,), "(t_q, d_k)"),
    ],
)
def test_axes_that_do_not_fit_are_refused(shape, axes):
    expected = f"f: x must have the axes {axes}; got x {shape}."
    message = complaint(ValueError, _checks.check_rank, np.ones(shape), axes, **NAMES)
    assert message == expected


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 0, 3)])
def test_an_empty_axis_is_refused(shape):
    axes = "(..., t_q, d_k)"
    expected = f"f: no axis of x {axes} may be empty; got x {shape}."
    message = complaint(ValueError, _checks.check_rank, np.ones(shape), axes, **NAMES)
    assert message == expected


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_number_that_is_not_finite_is_named(bad):
    array = np.ones((2, 3))
    array[1, 1:] = bad
    expected = f"f: x must be finite; got {bad} at x[1, 1]."
    assert complaint(ValueError, _checks.check_finite, array, **NAMES) == expected


def test_a_single_number_that_is_not_finite_is_named_without_a_place():
    expected = "f: x must be finite; got nan at x."
    message = complaint(ValueError, _checks.check_finite, np.array(np.nan), **NAMES)
    assert message == expected


def test_scores_may_be_minus_infinity_only():
    _checks.check_scores(np.array([0.0, -np.inf]), **NAMES)
    for bad in (np.inf, np.nan):
        expected = f"f: x must be finite, or -inf for weight 0; got {bad} at x[1]."
        message = complaint(
            ValueError, _checks.check_scores, np.array([-np.inf, bad]), **NAMES
        )
        assert message == expected


def test_check_array_returns_what_it_read():
    assert _checks.check_array([[1, 2]], "(t_q, d_k)", **NAMES).shape == (1, 2)
    assert "x[0, 1]" in complaint(
        ValueError, _checks.check_array, [[1, np.nan]], "(t_q, d_k)", **NAMES
    )


def test_weights_sum_to_one_or_zero():
    _checks.check_weights(np.array([[0.25, 0.75], [0.0, 0.0]]), function="f")
    rule = "each row of weights must sum to 1, or to 0 if it attends to nothing"
    for bad, total in ((0.5, 1.25), (1e-3, 0.751)):
        weights = np.array([[1.0, 0.0], [bad, 0.75]])
        message = complaint(ValueError, _checks.check_weights, weights, function="f")
        assert message == f"f: {rule}; got a sum of {total} at weights[1]."


def test_negative_entries_are_named():
    expected = "f: x must not be negative; got -2.0 at x[1]."
    array = np.array([0.0, -2.0])
    assert complaint(ValueError, _checks.check_not_negative, array, **NAMES) == expected


# --- shapes that must agree ---


def test_one_name_stands_for_one_length():
    first, second = np.ones((5, 11)), np.ones((7, 10))
    names = {"axis": "d_k", "function": "f", "arguments": ("q", "w")}
    got = "; got q (5, 11) and w (7, 10)."
    check = _checks.check_same_length
    assert complaint(ValueError, check, first, second, **names) == (
        f"f: q and w must share d_k, their last axis{got}"
    )
    assert complaint(ValueError, check, first, second, **names, at=(-1, -2)) == (
        "f: q and w must share d_k, the last axis of q and the second-to-last of w"
        + got
    )
    check(first, np.ones((11, 3)), **names, at=(-1, -2))


def test_batches_broadcast():
    q, k = np.ones((2, 1, 5, 11)), np.ones((3, 7, 11))
    assert _checks.check_batch(function="f", q=q, k=k) == (2, 3)
    expected = (
        "f: the batch axes of q and k must be equal or 1; "
        "got q (2, 1, 5, 11) and k (4, 3, 7, 11)."
    )
    arrays = {"q": q, "k": np.ones((4, 3, 7, 11))}
    assert complaint(ValueError, _checks.check_batch, function="f", **arrays) == (
        expected
    )


@pytest.mark.parametrize("ones", [np.ones, torch.ones])
def test_check_qkv_returns_the_shape_of_the_scores(ones):
    q, k, v = (ones(shape) for shape in [(2, 1, 5, 11), (3, 7, 11), (7, 13)])
    assert _checks.check_qkv(q, k, v, function="f") == (2, 3, 5, 7)


@pytest.mark.parametrize(
    ("shape", "fits"),
    [
        ((), True),
        ((7,), True),
        ((1, 7), True),
        ((5, 1), True),
        ((2, 1, 1), True),
        ((5,), False),
        ((7, 5), False),
        ((3, 5, 7), False),
        ((1, 2, 5, 7), False),
    ],
)
def test_a_mask_must_broadcast_to_the_scores_and_no_further(shape, fits):
    for mask in (np.ones(shape, bool), torch.ones(shape, dtype=torch.bool)):
        if fits:
            _checks.check_mask(mask, (2, 5, 7), function="f")
            continue
        message = complaint(
            ValueError, _checks.check_mask, mask, (2, 5, 7), function="f"
        )
        rule = "mask must broadcast to the scores (2, 5, 7)"
        assert message == f"f: {rule}; got mask {shape}."


@pytest.mark.parametrize(
    ("mask", "dtype"),
    [
        (np.ones(7), "float64"),
        (np.ones(7, int), "int64"),
        (torch.ones(7), "torch.float32"),
        (torch.ones(7).int(), "torch.int32"),
    ],
)
def test_a_mask_that_is_not_boolean_is_refused_with_the_cure(mask, dtype):
    message = complaint(TypeError, _checks.check_mask, mask, (7,), function="f")
    assert message == (
        "f: mask must be boolean, True where the query may attend; "
        f"got mask of dtype {dtype}. Write mask != 0 for a mask of 0 and 1, "
        "mask == 0 for an additive mask of 0 and -inf."
    )


def test_the_cures_of_the_message_are_right():
    allowed = np.array([True, False])
    np.testing.assert_array_equal(np.array([1, 0]) != 0, allowed)
    np.testing.assert_array_equal(np.array([0.0, -np.inf]) == 0, allowed)


def test_no_mask_stays_no_mask():
    assert _checks.as_mask(None, (5, 7), function="f") is None
    assert _checks.as_mask([True, False], (5, 2), function="f").dtype == bool


def test_what_numpy_cannot_read_is_refused_by_its_type():
    class Unreadable:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("not today")

    with pytest.raises(TypeError, match=r"numpy array; got x of type Unreadable \(not"):
        _checks.as_array(Unreadable(), function="f", argument="x")


def test_a_mask_without_a_dtype_is_refused_by_its_type():
    with pytest.raises(
        TypeError, match="boolean array or tensor; got mask of type list"
    ):
        _checks.check_mask([[True]], (1, 1), function="f")


@pytest.mark.parametrize("shape", [(), (5,), (1,), (3, 1), (2, 3, 5), (1, 3, 5)])
def test_what_broadcasts_passes(shape):
    value = np.ones(shape)
    _checks.check_broadcasts(value, (2, 3, 5), axes="(..., t)", **NAMES)


@pytest.mark.parametrize("shape", [(3,), (2, 5), (7, 2, 3, 5), (1, 1, 1, 1)])
def test_what_does_not_broadcast_is_refused(shape):
    got = complaint(
        ValueError,
        _checks.check_broadcasts,
        np.ones(shape),
        (2, 3, 5),
        axes="(..., t)",
        **NAMES,
    )
    expected = f"f: x must broadcast to (..., t) = (2, 3, 5); got x {shape}."
    assert got == expected


# --- texts ---


def test_a_word_comes_back_in_lower_case():
    assert _checks.check_word("SaLa", 5, **NAMES) == "sala"


@pytest.mark.parametrize("word", ["", "a b", "à", "a1", "sixsix"])
def test_what_is_no_word_is_refused(word):
    expected = f"f: x must be 1 to 5 letters from a to z; got x={word!r}."
    assert complaint(ValueError, _checks.check_word, word, 5, **NAMES) == expected


def test_a_word_must_be_a_text():
    expected = "f: x must be a text; got x of type list."
    assert complaint(TypeError, _checks.check_word, ["a"], 5, **NAMES) == expected


# --- what a leak test is given ---


@pytest.mark.parametrize("shape", [(3,), (2, 3, 5, 7), (3, 0), (0, 3, 5)])
def test_what_is_no_sequence_is_refused(shape):
    message = complaint(
        ValueError, _checks.check_sequences, np.ones(shape), function="f"
    )
    assert message == (
        "f: x must have the axes (t, d) or (b, t, d), none of them empty; "
        f"got x {shape}."
    )


@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5)])
def test_a_sequence_and_a_batch_of_sequences_pass(shape):
    assert _checks.check_sequences(np.ones(shape), function="f") is None


@pytest.mark.parametrize(
    ("x", "output"), [((3, 5), (2, 3, 7)), ((2, 3, 5), (3, 7)), ((2, 3, 5), (1, 3, 7))]
)
def test_a_function_that_loses_samples_is_refused(x, output):
    message = complaint(
        ValueError,
        _checks.check_same_samples,
        np.ones(x),
        np.ones(output),
        function="f",
    )
    assert message == (
        "f: the function must return (t_q, d_v) for (t, d), (b, t_q, d_v) for "
        f"(b, t, d); got x {x} and output {output}."
    )


def test_a_width_that_a_layer_was_not_built_for_is_refused():
    message = complaint(
        ValueError,
        _checks.check_width,
        np.ones((2, 5, 11)),
        12,
        "d_model",
        function="f",
        argument="x",
    )
    assert message == (
        "f: x must have d_model=12, as the layer, for its last axis; got x (2, 5, 11)."
    )


def test_a_tensor_without_history_is_refused():
    message = complaint(ValueError, _checks.check_graph, torch.ones(2), **NAMES)
    assert message == (
        "f: x must be computed from a tensor that requires a gradient; "
        "got x with no grad_fn."
    )


def test_a_single_tensor_of_whole_numbers_is_refused():
    message = complaint(
        TypeError, _checks.check_tensors, function="f", x=torch.ones(2).long()
    )
    assert message == "f: x must have a floating dtype; got x torch.int64."


# --- token numbers and training ---


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8])
def test_whole_numbers_are_token_numbers(dtype):
    _checks.check_tokens(torch.ones(2, 3, dtype=dtype), **NAMES)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bool])
def test_other_numbers_are_no_token_numbers(dtype):
    message = complaint(
        TypeError, _checks.check_tokens, torch.ones(2, 3, dtype=dtype), **NAMES
    )
    assert message == f"f: x must hold token numbers; got x of dtype {dtype}."


def test_token_numbers_have_their_axes():
    message = complaint(ValueError, _checks.check_tokens, torch.tensor([1]), **NAMES)
    assert message == "f: x must have the axes (b, t); got x (1,)."


def test_lengths_may_have_to_be_at_least_one():
    names = {"function": "f", "least": 1}
    _checks.check_lengths(np.array([1, 5]), 5, **names)
    message = complaint(ValueError, _checks.check_lengths, np.array([1, 0]), 5, **names)
    assert message == "f: lengths must be from 1 to t_k=5; got 0 at lengths[1]."
