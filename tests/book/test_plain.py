"""The plain edition that the build wrote, beside the chapters and the built pages."""

import functools
import re
from urllib.parse import urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from attn_helpers.book.contents import ROOT, chapter_notebooks
from attn_helpers.book.notebooks import read
from attn_helpers.book.plain import BRANCH

PLAIN = ROOT / "_build" / "plain"
CHAPTERS = chapter_notebooks()
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
SITE = CONFIG["html"]["baseurl"]
SYNTAX = MdParserConfig(enable_extensions=CONFIG["parse"]["myst_enable_extensions"])
MYST = create_md_parser(SYNTAX, RendererHTML)
ROLE = re.compile(r"\{[\w:+-]+\}`")
OPTION = re.compile(r":[\w-]+:")


@pytest.fixture(scope="module")
def plain(html):
    """plain(path) is the plain edition of a chapter."""
    return lambda path: read(PLAIN / path.relative_to(ROOT))


@functools.cache
def parsed(file):
    """A built page, for reading only."""
    return BeautifulSoup(file.read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def page_of(html):
    """page_of(path) is the parsed page of a chapter."""
    return lambda path: parsed(html / path.relative_to(ROOT).with_suffix(".html"))


every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def text_cells(notebook):
    cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    return [cell for cell in cells if not cell.id.endswith("-caption")]


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def said(text):
    """Every word of MyST that is no name of a role, a directive, a label or a file."""
    for token in MYST.parse(text):
        if token.type in ("fence", "colon_fence") and token.info.startswith("{"):
            kind, _, title = token.info.partition("}")
            if kind in ("{admonition", "{exercise"):
                yield from words(title)
            if kind != "{literalinclude":
                lines = token.content.splitlines()
                yield from said("\n".join(li for li in lines if not OPTION.match(li)))
        elif token.type == "inline":
            for child in token.children:
                if child.type != "myst_role":
                    yield from words(child.content)
        else:
            yield from words(token.content)


def words(text):
    return re.findall(r"\w+", text)


@every_chapter
def test_code_and_outputs_are_those_of_the_chapter(path, plain):
    assert code_cells(plain(path)) == code_cells(read(path))


@every_chapter
def test_no_word_is_lost_or_moved(path, plain):
    for cell, edition in zip(
        text_cells(read(path)), text_cells(plain(path)), strict=True
    ):
        assert cell.id == edition.id
        kept, told = iter(words(edition.source)), list(said(cell.source))
        assert told or "literalinclude" in cell.source
        lost = [word for word in told if word not in kept]
        assert lost == [], cell.id


@every_chapter
def test_nothing_is_left_that_only_myst_knows(path, plain):
    for cell in plain(path).cells:
        if cell.cell_type == "markdown":
            assert ":::" not in cell.source, cell.id
            assert not ROLE.search(cell.source), cell.source
            for token in MYST.parse(cell.source):
                assert not token.info.startswith("{"), cell.id
                assert token.type not in ("myst_target", "math_block_label"), cell.id


@every_chapter
def test_exercises_and_figures_have_the_numbers_of_the_page(path, plain, page_of):
    text = "\n".join(c.source for c in plain(path).cells if c.cell_type == "markdown")
    page = page_of(path)
    numbers = [
        number.get_text().strip()
        for number in page.select(".admonition.exercise .caption-number")
    ]
    assert re.findall(r"^### (Exercise [\d.]+):", text, re.MULTILINE) == numbers
    assert len(numbers) == text.count("<summary>A solution of Exercise ")
    figures = [n.get_text().strip() for n in page.select("figcaption .caption-number")]
    assert re.findall(r"^\*\*(Fig\. [\d.]+)\*\*:", text, re.MULTILINE) == figures


@every_chapter
def test_links_lead_to_places_of_published_pages(path, plain, html):
    anchors, checked = {}, 0
    for cell in text_cells(plain(path)):
        page = BeautifulSoup(MarkdownIt().render(cell.source), "html.parser")
        for link in (a["href"] for a in page.select("a[href]")):
            parts = urlsplit(link)
            assert parts.scheme == "https", link
            if link.startswith(SITE):
                file = html / link.removeprefix(SITE).partition("#")[0]
                if file not in anchors:
                    built = parsed(file)
                    anchors[file] = {tag["id"] for tag in built.select("[id]")}
                sets_a_figure = parts.fragment.startswith("figure=")
                known = sets_a_figure or parts.fragment in {"", *anchors[file]}
                assert known, link
                checked += 1
    assert checked > 5


@every_chapter
def test_citations_read_as_on_the_page(path, plain, page_of):
    cited = [c.get_text() for c in page_of(path).select("article .bibtex-citation")]
    shown = " ".join(
        BeautifulSoup(MarkdownIt().render(cell.source), "html.parser").get_text()
        for cell in plain(path).cells
        if cell.cell_type == "markdown"
    )
    said = " ".join(shown.split())
    assert cited
    assert [text for text in cited if " ".join(text.split()) not in said] == []


@every_chapter
def test_the_buttons_of_a_page_open_and_save_it(path, html, page_of):
    page = page_of(path)
    place = path.relative_to(ROOT).as_posix()
    owner_and_name = CONFIG["repository"]["url"].removeprefix("https://github.com/")
    links = {a["href"] for a in page.select(".dropdown-launch-buttons a")}
    assert links == {
        f"https://colab.research.google.com/github/{owner_and_name}/blob/{BRANCH}/{place}",
        f"https://mybinder.org/v2/gh/{owner_and_name}/{BRANCH}?urlpath=lab/tree/{place}",
    }
    [button] = page.select(".btn-download-source-button")
    assert button.has_attr("download")
    saved = (html / path.parent.relative_to(ROOT) / button["href"]).resolve()
    assert saved.read_bytes() == (PLAIN / place).read_bytes()


def test_who_edits_or_reads_the_source_is_led_to_the_branch_of_the_chapters(page_of):
    page = page_of(CHAPTERS[0])
    [edit] = page.select("a.btn-source-edit-button")
    assert f"/edit/{CONFIG['repository']['branch']}/chapters/" in edit["href"]


def test_the_workflow_publishes_what_the_build_wrote_on_the_branch_of_the_buttons():
    deploy = yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text("utf-8"))
    [upload] = [
        step["with"]
        for step in deploy["jobs"]["build"]["steps"]
        if step.get("uses", "").startswith("actions/upload-artifact@")
    ]
    assert upload["path"] == PLAIN.relative_to(ROOT).as_posix()
    job = deploy["jobs"]["plain"]
    assert job["permissions"] == {"contents": "write"}
    fetched, pushed = job["steps"][1]["with"], job["steps"][-1]["run"]
    assert fetched["name"] == upload["name"] == BRANCH
    assert pushed.endswith(f"HEAD:refs/heads/{BRANCH}\n")
