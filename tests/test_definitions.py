"""A definition reads as a definition: a fifth of its lines at most look for faults.

What an argument must be stands above a function, as ``@takes(...)``, like a signature;
the lines counted here are those of bodies, without docstrings, comments and blanks.
Among them a line looks for faults if its statement raises, calls something from
``_checks`` or tells a callee whose ``function`` it is that complains; and so does a
whole ``if`` that ends in raising.
"""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

import attn_helpers
from attn_helpers._checks.axes import Spec, read_spec

PACKAGE = Path(attn_helpers.__file__).parent
ROOMS = ("reference", "mind", "layers")
MOST = 0.20


def names_of_checks(tree):
    """What a module imports from ``_checks``, by the names it has there."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("attn_helpers._checks")
        for alias in node.names
    }


def outer_functions(tree):
    """Functions and methods, not those within them: their lines are counted there."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
        else:
            yield from outer_functions(node)


def body_of(function):
    """The statements of a function without its docstring."""
    return function.body[ast.get_docstring(function) is not None :]


def lines_of(nodes, source):
    """Numbers of the lines of code, neither blank nor comment alone."""
    lines = source.splitlines()
    return {
        number
        for node in nodes
        for number in range(node.lineno, node.end_lineno + 1)
        if lines[number - 1].strip() and not lines[number - 1].strip().startswith("#")
    }


def looks_for_faults(statement, checks):
    """Whether a statement raises, ends in raising or calls a check."""
    if isinstance(statement, ast.If):
        return isinstance(statement.body[-1], ast.Raise)
    if isinstance(statement, ast.Raise) or hasattr(statement, "body"):
        return isinstance(statement, ast.Raise)
    return any(
        getattr(node.func, "id", None) in checks
        or any(keyword.arg == "function" for keyword in node.keywords)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
    )


def all_statements(body):
    """The statements of a body and those within them."""
    for statement in body:
        yield statement
        for inner in ("body", "orelse", "finalbody"):
            yield from all_statements(getattr(statement, inner, []))


def lines_for_faults(function, checks, source):
    """Numbers of the lines of a body that look for faults."""
    statements = all_statements(body_of(function))
    return lines_of((s for s in statements if looks_for_faults(s, checks)), source)


def meter(source):
    """How many lines of bodies there are, and how many of them look for faults."""
    tree = ast.parse(source)
    checks = names_of_checks(tree)
    functions = list(outer_functions(tree))
    every = [lines_of(body_of(function), source) for function in functions]
    faults = [lines_for_faults(function, checks, source) for function in functions]
    return sum(map(len, every)), sum(map(len, faults))


@pytest.mark.parametrize("room", ROOMS)
def test_definitions_are_not_drowned_in_checks(room):
    counts = [meter(path.read_text("utf-8")) for path in (PACKAGE / room).glob("*.py")]
    every, faults = (sum(column) for column in zip(*counts, strict=True))
    assert every > 100
    assert faults <= MOST * every, f"{faults} of {every} lines look for faults"


def test_the_meter_counts_what_looks_for_faults():
    source = '''
from attn_helpers._checks import check_count, complaint, takes

@takes(x="(n,)")
def f(x, n):
    """Docstring.

    Two lines.
    """
    n = check_count(
        n, function="f", argument="n"
    )
    # a comment

    if n > 3:
        rule = "n must be at most 3"
        raise ValueError(complaint(function, rule, n))
    total = 0
    for item in x:
        total += item
    return total
'''
    assert meter(source) == (10, 6)


# --- what a docstring says of axes is what is executed ---


def public_functions(room):
    """The public functions of a room, as pytest wants them: with their names."""
    for path in sorted((PACKAGE / room).glob("*.py")):
        name = f"attn_helpers.{room}.{path.stem}"
        for word, function in inspect.getmembers(importlib.import_module(name)):
            ours = inspect.isfunction(function) and function.__module__ == name
            if ours and not word.startswith("_"):
                yield pytest.param(function, id=f"{path.stem}.{word}")


def documented_axes(function):
    """Argument to the axes that its entry under ``Args:`` begins with, if it does."""
    entries = re.search(r"Args:\n(.*?)(\n\n|$)", inspect.getdoc(function), re.DOTALL)
    pattern = r"^    (\w+): ([^`;.\n]*\n?[^`;.\n]*)``(\([^`]*\))``"
    found = re.findall(pattern, entries[1], re.MULTILINE)
    return {name: axes for name, _, axes in found}


def executed_axes(function):
    """Argument to the axes that its contract requires."""
    contract = getattr(function, "contract", {})
    return {
        name: read_spec(rule).axes
        for name, rule in contract.items()
        if isinstance(rule, (str, Spec))
    }


@pytest.mark.parametrize(
    "function", [*public_functions("reference"), *public_functions("mind")]
)
def test_the_axes_in_a_docstring_are_those_that_are_executed(function):
    executed = executed_axes(function)
    for name, axes in documented_axes(function).items():
        if name != "score":  # a function, whose result has the axes
            assert executed.get(name) == axes, name


def test_documented_axes_are_found_in_the_first_words_of_an_entry():
    def f(q, k, n, mask):
        """Do.

        Args:
            q: queries, ``(..., t, d)``.
            k: ``(n,)``, and much
                more ``(x,)``.
            n: a number; see ``(y,)``.
            mask: boolean, broadcasts to ``(..., t)``; True = may attend.

        Returns:
            r: ``(z,)``.
        """

    assert documented_axes(f) == {"q": "(..., t, d)", "k": "(n,)", "mask": "(..., t)"}
