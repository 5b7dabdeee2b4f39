"""Run lines that a reader tries out in a page; nobody judges them.

The functions that the reader wrote for the exercises of the page are there, too. As in
a notebook, the value of a last expression is shown.
"""

import ast
import linecache
from collections.abc import Callable, Iterable

import numpy as np

from attn_helpers.exercises.core import answers, sandbox
from attn_helpers.exercises.core import wording as say
from attn_helpers.exercises.core.in_a_page import printed_by

FILE = "lines.py"  # as a traceback calls it


def run_lines(
    text: str, earlier: Iterable[str], seconds: float, tell: Callable[[str], object]
) -> str:
    """What a text prints, then its last value or its traceback; nothing of it stays.

    Args:
        text: Python, for which ``np`` is numpy.
        earlier: texts that run before it, and whose names it may use; what one of them
            prints or raises is not shown.
        seconds: that the page gives to it all.
        tell: called beforehand with what is to be said if it never ends.
    """
    tell(say.lines_never_end(seconds))
    space = {"__name__": "__main__", "np": np}
    try:
        with np.printoptions():
            for other in earlier:
                sandbox.call(exec, (other, space))
            return _shown(text, space)
    finally:
        answers.put_back()


def _shown(text, space):
    linecache.cache[FILE] = (len(text), None, text.splitlines(keepends=True), FILE)
    read = sandbox.call(compile, (text, FILE, "exec"))
    if read.stop:
        return printed_by(read)
    lines, last = _in_two(text)
    ran = sandbox.call(exec, (lines, space))
    if ran.stop or last is None:
        return printed_by(ran)
    value = sandbox.call(eval, (last, space))
    if not value.stop and value.value is not None:
        value.printed += sandbox.call(print, (value.value,)).printed
    return ran.printed + printed_by(value)


def _in_two(text):
    """The text as code, and its last line as code of its own where that has a value."""
    tree = ast.parse(text, FILE)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = compile(ast.Expression(tree.body.pop().value), FILE, "eval")
    return compile(tree, FILE, "exec"), last
