"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.language_model.absorbed_scores import (
    EXERCISE,
    absorbed_scores,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_score_by_hand():
    q, q_rope = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
    w_k, latent = np.array([[[3.0, 1.0]]]), np.array([[2.0], [-1.0]])
    k_rope = np.array([[5.0, 9.0], [1.0, 9.0]])
    got = absorbed_scores(q, q_rope, w_k, latent, k_rope)
    np.testing.assert_array_equal(got, [[(10 + 5) / 2, (-5 + 1) / 2]])


def test_scores_are_those_of_keys_made_of_the_latent_rows():
    for args in CASES:
        q, q_rope, w_k, latent, k_rope = map(torch.tensor, args)
        keys = torch.cat([latent @ w_k, k_rope.expand(len(q), -1, -1)], dim=-1)
        query = torch.cat([q, q_rope], dim=-1)
        wanted = torch.einsum("htd,hd->ht", keys, query) / query.shape[-1] ** 0.5
        np.testing.assert_allclose(absorbed_scores(*args), wanted.numpy(), atol=1e-12)


def test_widths_are_tried_that_hide_no_wrong_root():
    for q, q_rope, w_k, latent, _ in CASES[:2]:
        d, d_rope, r = q.shape[1], q_rope.shape[1], w_k.shape[1]
        assert len({d, d_rope, r, d + d_rope, r + d_rope, len(q), len(latent)}) == 7


def test_matrices_are_tried_that_fit_when_turned():
    assert any(w_k.shape[1] == w_k.shape[2] for _, _, w_k, *_ in CASES)
