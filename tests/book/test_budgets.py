"""What the widgets of each page cost, counted from the sources without a build."""

import gzip
import re
from pathlib import Path

import pytest

from attn_helpers.book import budgets
from attn_helpers.book.sphinxext import scripts_of, styles_of

CHAPTERS = Path(__file__).parents[2] / "chapters"
PAGES = sorted([*CHAPTERS.glob("*.ipynb"), *CHAPTERS.glob("*.md")])
WIDGET = re.compile(r'data-widget=\\?"(\w+)|^[`:]{3,}\{widget\} (\w+)', re.M)


def widgets_on(page):
    found = WIDGET.findall(page.read_text(encoding="utf-8"))
    return list(dict.fromkeys(stored or named for stored, named in found))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_scripts_and_styles_of_a_page_stay_within_their_budgets(page):
    names = widgets_on(page)
    if not names:
        return  # such a page names none: see test_sphinxext
    for files, written, sent in [
        (scripts_of(names), budgets.SCRIPTS, budgets.SCRIPTS_COMPRESSED),
        (styles_of(names), budgets.STYLES, budgets.STYLES_COMPRESSED),
    ]:
        texts = [text.encode() for text in files.values()]
        assert sum(map(len, texts)) <= written
        assert sum(len(gzip.compress(text)) for text in texts) <= sent


def test_the_widgets_of_a_page_are_found():
    assert widgets_on(CHAPTERS / "index.md") == ["QueryKeyPlayground"]
    assert widgets_on(CHAPTERS / "notation.md") == []
    assert sum(len(widgets_on(page)) > 1 for page in PAGES) >= 8
