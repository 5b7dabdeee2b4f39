import numpy as np
import pytest
import torch

from attn_helpers._checks import (
    anything,
    boolean,
    check_array,
    mask,
    minus_inf,
    not_negative,
    read_arrays,
    rising,
    shares,
    spread,
    whole,
    within,
)

NAMES = {"function": "f", "argument": "x"}
Q, K, V = "(..., t_q, d_k)", "(..., t_k, d_k)", "(..., t_k, d_v)"
PAIRS = mask("(..., t_q, t_k)")


def read(value, axes="(...)"):
    return check_array(value, axes, **NAMES)


def complaint(kind, *args, **kwargs):
    with pytest.raises(kind) as caught:
        read(*args, **kwargs)
    return str(caught.value)


# --- kinds ---


def test_numbers_come_back_as_floats_of_their_own_width():
    for dtype in ("float16", "float32", "float64", ">f4"):
        assert read(np.ones(3, dtype)).dtype == dtype
    for dtype in ("int8", "uint16", "int64"):
        assert read(np.ones(3, dtype)).dtype == np.float64
    assert read([1, 2.5]).tolist() == [1.0, 2.5]


def test_a_torch_tensor_is_read_as_an_array():
    assert read(torch.ones(2)).dtype == np.float32


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ([True], "bool"),
        (["a"], "<U1"),
        ([1j], "complex128"),
        ([None], "object"),
        (None, "object"),
        (np.array(["2020"], dtype="M8[Y]"), "datetime64[Y]"),
    ],
)
def test_what_is_no_number_is_refused(value, dtype):
    expected = f"f: x must hold real numbers; got x of dtype {dtype}."
    assert complaint(TypeError, value) == expected


def test_a_ragged_list_is_refused():
    expected = "f: x must be rectangular; got x with rows of different lengths."
    assert complaint(ValueError, [[1], [1, 2]]) == expected


def test_what_numpy_cannot_read_is_refused_by_its_type():
    class Unreadable:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("not today")

    message = complaint(TypeError, Unreadable())
    assert message == (
        "f: x must be readable as a numpy array; got x of type Unreadable (not today)."
    )


class WithUnit:
    """As pint and others do: numbers that give numpy's functions a meaning."""

    def __array__(self, dtype=None, copy=None):
        return np.ones(3)

    def __array_function__(self, function, types, args, kwargs):
        return NotImplemented


class Tagged(np.ndarray):
    pass


FOREIGN = [
    np.ma.array([1.0, 9.0], mask=[0, 1]),
    np.ma.array([1.0, 9.0]),
    np.ma.array([1, 9], mask=[0, 1]),
    np.ma.array([True, False], mask=[0, 1]),
    np.ma.masked,
    np.ones((1, 1)).view(np.matrix),
    np.ones(3).view(Tagged),
    WithUnit(),
    [np.ma.array([1.0, 9.0], mask=[0, 1]), [0.0, 1.0]],
    ([1.0, np.ma.masked], [0.0, 1.0]),
]


@pytest.mark.parametrize("axes", ["(...)", whole("(...)"), boolean("(...)")])
@pytest.mark.parametrize("value", FOREIGN, ids=lambda value: type(value).__name__)
def test_what_would_lose_its_mask_or_its_unit_is_refused(value, axes):
    message = complaint(TypeError, value, axes)
    assert message.startswith(
        "f: x must be a plain numpy array, as its mask or unit would be lost; "
        "got x of type "
    )


def test_a_file_read_as_an_array_loses_nothing(tmp_path):
    np.ones(3).tofile(tmp_path / "numbers")
    mapped = np.memmap(tmp_path / "numbers", dtype=float, mode="r")
    assert read(mapped).tolist() == [1.0] * 3


# --- whole numbers ---


@pytest.mark.parametrize("dtype", ["int8", "uint8", "uint16", "int32", "uint64"])
def test_whole_numbers_are_widened(dtype):
    top = min(np.iinfo(dtype).max, 2**63 - 1)
    array = read(np.array([top], dtype), whole("(n,)"))
    assert array.dtype == np.int64
    assert int(array[0]) == top


def test_a_whole_number_that_no_int64_holds_is_refused():
    message = complaint(ValueError, np.array([0, 2**63], np.uint64), whole("(n,)"))
    assert message == f"f: x must be at most {2**63 - 1}; got {2**63} at x[1]."


