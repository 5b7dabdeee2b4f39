"""Whatever a function does, the judge answers in a sentence."""

import inspect
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from attn_helpers.exercises import Case, Exercise, Mistake, registry
from attn_helpers.exercises.core import sandbox
from attn_helpers.exercises.core import wording as say
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


def check(id, program):
    """The verdict on a program that needs no sandbox."""
    return judge(EXERCISES[id], program, run=sandbox.plain)


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
    assert result.message != say.UNREADABLE
    assert "Traceback" not in result.message
    assert "/work" not in result.message
    assert ".py" not in result.message


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
def test_endless_recursion(id):
    def again(*args):
        return again(*args)

    says(check(id, again), "not yet", "keeps calling itself")


def test_a_reader_who_stops_the_kernel():
    def stopped(steps):
        raise KeyboardInterrupt

    result = judge(EXERCISES["softmax"], len, run=stopped)
    says(result, "not yet", "You stopped your function")


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


def test_a_stub_in_one_branch_is_no_stub():
    def branch(scores):
        if len(scores) > 1:
            raise NotImplementedError
        return EXERCISES["softmax"].answer(scores)

    says(check("softmax", branch), "not yet", "stops at the stub’s own", "at line")


def test_what_a_library_has_not_implemented_is_an_error_like_others():
    def calls(scores):
        return not_there(scores)

    def not_there(scores):
        raise NotImplementedError("no softmax for this device")

    result = check("softmax", calls)
    says(result, "not yet", "stops with NotImplementedError", "no softmax for this dev")


# -------------------------------------------------------- a notebook out of tune
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


# -------------------------------------------------------------- hints that must fit
@pytest.mark.parametrize(
    ("function", "phrase"),
    [
        (lambda *, scores: 0, "What stands after `*` (scores) is taken by name only"),
        (lambda scores, *, axis: 0, "yours takes (scores, *, axis). What stands after"),
        (lambda scores, axis=-1, *, wide: 0, "(wide) is taken by name only"),
        (lambda a, b, c: 0, "yours takes (a, b, c)."),
    ],
)
def test_parameters_are_told_as_they_are(function, phrase):
    says(check("softmax", function), "not yet", "1 argument, (scores)", phrase)


def test_a_class_is_no_function():
    class Softmax:
        def __init__(self, scores):
            pass

    says(check("softmax", Softmax), "not yet", "`Softmax` is a class")


def test_an_object_that_can_be_called_is_a_function():
    class Softmax:
        def __call__(self, scores, axis=-1):
            return EXERCISES["softmax"].answer(scores)

    says(check("softmax", Softmax()), "correct")


def test_sizes_that_do_not_fit_are_no_lost_axis():
    result = check("softmax", lambda scores: scores + np.ones((11, 13)))
    says(result, "not yet", "two sizes must be equal, or one of them 1.")
    assert "keepdims" not in result.message


def test_an_axis_less_may_be_a_lost_one():
    result = check("softmax", lambda scores: scores + np.ones(13))
    says(result, "not yet", "has an axis less", "`keepdims=True`")


@pytest.mark.parametrize(
    ("program", "origin"),
    [
        (lambda s: np.zeros(s.shape) / np.zeros(s.shape), "0/0 or inf/inf"),
        (lambda s: np.full(s.shape, np.inf) - np.inf, "look for inf − inf."),
        (lambda s: np.zeros(s.shape) * np.inf, "look for 0 · inf."),
        (lambda s: np.sqrt(-1 - s**2), "root of a negative"),
        (lambda s: np.log(-1 - s**2), "logarithm of a negative"),
        (lambda s: np.full(s.shape, np.nan), "a nan that was passed on"),
        (lambda s: np.full(s.shape, np.mean(np.array([]))), "mean of no numbers"),
    ],
)
def test_nan_is_traced_to_what_numpy_warned_of(program, origin):
    says(check("softmax", program), "not yet", "nan is not a number", origin)


# ------------------------------------------------------------------------- in torch
def shares(scores, bias):
    """Softmax over the last axis, and what it was made of."""
    biased = scores + bias
    return torch.softmax(biased, dim=-1), biased, biased.argmax(-1), biased.shape[0]


def share_cases(seed):
    generator = torch.Generator().manual_seed(seed)
    sizes = [(3, 5), (2, 7), (1, 1), (5, 5)]
    return [
        Case(
            f"{rows} rows of {columns}",
            (
                torch.randn(rows, columns, generator=generator, dtype=torch.float64),
                torch.where(torch.arange(columns) == 1, -torch.inf, 0.5).double(),
            ),
        )
        for rows, columns in sizes
    ]


IN_TORCH = Exercise(
    title="Shares",
    answer=shares,
    returns={
        "weights": "how much of row {0} goes to key {1}?",
        "biased": "what is score {1} of row {0}?",
        "best": "which key is the best of row {0}?",
        "rows": "how many rows are there?",
    },
    cases=share_cases,
    mistakes={
        "half": Mistake(lambda s, b: (shares(s, b)[0] / 2, *shares(s, b)[1:]), "Half.")
    },
    library="torch",
)


def in_torch(program):
    return judge(IN_TORCH, program, run=sandbox.plain)


def weights_as(change):
    return lambda s, b: (change(shares(s, b)[0]), *shares(s, b)[1:])


def test_a_program_in_torch():
    def by_hand(scores, bias):
        biased = (scores + bias).requires_grad_()
        grown = (biased - biased.max(-1, keepdim=True).values).exp()
        best = biased.max(-1).indices
        return grown / grown.sum(-1, keepdim=True), biased, best, len(scores)

    says(in_torch(by_hand), "correct")
    says(in_torch(IN_TORCH.mistakes["half"].program), "not yet", "Half.")


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (lambda w: w.numpy(), "is a numpy array. This exercise is in torch"),
        (lambda w: w.tolist(), "is a list; return a torch tensor"),
        (lambda w: w.float(), "has dtype torch.float32 where torch.float64 went in"),
        (lambda w: w.bfloat16(), "a tensor of dtype torch.bfloat16"),
        (lambda w: w.to_sparse(), "layout torch.sparse_coo"),
        (lambda w: w.to("meta"), "on the device meta"),
        (lambda w: w.float().double(), "in too few digits"),
        (lambda w: w[None], "has shape (1, 1, 1) and should have shape (1, 1)"),
        (lambda w: w + 1e-9 * (w == 0), "should be exactly 0"),
        (lambda w: w.log(), "How much of row 0 goes to key"),
        (lambda w: w.softmax("x"), "stops with TypeError"),
    ],
)
def test_what_can_go_wrong_in_torch(change, phrase):
    says(in_torch(weights_as(change)), "not yet", phrase)


def test_a_tensor_changed_in_place():
    def changes(scores, bias):
        result = shares(scores, bias)
        scores += 1
        return result

    says(in_torch(changes), "not yet", "changes its argument `scores`")


def test_one_result_of_four():
    result = in_torch(lambda s, b: s)
    says(result, "not yet", "one tensor of shape (3, 5)", "wants four things")
