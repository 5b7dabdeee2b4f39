"""Sphinx extension: links in a text that set a figure of its page.

In Markdown such a link is an ordinary one::

    [make it cold](#figure=SoftmaxDial&v=1&temperature=0.1)

It names the figure, with ``.2`` behind the name for the second of its kind, and the
inputs that differ from the figure's first state: numbers and lists as JSON, a text as
it is. ``widgets/reader/links.js`` follows it, and writes such links itself. A link to
what Python refuses is a warning of the build.
"""

import html
import json
from collections.abc import Iterator
from urllib.parse import parse_qsl

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from attn_helpers.book.reader import FIGURE, figure_in
from attn_helpers.widgets.kit.base import BookWidget

START, VERSION = "#figure=", "1"
logger = logging.getLogger(__name__)


class KeepFigureLinks(SphinxTransform):
    """Leave these links as they are: MyST would look for a heading of that name."""

    default_priority = 878  # just before MyST looks

    def apply(self, **kwargs: object) -> None:
        for link in figure_links(self.document):
            link.attributes.pop("id_link", None)


def figure_links(doctree: nodes.document) -> Iterator[nodes.reference]:
    """The links of a page that set a figure."""
    for link in doctree.findall(nodes.reference):
        if link.get("refuri", "").startswith(START):
            yield link


def figure_at(address: str, figures: list[tuple[str, dict]]) -> BookWidget:
    """The figure that a link leads to, in the state that it asks for.

    Args:
        address: as the link has it.
        figures: name and first state of each figure of the page, in order.

    Raises:
        ValueError: when the link cannot be read, or the figure does not take a value.
    """
    pairs = dict(parse_qsl(address[1:], keep_blank_values=True))
    named, version = pairs.pop("figure"), pairs.pop("v", "0")
    name, _, place = named.partition(".")
    alike = [state for kind, state in figures if kind == name]
    if version != VERSION:
        raise ValueError(f"{address}: v must be {VERSION}; got v={version}.")
    if not 1 <= int(place or 1) <= len(alike):
        raise ValueError(f"{address}: the page has {len(alike)} of the kind {name}.")
    first = alike[int(place or 1) - 1]
    settable = figure_in(name, first).limits()
    for key in pairs:
        if key not in settable:
            known = ", ".join(settable)
            raise ValueError(f"{address}: a link may set {known}; got {key}.")
    values = {
        key: text if isinstance(first[key], str) else json.loads(text)
        for key, text in pairs.items()
    }
    return figure_in(name, first | values)


def figures_of(doctree: nodes.document) -> list[tuple[str, dict]]:
    """Name and first state of each figure of a page."""
    return [
        (found["name"], json.loads(html.unescape(found["state"])))
        for node in doctree.findall(nodes.raw)
        for found in FIGURE.finditer(node.astext())
    ]


def check(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Warn of each link that leads nowhere, or to what its figure does not take."""
    for link in figure_links(doctree):
        try:
            figure_at(link["refuri"], figures_of(doctree))
        except ValueError as error:
            logger.warning("%s", error, location=link)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension; links are checked before the figures are named."""
    app.add_transform(KeepFigureLinks)
    app.connect("doctree-resolved", check, priority=540)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
