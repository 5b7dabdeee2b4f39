"""Whatever a reader hands over, check answers in a sentence."""

import inspect
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from attn_helpers.exercises import Mistake, check, hint, registry, solution
from attn_helpers.exercises.core import judge as judging
from attn_helpers.exercises.core.judge import judge

EXERCISES = registry()
each_exercise = pytest.mark.parametrize("id", EXERCISES)
RETURNS_ONE_ARRAY = [
    id
    for id, e in EXERCISES.items()
    if len(e.returns) == 1 and np.ndim(e.answer(*e.cases(0)[0].args))
]
TAKES_ARRAYS = [
    id for id, e in EXERCISES.items() if isinstance(e.cases(0)[0].args[0], np.ndarray)
]


def changed_result(id, change):
    """A program that gives the right parts after ``change`` has been over each."""
    exercise = EXERCISES[id]

    def program(*args):
        value = exercise.answer(*args)
        if len(exercise.returns) == 1:
            return change(value)
        return tuple(change(part) for part in value)

    return program


def says(result, status, *phrases):
    assert result.status == status
    for phrase in phrases:
        assert phrase in result.message
    assert "Traceback" not in result.message
    assert "/work" not in result.message
    assert ".py" not in result.message


@pytest.fixture
def short_patience(monkeypatch):
    monkeypatch.setattr(judging, "SECONDS_PER_CASE", 0.05)


# ---------------------------------------------------------------- not attempted
@each_exercise
def test_the_stub_is_not_attempted(id):
    def stub(*args):
        """Docstring of the stub."""
        raise NotImplementedError

    says(check(id, stub), "not attempted", "fill in the function above, run its cell")


@pytest.mark.parametrize("nothing", [None, ..., NotImplemented])
def test_nothing_is_not_attempted(nothing):
    says(check("softmax", nothing), "not attempted")


def test_an_empty_body_is_not_attempted():
    def body_of_dots(scores):
        """Docstring."""
        ...

    def returns_dots(scores):
        return ...

    def passes(scores):
        pass

    says(check("softmax", passes), "not attempted")
    says(check("softmax", body_of_dots), "not attempted")
    says(check("softmax", returns_dots), "not attempted")


# ------------------------------------------------------- not a function to call
@each_exercise
def test_a_result_in_place_of_the_function(id):
    exercise = EXERCISES[id]
    value = exercise.answer(*exercise.cases(0)[0].args)
    result = check(id, value)
    says(result, "not yet", "not a function", "`my_function`, not `my_function(…)`")


@each_exercise
def test_too_few_parameters(id):
    names = ", ".join(inspect.signature(EXERCISES[id].answer).parameters)
    says(check(id, lambda: 0), "not yet", f"({names})", "yours takes none")


def test_other_parameters_are_listed():
    result = check("softmax", lambda scores, axis: scores)
    says(result, "not yet", "1 argument, (scores)", "yours takes (scores, axis)")


# ------------------------------------------------------------------- does not end
@each_exercise
def test_an_endless_loop(id, short_patience):
    def forever(*args):
        while True:
            pass

    result = check(id, forever)
    says(result, "not yet", EXERCISES[id].cases(0)[0].name, "had not come back")


def test_a_loop_that_swallows_the_first_exceptions(short_patience):
    def stubborn(scores):
        for _ in range(3):
            try:
                while True:
                    pass
            except BaseException:
                continue

    says(check("softmax", stubborn), "not yet", "had not come back")


@each_exercise
def test_endless_recursion(id):
    def again(*args):
        return again(*args)

    says(check(id, again), "not yet", "keeps calling itself")


