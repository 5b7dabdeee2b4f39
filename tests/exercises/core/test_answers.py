"""The book's own programs, in a notebook that is out of tune."""

from dataclasses import replace

import numpy as np

from attn_helpers.exercises.core import sandbox
from attn_helpers.exercises.core.answers import (
    in_single_precision,
    mistaken,
    undisturbed,
    wanted,
)
from attn_helpers.exercises.core.judge import judge
from tests.exercises.core.verdicts import EXERCISES, check


def test_numpy_that_raises_disturbs_nobody():
    with np.errstate(all="raise"):
        for id in ("softmax", "masked-attention", "leave-one-out"):
            assert check(id, EXERCISES[id].answer)
            assert not check(id, next(iter(EXERCISES[id].mistakes.values())).program)


def test_numpy_with_other_functions_disturbs_nobody(monkeypatch):
    judge_afresh = replace(EXERCISES["softmax"])  # nothing kept of its answers
    for name in ("exp", "abs", "array_equal", "isfinite", "argwhere"):
        monkeypatch.setattr(np, name, lambda *args, **keywords: 0)
    monkeypatch.setattr("builtins.sorted", lambda *args, **keywords: [])
    result = judge(judge_afresh, lambda scores: scores, run=sandbox.plain)
    monkeypatch.undo()
    assert result == judge(judge_afresh, lambda scores: scores, run=sandbox.plain)
    assert judge(judge_afresh, judge_afresh.answer, run=sandbox.plain)


def test_a_function_that_changes_numpy_is_judged_with_numpy_as_it_was(monkeypatch):
    def changes(scores):
        value = EXERCISES["softmax"].answer(scores)
        monkeypatch.setattr(np, "abs", lambda *args: 0)
        return value + 1

    assert not check("softmax", changes)


def test_answers_cannot_be_spoilt(monkeypatch):
    exercise = replace(EXERCISES["softmax"], answer=EXERCISES["softmax"].answer)
    assert judge(exercise, exercise.answer, run=sandbox.plain)
    (first, *_) = judge(exercise, lambda scores: 1 / 0, run=sandbox.plain).inputs
    first[:] = 0
    assert judge(exercise, exercise.answer, run=sandbox.plain)


def test_what_the_reader_put_in_place_is_there_again_afterwards(monkeypatch):
    def mine(x):
        return x

    monkeypatch.setattr(np, "exp", mine)
    with undisturbed():
        assert np.exp(0.0) == 1.0
    assert np.exp is mine


def test_what_is_kept_cannot_be_written_into():
    exercise = EXERCISES["softmax"]
    kept = [wanted(exercise, 0), *mistaken(exercise, 0).values()]
    parts = [part for outputs in kept for output in outputs for part in output or ()]
    assert len(parts) > 100
    assert not any(part.flags.writeable for part in parts)


def test_single_precision_is_that_of_the_arguments():
    double, single = (f(EXERCISES["softmax"], 0) for f in (wanted, in_single_precision))
    gaps = [np.abs(a - b).max() for (a,), (b,) in zip(double, single, strict=True)]
    assert {part.dtype for (part,) in single} == {np.dtype(np.float32)}
    assert 1e-9 < max(gaps) < 1e-3
