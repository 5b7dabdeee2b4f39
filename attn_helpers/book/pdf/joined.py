"""All built pages as one document for paper.

Each id bears the name of its page, so links between pages are links within. What was
folded is open. Answers stand at the end of the book, and the place that they were taken
from says on which page. A link of the class ``to-page`` is empty until whoever prints
the document knows the number of the page that it leads to.
"""

import json
import posixpath
from collections.abc import Iterable
from html import escape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from attn_helpers.book.contents import chapters, parts
from attn_helpers.book.opener import ROMAN

HERE = Path(__file__).parent
APPENDIX = ("chapters/notation", "chapters/glossary", "chapters/references")
FOR_SCREENS = ".headerlink, .side, noscript, .d-print-none, script, .begin, .begin + a"
ON_THE_COVER_ALONE = ".cover, h2.part, .chapter-map"
ANSWERS = '.solution.admonition, [data-widget="PredictQuestion"] > details'
TITLE = ".admonition-title, summary"
REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "for")
TO_PAGE = '<a class="to-page" href="#{}"></a>'


def joined(html: Path, root: Path, address: str) -> str:
    """The document, for a file beside the folder ``html`` of the built pages.

    ``address`` is where the pages are published: what is linked, and not printed, is
    found there.
    """
    front = "chapters/index"
    inside = [front, *chapters(root), *APPENDIX]
    soups = {page: read(html / f"{page}.html") for page in inside}
    articles = {page: article_of(soups[page]) for page in inside}
    for page, article in articles.items():
        rename(article, page, inside, html.name, address)
    title = found(articles[front], "h1").get_text()
    cover = cover_of(articles[front], soups[front])
    answers = [take_answers(articles[page], page) for page in chapters(root)]
    titles = {page: title_in(article) for page, article in articles.items()}
    texts = [section_of(page, article) for page, article in articles.items()]
    return document(
        title=title,
        head=heads(soups.values(), html.name) + running_heads(titles),
        body=[cover, contents(articles, root), *texts, answers_of(answers)],
    )


def read(path: Path) -> BeautifulSoup:
    """A built page."""
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def article_of(soup: BeautifulSoup) -> Tag:
    """The text of a page, unfolded, without what is for screens alone."""
    article = found(soup, "article")
    for node in article.select(FOR_SCREENS):
        node.decompose()
    for folded in article.select("details"):
        folded["open"] = ""
    return article


def rename(
    article: Tag, page: str, inside: Iterable[str], html: str, address: str
) -> None:
    """Give ids and links the name of the page, and files the folder of the pages."""
    for node in article.find_all(id=True):
        node["id"] = anchor(page, str(node["id"]))
    for name in REFERENCES:
        for node in article.select(f"[{name}]"):
            ids = str(node[name]).split()
            node[name] = " ".join(anchor(page, one) for one in ids)
    for link in article.find_all("a", href=True):
        link["href"] = target(str(link["href"]), page, inside, address)
    for image in article.find_all(src=True):
        if not urlsplit(str(image["src"])).scheme:
            image["src"] = beside(page, str(image["src"]), html)


def anchor(page: str, name: str = "") -> str:
    """``03_topic`` for a page, ``03_topic--softmax`` for a place in it."""
    stem = posixpath.basename(page)
    return f"{stem}--{name}" if name else stem


def target(link: str, page: str, inside: Iterable[str], address: str) -> str:
    """Where a link leads: within the document, or else to the published page."""
    parts_of = urlsplit(link)
    if parts_of.scheme:
        return link
    path = posixpath.normpath(
        posixpath.join(
            posixpath.dirname(page), parts_of.path or f"{Path(page).name}.html"
        )
    )
    if path.removesuffix(".html") in inside:
        return f"#{anchor(path.removesuffix('.html'), parts_of.fragment)}"
    return urljoin(address, path) + (
        f"#{parts_of.fragment}" if parts_of.fragment else ""
    )


def beside(page: str, file: str, html: str) -> str:
    """The path of a file that a page names, from beside the folder of the pages."""
    joined_path = posixpath.join(html, posixpath.dirname(page), file)
    return posixpath.normpath(joined_path)


def cover_of(front: Tag, soup: BeautifulSoup) -> str:
    """Title, sentence and figure, and below them licences and version."""
    cover = found(front, ".cover")
    title = found(cover, "h1").get_text()
    parts_of = (found(cover, place) for place in (".deck", ".book-widget"))
    imprint = found(soup, ".extra_footer").get_text(" ", strip=True)
    for node in front.select(ON_THE_COVER_ALONE):
        node.extract()
    found(front, "section").insert(
        0, BeautifulSoup("<h1>About this book</h1>", "html.parser")
    )
    return (
        f'<section class="title-page"><p class="title">{escape(title)}</p>'
        f"{''.join(map(str, parts_of))}<p>{escape(imprint)}</p></section>"
    )


