"""The answer, and the cases that must be there."""

import numpy as np
import pytest

from attn_helpers.exercises.language_model.speculative_step import (
    EXERCISE,
    speculative_step,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_draft_by_hand():
    p, q = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]), np.array([[0.8, 0.1, 0.1]])
    stand, following = speculative_step(p, q, np.array([0]), np.array([0.62]))
    assert stand == 1
    np.testing.assert_array_equal(following, p[1])
    stand, following = speculative_step(p, q, np.array([0]), np.array([0.63]))
    assert stand == 0
    np.testing.assert_allclose(following, [0, 2 / 3, 1 / 3], atol=1e-15)


def written(p, q, steps=2000):
    """The distribution of the first token, over all drafts and evenly spread u."""
    found = np.zeros(p.shape[1])
    for token, chance in enumerate(q[0]):
        for u in (np.arange(steps) + 0.5) / steps:
            stand, following = speculative_step(p, q, np.array([token]), np.array([u]))
            found += (
                chance
                / steps
                * (following if stand == 0 else np.eye(len(found))[token])
            )
    return found


@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_has_the_large_models_distribution(seed):
    p, q = np.random.default_rng(seed).dirichlet(np.ones(5), size=(2, 2))
    np.testing.assert_allclose(written(p, q[:1]), p[0], atol=1e-3)


def test_how_often_a_draft_stands():
    p, q = np.random.default_rng(0).dirichlet(np.ones(5), size=2)
    np.testing.assert_allclose(
        np.minimum(p, q).sum(), 1 - np.abs(p - q).sum() / 2, atol=1e-15
    )


def test_drafts_fall_early_late_and_not_at_all():
    found = {
        (len(drafts), speculative_step(p, q, drafts, u)[0]) for p, q, drafts, u in CASES
    }
    assert {(3, 0), (3, 1), (3, 2), (3, 3), (1, 0), (1, 1), (0, 0)} <= found


@pytest.mark.parametrize("seed", range(4))
def test_no_draw_comes_near_an_edge_but_for_0(seed):
    for p, q, drafts, u in (case.args for case in EXERCISE.cases(seed)):
        chosen = np.arange(len(drafts)), drafts
        np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-12)
        assert (q[chosen] > 0).all()
        ratio = p[:-1][chosen] / q[chosen]
        assert np.abs(u - ratio)[u > 0].min(initial=1) > 1e-9
