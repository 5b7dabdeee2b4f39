"""Chapters where a model's package is missing: they say so, and go on to their end.

The cells of one chapter that matter run here; `make hosted` runs four chapters whole.
"""

import ast
import os
import re
from concurrent.futures import ThreadPoolExecutor

import nbformat.v4 as v4
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import (
    ExecutionInfo,
    ExecutionResult,
    InteractiveShell,
)
from traitlets.config import Config

from attn_helpers._checks import MissingPackageError, check_package
from attn_helpers.book.bootstrap import LOADED, is_bootstrap
from attn_helpers.book.contents import ROOT, chapter_notebooks
from attn_helpers.book.notebooks import execute, read
from attn_helpers.book.skipping import Skipping, names

MODELS = "attn_helpers.pretrained"
CHAPTERS = [p for p in chapter_notebooks() if MODELS in p.read_text("utf-8")]
LOADERS = sorted((ROOT / MODELS.replace(".", "/")).glob("*.py"))
MODULES = [
    found[1] for path in LOADERS for found in LOADED.finditer(path.read_text("utf-8"))
]
HOSTED = os.environ.get("HOSTED") == "all"
RUN = CHAPTERS if HOSTED else [p for p in CHAPTERS if p.stem.endswith("language_model")]

SENTENCE = (
    "load: the data come with a package that is not installed; "
    "get it with `pip install weights`."
)


# ------------------------------------------------------------------------ one by one


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run cells where the extension is loaded; (succeeded, value, what was said)."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    shell.run_line_magic("load_ext", "attn_helpers.book.skipping")

    def load(module="no_such_module"):
        check_package(module, install="weights", function="load")
        return 1

    shell.user_ns["load"] = load

    def run(source):  # in a thread: a browser's loop may run in this one
        with ThreadPoolExecutor(1) as thread:
            result = thread.submit(shell.run_cell, source).result()
        said = capsys.readouterr()
        run.shown = said.out
        return result.success, result.result, said.err.rstrip("\n")

    return run


def not_run(*missing):
    what = ", ".join(f"`{name}`" for name in missing)
    return f"Not run: this cell needs {what}, and the package for it is missing."


def test_a_cell_that_finds_no_package_says_so_in_one_sentence_and_is_no_error(run):
    assert run("before = 1\nmodel, other = load(), 2") == (True, None, SENTENCE)


def test_a_cell_that_reads_what_is_missing_is_not_run_and_says_what(run):
    run("model, other = load(), 2")
    run("kept = 0")
    cell = "kept = 1\nother, model"
    assert run(cell) == (True, None, not_run("model", "other"))
    assert run("kept") == (True, None, not_run("kept"))


def test_what_such_a_cell_would_have_set_is_missing_too_and_not_its_old_value(run):
    run("text = 'old'")
    run("model = load()")
    run("text = model")
    assert run("[text]") == (True, None, not_run("text"))


def test_a_function_that_reads_what_is_missing_is_missing(run):
    run("model = load()")
    assert run("def ask(x):\n    return model + x") == (True, None, not_run("model"))
    assert run("ask(1)") == (True, None, not_run("ask"))


def test_a_cell_that_waits_for_what_is_missing_is_not_run(run):
    run("async def ask(x):\n    return x")
    run("model = load()")
    assert run("await ask(model)") == (True, None, not_run("model"))
    assert run("await ask(2)") == (True, 2, "")


def test_a_function_that_was_defined_before_stops_in_one_sentence(run):
    run("def ask(x):\n    return model + x")
    run("model = load()")
    stopped = "Stopped: `model` is missing, and so is the package for it."
    assert run("answer = ask(1)") == (True, None, stopped)
    assert run("answer") == (True, None, not_run("answer"))


def test_what_a_cell_had_set_before_it_stopped_is_there(run):
    cell = "import math as m\ndef twice(x):\n    return 2 * x\nmodel = load()\nlast = 1"
    assert run(cell) == (True, None, SENTENCE)
    assert run("twice(m.floor(1.5))") == (True, 2, "")
    assert run("model") == (True, None, not_run("model"))
    assert run("last") == (True, None, not_run("last"))


def test_what_a_cell_had_set_inside_the_statement_that_stopped_is_missing(run):
    assert run("if True:\n    a = 1\n    model = load()") == (True, None, SENTENCE)
    assert run("a") == (True, None, not_run("a"))


def test_a_cell_that_fails_sets_only_what_stands_above_its_fault(run):
    run("model, other = load()")
    assert run("model = 1\nother = 1 / 0")[0] is False
    assert run("model") == (True, 1, "")
    assert run("other") == (True, None, not_run("other"))


def test_a_name_that_is_set_anew_is_there_again(run):
    run("model = load()")
    assert run("model = 3\nmodel") == (True, 3, "")
    assert run("model") == (True, 3, "")


