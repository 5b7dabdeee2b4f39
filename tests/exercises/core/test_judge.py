"""Whatever a function does, the judge answers in a sentence."""

import inspect
from dataclasses import replace

import numpy as np
import pytest
import torch

from attn_helpers.exercises import Case, Mistake
from attn_helpers.exercises.core import wording as say
from attn_helpers.exercises.core.judge import judge
from tests.exercises.core.verdicts import (
    EXERCISES,
    IN_NUMPY,
    changed_result,
    check,
    each_exercise,
    each_in_numpy,
    says,
)

RETURNS_ONE_ARRAY = [
    id
    for id, e in EXERCISES.items()
    if id in IN_NUMPY and len(e.returns) == 1 and np.ndim(e.answer(*e.cases(0)[0].args))
]
TAKES_ARRAYS = [
    id for id, e in EXERCISES.items() if isinstance(e.cases(0)[0].args[0], np.ndarray)
]


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


# ------------------------------------------------------------------- does not end
@each_exercise
def test_endless_recursion(id):
    def again(*args):
        return again(*args)

    says(check(id, again), "not yet", "keeps calling itself")


def test_a_reader_who_stops_the_kernel():
    def stopped(steps):
        raise KeyboardInterrupt

    result = judge(EXERCISES["softmax"], len, run=stopped)
    says(result, "not yet", "You stopped your function")


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


@each_in_numpy
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


@pytest.mark.parametrize("id", RETURNS_ONE_ARRAY)
def test_the_wrong_dtype(id):
    wanted = EXERCISES[id].answer(*EXERCISES[id].cases(0)[0].args).dtype
    if wanted.kind == "b":
        result = check(id, changed_result(id, lambda part: part.astype(int)))
        return says(result, "not yet", "should hold True and False", "int64")
    result = check(id, changed_result(id, lambda part: part.astype(np.float32)))
    if wanted.kind == "i":  # whole numbers are what they are in any dtype
        return says(result, "correct")
    says(result, "not yet", f"has dtype float32 where {wanted} went in")


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
        args[0].flat[0] = args[0].flat[0] == 0
        return value

    name = next(iter(inspect.signature(EXERCISES[id].answer).parameters))
    says(check(id, changes), "not yet", f"changes its argument `{name}` in place")


def test_what_is_done_to_one_case_does_not_reach_another():
    shared = np.arange(3.0)
    cases = [Case("whole", (shared,)), Case("begun", (shared[:2],))]
    exercise = replace(EXERCISES["softmax"], cases=lambda seed: cases)

    def changes(scores):
        value = exercise.answer(scores)
        scores[0] = 5.0
        return value

    says(judge(exercise, changes), "not yet", "changes its argument `scores` in place")


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
    says(check("attention", program), "not yet", "mix the values transposed")


def test_the_same_slip_in_another_hand_is_recognised():
    def attention(q, k, v):
        d_k = k.shape[1]
        scores = np.einsum("qd,kd->qk", q, k) / d_k
        scores = np.exp(scores - scores.max(1)[:, None])
        weights = scores / scores.sum(1)[:, None]
        return np.einsum("qk,kd->qd", weights, v), weights

    says(check("attention", attention), "not yet", "Your scores are divided by d_k.")


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
    program = changed_result("softmax", lambda weights: weights * (1 + 1e-11))
    assert check("softmax", program).status == "correct"


def test_the_same_answer_twice():
    def halves(scores):
        return EXERCISES["softmax"].answer(scores) / 2

    assert check("softmax", halves) == check("softmax", halves)


# ---------------------------------------------------------------- exactly 0, digits
def plus_where_0(part):
    return np.where(part == 0, 1e-9, part)


def test_a_little_where_nothing_may_be():
    result = check("masked-attention", changed_result("masked-attention", plus_where_0))
    says(result, "not yet", "should be exactly 0, and yours is 1e-09", "shut out")
    assert result.inputs


def test_a_rounding_error_where_nothing_may_be_is_let_pass():
    program = changed_result("masked-attention", lambda p: np.where(p == 0, 1e-14, p))
    says(check("masked-attention", program), "correct")


