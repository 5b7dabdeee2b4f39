"""What a reader writes in a page, judged without a process or a thread of its own."""

import builtins
import itertools
import linecache
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest

from attn_helpers.exercises.core import in_a_page, sandbox
from attn_helpers.exercises.core.in_a_page import check_text
from attn_helpers.exercises.core.registry import solution_source
from tests.exercises.core.verdicts import EXERCISES, check

SECONDS = 7
RIGHT = solution_source(EXERCISES["softmax"])
WHOLE_SUM = (
    "def softmax(x):\n    grown = np.exp(x - x.max())\n    return grown / grown.sum()"
)


def said(text, id="softmax", name="softmax"):
    return check_text(id, name, text, SECONDS, lambda message: None)


def functions_of(text):
    space = {"np": np}
    exec(text, space)
    return space["softmax"]


@pytest.mark.parametrize("text", [RIGHT, WHOLE_SUM], ids=["right", "wrong"])
def test_it_says_what_check_says_in_the_notebook(text):
    verdict, result = said(text), check("softmax", functions_of(text))
    assert verdict.status == result.status
    told = 'Answer: `solution("softmax")`, from `attn_helpers.exercises`.'
    assert (told in result.message) == (text is RIGHT)
    assert verdict.message == result.message.replace(told, "A solution stands below.")
    assert verdict.printed == ""


def test_a_message_above_what_was_printed_does_not_say_that_it_is_left_out():
    text = "def softmax(x):\n    print('here')\n    return 0.3 * x"
    verdict, result = said(text), check("softmax", functions_of(text))
    assert verdict.printed == "here"
    assert result.message == f"{verdict.message} (What it printed is left out here.)"


def test_a_stub_is_told_what_to_do_in_a_page():
    verdict = said('def softmax(x):\n    """Shares."""\n    raise NotImplementedError')
    assert verdict.status == "not attempted"
    assert verdict.message == "Fill in the function, then press Run."
    assert verdict.printed == ""


def test_what_text_and_function_print_is_kept_and_then_the_traceback():
    verdict = said("print('a')\ndef softmax(x):\n    print(x.shape)\n    return 1 / 0")
    assert "stops with ZeroDivisionError at line 4, `return 1 / 0`" in verdict.message
    assert verdict.printed.startswith("a\n(3, 5)\nTraceback (most recent call last):\n")
    assert (
        'File "softmax.py", line 4, in softmax\n    return 1 / 0\n' in verdict.printed
    )
    assert verdict.printed.endswith("ZeroDivisionError: division by zero\n")
    assert "in_a_page.py" not in verdict.printed


def test_a_traceback_is_shown_though_an_earlier_call_printed():
    verdict = said(
        "def softmax(x):\n    print(x.shape)\n"
        "    if x.shape != (3, 5): raise ValueError('late')\n"
        "    e = np.exp(x - x.max(-1, keepdims=True))\n"
        "    return e / e.sum(-1, keepdims=True)"
    )
    assert verdict.status == "not yet"
    assert verdict.printed.startswith("(3, 5)\nTraceback (most recent call last):\n")
    assert verdict.printed.endswith("ValueError: late\n")


def test_a_call_in_the_text_itself_is_told_as_what_it_is():
    stub = "def softmax(x):\n    raise NotImplementedError\nsoftmax(np.ones(2))"
    assert said(stub).message == (
        "Your text stops with NotImplementedError at line 2, "
        "`raise NotImplementedError`, before it can be checked."
    )


def test_what_is_cut_off_is_told():
    assert said(f"{RIGHT}\nprint('ab')").printed == "ab\n"
    printed = said(f"{RIGHT}\nprint('ab' * 5_000)").printed
    assert 1_900 < len(printed) < 2_100
    assert printed.endswith("ab\n… (more was printed)\n")


def test_a_right_function_may_print():
    verdict = said(RIGHT.replace("peak =", "print('on'); peak =", 1))
    assert (verdict.status, verdict.printed) == ("correct", "on")


