"""The answer, and the cases that must be there."""

import numpy as np
import pytest
import torch

from attn_helpers.exercises.training_dynamics.half_precision_scores import (
    EXERCISE,
    half_precision_scores,
)

CASES = [case.args for case in EXERCISE.cases(0)]
BEYOND = pytest.mark.filterwarnings("ignore:overflow encountered")


def exact(q, k):
    return q.astype(float) @ k.astype(float).T / q.shape[-1] ** 0.5


def test_a_score_by_hand():
    q, k = np.full((1, 4), 150, np.float16), np.full((1, 4), 200, np.float16)
    scores = half_precision_scores(q, k)
    assert scores.dtype == np.float16
    assert scores.tolist() == [[60_000]]  # of a sum of 120000


def test_it_is_the_nearest_number_of_float16_but_for_the_rounding_of_the_sum():
    for q, k in CASES:
        wanted = exact(q, k)
        step = np.spacing(np.abs(wanted).astype(np.float16)).astype(float)
        rounding = 2**-23 * exact(np.abs(q), np.abs(k))
        error = np.abs(half_precision_scores(q, k).astype(float) - wanted)
        assert (error <= step / 2 + rounding).all()


def test_all_scores_that_are_asked_for_fit():
    for seed in range(4):
        for q, k in (case.args for case in EXERCISE.cases(seed)):
            assert q.dtype == k.dtype == np.float16
            assert np.abs(exact(q, k)).max() < 65504


@BEYOND
def test_sums_are_tried_that_do_not_fit_of_both_signs():
    sums = [q @ k.T for q, k in CASES]
    assert sum(np.isposinf(sum).any() for sum in sums) >= 3
    assert sum(np.isneginf(sum).any() for sum in sums) >= 1


@BEYOND
def test_products_are_tried_that_do_not_fit_and_whose_sum_does():
    assert any(
        np.isinf(q[:, None] * k).any() and np.isfinite(q @ k.T).all() for q, k in CASES
    )


def test_what_bfloat16_does_with_70000():
    near = torch.tensor([70_000.0, 70_400.0, 70_700.0]).bfloat16()
    assert near.tolist() == [70_144, 70_144 + 512, 70_144 + 512]
    assert not torch.isfinite(torch.tensor(70_000.0).half())
