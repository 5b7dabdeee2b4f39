"""The page has the scores of the reference; test_attention.py compares them."""

import pytest

from tests.widgets.kit.math.compare import same
from tests.widgets.kit.math.test_attention import SCORES


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_cosine_survives_vectors_whose_squares_leave_the_range(js, size):
    same(js("SCORES.cosine", [3 * size, 4 * size], [1.0, 0.0]), 0.6)


def test_every_score_of_the_page_is_compared(js):
    assert js("(() => Object.keys(SCORES))") == SCORES
