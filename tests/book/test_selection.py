"""Which tests `make test CHAPTER=07` runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from attn_helpers.book.contents import ROOT, chapters, find_chapter, topic_of
from attn_helpers.book.selection import Selection

TESTS = ROOT / "tests"


@pytest.fixture(scope="module")
def position():
    return Selection(find_chapter("position"))


@pytest.mark.parametrize(
    "file",
    [
        "models/test_price_reader.py",
        "tasks/test_price_lists.py",
        "reference/test_positions.py",
        "reference/test_softmax.py",
        "exercises/position/test_alibi.py",
        "widgets/test_position_dial.py",
        "widgets/kit/math/test_positions.py",
        "training/test_loop.py",
    ],
)
def test_tests_of_what_the_chapter_imports_are_held_whole(position, file):
    assert (TESTS / file).exists()
    assert position.may_be_in(TESTS / file)
    assert position.holds(TESTS / file, [])


@pytest.mark.parametrize(
    "file",
    [
        "mind/test_search.py",
        "tasks/test_repeats.py",
        "exercises/multi_head/test_head_costs.py",
        "widgets/test_head_mixer.py",
        "exercises/core/test_judge.py",
        "book/test_hygiene.py",
        "book/test_notebooks.py",
    ],
)
def test_tests_of_other_things_are_not(position, file):
    assert (TESTS / file).exists()
    assert not position.holds(TESTS / file, [])


@pytest.mark.parametrize(
    "case",
    [
        "position",
        find_chapter("position"),
        f"{find_chapter('position')}.html",
        Path(find_chapter("position")).name,
        ROOT / f"{find_chapter('position')}.ipynb",
        "alibi",
        "swap-two-words",
    ],
)
def test_of_a_test_over_all_chapters_the_cases_of_this_one_are_held(position, case):
    assert position.may_be_in(TESTS / "book" / "test_pages.py")
    assert position.holds(TESTS / "book" / "test_pages.py", ["light", case])


@pytest.mark.parametrize(
    "case",
    ["multi_head", "split-heads", f"{chapters()[0]}.html", ROOT / "_toc.yml", 7, None],
)
def test_the_cases_of_others_are_not(position, case):
    assert not position.holds(TESTS / "book" / "test_pages.py", ["light", case])


@pytest.mark.parametrize("page", chapters(), ids=topic_of)
def test_every_chapter_has_tests_of_its_own(page):
    found = [file for file in Selection(page).files if file.exists()]
    topic = TESTS / "exercises" / topic_of(page)
    assert len(found) > 15
    assert any(file.is_relative_to(topic) for file in found)


def collected(*arguments):
    """What pytest would run, as text."""
    call = [sys.executable, "-m", "pytest", "-q", "-n", "0", "--collect-only"]
    ran = subprocess.run([*call, *arguments], cwd=ROOT, capture_output=True, text=True)
    return ran.stdout + ran.stderr


def test_pytest_keeps_to_the_selection():
    file = "tests/book/test_hygiene.py"
    every = [line for line in collected(file).splitlines() if "::" in line]
    kept = [
        line for line in collected(file, "--chapter", "7").splitlines() if "::" in line
    ]
    name = Path(find_chapter("7")).name
    assert kept == [line for line in every if f"[{name}" in line]
    assert kept


def test_pytest_says_which_chapters_there_are():
    said = collected("tests/book/test_hygiene.py", "--chapter", "99")
    assert "ERROR: There is no chapter '99'; there are " in said


def test_the_command_tests_code_notebook_and_page_of_one_chapter():
    made = subprocess.run(
        ["make", "-n", "test", "CHAPTER=07"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    assert '--ignore=tests/book --chapter "07"' in made
    assert "--nbval-cell-timeout=600 $page.ipynb" in made
    assert 'tests/book --chapter "07"' in made.split("$page.ipynb")[1]
