"""The page's math.js must equal attn_helpers.reference, number for number."""

import json
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from py_mini_racer import MiniRacer

import attn_helpers.widgets
from attn_helpers.reference import scoring
from attn_helpers.reference.attention import attention
from attn_helpers.reference.entmax import entmax, sparsemax
from attn_helpers.reference.kernel_regression import LOG_KERNELS, nadaraya_watson
from attn_helpers.reference.masks import causal_mask, prefix_mask, window_mask
from attn_helpers.reference.positions import (
    frequencies,
    rope,
    sinusoidal_positions,
)
from attn_helpers.reference.reach import layers_to_reach
from attn_helpers.reference.softmax import (
    entropy,
    log_softmax,
    masked_softmax,
    softmax,
    softmax_in_precision,
)

SOURCE = Path(attn_helpers.widgets.__file__).with_name("math.js").read_text("utf-8")
# JSON has no word for these three; they travel as strings.
REPLACER = "(_, x) => typeof x === 'number' && !isFinite(x) ? String(x) : x"


@pytest.fixture(scope="module")
def js():
    """Call a function of math.js with Python values."""
    context = MiniRacer()
    context.eval(re.sub(r"^export ", "", SOURCE, flags=re.MULTILINE))

    def call(function, *arguments):
        # What json writes for inf and nan, Infinity and NaN, is JavaScript as well.
        literals = ", ".join(json.dumps(argument) for argument in arguments)
        return json.loads(
            context.eval(f"JSON.stringify({function}({literals}), {REPLACER})")
        )

    return call


def numbers(values):
    return np.array(values, dtype=float)


def same(got, expected, tolerance=1e-12):
    """Absolute for weights, relative for what is larger than 1."""
    np.testing.assert_allclose(numbers(got), expected, atol=tolerance, rtol=tolerance)


def random_scores(rng):
    """A row of 1 to 11 scores: mild, extreme, far from 0, or partly -inf."""
    size = rng.integers(1, 12)
    scores = rng.normal(size=size) * rng.choice([1, 10, 1000])
    scores += rng.choice([0, -1000, 1000, 700])
    scores[rng.random(size) < rng.choice([0, 0, 0.3, 1])] = -np.inf
    return scores


def test_softmax_and_its_kin_on_800_rows(js):
    rng = np.random.default_rng(0)
    for _ in range(800):
        scores = random_scores(rng)
        temperature = 10 ** rng.uniform(-3, 3)
        mask = rng.random(scores.size) < rng.choice([0, 0.5, 1])
        row, allowed = scores.tolist(), mask.tolist()
        weights = js("softmax", row, temperature)
        same(weights, softmax(scores, temperature))
        same(js("entropy", weights), entropy(weights))
        same(js("logSoftmax", row, temperature), log_softmax(scores, temperature))
        same(js("maskedSoftmax", row, allowed), masked_softmax(scores, mask))
        same(js("maskedSoftmax", row, None), softmax(scores))


@pytest.mark.parametrize("alpha", [1, 1.05, 1.5, 2, 2.5, 4])
def test_entmax_on_200_rows(js, alpha):
    rng = np.random.default_rng(7)
    zeros = 0
    for _ in range(200):
        scores = random_scores(rng)
        weights = js("entmax", scores.tolist(), alpha)
        same(weights, entmax(scores, alpha), tolerance=1e-10)
        zeros += weights.count(0)
    assert zeros > 100


def test_sparsemax_on_400_rows_and_its_ties(js):
    rng = np.random.default_rng(8)
    for _ in range(400):
        scores = random_scores(rng).round(int(rng.integers(0, 9)))
        same(js("sparsemax", scores.tolist()), sparsemax(scores))
    assert js("sparsemax", [0.0, 0.5, 1.0]) == [0, 0.25, 0.75]
    assert js("sparsemax", [-np.inf, -np.inf]) == [0, 0]


