"""Challenges of the page."""

import numpy as np
import pytest

from attn_helpers.exercises import challenges
from attn_helpers.pretrained.transliteration import (
    name_signs,
    padding_share,
    transliterate,
)


@pytest.mark.needs("khmer_transliterator", "h5py")
def test_the_published_weights_of_the_challenge_are_the_models_own():
    state = challenges()["full-stop"].state
    text, weights = transliterate("battambang")
    assert state["target"] == [*name_signs(text), "(end)"]
    padding = padding_share("battambang", weights)
    shown = np.column_stack([weights[:, :10], padding])
    np.testing.assert_allclose(state["weights"], shown, atol=0.00051)
