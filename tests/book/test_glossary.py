"""The terms of the field stand in one place, in order, and lead to their chapters."""

import re

from attn_helpers.book.contents import ROOT, chapters

TEXT = (ROOT / "chapters" / "glossary.md").read_text("utf-8")
(BLOCK,) = re.findall(r"```\{glossary\}\n(.*?)```", TEXT, re.DOTALL)
TERMS = dict(re.findall(r"^(\S.*)\n {4}(.+)$", BLOCK, re.MULTILINE))


def test_terms_stand_in_the_order_of_the_alphabet():
    assert len(TERMS) == len(re.findall(r"^\S.*$", BLOCK, re.MULTILINE)) > 50
    assert [*TERMS] == sorted(TERMS, key=str.lower)


def test_a_term_leads_to_a_chapter():
    linked = [re.findall(r"\{doc\}`(\w+)`\.$", meaning) for meaning in TERMS.values()]
    assert all(len(link) == 1 for link in linked)
    pages = {f"chapters/{page}" for (page,) in linked}
    assert pages <= set(chapters())


def test_each_term_has_a_place_on_the_page_and_in_the_index(html):
    page = (html / "chapters" / "glossary.html").read_text("utf-8")
    index = (html / "genindex.html").read_text("utf-8")
    for term in TERMS:
        anchor = f'id="term-{term.replace(" ", "-")}"'
        assert anchor in page
        assert f"glossary.html#{anchor[4:-1]}" in index
