"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.attention_in_the_mind.tva_weights import (
    EXERCISE,
    tva_shares,
)
from attn_helpers.mind.tva import attentional_weights, relative_weights

CASES = [case.args for case in EXERCISE.cases(0)]


def test_shares_agree_with_the_theory_in_the_book():
    for eta, pertinence in CASES:
        wanted = relative_weights(attentional_weights(eta, pertinence))
        got = tva_shares(eta, pertinence)
        np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_a_display_is_tried_where_nothing_matters():
    assert any(pertinence.sum() == 0 for _, pertinence in CASES)


def test_displays_are_tried_of_faint_evidence_and_of_none_for_some():
    weights = [eta @ pertinence for eta, pertinence in CASES]
    assert any(0 < w.sum() < 1e-12 for w in weights)
    assert any((w == 0).any() and (w > 0).any() for w in weights)
