"""Each sentence fits what the program did."""

import inspect
import math

import numpy as np
import pytest
import torch

from tests.exercises.core.verdicts import (
    EXERCISES,
    changed_result,
    check,
    each_exercise,
    each_in_numpy,
    says,
)

MASKS = "causal-mask", "three-masks", "mask-for-folded-heads", "chunk-mask"


@each_exercise
def test_too_few_parameters(id):
    names = ", ".join(inspect.signature(EXERCISES[id].answer).parameters)
    says(check(id, lambda: 0), "not yet", f"({names})", "yours takes none")


def test_other_parameters_are_listed():
    result = check("softmax", lambda scores, axis: scores)
    says(result, "not yet", "1 argument, (scores)", "yours takes (scores, axis)")


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


@each_in_numpy
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


@each_in_numpy
def test_one_nan(id):
    def spoilt(part):
        part = np.asarray(part)  # a float stays one, whoever made it
        part = np.array(part, np.result_type(part, np.float16))
        part.flat[0] = np.nan
        return part

    result = check(id, changed_result(id, spoilt))
    if id in (*MASKS, "find-leaks"):
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


@pytest.mark.parametrize(
    ("id", "program", "phrase"),
    [
        ("cueing-effect", lambda c, t, ok: t[ok & t >= 100].mean(), "bind tighter"),
        ("cueing-effect", lambda c, t, ok: t[ok and t >= 100].mean(), "write `&`"),
        ("entropy", lambda w: 0 if w == 0 else np.log(w), "`np.where` in place of"),
        ("entropy", lambda w: w[~w], "turns True and False round"),
        ("entropy", lambda w: math.log(w), "`np.exp`, `np.log`"),
        ("leave-one-out", lambda x, y, h: x - np.ones(len(x) + 7), "`keepdims=True`"),
        ("leave-one-out", lambda x, y, h: x @ x[1:], "sizes must agree"),
        (
            "leave-one-out",
            lambda x, y, h: np.fill_diagonal(x * y[:, None], 0) * y,
            "on a line of their own",
        ),
        ("leave-one-out", lambda x, y, h: x(0), "square ones"),
        ("softmax", lambda s: np.zeros(2**50), "more memory than any case needs"),
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


def test_what_a_library_has_not_implemented_is_an_error_like_others():
    def calls(scores):
        return not_there(scores)

    def not_there(scores):
        raise NotImplementedError("no softmax for this device")

    result = check("softmax", calls)
    says(result, "not yet", "stops with NotImplementedError", "no softmax for this dev")


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
