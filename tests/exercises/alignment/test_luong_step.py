"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.alignment.luong_step import EXERCISE, luong_step
from attn_helpers.reference.attention import attention
from attn_helpers.reference.scoring import bilinear_score

CASES = [case.args for case in EXERCISE.cases(0)]


def test_luongs_step_reads_as_bilinear_attention_does():
    for x, state, annotations, w_x, w_h, w_score, w_out in CASES:
        args = (x, state, annotations, w_x, w_h, w_score, w_out)
        output, new, weights = luong_step(*args)
        np.testing.assert_allclose(new, np.tanh(w_x.T @ x + w_h.T @ state), atol=1e-12)
        context, wanted = attention(
            new[None],
            annotations,
            annotations,
            score=lambda q, k, w=w_score: bilinear_score(q, k, w),
        )
        np.testing.assert_allclose(weights, wanted[0], atol=1e-9)
        width = annotations.shape[1]
        inside = context[0] @ w_out[:width] + new @ w_out[width:]
        np.testing.assert_allclose(output, np.tanh(inside), atol=1e-9)