@pytest.mark.parametrize(
    ("text", "message", "printed"),
    [
        ("def softmax(x:", "SyntaxError, before it can be checked: '(' was",
         "def softmax(x:\n"),
        ("x = 3\ny = x[0]", "TypeError at line 2, `y = x[0]`, before", "line 2, in"),
        ("import torch_", "there is numpy, as `np`", "torch_"),
        ("def my_softmax(x): pass", "defines no `softmax`. Keep the name", ""),
    ],
)  # fmt: skip
def test_a_text_without_the_function_is_told_why(text, message, printed):
    verdict = said(text)
    assert verdict.status == "not yet"
    assert message in verdict.message
    assert printed in verdict.printed


def test_nothing_of_a_text_stays():
    said(
        "import builtins, math\n"
        "np.exp = np.extra = math.log = builtins.extra = extra = print\n"
        "del np.tanh\nnp.random.seed(3)\nnp.set_printoptions(precision=1)\n"
        "np.seterr(all='raise')\nimport sys, time\nsys.setrecursionlimit(2000)\n"
        "time.sleep = None\ndef softmax(x): return x"
    )
    assert np.exp(0.0) == 1.0 and np.tanh(0.0) == 0.0
    assert not hasattr(np, "extra") and not hasattr(builtins, "extra")
    assert np.get_printoptions()["precision"] == 8
    assert np.geterr()["over"] == "warn"
    assert sys.getrecursionlimit() != 2000 and time.sleep(0) is None
    verdict = said("def softmax(x): return extra")
    assert "NameError" in verdict.message
    first, second = (said("print(np.random.rand())").printed for _ in range(2))
    assert first == second


def test_modules_that_a_text_imports_stay_importable():
    said("import numpy.polynomial.chebyshev")
    import numpy.polynomial.chebyshev as again

    assert again.chebval(0.0, [1.0]) == 1.0


def test_the_page_is_told_before_each_step_what_to_say_if_it_never_ends():
    told, names = [], [case.name for case in EXERCISES["softmax"].cases(0)]
    check_text("softmax", "softmax", RIGHT, SECONDS, told.append)
    outside, *on_a_case, again = told
    assert "not come to its end after 7 seconds, so it was stopped" in outside
    for number, (message, name) in enumerate(zip(on_a_case, names, strict=True)):
        begin = (
            f"On the case ‘{name}’ your function had not come back after seven seconds"
        )
        assert message.startswith(begin)
        assert ("its numbers were right" in message) == (number > 0)
    assert "when a case came a second time it had not come back after seven" in again


def test_a_slow_function_is_not_waited_for_case_after_case(monkeypatch):
    clock = itertools.count(step=0.4 * sandbox.SECONDS_IN_ALL)
    slow = SimpleNamespace(monotonic=lambda: next(clock))
    monkeypatch.setattr(in_a_page, "time", slow)
    assert "Right so far, and slow: two of 10 cases" in said(RIGHT).message
    verdict = said(WHOLE_SUM)
    assert verdict.status == "not yet" and "slow" not in verdict.message


def test_a_fault_outside_the_calls_is_a_sentence():
    text = "class Odd:\n    def __getattribute__(self, name): raise MemoryError\n"
    assert said(f"{text}softmax = Odd()").status == "not yet"
    watched = in_a_page._Watched(EXERCISES["softmax"], SECONDS, lambda message: None)

    def faulty():
        yield None
        raise SystemExit

    assert watched.run(faulty).ended == "fault"


def test_lines_of_a_text_are_those_of_the_last_one():
    for text in (
        "def softmax(x):\n    return one",
        "def softmax(x):\n\n    return two",
    ):
        message = said(text).message
    assert "at line 3, `return two`" in message
    linecache.checkcache()
    assert linecache.getline("softmax.py", 3).strip() == "return two"
