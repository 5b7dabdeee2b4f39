"""An answer with its arguments, its results or its source changed by rule."""

import ast
import inspect
import textwrap

import numpy as np
import torch

from attn_helpers.exercises.core.compare import is_array, is_tensor


# ------------------------------------------------------------ arguments and results
def parameters(exercise):
    """Name, place and all values of each argument."""
    names = inspect.signature(exercise.answer).parameters
    columns = zip(*(case.args for case in exercise.cases(0)), strict=True)
    return list(zip(names, range(len(names)), columns, strict=True))


def results(exercise):
    """All results of all cases, as arrays."""
    return [
        np.asarray(part)
        for case in exercise.cases(0)
        for part in parts_of(exercise, exercise.answer(*case.args))
    ]


def parts_of(exercise, value):
    return tuple(value) if len(exercise.returns) > 1 else (value,)


def with_argument(exercise, number, change):
    """The answer, given something else in place of this argument."""

    def program(*args):
        args = list(args)
        args[number] = lifted(change, args[number])
        return exercise.answer(*args)

    return program


def with_results(exercise, change):
    """The answer, each of whose results is changed."""

    def program(*args):
        parts = parts_of(exercise, exercise.answer(*args))
        changed = tuple(lifted(change, part) for part in parts)
        return changed if len(exercise.returns) > 1 else changed[0]

    return program


def lifted(change, value):
    """A change of an array, made to a tensor where one has come."""
    if is_tensor(value):
        return torch.from_numpy(np.array(change(value.detach().numpy())))
    return change(value)


def axes(value):
    return value.ndim if is_array(value) else 0


# --------------------------------------------------------------------- the source
def rewritten(exercise, rewrite, **helpers):
    """The answer after ``rewrite``, an ast transformer, or None if it found nothing."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(exercise.answer)))
    before = ast.dump(tree)
    tree = ast.fix_missing_locations(rewrite.visit(tree))
    if ast.dump(tree) == before:
        return None
    names = {**exercise.answer.__globals__, **helpers}
    exec(compile(tree, f"<{exercise.id} rewritten>", "exec"), names)
    return names[exercise.answer.__name__]


def is_of_library(node, name):
    """Whether it reads ``np.name`` or ``torch.name``."""
    return ast.unparse(node) in (f"np.{name}", f"torch.{name}")


class Number(ast.NodeTransformer):
    """``-inf`` becomes a number."""

    def __init__(self, number):
        self.number = number

    def visit_UnaryOp(self, node):
        if isinstance(node.op, ast.USub) and is_of_library(node.operand, "inf"):
            return ast.Constant(self.number)
        return self.generic_visit(node)


class Calls(ast.NodeTransformer):
    """``x.name(…)`` and ``np.name(x, …)`` become ``name_instead(x, …)``; ``@`` too."""

    def __init__(self, *names):
        self.names = names

    def visit_Call(self, node):
        self.generic_visit(node)
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in self.names:
            return node
        name = node.func.attr
        own = [] if is_of_library(node.func, name) else [node.func.value]
        instead = ast.Name(f"{name}_instead", ast.Load())
        return ast.Call(instead, [*own, *node.args], node.keywords)

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if "matmul" not in self.names or not isinstance(node.op, ast.MatMult):
            return node
        instead = ast.Name("matmul_instead", ast.Load())
        return ast.Call(instead, [node.left, node.right], [])
