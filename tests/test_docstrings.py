"""Every example in a docstring runs and prints what it says."""

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

import attn_helpers

PACKAGE = Path(attn_helpers.__file__).parent
READS_WEIGHTS = {"pretrained/transliteration.py": ("khmer_transliterator", "h5py")}


def modules():
    """Every module that shows an example, marked with what this one reads."""
    for path in sorted(PACKAGE.rglob("*.py")):
        file = path.relative_to(PACKAGE)
        if ">>> " in path.read_text("utf-8"):
            name = ".".join(["attn_helpers", *file.with_suffix("").parts])
            weights = READS_WEIGHTS.get(file.as_posix())
            marks = [pytest.mark.needs(*weights)] if weights else []
            yield pytest.param(name, marks=marks, id=name.partition(".")[2])


@pytest.mark.parametrize("name", list(modules()))
def test_examples_run(name):
    examples = doctest.testmod(importlib.import_module(name))
    assert examples.failed == 0 < examples.attempted


REFERENCE = sorted(path.stem for path in (PACKAGE / "reference").glob("[a-z]*.py"))


@pytest.mark.parametrize("stem", REFERENCE)
def test_every_definition_says_what_goes_in_and_out_and_shows_it(stem):
    name = f"attn_helpers.reference.{stem}"
    module = importlib.import_module(name)
    for word, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ != name or word.startswith("_"):
            continue
        for part in ("Args:", "Returns:", "Example:"):
            assert part in inspect.getdoc(function), f"{name}.{word} lacks {part}"