def python_score(name, params):
    functions = {
        "dot": scoring.dot_score,
        "scaledDot": scoring.scaled_dot_score,
        "cosine": scoring.cosine_score,
        "gaussian": scoring.gaussian_score,
        "additive": scoring.additive_score,
        "bilinear": scoring.bilinear_score,
    }
    names = {"wQ": "w_q", "wK": "w_k", "wOut": "w_out"}
    arguments = {names.get(key, key): value for key, value in params.items()}
    return partial(functions[name], **arguments)


def random_problem(rng, score):
    t_q, t_k, d_k, d_v, d_hidden = rng.integers(1, 7, size=5)
    wide = score in ("additive", "bilinear")
    d_q = rng.integers(1, 7) if wide else d_k
    params = {
        "gaussian": {"bandwidth": rng.uniform(0.3, 3)},
        "additive": {
            "wQ": rng.normal(size=(d_q, d_hidden)).tolist(),
            "wK": rng.normal(size=(d_k, d_hidden)).tolist(),
            "wOut": rng.normal(size=d_hidden).tolist(),
        },
        "bilinear": {"w": rng.normal(size=(d_q, d_k)).tolist()},
    }.get(score, {})
    q, k = rng.normal(size=(t_q, d_q)), rng.normal(size=(t_k, d_k))
    v = rng.normal(size=(t_k, d_v)) * rng.choice([1, 1000])
    q[rng.random(t_q) < 0.1] = 0  # a cosine of nothing
    mask = rng.random((t_q, t_k)) < rng.choice([0.2, 0.7, 1])
    return q, k, v, params, mask if rng.random() < 0.7 else None


SCORES = ["dot", "scaledDot", "cosine", "gaussian", "additive", "bilinear"]


def check_attention(js, score, problem, temperature):
    q, k, v, params, mask = problem
    options = {
        "score": score,
        "params": params,
        "temperature": temperature,
        "mask": None if mask is None else mask.tolist(),
    }
    got = js("attention", q.tolist(), k.tolist(), v.tolist(), options)
    in_python = python_score(score, params)
    output, weights = attention(q, k, v, mask, score=in_python, temperature=temperature)
    same(got["scores"], in_python(q, k))
    same(got["weights"], weights)
    size = max(1.0, np.abs(v).max())
    np.testing.assert_allclose(numbers(got["output"]), output, atol=1e-12 * size)


@pytest.mark.parametrize("score", SCORES)
def test_attention_on_80_random_problems(js, score):
    rng = np.random.default_rng(1)
    for _ in range(80):
        check_attention(js, score, random_problem(rng, score), 10 ** rng.uniform(-1, 3))


@pytest.mark.parametrize("temperature", [1e-3, 1.0, 1e3])
def test_attention_with_dot_products_of_700_and_more(js, temperature):
    # Whole numbers: their dot products are exact, so any temperature is fair.
    rng = np.random.default_rng(2)
    for _ in range(40):
        *_, v, params, mask = random_problem(rng, "dot")
        q = rng.integers(-30, 31, size=(3, 2)).astype(float)
        k = rng.integers(-30, 31, size=(v.shape[0], 2)).astype(float)
        mask = None if mask is None else mask[[0, 0, 0]]
        check_attention(js, "dot", (q, k, v, params, mask), temperature)


def test_attention_defaults_to_the_scaled_dot_product(js):
    q, k, v, *_ = random_problem(np.random.default_rng(3), "dot")
    got = js("attention", q.tolist(), k.tolist(), v.tolist())
    same(got["output"], attention(q, k, v)[0])


def test_one_key_takes_everything_and_a_masked_row_nothing(js):
    options = {"mask": [[True], [False]]}
    got = js("attention", [[5.0], [5.0]], [[-9.0]], [[3.0, 4.0]], options)
    assert got["weights"] == [[1], [0]]
    assert got["output"] == [[3, 4], [0, 0]]


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_cosine_survives_vectors_whose_squares_leave_the_range(js, size):
    same(js("SCORES.cosine", [3 * size, 4 * size], [1.0, 0.0]), 0.6)