def test_fractions_are_not_whole():
    expected = "f: x must hold whole numbers; got x of dtype float64."
    assert complaint(TypeError, [1.0], whole("(n,)")) == expected


# --- values ---


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_number_that_is_not_finite_is_named(bad):
    array = np.ones((2, 3))
    array[1, 1:] = bad
    assert complaint(ValueError, array) == f"f: x must be finite; got {bad} at x[1, 1]."


def test_a_single_number_that_is_not_finite_is_named_without_a_place():
    assert complaint(ValueError, np.nan) == "f: x must be finite; got nan at x."


def test_scores_may_be_minus_infinity_only():
    read([0.0, -np.inf], minus_inf("(n,)"))
    for bad in (np.inf, np.nan):
        expected = f"f: x must be finite, or -inf for weight 0; got {bad} at x[1]."
        assert complaint(ValueError, [-np.inf, bad], minus_inf("(n,)")) == expected


@pytest.mark.parametrize(
    ("spec", "good", "bad", "message"),
    [
        (not_negative("(n,)"), [0, 2], [0, -2], "x must not be negative; got -2.0"),
        (within(0, 7, "(n,)"), [0, 7], [0, 7.5], "x must be from 0 to 7; got 7.5"),
        (within(0, 7, "(n,)"), [0, 7], [0, -1], "x must be from 0 to 7; got -1.0"),
        (whole("(n,)", 1, 7), [1, 7], [1, 8], "x must be from 1 to 7; got 8"),
        (rising("(n,)"), [1, 2], [1, 1], "x must rise from entry to entry; got 1.0"),
        (not_negative("(n,)"), [0, 2], [0, np.nan], "x must be finite; got nan"),
        (rising("(n,)"), [1, 2], [1, np.inf], "x must be finite; got inf"),
    ],
)
def test_entries_that_break_their_rule_are_named(spec, good, bad, message):
    read(good, spec)
    assert complaint(ValueError, bad, spec) == f"f: {message} at x[1]."


def test_shares_sum_to_one_or_to_nothing():
    rows = np.array([[0.25, 0.75], [0.0, 0.0], [0.25, 0.75 + 0.9e-6]])
    assert np.array_equal(read(rows, shares("(t_q, t_k)")), rows)
    rule = "each row of x must sum to 1, or to 0 if it attends to nothing"
    for more in (-0.25, 1.1e-6, 0.25):
        rows[2] = 0.25, 0.75 + more
        message = complaint(ValueError, rows, shares("(t_q, t_k)"))
        assert message == f"f: {rule}; got a sum of {1 + more} at x[2]."


def test_shares_in_half_precision_may_be_as_far_off_as_it_rounds():
    eps = float(np.finfo(np.float16).eps)
    for steps in (-4, 4):
        row = np.array([0.25, 0.75 + steps * eps], np.float16)
        assert read(row, shares("(t_k,)")).dtype == np.float16
    row[1] = 0.75 + 5 * eps
    assert "got a sum of" in complaint(ValueError, row, shares("(t_k,)"))


def test_texts_may_be_anything():
    assert read(["a", "b"], anything("(n,)")).tolist() == ["a", "b"]


# --- several arrays ---


def test_arrays_come_back_in_the_order_given_and_no_mask_stays_none():
    q, k, pairs = read_arrays("f", q=([[1]], Q), k=([[2]], K), mask=(None, PAIRS))
    assert (q.tolist(), k.tolist(), pairs) == ([[1]], [[2]], None)


def test_the_shapes_of_several_arrays_must_agree():
    with pytest.raises(ValueError, match="f: q and k must share d_k, their last axis"):
        read_arrays("f", q=(np.ones((5, 11)), Q), k=(np.ones((7, 10)), K))


# --- what a mask hides ---

T_Q, T_K, D_K, D_V = 3, 5, 2, 7


def masked(seen, hide=np.nan, **batch):
    """q, k, v of ones with NaN in each row that ``seen`` hides from everybody."""
    q, k, v = np.ones((T_Q, D_K)), np.ones((T_K, D_K)), np.ones((T_K, D_V))
    q[~seen.any(-1)], k[~seen.any(-2)], v[~seen.any(-2)] = hide, hide, hide
    return read_arrays("f", q=(q, Q), k=(k, K), v=(v, V), mask=(seen, PAIRS))