def test_a_reader_who_stops_the_kernel(monkeypatch):
    def stopped(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(judging, "run", stopped)
    says(check("softmax", len), "not yet", "You stopped your function")


# ------------------------------------------------------------------------ raises
@each_exercise
def test_an_error_names_its_line_and_the_arguments(id):
    def fails(*args):
        del args
        raise ValueError("no luck today")

    names = list(inspect.signature(EXERCISES[id].answer).parameters)
    result = check(id, fails)
    says(result, "not yet", "ValueError at line", "no luck today", f"with {names[0]}")
    assert '`raise ValueError("no luck today")`' in result.message


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
@each_exercise
def test_leaving_the_program(id, error):
    def leaves(*args):
        raise error

    says(check(id, leaves), "not yet", f"raises {error.__name__}")


@each_exercise
def test_torch_that_is_not_installed(id):
    def imports(*args):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    says(check(id, imports), "not yet", "hands the arrays to torch", "numpy alone")


def test_arrays_handed_to_torch():
    result = check("softmax", lambda scores: torch.softmax(scores, dim=-1))
    says(result, "not yet", "hands the arrays to torch")


def test_a_torch_method_on_an_array():
    def softmax(scores):
        return scores.softmax(-1)

    says(check("softmax", softmax), "not yet", "torch’s `softmax` is `np.exp`")


def test_a_torch_keyword_on_an_array():
    def softmax(scores):
        return scores.sum(dim=-1)

    says(check("softmax", softmax), "not yet", "torch’s `dim` is `axis`")


# ------------------------------------------------------------- the wrong kind
@each_exercise
def test_a_forgotten_return(id):
    def forgets(*args):
        weights = EXERCISES[id].answer(*args)
        del weights

    says(check(id, forgets), "not yet", "returns None", "`return`")


@each_exercise
def test_printing_in_place_of_returning(id, capsys):
    def prints(*args):
        print(EXERCISES[id].answer(*args))

    says(check(id, prints), "not yet", "prints its result", "`return` hands it")
    assert capsys.readouterr() == ("", "")


@each_exercise
def test_a_torch_tensor(id):
    program = changed_result(id, lambda part: torch.as_tensor(np.asarray(part)))
    says(check(id, program), "not yet", "is a torch tensor", "numpy alone")


@pytest.mark.parametrize("id", RETURNS_ONE_ARRAY)
def test_a_list(id):
    program = changed_result(id, lambda part: part.tolist())
    says(check(id, program), "not yet", "The right idea", "wrap it in `np.array(…)`")


@pytest.mark.parametrize("spoilt", [[0.0], [[1.0], [1.0, 2.0]], ["a"], [10**400]])
def test_a_list_of_other_things(spoilt):
    result = check("softmax", lambda scores: spoilt)
    says(result, "not yet", "`weights` is a list; return a numpy array")


def test_two_numbers_in_one_array():
    def packed(condition, time, correct):
        return np.array(EXERCISES["cueing-effect"].answer(condition, time, correct))

    assert check("cueing-effect", packed).status == "correct"


@each_exercise
def test_a_tuple_of_five(id):
    def program(*args):
        return (1.0, 2.0, 3.0, 4.0, 5.0)

    says(check(id, program), "not yet", "a tuple of 5")


def test_one_part_of_two():
    result = check("attention", lambda q, k, v: q)
    says(result, "not yet", "one array of shape (5, 3)", "`return output, weights`")


def test_a_part_that_is_none():
    result = check("attention", lambda q, k, v: (q, None))
    says(result, "not yet", "`weights` is None")


@pytest.mark.parametrize(
    ("kind", "phrase"),
    [
        (np.asmatrix, "is a matrix"),
        (np.ma.asarray, "is a MaskedArray"),
        (lambda a: a.astype(object), "entries of type object"),
        (lambda a: a.astype(str), "entries of type <U32"),
        (lambda a: a + 0j, "entries of type complex128"),
        (lambda a: {"weights": a}, "is a dict"),
        (lambda a: iter(a), "is an iterator"),
    ],
)
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_other_kinds(kind, phrase):
    says(check("softmax", changed_result("softmax", kind)), "not yet", phrase)


# -------------------------------------------------------------- the wrong numbers
@each_exercise
def test_one_nan(id):
    def spoilt(part):
        part = np.array(part, float)
        part.flat[0] = np.nan
        return part

    result = check(id, changed_result(id, spoilt))
    if id in ("causal-mask", "three-masks", "mask-for-folded-heads", "find-leaks"):
        return says(result, "not yet", "should hold True and False")
    if id == "cueing-effect":  # nan alone has a likely cause there, and a name
        return says(result, "not yet", "Both numbers are nan", "the mean of nothing")
    says(result, "not yet", "is nan in yours", "0/0")


def test_one_infinity():
    program = changed_result("softmax", lambda w: np.where(w == w.max(), np.inf, w))
    says(check("softmax", program), "not yet", "is inf in yours", "division by 0")


def test_the_warning_that_came_with_an_infinity_is_told():
    def overflows_on_large_scores(q, k, v):
        output, weights = EXERCISES["attention"].answer(q, k, v)
        return output + np.exp(np.abs(q).max()) * (q.max() > 99), weights

    result = check("attention", overflows_on_large_scores)
    says(result, "not yet", "is inf in yours", "numpy warned: overflow encountered")


@pytest.mark.parametrize("id", RETURNS_ONE_ARRAY)
def test_the_wrong_dtype(id):
    wanted = EXERCISES[id].answer(*EXERCISES[id].cases(0)[0].args).dtype
    if wanted.kind == "b":
        result = check(id, changed_result(id, lambda part: part.astype(int)))
        return says(result, "not yet", "should hold True and False", "int64")
    result = check(id, changed_result(id, lambda part: part.astype(np.float32)))
    says(result, "not yet", "has dtype float32 where float64 went in")


def test_the_wrong_dtype_of_one_number():
    program = changed_result("leave-one-out", np.float32)
    says(check("leave-one-out", program), "not yet", "has dtype float32")
    assert check("leave-one-out", changed_result("leave-one-out", float)).status == (
        "correct"
    )


@pytest.mark.parametrize("id", RETURNS_ONE_ARRAY)
def test_the_wrong_shape(id):
    result = check(id, changed_result(id, lambda part: part[None]))
    says(result, "not yet", "has shape (1, ", "should have shape (", "called with")


@pytest.mark.parametrize("id", TAKES_ARRAYS)
def test_a_changed_argument(id):
    def changes(*args):
        value = EXERCISES[id].answer(*args)
        args[0].flat[0] = args[0].flat[-1]
        return value

    name = next(iter(inspect.signature(EXERCISES[id].answer).parameters))
    says(check(id, changes), "not yet", f"changes its argument `{name}` in place")


def test_a_named_mistake_is_told_before_a_changed_argument():
    def changes(scores):
        scores -= scores.max(0)
        return np.exp(scores) / np.exp(scores).sum(0)

    says(check("softmax", changes), "not yet", "Each column of yours sums to 1")


def test_a_warning_beside_a_right_answer_is_told():
    def noisy(weights):
        logs = np.log(weights)
        return -np.where(weights > 0, weights * np.where(weights > 0, logs, 0), 0).sum(
            -1
        )

    says(check("entropy", noisy), "correct", "divide by zero", "One question")


def test_prints_beside_a_right_answer_stay_quiet(capsys):
    def chatty(scores):
        print("working on it")
        return EXERCISES["softmax"].answer(scores)

    says(check("softmax", chatty), "correct")
    assert capsys.readouterr() == ("", "")


# ------------------------------------------------------------------- diagnosing
def test_two_faults_name_the_one_that_shows():
    def columns_without_maximum(scores):
        return np.exp(scores) / np.exp(scores).sum(axis=0)

    result = check("softmax", columns_without_maximum)
    says(result, "not yet", "Each column of yours sums to 1")


def test_a_program_that_stops_on_unequal_sizes_is_judged_on_equal_ones():
    program = EXERCISES["attention"].mistakes["weights-T"].program
    with pytest.raises(ValueError, match="matmul"):
        program(*EXERCISES["attention"].cases(0)[0].args)
    says(check("attention", program), "not yet", "You transposed the weights")


def test_the_same_slip_in_another_hand_is_recognised():
    def attention(q, k, v):
        d_k = k.shape[1]
        scores = np.einsum("qd,kd->qk", q, k) / d_k
        scores = np.exp(scores - scores.max(1)[:, None])
        weights = scores / scores.sum(1)[:, None]
        return np.einsum("qk,kd->qd", weights, v), weights

    says(check("attention", attention), "not yet", "You divide by d_k.")


@pytest.mark.parametrize(
    ("id", "program", "phrase"),
    [
        ("cueing-effect", lambda c, t, ok: t[ok & t >= 100].mean(), "bind tighter"),
        ("cueing-effect", lambda c, t, ok: t[ok and t >= 100].mean(), "write `&`"),
        ("entropy", lambda w: 0 if w == 0 else np.log(w), "`np.where` in place of"),
        ("entropy", lambda w: w[~w], "turns True and False round"),
        ("entropy", lambda w: math.log(w), "`np.exp`, `np.log`"),
        ("leave-one-out", lambda x, y, h: x - x[1:], "`keepdims=True`"),
        ("leave-one-out", lambda x, y, h: x @ x[1:], "sizes must agree"),
        (
            "leave-one-out",
            lambda x, y, h: np.fill_diagonal(x * y[:, None], 0) * y,
            "on a line of their own",
        ),
        ("leave-one-out", lambda x, y, h: x(0), "square ones"),
    ],
)
def test_what_numpy_says_is_translated(id, program, phrase):
    says(check(id, program), "not yet", "your function stops with", phrase)


def test_an_unknown_error_is_asked_about_on_the_smallest_case():
    def halves(scores):
        return EXERCISES["softmax"].answer(scores) / 2

    result = check("softmax", halves)
    assert result.message == (
        "On the case ‘one query, three scores’ `weights[0, 0]` is 0.3326 in yours. How "
        "much of its attention should query 0 give to key 0? The answer has 0.6652."
    )
    np.testing.assert_array_equal(result.inputs[0], [[2.0, 1.0, 0.0]])


def test_numbers_are_shown_with_the_digits_that_tell_them_apart():
    program = changed_result("softmax", lambda weights: weights * (1 + 1e-5))
    says(check("softmax", program), "not yet", "is 0.66525 in yours", "has 0.66524.")


def test_a_count_is_shown_in_full():
    def one_more(*sizes):
        parameters, work = EXERCISES["head-costs"].answer(*sizes)
        return parameters, work + 1

    says(check("head-costs", one_more), "not yet", "is 24487 in yours", "24486.")


def test_a_truth_value_is_asked_about_as_one():
    program = changed_result("causal-mask", lambda mask: mask & False)
    says(check("causal-mask", program), "not yet", "is False in yours", "has True.")


def test_the_answer_counts_before_any_mistake():
    exercise = EXERCISES["softmax"]
    same = replace(exercise, mistakes={"same": Mistake(exercise.answer, "No.")})
    assert judge(same, exercise.answer).status == "correct"


def test_two_mistakes_that_fit_name_neither():
    def halves(scores):
        return EXERCISES["softmax"].answer(scores) / 2

    twins = {name: Mistake(halves, name) for name in ("one", "two")}
    exercise = replace(EXERCISES["softmax"], mistakes=twins)
    says(judge(exercise, halves), "not yet", "The answer has")
    alone = replace(EXERCISES["softmax"], mistakes={"one": twins["one"]})
    assert judge(alone, halves).message == "one"


def test_a_later_part_is_asked_about_when_the_first_is_right():
    def squared(q, k, v):
        output, weights = EXERCISES["attention"].answer(q, k, v)
        return output, weights**2

    says(check("attention", squared), "not yet", "`weights[0, 0]`")


def test_a_small_error_counts():
    program = changed_result("softmax", lambda weights: weights * (1 + 2e-7))
    assert check("softmax", program).status == "not yet"
    program = changed_result("softmax", lambda weights: weights * (1 + 1e-8))
    assert check("softmax", program).status == "correct"


def test_the_same_answer_twice():
    def halves(scores):
        return EXERCISES["softmax"].answer(scores) / 2

    assert check("softmax", halves) == check("softmax", halves)


# -------------------------------------------------------------- hints, solutions
def test_hints_count_from_one_and_end():
    hints = EXERCISES["softmax"].hints
    assert [hint("softmax", n) for n in (1, 2, 3)] == list(hints)
    assert hint("softmax") == hint("softmax", 1) == hint("softmax", 0)
    assert hint("softmax", 4) == "That was the last of 3 hints; see `solution`."


def test_a_solution_shows_as_code():
    shown = solution("softmax")
    assert repr(shown).startswith("def softmax(scores):")
    assert shown._repr_markdown_().startswith("```python\ndef softmax")


@each_exercise
def test_the_question_asked_after_a_right_answer_is_answered(id):
    exercise = EXERCISES[id]
    asked = check(id, exercise.answer).message
    says(check(id, exercise.answer), "correct", f'Answer: `solution("{id}")`')
    assert exercise.question_after in asked
    assert repr(solution(id)).endswith(exercise.answer_after)
    assert solution(id)._repr_markdown_().count("```") == 2