def test_every_score_and_kernel_of_the_page_is_compared(js):
    assert js("(() => Object.keys(SCORES))") == SCORES
    assert sorted(js("(() => Object.keys(LOG_KERNELS))")) == sorted(LOG_KERNELS)


@pytest.mark.parametrize("kernel", LOG_KERNELS)
def test_kernel_regression_on_80_random_problems(js, kernel):
    rng = np.random.default_rng(4)
    for _ in range(80):
        t_q, t_k = rng.integers(1, 9, size=2)
        # A grid of quarters, so that neighbours on the very edge are common.
        x_query, x = (rng.integers(-20, 21, size=n) / 4 for n in (t_q, t_k))
        y, bandwidth = rng.normal(size=t_k), rng.choice([0.25, 0.7, 2, 1e-3, 1e3])
        arguments = [x_query.tolist(), x.tolist(), y.tolist(), float(bandwidth)]
        got = js("nadarayaWatson", *arguments, kernel)
        estimate, weights = nadaraya_watson(x_query, x, y, bandwidth, kernel)
        same(got["weights"], weights)
        same(got["estimate"], estimate)


def test_masks(js):
    for t_q, t_k in [(1, 1), (3, 7), (7, 3), (5, 5)]:
        for first in ((), (0,), (2,), (t_k - t_q,)):
            places = t_k, *first
            expected = causal_mask(t_q, *places).tolist()
            assert js("causalMask", t_q, *places) == expected
            for radius in (0, 2):
                expected = window_mask(t_q, radius, *places).tolist()
                assert js("windowMask", t_q, radius, *places) == expected
                expected = prefix_mask(t_q, radius, *places).tolist()
                assert js("prefixMask", t_q, radius, *places) == expected
    assert js("causalMask", 3) == causal_mask(3).tolist()
    assert js("windowMask", 3, 1) == window_mask(3, 1).tolist()
    assert js("prefixMask", 3, 2) == prefix_mask(3, 2).tolist()


def test_layers_to_reach_on_80_random_masks(js):
    rng = np.random.default_rng(7)
    for _ in range(80):
        t, num_layers = rng.integers(1, 9), int(rng.integers(0, 6))
        mask = rng.random((t, t)) < rng.choice([0.1, 0.3, 1])
        got = js("layersToReach", mask.tolist(), num_layers)
        assert got == layers_to_reach(mask, num_layers).tolist()


def test_positions_on_80_random_vectors(js):
    rng = np.random.default_rng(8)
    for _ in range(80):
        d, base = 2 * int(rng.integers(1, 8)), float(10 ** rng.uniform(0.5, 6))
        x, position = rng.normal(size=d), int(rng.integers(0, 50))
        same(js("frequencies", d, base), frequencies(d, base))
        same(js("rope", x.tolist(), position, base), rope(x[None], [position], base)[0])
        expected = sinusoidal_positions(position + 1, d, base)[position]
        same(js("sinusoid", position, d, base), expected)
    same(js("frequencies", 4), frequencies(4))
    same(js("rope", [1.0, 2.0, 3.0, 4.0], -7), rope([[1.0, 2, 3, 4]], [-7])[0])
    same(js("sinusoid", 5, 4), sinusoidal_positions(6, 4)[5])


def multi_head_by_reshaping(x, w, num_heads, transposed):
    """As models do it: all heads at once, cut by a reshape and a transpose."""
    t, d = x.shape

    def split(table):
        if transposed:
            return table.reshape(t, num_heads, -1).swapaxes(0, 1)
        return table.reshape(num_heads, t, -1)

    q, k, v = (split(x @ w[name]) for name in ("wQ", "wK", "wV"))
    output, weights = attention(q, k, v)
    return weights, output.swapaxes(0, 1).reshape(t, d) @ w["wO"]