def take_answers(article: Tag, page: str) -> str:
    """Move the answers of a chapter out of it; they are returned as one section."""
    drawn = ""
    for number, answer in enumerate(article.select(ANSWERS), start=1):
        name = anchor(page, f"answer-{number}")
        asked = asked_in(answer)
        asked["id"] = str(asked.get("id", f"{name}-asked"))
        question = asked.select_one(TITLE) or asked
        back = f'<a href="#{asked["id"]}">{question.decode_contents()}</a>'
        found(answer, TITLE).decompose()
        drawn += (
            f'<div class="answer" id="{name}"><p class="asked">{back}</p>'
            f"{answer.decode_contents()}</div>"
        )
        pointer = f'<p class="answer-at">Answer: page {TO_PAGE.format(name)}</p>'
        answer.replace_with(BeautifulSoup(pointer, "html.parser"))
    title = f"<h2>{escape(title_in(article))}</h2>"
    return f"<section>{title}{drawn}</section>" if drawn else ""


def asked_in(answer: Tag) -> Tag:
    """What an answer answers: the words of a bet, or an exercise with its title."""
    if answer.name == "details":
        question = answer.find_previous_sibling("p")
    else:
        question = answer.find_previous(class_="exercise")
    if not isinstance(question, Tag):
        raise ValueError(f"asked_in: nothing stands before {answer.get('id')}.")
    return question


def title_in(article: Tag) -> str:
    """``3 Dot-product attention``."""
    return " ".join(found(article, "h1").get_text().split())


def answers_of(sections: Iterable[str]) -> str:
    """The answers of all chapters."""
    drawn = "".join(sections)
    return (
        f'<section class="chapter" id="answers" style="page: {named("answers")}">'
        f"<h1>Answers</h1>{drawn}</section>"
    )


def section_of(page: str, article: Tag) -> str:
    """The text of a page in the place that links to the page lead to."""
    return (
        f'<section class="chapter" id="{anchor(page)}" '
        f'style="page: {named(page)}">{article.decode_contents()}</section>'
    )


def contents(articles: dict[str, Tag], root: Path) -> str:
    """Parts, chapters and sections, each with a link to its page."""
    drawn = entries(articles, ["chapters/index"])
    for number, part in zip(ROMAN, parts(root), strict=False):
        caption = f"Part {number}: {escape(part.caption)}"
        drawn += f'<li class="part">{caption}</li>' + entries(articles, part.chapters)
    drawn += '<li class="part">Appendix</li>' + entries(articles, APPENDIX)
    drawn += entry("Answers", "answers")
    return f'<section class="contents"><h1>Contents</h1><ol>{drawn}</ol></section>'


def entries(articles: dict[str, Tag], pages: Iterable[str]) -> str:
    """A line for each of these pages, and one below it for each of its sections."""
    drawn = ""
    for page in pages:
        drawn += entry(title_in(articles[page]), anchor(page), "chapter-line")
        if page in APPENDIX:
            continue
        for section in articles[page].select("section:has(> h2)"):
            drawn += entry(found(section, "h2").get_text(), str(section["id"]))
    return drawn


def entry(title: str, name: str, kind: str = "section-line") -> str:
    """One line of the contents."""
    link = f'<a href="#{escape(name)}">{escape(title)}</a>'
    return f'<li class="{kind}">{link}{TO_PAGE.format(escape(name))}</li>'


def running_heads(titles: dict[str, str]) -> str:
    """At the top of each page the title of its chapter."""
    rules = ""
    for page, title in {**titles, "answers": "Answers"}.items():
        said = json.dumps(title)
        rules += f"@page {named(page)} {{ @top-right {{ content: {said}; }} }}\n"
    return f"<style>{rules}</style>"


def named(page: str) -> str:
    """What style sheets call the sheets of a page."""
    return f"sheet-{posixpath.basename(page).replace('_', '-')}"


def heads(soups: Iterable[BeautifulSoup], html: str) -> str:
    """The style sheets of all pages, then our own; and what sets the formulas."""
    links, scripts = {}, {}
    for soup in soups:
        for link in soup.select('head link[rel="stylesheet"]'):
            path = beside("chapters/any", str(link["href"]), html)
            links[path] = f'<link rel="stylesheet" href="{path}">'
        for script in soup.select("head script"):
            if "mathjax" in str(script.get("src", "")):
                path = beside("chapters/any", str(script["src"]), html)
                scripts[path] = f'<script defer src="{path}"></script>'
            elif script.get_text().startswith("window.MathJax"):
                scripts[""] = str(script)
    own = (HERE / "style.css").read_text("utf-8")
    return "".join([*links.values(), f"<style>{own}</style>", *scripts.values()])


def document(title: str, head: str, body: Iterable[str]) -> str:
    """The whole file."""
    return (
        '<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light"><head>'
        f'<meta charset="utf-8"><title>{escape(title)}</title>{head}</head><body>'
        '<div class="bd-main"><div class="bd-content">'
        '<div class="bd-article-container">'
        f'<main class="bd-article">{"".join(body)}</main>'
        "</div></div></div></body></html>"
    )


def found(node: Tag, selector: str) -> Tag:
    """The first that a selector finds; a page without it is not one of this book."""
    first = node.select_one(selector)
    if first is None:
        raise ValueError(
            f"found: a page of the book has {selector}; this one has none."
        )
    return first
