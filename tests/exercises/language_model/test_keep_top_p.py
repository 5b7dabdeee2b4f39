"""The answer, and the cases that must be there."""

import numpy as np
import pytest

from attn_helpers.exercises.language_model.draw_tokens import right_share
from attn_helpers.exercises.language_model.keep_top_k import keep_top_k
from attn_helpers.exercises.language_model.keep_top_p import EXERCISE, keep_top_p
from attn_helpers.exercises.programs import soft

CASES = [case.args for case in EXERCISE.cases(0)]


@pytest.mark.parametrize(
    ("p", "kept"),
    [(0.0, "1000"), (0.3, "1000"), (0.5, "1100"), (0.85, "1110"), (1.0, "1111")],
)
def test_a_row_by_hand(p, kept):
    logits = np.log([0.4, 0.3, 0.2, 0.1])
    stays = np.array([mark == "1" for mark in kept])
    np.testing.assert_array_equal(
        keep_top_p(logits, p), np.where(stays, logits, -np.inf)
    )


def smallest_that_reaches(share, p):
    """The tokens of the smallest set that reaches p, tried by size."""
    for size in range(1, len(share) + 1):
        best = sorted(range(len(share)), key=lambda token: -share[token])[:size]
        if share[best].sum() >= p - 1e-12:
            return set(best)
    return set(range(len(share)))


def test_what_is_kept_is_the_smallest_set_that_reaches_p():
    for logits, p in CASES:
        kept = keep_top_p(logits, p)
        for place in np.ndindex(logits.shape[:-1]):
            stays = set(np.flatnonzero(np.isfinite(kept[place])).tolist())
            wanted = smallest_that_reaches(soft(logits[place]), p)
            possible = set(np.flatnonzero(np.isfinite(logits[place])).tolist())
            assert stays == wanted & possible


@pytest.mark.parametrize("seed", range(4))
def test_no_sum_comes_near_p(seed):
    for logits, p in (case.args for case in EXERCISE.cases(seed)):
        reached = np.sort(soft(logits), axis=-1)[..., ::-1].cumsum(axis=-1)
        assert np.abs(reached - p)[reached < 1 - 1e-9].min(initial=1) > 1e-6


def test_both_ends_of_p_are_tried():
    assert {0.0, 1.0} <= {p for _, p in CASES}


def test_rows_are_tried_that_keep_different_numbers():
    for logits, p in CASES[:2]:
        assert len(set(np.isfinite(keep_top_p(logits, p)).sum(axis=-1))) > 1


def test_a_temperature_changes_what_top_p_keeps_and_not_what_top_k_keeps():
    logits = np.log([0.6, 0.3, 0.1])
    np.testing.assert_array_equal(
        np.isfinite(keep_top_k(logits / 2, 2)), np.isfinite(keep_top_k(logits, 2))
    )
    assert np.isfinite(keep_top_p(logits, 0.85)).sum() == 2
    assert np.isfinite(keep_top_p(logits / 2, 0.85)).sum() == 3
    np.testing.assert_allclose(right_share(logits, 2), [0.473, 0.334, 0.193], atol=5e-4)
