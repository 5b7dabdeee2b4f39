"""Walk every exercise of the book: the checker itself is what is tested here."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from attn_helpers.exercises import check, registry, solution
from attn_helpers.exercises.core import registry as registry_file
from attn_helpers.exercises.core.answers import mistaken
from attn_helpers.exercises.core.compare import alike
from attn_helpers.exercises.core.judge import judge
from attn_helpers.exercises.core.registry import exercises_of, topics
from attn_helpers.exercises.core.sandbox import plain

EXERCISES = registry()
MISTAKES = [(id, name) for id, e in EXERCISES.items() for name in e.mistakes]
ALSO_RIGHT = [(id, name) for id, e in EXERCISES.items() for name in e.also_right]
each_exercise = pytest.mark.parametrize("id", EXERCISES)
TOC = Path(__file__).parents[3] / "_toc.yml"


def verdict(id, program, seed=0):
    """The judgement on one of the book's own programs, which need no sandbox."""
    return judge(EXERCISES[id], program, seed, run=plain)


@each_exercise
def test_the_answer_is_correct(id):
    assert check(id, EXERCISES[id].answer)


@pytest.mark.parametrize(("id", "name"), ALSO_RIGHT)
def test_a_differently_written_answer_is_correct(id, name):
    assert verdict(id, EXERCISES[id].also_right[name])


@pytest.mark.parametrize(("id", "name"), MISTAKES)
def test_a_mistake_gets_its_own_message(id, name):
    mistake = EXERCISES[id].mistakes[name]
    result = verdict(id, mistake.program)
    assert (result.status, result.message) == ("not yet", mistake.message)


@pytest.mark.parametrize("seed", [1, 2, 3])
@each_exercise
def test_no_verdict_hangs_on_the_seed(id, seed):
    exercise = EXERCISES[id]
    for program in (exercise.answer, *exercise.also_right.values()):
        assert verdict(id, program, seed)
    for mistake in exercise.mistakes.values():
        assert verdict(id, mistake.program, seed).message == mistake.message


def test_the_mistakes_that_are_named_are_many():
    assert len(MISTAKES) >= 700


@each_exercise
def test_only_twins_and_named_variants_share_a_message(id):
    mistakes = EXERCISES[id].mistakes
    outputs = mistaken(EXERCISES[id], 0)
    seen = {}
    for name, mistake in mistakes.items():
        twin = seen.setdefault(mistake.message, name)
        assert name.startswith(twin) or all(
            alike(a, b) for a, b in zip(outputs[name], outputs[twin], strict=True)
        )


@each_exercise
def test_an_exercise_is_complete(id):
    exercise = EXERCISES[id]
    assert exercise.id == id
    assert len(exercise.mistakes) >= 5
    assert len(exercise.also_right) >= 2
    assert len(exercise.hints) >= 2
    assert exercise.question_after.endswith("?") or exercise.question_after.endswith(
        "."
    )
    assert exercise.answer.__doc__


@each_exercise
def test_cases_are_fresh_and_differ_by_name(id):
    first, second = EXERCISES[id].cases(0), EXERCISES[id].cases(0)
    assert len({case.name for case in first}) == len(first) >= 4
    for one, other in zip(first, second, strict=True):
        for a, b in zip(one.args, other.args, strict=True):
            np.testing.assert_array_equal(a, b)
            assert not isinstance(a, np.ndarray) or not np.shares_memory(a, b)


@each_exercise
def test_arguments_of_one_call_share_no_memory(id):
    for case in EXERCISES[id].cases(0):
        arrays = [a for a in case.args if isinstance(a, np.ndarray)]
        for i, a in enumerate(arrays):
            assert not any(np.shares_memory(a, b) for b in arrays[:i])


@each_exercise
def test_the_solution_runs_alone(id):
    source = solution(id)
    assert "attn_helpers" not in source
    namespace = {"np": np}
    exec(source, namespace)
    function = namespace[EXERCISES[id].answer.__name__]
    assert check(id, function).status == "correct"


@each_exercise
def test_the_solution_is_short_enough_for_the_page(id):
    lines = [line for line in solution(id).splitlines() if line.strip()]
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 88


@each_exercise
def test_an_exercise_goes_by_its_file_and_its_folder(id):
    exercise = EXERCISES[id]
    file = f"exercises/{exercise.topic}/{exercise.id.replace('-', '_')}.py"
    assert inspect.getsourcefile(exercise.answer).endswith(file)
    assert exercises_of(exercise.topic)[id] == exercise.answer.__module__


@pytest.mark.parametrize("topic", topics())
def test_a_topic_is_a_chapter_of_the_table_of_contents(topic):
    assert re.search(rf"chapters/\d\d_{topic}$", TOC.read_text("utf-8"), re.M)


def test_one_exercise_is_found_without_importing_the_others():
    code = (
        "import sys; from attn_helpers.exercises import hint; hint('softmax'); "
        "print(*sys.modules, sep='\\n')"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    modules = {exercise.answer.__module__ for exercise in EXERCISES.values()}
    assert modules & set(out.stdout.split()) == {EXERCISES["softmax"].answer.__module__}


def test_an_id_that_is_used_twice_is_refused():
    with pytest.raises(ValueError, match="the id 'softmax' is used twice"):
        registry_file._by_id([("softmax", 1), ("softmax", 2)])


def every_text():
    for id, exercise in EXERCISES.items():
        yield f"{id} after", exercise.question_after
        yield f"{id} answer after", exercise.answer_after
        for name, mistake in exercise.mistakes.items():
            yield f"{id}:{name}", mistake.message
        for n, text in enumerate(exercise.hints, start=1):
            yield f"{id} hint {n}", text


@pytest.mark.parametrize(("where", "text"), list(every_text()))
def test_texts_are_in_our_voice(where, text):
    assert text[-1] in ".?)", where
    assert text[0] == text[0].upper()
    assert not re.search(r"\b(simply|just|obviously|wrong!|easy)\b|!(?!=)|/\w+/", text)
    assert "  " not in text
    assert text.count("`") % 2 == 0


def test_exercises_import_no_torch():
    code = (
        "import sys, attn_helpers.exercises as e; e.registry(); e.questions(); "
        "e.challenges(); print('torch' in sys.modules, 'anywidget' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.split() == ["False", "False"]


def test_an_unknown_id_names_the_close_ones():
    with pytest.raises(KeyError, match="no exercise 'sofmax'; did you mean 'softmax'"):
        check("sofmax", len)


@pytest.mark.parametrize("id", [3, None, [], len])
def test_what_is_no_id_at_all(id):
    with pytest.raises(KeyError, match="There is no exercise"):
        check(id, len)


def test_an_id_that_is_close_to_nothing_names_them_all():
    with pytest.raises(KeyError, match=r"there are .*'softmax'") as caught:
        check("zzz", len)
    assert str(caught.value).startswith("There is no exercise")
