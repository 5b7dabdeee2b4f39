"""README and CONTRIBUTING say what is true of the tree as it stands."""

import re
import shlex
import subprocess
from pathlib import Path
from pkgutil import resolve_name

import pytest

import attn_helpers
from attn_helpers.book.contents import ROOT
from tests.mutants.__main__ import rooms
from tests.test_floors import FLOORS

PACKAGE = Path(attn_helpers.__file__).parent
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PLACES, STOREYS = re.findall(r"(?:^\|.*\n)+", README, re.MULTILINE)
QUOTED = re.findall(r"^`(\S+)`\n\n```\w+\n(.*?)```", CONTRIBUTING, re.M | re.S)
COMMANDS = [
    line.partition(" #")[0].strip()
    for block in re.findall(r"```bash\n(.*?)```", CONTRIBUTING, re.DOTALL)
    for line in block.splitlines()
]
RENAMED = [
    pair
    for line in re.findall(
        r"^\| [^`]*\| (`.*?) \| (`.*?) \|$",
        (ROOT / "CHANGELOG.md").read_text("utf-8"),
        re.MULTILINE,
    )
    if "a folder" not in line[1]  # it has its old name
    for pair in zip(*(re.findall(r"`(.*?)`", cell) for cell in line), strict=True)
]
PYTHON = ".venv/bin/python"


def named(table):
    """For each row what stands between backticks in its first cell, without slashes."""
    first_cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    return [{n.strip("/") for n in re.findall(r"`(.*?)`", c)} for c in first_cells]


def in_the_tree():
    """What lies at the top of the clone; of a copy without git, what it has of it."""
    asked = ["git", "ls-files", "-z"]
    if not (ROOT / ".git").exists():
        return {name for row in named(PLACES) for name in row if (ROOT / name).exists()}
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    return {Path(name).parts[0] for name in listed.stdout.split("\0") if name}


def test_the_readme_names_each_place_at_the_top_once():
    places = named(PLACES)
    assert set.union(*places) - {"README.md"} == in_the_tree() - {"README.md"}
    assert len(set.union(*places)) == sum(map(len, places))


def test_the_readme_names_the_floors_from_the_lowest_on():
    here = [
        {n for n in floor if (PACKAGE / n).is_dir()}
        | {f"{n}.py" for n in floor if (PACKAGE / f"{n}.py").exists()}
        for floor in FLOORS
    ]
    assert named(STOREYS) == [floor for floor in here if floor]


def test_code_in_the_guide_stands_in_the_file_that_it_names():
    assert len(QUOTED) >= 3
    for name, code in QUOTED:
        assert code in (ROOT / name).read_text("utf-8"), name


def test_files_and_folders_in_the_guide_are_there():
    names = re.findall(r"`((?:attn_helpers|tests)/[\w/.]*)`", CONTRIBUTING)
    drafts = {"attn_helpers/exercises/long_texts/"}
    assert names
    for name in set(names) - drafts:
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize(("old", "new"), RENAMED)
def test_the_changelog_names_what_is_there_and_what_is_there_no_longer(old, new):
    assert found(f"attn_helpers.{new}")
    assert not found(f"attn_helpers.{old}")


def found(dotted):
    """Whether there is a module of this name, or something that a module defines."""
    try:
        thing = resolve_name(dotted)
    except (ImportError, AttributeError):
        return False
    module = getattr(thing, "__module__", dotted)
    return dotted.startswith(module)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_in_the_guide_can_be_given(command):
    program, *words = shlex.split(command)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    if program == "make":
        target, *settings = words
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
        for setting in settings:
            name, _, value = setting.partition("=")
            assert f"$({name})" in makefile
            if name == "ROOM":
                files = {file for faults in rooms().values() for file, *_ in faults}
                assert value in files | set(rooms())
    else:
        assert program == PYTHON
        for word in words:
            if word.startswith("tests/"):
                assert (ROOT / word).exists()
