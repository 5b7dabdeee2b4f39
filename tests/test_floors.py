"""The package is a house: a floor imports only from floors below it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import attn_helpers

PACKAGE = Path(attn_helpers.__file__).parent
# Lowest first. Rooms on one floor do not import each other.
FLOORS = (
    {"_checks", "naming"},
    {"reference"},
    {"mind", "layers", "data"},
    {"efficient", "tasks"},
    {"models"},
    {"training", "optim", "cost"},
    {"inspection"},
    {"pretrained"},
    {"plots"},
    {"drawings"},
    {"widgets"},
    {"exercises"},
    {"book"},
)
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
HEAVY = {
    "_checks": {"torch", "matplotlib", "anywidget"},
    "reference": {"torch", "matplotlib", "anywidget"},
    "mind": {"torch", "matplotlib", "anywidget"},
    "data": {"torch", "matplotlib", "anywidget"},
    "tasks": {"torch", "matplotlib", "anywidget"},
    "plots": {"torch", "anywidget"},
    "widgets": {"torch"},
}


def dotted_name(path):
    """``…/attn_helpers/reference/masks.py`` is ``attn_helpers.reference.masks``."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = {dotted_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def room_of(dotted):
    """``attn_helpers.reference.masks`` is in the room ``reference``."""
    return dotted.split(".")[1] if "." in dotted else None


def imported(source):
    """Dotted names of what the source imports from this package, at any depth."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            raise AssertionError("relative import: write the full name.")
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "attn_helpers")


def height(room):
    assert room in LEVEL, f"{room} has no floor: give it a place in FLOORS"
    return LEVEL[room]


def wrong_arrows(dotted, source):
    """Sentences about the imports of one module that do not point down."""
    here = room_of(dotted)
    for name in imported(source):
        there = room_of(name)
        if there == "__version__":
            continue
        if here is None:
            yield f"attn_helpers/__init__.py imports {name}; it must import nothing."
        elif there != here and height(there) >= height(here):
            yield f"{dotted} imports {name}, which is not on a floor below {here}."


def test_every_room_has_a_floor():
    for room in {room_of(dotted) for dotted in MODULES} - {None}:
        height(room)


def test_a_room_without_a_floor_is_found():
    with pytest.raises(AssertionError, match="cellar has no floor"):
        height("cellar")


@pytest.mark.parametrize("dotted", MODULES)
def test_imports_point_down(dotted):
    source = MODULES[dotted].read_text("utf-8")
    assert list(wrong_arrows(dotted, source)) == []


@pytest.mark.parametrize(
    ("dotted", "source"),
    [
        ("attn_helpers.reference.x", "from attn_helpers.mind.tva import rates"),
        ("attn_helpers.reference.x", "import attn_helpers.plots"),
        ("attn_helpers.reference.x", "from attn_helpers import widgets"),
        ("attn_helpers.mind.x", "from attn_helpers.layers.attention import attention"),
        ("attn_helpers._checks", "def f():\n    import attn_helpers.reference.masks"),
        ("attn_helpers.data.x", "from attn_helpers.tasks.recall import dictionary"),
        ("attn_helpers.exercises.x", "from attn_helpers.book import notebooks"),
        ("attn_helpers", "from attn_helpers.reference.masks import causal_mask"),
    ],
)
def test_an_arrow_that_points_up_is_found(dotted, source):
    assert len(list(wrong_arrows(dotted, source))) == 1


@pytest.mark.parametrize(
    ("dotted", "source"),
    [
        ("attn_helpers.mind.x", "from attn_helpers.reference.masks import causal_mask"),
        ("attn_helpers.mind.x", "from attn_helpers.mind.tva import rates"),
        ("attn_helpers.book.x", "from attn_helpers import __version__, widgets"),
        ("attn_helpers.exercises.x", "from attn_helpers.layers.heads import heads"),
        ("attn_helpers.reference.x", "import numpy as np"),
    ],
)
def test_an_arrow_that_points_down_is_allowed(dotted, source):
    assert list(wrong_arrows(dotted, source)) == []


def loaded_by(names):
    """Top-level names of all modules in a fresh Python that imported ``names``."""
    program = f"import sys, {', '.join(names)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def test_importing_the_package_loads_nothing_heavy():
    heavy = {"numpy", "torch", "matplotlib", "anywidget"}
    assert loaded_by(["attn_helpers"]) & heavy == set()


@pytest.mark.parametrize("room", HEAVY)
def test_a_light_floor_stays_light(room):
    names = [dotted for dotted in MODULES if room_of(dotted) == room]
    if names:
        assert loaded_by(names) & HEAVY[room] == set()


def test_the_meter_of_loaded_modules_sees_torch():
    assert "torch" in loaded_by(["attn_helpers.layers.attention"])
