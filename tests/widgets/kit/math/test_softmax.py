"""The page's softmax must equal the reference's, number for number."""

import numpy as np

from attn_helpers.reference.softmax import (
    entropy,
    log_softmax,
    masked_softmax,
    softmax,
)
from tests.widgets.kit.math.compare import random_scores, same


def test_softmax_and_its_kin_on_800_rows(js):
    rng = np.random.default_rng(0)
    for _ in range(800):
        scores = random_scores(rng)
        temperature = 10 ** rng.uniform(-3, 3)
        mask = rng.random(scores.size) < rng.choice([0, 0.5, 1])
        row, allowed = scores.tolist(), mask.tolist()
        weights = js("softmax", row, temperature)
        same(weights, softmax(scores, temperature))
        same(js("entropy", weights), entropy(weights))
        same(js("logSoftmax", row, temperature), log_softmax(scores, temperature))
        same(js("maskedSoftmax", row, allowed), masked_softmax(scores, mask))
        same(js("maskedSoftmax", row, None), softmax(scores))
