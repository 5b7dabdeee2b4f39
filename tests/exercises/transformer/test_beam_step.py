"""The answer, and the cases that must be there."""

import itertools

import numpy as np
import pytest

from attn_helpers.exercises.transformer.beam_step import EXERCISE, beam_step

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_step_by_hand():
    log_p = np.log([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1]])
    beam, token, score = beam_step(log_p, np.log([0.6, 0.4]), 3)
    assert (beam.tolist(), token.tolist()) == ([1, 0, 0], [1, 0, 1])
    np.testing.assert_allclose(np.exp(score), [0.32, 0.3, 0.18], atol=1e-12)


def test_a_step_agrees_with_sorting_all_continuations():
    for log_p, scores, width in CASES:
        found = [
            (scores[beam] + log_p[beam, token], beam, token)
            for beam, token in np.ndindex(log_p.shape)
        ]
        wanted = sorted(found, key=lambda one: -one[0])[:width]
        got = list(zip(*beam_step(log_p, scores, width)[::-1], strict=True))
        for (score, token, beam), one in zip(got, wanted, strict=True):
            assert (score, beam, token) == one


def test_log_probabilities_are_those_of_all_words():
    for log_p, *_ in CASES:
        np.testing.assert_allclose(np.exp(log_p).sum(axis=-1), 1, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_no_two_of_the_best_have_one_score(seed):
    for log_p, scores, width in (case.args for case in EXERCISE.cases(seed)):
        best = np.sort((scores[:, None] + log_p).ravel())[::-1][: width + 1]
        assert np.isfinite(best[:width]).all()
        assert (np.diff(best) < -1e-9).all()


def test_widths_are_tried_apart_from_the_number_of_beams():
    sizes = [(*log_p.shape, width) for log_p, _, width in CASES]
    assert any(width > beams and width > vocab for beams, vocab, width in sizes)
    assert any(width < beams for beams, _, width in sizes)
    assert any(beams == 1 < width for beams, _, width in sizes)


def found_with(log_p, width):
    """The best text of as many words as ``log_p`` has rows of rows, by beam search.

    ``log_p[place, before]`` is the row of the words after the word ``before``.
    """
    texts, scores = [(0,)], np.zeros(1)
    for after in log_p:
        beam, token, scores = beam_step(after[[t[-1] for t in texts]], scores, width)
        texts = [(*texts[b], int(t)) for b, t in zip(beam, token, strict=True)]
    return texts[0]


@pytest.mark.parametrize(("width", "misses"), [(1, True), (5**3, False)])
def test_the_narrowest_beam_is_greedy_and_the_widest_misses_nothing(width, misses):
    rng = np.random.default_rng(4)
    log_p = np.log(rng.dirichlet(np.ones(5), size=(3, 5)))

    def score(text):
        steps = zip(log_p, itertools.pairwise((0, *text)), strict=True)
        return sum(rows[pair] for rows, pair in steps)

    best = max(itertools.product(range(5), repeat=3), key=score)
    assert (found_with(log_p, width) != (0, *best)) is misses
