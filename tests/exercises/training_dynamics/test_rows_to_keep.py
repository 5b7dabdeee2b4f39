"""The answer, and the cases that must be there."""

from attn_helpers.exercises.training_dynamics.rows_to_keep import EXERCISE, rows_to_keep

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_cache_by_hand():
    rows, positions = rows_to_keep(9, 2, 3)
    assert rows.tolist() == [0, 1, 6, 7, 8]
    assert positions.tolist() == [0, 1, 2, 3, 4]


def test_a_cache_that_lets_one_row_go_at_each_step_ends_with_these():
    for n, sinks, window in CASES:
        cache = []
        for row in range(n):
            cache.append(row)
            if len(cache) > sinks + window:
                del cache[sinks]
        rows, positions = rows_to_keep(n, sinks, window)
        assert rows.tolist() == cache
        assert positions.tolist() == list(range(len(cache)))


def test_texts_are_tried_from_nothing_to_far_beyond_the_cache():
    assert any(n == 0 for n, *_ in CASES)
    assert any(0 < n < sinks for n, sinks, _ in CASES)
    assert any(n == sinks for n, sinks, _ in CASES)
    assert any(n == window for n, _, window in CASES)
    assert any(window < n < sinks + window for n, sinks, window in CASES)
    assert any(n == sinks + window for n, sinks, window in CASES)
    assert any(n == sinks + window + 1 for n, sinks, window in CASES)
    assert any(sinks == 0 for _, sinks, _ in CASES)
    assert any(sinks > window for _, sinks, window in CASES)
