"""What the page knows of a query after each piece equals what the reference knows."""

import numpy as np

from attn_helpers.reference.online_softmax import finish, start, update
from tests.widgets.kit.math.compare import random_scores, same

FINISHED = """((width, pieces) => {
  const states = [start(width)];
  for (const [scores, V] of pieces) states.push(update(states.at(-1), scores, V));
  return states.map((state) => ({ ...state, ...finish(state) }));
})"""


def test_every_state_of_300_rows_in_pieces(js):
    rng = np.random.default_rng(0)
    for _ in range(300):
        width = int(rng.integers(1, 4))
        pieces = [random_scores(rng) for _ in range(rng.integers(1, 5))]
        pieces = [(row, rng.normal(size=(row.size, width))) for row in pieces]
        got = js(FINISHED, width, [[row.tolist(), v.tolist()] for row, v in pieces])
        state = start(1, width)
        for at, (row, v) in enumerate([*pieces, (None, None)]):
            output, log_sum_exp = finish(state)
            same([got[at]["maximum"]], state.maximum)
            same([got[at]["total"]], state.total)
            same([got[at]["mixture"]], state.mixture)
            same([got[at]["output"]], output)
            same([got[at]["logSumExp"]], log_sum_exp)
            state = state if row is None else update(state, row[None], v)


def test_the_correction_is_what_an_old_sum_is_multiplied_by(js):
    for before, now in ((0.4, 2.1), (-3.0, -3.0), (-np.inf, 1.0), (-np.inf, -np.inf)):
        alone = update(start(1, 1), [[before]], [[1.0]])
        both = update(alone, [[now]], [[0.0]])
        expected = both.mixture[0, 0] / (alone.total[0] or 1)
        same(js("correction", before, now), expected)