def test_after_the_package_was_installed_the_same_cells_run(run):
    run("model = load()")
    run("twice = 2 * model")
    assert run("model = load('this')") == (True, None, "")
    assert run("twice = 2 * model\ntwice") == (True, 2, "")


def test_all_other_cells_run_as_ever(run):
    run("model = load()")
    assert run("x = 2\n[x for model in range(2)]") == (True, [2, 2], "")
    run("model = load()")
    assert run("1 / 0")[0] is False
    assert run("never_set")[0] is False
    assert "name 'never_set' is not defined" in run.shown
    assert run("import no_such_module")[0] is False
    assert run("model ) 1")[0] is False
    assert run("x") == (True, 2, "")


def test_a_cell_that_cannot_be_read_is_not_taken_for_the_one_before(run, capsys):
    run("model = load()")
    run("model")
    for source in ("model ) 1", "  x\n y"):
        success, _, said = run(source)
        assert not success
        assert "Not run" not in said


@pytest.mark.parametrize(
    ("source", "reads", "sets"),
    [
        ("x = y", "y", "x"),
        ("x = 1\nx", "", "x"),
        ("x = x + 1", "x", "x"),
        ("x += 1", "x", "x"),
        ("for x in y:\n    x", "y", "x"),
        ("import x.y, z as w", "", "x w"),
        ("from x import y", "", "y"),
        ("def f(y=z):\n    return x, y, f", "x z", "f"),
        ("def f():\n    return x\nx = 1", "", "f x"),
        ("f = lambda y: x", "x", "f"),
        ("[x for x in y if z]", "y z", ""),
        ("class A:\n    x = y\n    def f(self):\n        return z", "y z", "A"),
        ("with x as y:\n    y.z", "x", "y"),
        ("x[0] = 1", "x", ""),
        ("x.y = z", "x z", ""),
    ],
)
def test_what_code_reads_and_what_it_sets(source, reads, sets):
    found = names(compile(source, "<cell>", "exec"))
    ours = [kind - {"__name__", "__module__", "__qualname__"} for kind in found]
    assert ours == [set(reads.split()), set(sets.split())]


# ----------------------------------------------------------------------- in chapters


def python(cell):
    return ast.parse(TransformerManager().transform_cell(cell.source))


def bound(tree):
    """The names that code binds anywhere, in functions and comprehensions, too."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]


def read_names(tree):
    loads = (n for n in ast.walk(tree) if isinstance(n, ast.Name))
    return {n.id for n in loads if isinstance(n.ctx, ast.Load)}


def of_models(tree):
    """The names that an import takes from the package's pretrained models."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.startswith(MODELS):
            yield from (alias.name for alias in node.names)


def cells_for_models(notebook):
    """The ids of the cells that work with a model.

    They read a name that was imported from its module, or one that such a cell was the
    last to bind.
    """
    models, theirs, working = set(), set(), []
    for cell in code(notebook):
        tree = python(cell)
        models |= set(of_models(tree))
        own = set(bound(tree))
        if read_names(tree) & (models | (theirs - own)):
            working.append(cell.id)
            theirs |= own
        else:
            theirs -= own
    return working


def code(notebook):
    return [c for c in notebook.cells if c.cell_type == "code" and not is_bootstrap(c)]


def only_imports(cell):
    return all(isinstance(n, ast.Import | ast.ImportFrom) for n in python(cell).body)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_just_the_cells_that_work_with_a_model_are_skipped_without_it(path):
    notebook, skipping, skipped = read(path), Skipping(), []
    models = set()
    for cell in code(notebook):
        lines = TransformerManager().transform_cell(cell.source).splitlines(True)
        result = ExecutionResult(ExecutionInfo(cell.source, False, False, True, ""))
        models |= set(of_models(python(cell)))
        if skipping.transform(lines) != lines:
            skipped.append(cell.id)
        elif read_names(python(cell)) & models:
            result.error_in_exec = MissingPackageError("")
            skipped.append(cell.id)
        skipping.tell(result)
    assert skipped == cells_for_models(notebook)
    assert skipped


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_exercise_and_no_question_waits_for_a_model(path):
    notebook = read(path)
    working = cells_for_models(notebook)
    for cell in code(notebook):
        asks = re.match(r"(ask|check|challenge|def my_)", cell.source)
        assert not (asks and cell.id in working), cell.id


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)
def test_a_chapter_without_its_models_says_so_and_goes_on(path):
    notebook = read(path)
    working = cells_for_models(notebook)
    if not HOSTED:
        matter = [c for c in code(notebook) if only_imports(c) or c.id in working]
        notebook.cells = [notebook.cells[1], *matter]
    hide = v4.new_code_cell(
        f"import sys\nfor m in {MODULES}:\n    sys.modules[m] = None"
    )
    notebook.cells.insert(0, hide)
    execute(notebook, path)  # which stops at an error
    for cell in code(notebook):
        said = "".join(o.text for o in cell.outputs if o.get("name") == "stderr")
        assert bool(said) == (cell.id in working), cell.source
        assert not said or said.count("\n") == 1
