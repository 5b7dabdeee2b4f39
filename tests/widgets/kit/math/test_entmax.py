"""The page's sparsemax and entmax must equal the reference's."""

import numpy as np
import pytest

from attn_helpers.reference.entmax import entmax, sparsemax
from tests.widgets.kit.math.compare import random_scores, same


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
