"""Sphinx extension: on every page the licences, the version, and how to cite the book.

Each stands in one place: the version in ``attn_helpers.__version__``, the rest in
``CITATION.cff`` and ``_config.yml``. The directive ``{citation}`` shows a BibTeX entry.
"""

from html import escape
from pathlib import Path

import yaml
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.config import Config

from attn_helpers import __version__

ROOT = Path(__file__).resolve().parents[2]
CITATION = ROOT / "CITATION.cff"
PICTURE = ROOT / "chapters" / "images" / "playground.png"
ALT = "The word bank asks the six words of its sentence: river gets most of the weight"
SECTION = "how-to-share-and-cite-it"  # of the front page
LICENCES = {
    "MIT": "https://opensource.org/license/mit",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
}
BIBTEX = """\
@misc{{attention-from-mind-to-machine,
  author  = {{{author}}},
  title   = {{{title}}},
  year    = {{{year}}},
  version = {{{version}}},
  url     = {{{url}}},
}}"""


def bibtex(citation: dict, year: int) -> str:
    """A BibTeX entry from what ``CITATION.cff`` holds."""
    return BIBTEX.format(
        author=" and ".join(f"{{{who['name']}}}" for who in citation["authors"]),
        title=citation["title"],
        year=year,
        version=citation["version"],
        url=citation["url"],
    )


def footer(version: str, how_to_cite: str) -> str:
    """HTML for the foot of a page; ``how_to_cite`` is an address relative to it."""
    code, text = (f'<a href="{LICENCES[name]}">{name}</a>' for name in LICENCES)
    return (
        f"<p>Text and figures: {text}. Code: {code}. Version {escape(version)}. "
        f'<a href="{escape(how_to_cite)}">How to cite</a>.</p>'
    )


class CitationDirective(Directive):
    """``{citation}``: the BibTeX entry of the book."""

    def run(self) -> list[nodes.Node]:
        env = self.state.document.settings.env
        env.note_dependency(str(CITATION))
        citation = yaml.safe_load(CITATION.read_text("utf-8"))
        entry = bibtex(citation, year=env.config.copyright)
        return [nodes.literal_block(entry, entry, language="bibtex")]


def name_the_book(app: Sphinx, config: Config) -> None:
    """The project and its version, and what the link at the top of the menu says."""
    config.project = config.html_title
    config.html_theme_options = {
        **config.html_theme_options,
        "logo": {"text": config.html_title},
    }
    config.version = config.release = __version__


def add_to_page(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """The footer; and on the front page the title of the book once, not twice."""
    front = app.config.root_doc
    address = app.builder.get_relative_uri(pagename, front)
    context["theme_extra_footer"] = footer(__version__, f"{address}#{SECTION}")
    if pagename == front:
        context["docstitle"] = ""


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("citation", CitationDirective)
    app.connect("config-inited", name_the_book, priority=100)
    app.connect("html-page-context", add_to_page)
    app.config.html_static_path.append(str(PICTURE))
    app.config.ogp_image = f"_static/{PICTURE.name}"
    app.config.ogp_image_alt = ALT
    return {"parallel_read_safe": True, "parallel_write_safe": True}
