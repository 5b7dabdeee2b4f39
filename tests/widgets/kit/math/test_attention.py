"""The page's attention must equal the reference's, with every score."""

from functools import partial

import numpy as np
import pytest

from attn_helpers.reference import scoring
from attn_helpers.reference.attention import attention
from tests.widgets.kit.math.compare import numbers, same


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