@pytest.mark.parametrize("transposed", [True, False])
def test_multi_head_attention_on_40_random_problems(js, transposed):
    rng = np.random.default_rng(9)
    for _ in range(40):
        num_heads, width, t = (int(n) for n in rng.integers(1, 5, size=3))
        d = num_heads * width
        x = rng.normal(size=(t, d))
        w = {name: rng.normal(size=(d, d)) for name in ("wQ", "wK", "wV", "wO")}
        lists = {name: table.tolist() for name, table in w.items()}
        options = {"transposed": transposed}
        got = js("multiHead", x.tolist(), lists, [width] * num_heads, options)
        weights, output = multi_head_by_reshaping(x, w, num_heads, transposed)
        same(got["weights"], weights, 1e-10)
        same(got["output"], output, 1e-10)


def test_cuts_need_not_be_even_and_a_head_that_is_off_gives_zeros(js):
    numbers_in_order = np.arange(12).reshape(3, 4).tolist()
    assert js("cutHeads", numbers_in_order, [1, 3]) == [
        [[0], [4], [8]],
        [[1, 2, 3], [5, 6, 7], [9, 10, 11]],
    ]
    assert js("cutHeads", numbers_in_order, [1, 3], False) == [
        [[0], [1], [2]],
        [[3, 4, 5], [6, 7, 8], [9, 10, 11]],
    ]
    w = dict.fromkeys(("wQ", "wK", "wV", "wO"), np.eye(4).tolist())
    got = js("multiHead", numbers_in_order, w, [1, 3], {"off": [1]})
    assert (numbers(got["output"])[:, 1:] == 0).all()
    assert (numbers(got["output"])[:, 0] > 0).all()


@pytest.mark.parametrize("subtract_max", [False, True])
@pytest.mark.parametrize("precision", ["float16", "float32", "float64"])
def test_every_precision_overflows_at_the_same_place(js, precision, subtract_max):
    rng = np.random.default_rng(5)
    options = {"precision": precision, "subtractMax": subtract_max}
    eps, tiny = np.finfo(precision).eps, np.finfo(precision).smallest_subnormal
    edge = np.log(float(np.finfo(precision).max))  # where exp overflows
    kinds = set()
    for _ in range(200):
        scores = rng.normal(size=rng.integers(1, 12)) * rng.choice([1, edge / 2, edge])
        got = numbers(js("naiveSoftmax", scores.tolist(), options))
        expected = softmax_in_precision(scores, precision, subtract_max).astype(float)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
        np.testing.assert_array_equal(got.astype(precision), got)
        np.testing.assert_allclose(got, expected, rtol=4 * eps, atol=2 * tiny)
        kinds.add(bool(np.isnan(got).any()))
    assert kinds == ({False} if subtract_max else {False, True})


def test_a_sum_in_float16_stops_growing_at_2048(js):
    # 2048 + 1 rounds back to 2048, so 3000 equal keys get 1/2048 each.
    got = js("naiveSoftmax", [0.0] * 3000, {"precision": "float16"})
    expected = softmax_in_precision(np.zeros(3000), "float16", subtract_max=False)
    np.testing.assert_array_equal(numbers(got), expected)
    assert got[0] == 1 / 2048


def test_float16_rounding_is_that_of_numpy(js):
    rng = np.random.default_rng(6)
    every = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(float)
    every = every[np.isfinite(every)]
    near = every[:-1] + np.diff(every) / 2  # halfway: ties go to even
    values = [every, near, np.nextafter(near, 9e9), np.nextafter(near, -9e9)]
    values += [rng.normal(size=999) * 10.0 ** rng.integers(-9, 6, size=999)]
    values += [[65519.99, 65520.0, -65520.0, 1e9, 2.0**-25, 2.0**-26, 0.0]]
    values = np.concatenate(values)
    with np.errstate(over="ignore"):
        expected = values.astype(np.float16)
    got = numbers(js("((xs) => xs.map(toFloat16))", values.tolist()))
    np.testing.assert_array_equal(got, expected)


def test_exports_stand_at_the_start_of_a_line():
    # The bundler of the pages relies on it.
    exports = re.findall(r"^export (?:function|const) (\w+)", SOURCE, re.MULTILINE)
    assert SOURCE.count("export ") == len(exports) == len(set(exports))
