"""Lines that a reader tries out in a page."""

import builtins

import numpy as np
import pytest

from attn_helpers.exercises.core.scratch import run_lines


def shown(text, *earlier):
    return run_lines(text, earlier, 7, lambda message: None)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("np.arange(3)", "[0 1 2]"),
        ("x = 2\nx + 3", "5"),
        ("print('a')\n'b'", "a\nb"),
        ("x = 3", ""),
        ("print('a', end='')", "a"),
        ("None", ""),
        ("", ""),
        ("# only a remark", ""),
        ("for n in range(2): print(n)", "0\n1"),
    ],
)
def test_what_is_printed_is_shown_and_then_the_last_value(text, printed):
    assert shown(text) == printed


def test_functions_of_the_exercises_are_there_and_silent():
    earlier = "print('loud')\ndef half(x): return x / 2", "1 / 0", "def f(: pass"
    assert shown("half(5.0)", *earlier) == "2.5"


@pytest.mark.parametrize(
    ("text", "line", "error"),
    [
        ("print('a')\n1 / 0\nprint('b')", 2, "ZeroDivisionError: division by zero"),
        ("x = 3\nx[0]", 2, "TypeError: 'int' object is not subscriptable"),
        ("x = 3\ndef f(:", 2, "SyntaxError"),
    ],
)
def test_an_error_is_shown_as_python_shows_it(text, line, error):
    printed = shown(text)
    assert f'File "lines.py", line {line}' in printed and error in printed
    assert text.splitlines()[line - 1] in printed
    assert ("a\nTraceback" in printed) == text.startswith("print")
    assert "scratch.py" not in printed and "sandbox.py" not in printed


def test_what_is_wrong_in_the_whole_is_shown_too():
    assert "SyntaxError: 'return' outside function" in shown("x = 3\nreturn x")


def test_nothing_of_the_lines_stays():
    shown("import builtins\nnp.exp = builtins.odd = 3", "np.set_printoptions(3)")
    assert np.exp(0.0) == 1.0 and not hasattr(builtins, "odd")
    assert np.get_printoptions()["precision"] == 8
    assert "NameError" in shown("y", "x = 3")
    assert shown("x", "x = 3") == "3"


def test_the_page_is_told_beforehand_what_to_say_if_they_never_end():
    told = []
    run_lines("told", (), 7, told.append)
    assert len(told) == 1 and "not come to an end after 7 seconds" in told[0]
