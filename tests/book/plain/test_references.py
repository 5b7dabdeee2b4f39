"""Roles of a small book that Sphinx has read, in Markdown with links to its pages."""

import pytest

from attn_helpers.book.contents import BookError
from attn_helpers.book.plain.references import SphinxReferences

SITE = "https://book.example/attention/"


@pytest.fixture(scope="module")
def references(small_book):
    """References of the page parts/two."""
    return SphinxReferences(small_book, "parts/two")


@pytest.mark.parametrize(
    ("role", "markdown"),
    [
        ("doc:../one", f"[The first one]({SITE}one.html)"),
        ("doc:the first <../one>", f"[the first]({SITE}one.html)"),
        ("ref:here", f"[A place]({SITE}one.html#here)"),
        ("ref:there <here>", f"[there]({SITE}one.html#here)"),
        ("numref:fig-a", f"[Fig. 2.1]({SITE}parts/two.html#fig-a)"),
        ("numref:No. {number} <fig-a>", f"[No. 2.1]({SITE}parts/two.html#fig-a)"),
        ("eq:eq-a", f"[(1.1)]({SITE}one.html#equation-eq-a)"),
        ("term:key", f"[key]({SITE}one.html#term-key)"),
        ("cite:p:Bahdanau2015",
         f"[[Bahdanau *et al.*, 2015]({SITE}parts/two.html#id2)]"),
        ("cite:t:Bahdanau2015",
         f"Bahdanau *et al.* [[2015]({SITE}parts/two.html#id2)]"),
    ],
)  # fmt: skip
def test_a_role_says_what_the_page_says_and_leads_there(references, role, markdown):
    name, _, content = role.rpartition(":")
    assert references.role(name, content) == markdown


def test_numbers_are_those_of_the_page(references):
    assert references.number("exercise", "ex-other") == "Exercise 2.1"
    assert references.number("figure", "fig-a") == "Fig. 2.1"
    assert references.equation("eq-a") == "1.1"
    assert references.page == f"{SITE}parts/two.html"


def test_a_file_is_read_beside_the_page(references):
    shown = references.file("program.py", {"language": "python", "pyobject": "answer"})
    assert shown == "def answer():\n    return 42\n"


@pytest.mark.parametrize("role", ["doc:nowhere", "ref:nowhere", "eq:nowhere"])
def test_a_role_that_leads_nowhere_is_refused(references, role):
    name, _, content = role.partition(":")
    with pytest.raises(BookError, match=rf"parts/two: \{{{name}\}}`nowhere` leads no"):
        references.role(name, content)