@pytest.mark.parametrize("hide", [np.nan, np.inf, -np.inf])
def test_what_everybody_is_hidden_from_may_hold_anything_and_comes_back_as_zero(hide):
    seen = np.ones((T_Q, T_K), bool)
    seen[1], seen[:, 3] = False, False
    q, k, v, _ = masked(seen, hide)
    for array, row in ((q, 1), (k, 3), (v, 3)):
        assert (array[row] == 0).all()
        assert (np.delete(array, row, axis=0) == 1).all()


def test_what_one_query_sees_must_be_finite():
    seen = np.zeros((T_Q, T_K), bool)
    seen[2, 3] = True
    v = np.ones((T_K, D_V))
    v[3, 4] = np.nan
    with pytest.raises(ValueError, match=r"f: v must be finite; got nan at v\[3, 4\]"):
        read_arrays(
            "f",
            q=(np.ones((T_Q, D_K)), Q),
            k=(np.ones((T_K, D_K)), K),
            v=(v, V),
            mask=(seen, PAIRS),
        )


def test_a_shared_row_is_hidden_only_if_no_sample_of_the_batch_sees_it():
    seen = np.zeros((2, T_Q, T_K), bool)
    seen[1, :, :2] = True  # sample 0 sees nothing, sample 1 keys 0 and 1
    q, k = np.ones((2, T_Q, D_K)), np.full((1, T_K, D_K), np.nan)
    q[0], k[:, :2] = np.nan, 1
    q, k, _ = read_arrays("f", q=(q, Q), k=(k, K), mask=(seen, PAIRS))
    assert (q.shape, k.shape) == ((2, T_Q, D_K), (1, T_K, D_K))
    assert q[:, 0, 0].tolist() == [0, 1]
    assert k[0, :, 0].tolist() == [1, 1, 0, 0, 0]
    with pytest.raises(ValueError, match=r"got nan at k\[1, 0\]"):
        read_arrays(
            "f",
            q=(q, Q),
            k=(np.full((T_K, D_K), [[1], [np.nan], [1], [1], [1]]), K),
            mask=(seen, PAIRS),
        )


def test_a_mask_of_one_axis_hides_keys_and_no_query():
    seen = np.arange(T_K) < 2
    q, k = np.ones((T_Q, D_K)), np.full((T_K, D_K), np.nan)
    k[:2] = 1
    q, k, _ = read_arrays("f", q=(q, Q), k=(k, K), mask=(seen, PAIRS))
    assert (q == 1).all() and k[:, 0].tolist() == [1, 1, 0, 0, 0]


def test_hidden_scores_may_be_anything_and_so_may_the_centre_of_a_dead_row():
    scores, centres = np.zeros((2, T_Q, T_K)), np.zeros(T_Q)
    seen = np.ones((T_Q, T_K), bool)
    seen[1], seen[2, 4] = False, False
    scores[:, ~seen], centres[1] = np.nan, np.inf
    scores, centres, _ = read_arrays(
        "f",
        scores=(scores, minus_inf("(..., t_q, t_k)")),
        centres=(centres, spread("(..., t_q)")),
        mask=(seen, PAIRS),
    )
    assert (scores == 0).all() and (centres == 0).all()


def test_the_dtype_and_the_array_of_the_caller_stay_as_they_were():
    seen = np.arange(T_K) < 2
    k = np.full((T_K, D_K), np.nan, np.float32)
    k[:2] = 1
    kept = k.copy()
    q = np.ones((T_Q, D_K), np.float32)
    _, read_k, _ = read_arrays("f", q=(q, Q), k=(k, K), mask=(seen, PAIRS))
    assert read_k.dtype == np.float32
    np.testing.assert_array_equal(k, kept)


def test_the_cures_of_the_message_are_right():
    allowed = np.array([True, False])
    np.testing.assert_array_equal(np.array([1, 0]) != 0, allowed)
    np.testing.assert_array_equal(np.array([0.0, -np.inf]) == 0, allowed)
    with pytest.raises(TypeError, match="Write x != 0 for a mask of 0 and 1, x == 0"):
        read([1, 0], mask("(n,)"))
