"""One document out of all pages: nothing leads out of it that stands in it."""

import re

import pytest
from bs4 import BeautifulSoup

from attn_helpers.book.pdf.joined import APPENDIX, joined

TOC = """\
root: chapters/index
defaults: {numbered: true}
parts:
  - caption: Kinds
    chapters: [{file: chapters/01_kinds}, {file: chapters/02_ways}]
"""
ADDRESS = "https://teacher.example/book/"
HEAD = """<head><title>x</title>
<link rel="stylesheet" href="../_static/look.css?v=1">
<script src="../_static/doctools.js"></script></head>"""
FORMULAS = """<script>window.MathJax = {}</script>
<script defer src="../_static/mathjax/tex.js"></script>"""
FRONT = """<section id="book"><header class="cover"><div><h1>The book</h1>
<p class="deck">A sentence.</p><p><a class="begin" href="01_kinds.html">Begin</a></p>
</div><div class="live"><div class="book-widget">A picture</div></div></header>
<ol class="chapter-map"><li>Map</li></ol>
<section id="ways"><h2>Ways in</h2>
<p>Read <a href="02_ways.html">ways</a>.</p></section>
</section>"""
KINDS = """<section id="kinds"><h1>1 Kinds<a class="headerlink" href="#kinds">#</a></h1>
<section id="soft"><h2>1.1 Soft</h2><p>See <a href="#soft">here</a>,
<a href="02_ways.html#soft">there</a>, <a href="api/layers.html#fit">the code</a>,
<a href="https://doi.org/10.1">a work</a>.</p><img src="../_images/a.png" alt="A">
<img src="data:image/png;base64,AA" alt="B">
<div class="book-widget" data-widget="PredictQuestion"><p><b>Predict:</b> Which?</p>
<details><summary>Answer</summary><p>The first.</p></details></div>
<details><summary>Recall</summary>Remembered.</details></section>
<section id="exercises"><h2>1.2 Exercises</h2>
<div class="exercise admonition" id="ex-one">
<p class="admonition-title">Exercise 1.1 One</p>
<details><summary>Hint</summary>A nudge.</details></div>
<div class="solution dropdown admonition" id="sol-one">
<p class="admonition-title">A solution</p><pre>def one(): return 1</pre></div>
<p aria-labelledby="soft">Labelled.</p></section></section>"""
WAYS = """<section id="ways"><h1>2 Ways</h1>
<section id="soft"><h2>2.1 S</h2></section></section>"""


@pytest.fixture
def made(tmp_path):
    """The joined document of a book of two chapters, as text and as a tree."""
    (tmp_path / "_toc.yml").write_text(TOC, "utf-8")
    html = tmp_path / "html"
    (html / "chapters").mkdir(parents=True)
    texts = {
        "chapters/index": FRONT,
        "chapters/01_kinds": KINDS,
        "chapters/02_ways": WAYS,
    }
    texts |= {
        page: f'<section id="a"><h1>{page[9:]}</h1></section>' for page in APPENDIX
    }
    for page, text in texts.items():
        head = (
            HEAD.replace("</head>", f"{FORMULAS}</head>")
            if page == "chapters/02_ways"
            else HEAD
        )
        foot = '<div class="extra_footer"><p>Version 7.</p></div>'
        written = f"<html>{head}<article>{text}</article>{foot}</html>"
        (html / f"{page}.html").write_text(written, "utf-8")
    text = joined(html, tmp_path, ADDRESS)
    return BeautifulSoup(text, "html.parser")


def links(node):
    return [link["href"] for link in node.select("a[href]")]


def test_an_id_stands_once_and_every_link_within_finds_its_place(made):
    ids = [node["id"] for node in made.find_all(id=True)]
    assert len(ids) == len(set(ids))
    within = [link[1:] for link in links(made) if link.startswith("#")]
    assert len(within) > 15
    assert set(within) <= set(ids)
    assert made.select_one("[aria-labelledby]")["aria-labelledby"] == "01_kinds--soft"


def test_a_link_leads_into_the_book_or_to_its_published_pages(made):
    assert links(made.find(id="01_kinds--soft"))[:4] == [
        "#01_kinds--soft",
        "#02_ways--soft",
        f"{ADDRESS}chapters/api/layers.html#fit",
        "https://doi.org/10.1",
    ]
    assert links(made.find(id="index--ways")) == ["#02_ways"]


def test_files_are_found_from_beside_the_folder_of_the_pages(made):
    pictures = [image["src"] for image in made.select("img")]
    assert pictures == ["html/_images/a.png", "data:image/png;base64,AA"]
    assert made.select_one("link")["href"] == "html/_static/look.css?v=1"
    assert len(made.select("link")) == 1


def test_of_the_scripts_only_those_stay_that_set_formulas(made):
    scripts = [script.get("src", script.get_text()) for script in made.select("script")]
    assert scripts == ["window.MathJax = {}", "html/_static/mathjax/tex.js"]


def test_the_document_bears_the_title_of_the_book(made):
    assert made.title.get_text() == "The book"


def test_the_cover_has_title_sentence_figure_and_version(made):
    cover = made.select_one(".title-page")
    assert (
        cover.get_text(" ", strip=True) == "The book A sentence. A picture Version 7."
    )
    about = made.find(id="index").get_text(" ", strip=True)
    assert about == "About this book Ways in Read ways ."


def test_the_contents_list_parts_chapters_and_sections(made):
    lines = [line.get_text() for line in made.select(".contents li")]
    assert lines == [
        *("About this book", "Ways in", "Part I: Kinds", "1 Kinds", "1.1 Soft"),
        *("1.2 Exercises", "2 Ways", "2.1 S", "Appendix"),
        *("notation", "glossary", "references", "Answers"),
    ]
    for line in made.select(".contents li:has(a)"):
        to, number = line.select("a")
        assert to["href"] == number["href"] and number["class"] == ["to-page"]


def test_what_is_folded_in_the_text_stands_open(made):
    folded = made.select("#\\30 1_kinds details")
    assert [node.summary.get_text() for node in folded] == ["Recall", "Hint"]
    assert all(node.has_attr("open") for node in folded)


def test_answers_stand_at_the_end_and_are_named_where_they_were_taken_from(made):
    chapter, answers = made.find(id="01_kinds"), made.find(id="answers")
    assert (
        "The first." not in chapter.get_text() and "def one" not in chapter.get_text()
    )
    bet, exercise = answers.select(".answer")
    assert bet.get_text(" ", strip=True) == "Predict: Which? The first."
    said = exercise.get_text(" ", strip=True)
    assert said == "Exercise 1.1 One def one(): return 1"
    asked = [made.find(id=links(answer)[0][1:]) for answer in (bet, exercise)]
    assert (
        asked[0].get_text() == "Predict: Which?"
        and asked[1]["id"] == "01_kinds--ex-one"
    )
    pointers = [link for p in chapter.select(".answer-at") for link in links(p)]
    assert pointers == [f"#{bet['id']}", f"#{exercise['id']}"]


def test_each_sheet_bears_the_title_of_its_chapter(made):
    rules = str(made)
    for page, title in (("01-kinds", "1 Kinds"), ("answers", "Answers")):
        assert f'@page sheet-{page} {{ @top-right {{ content: "{title}"; }} }}' in rules
    used = re.findall(r'style="page: ([\w-]+)"', str(made))
    assert len(used) == 7
    assert all(f"@page {name} " in rules for name in used)
