"""Whoever builds on the package sees what goes in and what comes out.

Public is what has no underscore in its path or its name. The answers and wrong programs
of the exercises are left out: they are written as a learner would write them.
"""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

import attn_helpers
from attn_helpers.reference.softmax import softmax

PACKAGE = Path(attn_helpers.__file__).parent
BY_LEARNERS = re.compile(r"exercises/(?!core/|__init__)")
PUBLIC = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if not any(
        part.startswith("_") and part != "__init__.py"
        for part in path.relative_to(PACKAGE).parts
    )
    and not BY_LEARNERS.match(path.relative_to(PACKAGE).as_posix())
]


def functions_of(tree, owner=""):
    """Public functions and methods with their names, and what makes an object."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from functions_of(node, f"{owner}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not node.name.startswith("_") or node.name == "__init__":
                yield owner + node.name, node


def left_open(source):
    """What has no type: ``f(x)`` for an argument, ``f()`` for what ``f`` returns."""
    for name, node in functions_of(ast.parse(source)):
        found = node.args
        arguments = [*found.posonlyargs, *found.args, *found.kwonlyargs]
        arguments += [extra for extra in (found.vararg, found.kwarg) if extra]
        for argument in arguments:
            if argument.annotation is None and argument.arg not in ("self", "cls"):
                yield f"{name}({argument.arg})"
        if node.returns is None and not name.endswith("__init__"):
            yield f"{name}()"


@pytest.mark.parametrize("path", PUBLIC, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_public_function_says_what_it_takes_and_returns(path):
    assert list(left_open(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(x: int) -> int: ...", []),
        ("def f(x) -> int: ...", ["f(x)"]),
        ("def f(x: int): ...", ["f()"]),
        ("def f(*x, y, **z) -> int: ...", ["f(y)", "f(x)", "f(z)"]),
        ("async def f(x, /) -> int: ...", ["f(x)"]),
        ("def _f(x): ...", []),
        ("class A:\n def __init__(self, n): ...", ["A.__init__(n)"]),
        ("class A:\n def m(self): ...\n def _m(self): ...", ["A.m()"]),
        ("class A:\n class B:\n  def m(self): ...", ["A.B.m()"]),
        ("class _A:\n def m(self): ...", []),
    ],
)
def test_a_function_without_types_is_found(source, found):
    assert list(left_open(source)) == found


def test_a_contract_hides_no_types():
    written = ast.parse(inspect.getsource(import_module(softmax.__module__)))
    node = dict(functions_of(written))["softmax"]
    names = [argument.arg for argument in node.args.args]
    assert [*softmax.__annotations__] == [*names, "return"]