@pytest.mark.parametrize("id", ["softmax", "masked-attention", "kernel-regression"])
def test_single_precision_inside_hears_just_that(id):
    def single(*args):
        def narrow(value):
            return value.astype("float32") if np.ndim(value) else value

        parts = EXERCISES[id].answer(
            *(narrow(a) if np.asarray(a).dtype == float else a for a in args)
        )
        if isinstance(parts, tuple):
            return tuple(part.astype(float) for part in parts)
        return parts.astype(float)

    says(check(id, single), "not yet", "The right idea, in too few digits", "float32")


def test_an_error_larger_than_that_of_single_precision_is_no_matter_of_digits():
    program = changed_result("softmax", lambda weights: weights * (1 + 1e-4))
    says(check("softmax", program), "not yet", "The answer has")


# ------------------------------------------------------------- one case, two calls
def test_a_memory_from_call_to_call():
    calls = []

    def remembers(scores):
        calls.append(scores)
        late = len(calls) > len(EXERCISES["softmax"].cases(0))
        return EXERCISES["softmax"].answer(scores) + late

    result = check("softmax", remembers)
    says(result, "not yet", "was called twice", "did not do the same", "`weights[")


def test_a_draw_at_random():
    rng = np.random.default_rng(0)

    def noisy(scores):
        return EXERCISES["softmax"].answer(scores) + 1e-6 * rng.normal()

    says(check("softmax", noisy), "not yet", "was called twice", "drawn at random")


def test_a_call_that_works_once_only():
    calls = []

    def once(scores):
        calls.append(scores)
        if len(calls) > len(EXERCISES["softmax"].cases(0)):
            raise ValueError
        return EXERCISES["softmax"].answer(scores)

    says(check("softmax", once), "not yet", "the second time it stopped with ValueErr")


def test_a_shape_that_grows_from_call_to_call():
    rows = []

    def grows(scores):
        rows.extend(EXERCISES["softmax"].answer(scores))
        return np.stack([row for row in rows if len(row) == scores.shape[-1]])

    result = check("softmax", grows)
    says(result, "not yet", "did not do the same: `weights` had shape (")


def test_one_buffer_for_all_results_is_judged_on_each():
    buffer = np.empty(10_000)

    def into_a_buffer(scores):
        out = buffer[: scores.size].reshape(scores.shape)
        out[:] = EXERCISES["softmax"].answer(scores)
        return out

    says(check("softmax", into_a_buffer), "correct")


# ------------------------------------------------------------- half-written programs
def test_a_stub_below_some_work_is_no_stub():
    def begun(scores):
        largest = scores.max(axis=-1, keepdims=True)
        del largest
        raise NotImplementedError

    says(check("softmax", begun), "not yet", "the stub’s own", "put a `return` in its")


# -------------------------------------------------------------- hints that must fit


def test_an_object_that_can_be_called_is_a_function():
    class Softmax:
        def __call__(self, scores, axis=-1):
            return EXERCISES["softmax"].answer(scores)

    says(check("softmax", Softmax()), "correct")


def test_a_class_is_no_function():
    class Softmax:
        def __init__(self, scores):
            pass

    says(check("softmax", Softmax), "not yet", "`Softmax` is a class")


def test_a_stub_in_one_branch_is_no_stub():
    def branch(scores):
        if len(scores) > 1:
            raise NotImplementedError
        return EXERCISES["softmax"].answer(scores)

    says(check("softmax", branch), "not yet", "stops at the stub’s own", "at line")


def test_three_dots_in_one_branch_are_no_stub():
    def branch(scores):
        return ... if len(scores) > 1 else EXERCISES["softmax"].answer(scores)

    assert check("softmax", branch).status == "not yet"


@pytest.mark.parametrize("number", range(len(EXERCISES["softmax"].cases(0))))
def test_every_case_comes_a_second_time(number):
    case, seen = EXERCISES["softmax"].cases(0)[number], []

    def differs_on_one(scores):
        it_is_that_one = np.array_equal(scores, case.args[0])
        seen.extend([scores] * it_is_that_one)
        again = it_is_that_one and len(seen) > 1
        return EXERCISES["softmax"].answer(scores) + again

    says(check("softmax", differs_on_one), "not yet", "was called twice", case.name)


def test_a_fault_of_the_judge_itself_is_a_sentence_too():
    def broken(steps):
        raise RuntimeError

    result = judge(EXERCISES["softmax"], EXERCISES["softmax"].answer, run=broken)
    assert (result.status, result.message) == ("not yet", say.UNREADABLE)
