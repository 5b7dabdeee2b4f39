"""Every example in a docstring runs and prints what it says."""

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

import attn_helpers

PACKAGE = Path(attn_helpers.__file__).parent
ROOMS = ("reference", "mind", "layers", "data", "inspection")
MODULES = [
    f"attn_helpers.{room}.{path.stem}"
    for room in ROOMS
    for path in sorted((PACKAGE / room).glob("*.py"))
    if path.stem != "__init__"
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", [n for n in MODULES if ".reference." in n])
def test_every_definition_says_what_goes_in_and_out_and_shows_it(name):
    module = importlib.import_module(name)
    for word, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ != name or word.startswith("_"):
            continue
        for part in ("Args:", "Returns:", "Example:"):
            assert part in inspect.getdoc(function), f"{name}.{word} lacks {part}"
