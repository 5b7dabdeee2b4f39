"""Sphinx extension: a page remembers what its reader has done.

The figures of a page get the id of the question or challenge that they show. What can
be done in a page is counted from the registry: its chapter's opener and the map on the
front page show how much of it a reader has done. The script that does it all is loaded
after the figures: ``widgets/reader``.
"""

import hashlib
import html
import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from attn_helpers.book.contents import topic_of
from attn_helpers.book.sphinxext import put_beside_widgets
from attn_helpers.exercises.core.registry import (
    challenges,
    exercise,
    exercises_of,
    on_the_page,
    questions,
    topics,
)
from attn_helpers.widgets.kit import bundle
from attn_helpers.widgets.kit.base import BookWidget, widget_classes
from attn_helpers.widgets.kit.javascript import bare

SCRIPT, TOOLS, STYLE = "reader/data.js", "reader/tools.js", "reader/style.css"
BEGIN = "reader/begin.js"
FIGURE = re.compile(
    r'(?P<start><div class="book-widget" data-widget="(?P<name>\w+)")'
    r'(?P<end> data-state="(?P<state>[^"]*)")'
)
FORGET = '<p class="forget" data-forget="" hidden></p>'


def scripts() -> dict[str, str]:
    """What a page loads after its figures, then the tools of a figure, by file name.

    Modules that the figures brought along are not run again, and the tools leave out
    what the page has loaded before. The first script asks for the other files with
    their edition, so that no browser goes on with old ones.
    """
    begin = bundle.modules_of(BEGIN)
    first = "".join(
        f'if (!("{module.name}" in (window.bookModules ??= {{}}))) '
        f"{bundle.classic(module)}"
        for module in begin
    )
    tools = "".join(
        bundle.classic(module)
        for module in bundle.modules_of(TOOLS)
        if module not in begin
    )
    edition = hashlib.sha256((tools + bundle.read(STYLE)).encode()).hexdigest()[:8]
    start = f'bookModules["{BEGIN}"].default(document.currentScript.src, "{edition}");'
    return {SCRIPT: bare(f"{first}{start}\n"), TOOLS: tools}


def files() -> dict[str, str]:
    """The scripts and their style sheet, by name below the folder of the figures."""
    return {**scripts(), STYLE: bundle.read(STYLE)}


def things_to_do(page: str, app: Sphinx) -> list[str]:
    """Ids of the questions, challenges and exercises that can be done in a page."""
    topic = topic_of(page)
    if topic not in topics():
        return []
    shown = on_the_page(topic)
    written = exercises_of(topic) if has_python(app) else ()
    return [
        *(item.id for item in (*shown.QUESTIONS, *shown.CHALLENGES)),
        *(id for id in written if exercise(id).library == "numpy"),
    ]


def has_python(app: Sphinx) -> bool:
    """Whether the pages of this build can run Python."""
    return Path(app.outdir, "_static", "python").is_dir()


def done(tag: str, page: str, app: Sphinx) -> str:
    """An element that shows how much of a page is done; "" where nothing can be."""
    ids = things_to_do(page, app)
    listed = html.escape(" ".join(ids))
    return f'<{tag} class="done" data-done="{listed}" hidden></{tag}>' if ids else ""


def id_of(state: dict) -> str:
    """The id of the question or challenge that a figure in this state shows, or ""."""
    goal = state["challenge"].get("goal")
    asked = [q.id for q in questions().values() if q.prompt == state.get("prompt")]
    set_ = [c.id for c in challenges().values() if c.goal == goal]
    return next(iter((*asked, *set_)), "")


def name_figures(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give each figure the id of what can be done with it."""
    for node in doctree.findall(nodes.raw):
        if FIGURE.search(text := node.astext()):
            node[:] = [nodes.Text(FIGURE.sub(named, text))]


def named(figure: re.Match) -> str:
    """A figure that ``FIGURE`` has found, with its id and its limits."""
    state = json.loads(html.unescape(figure["state"]))
    told = {"does": id_of(state), "limits": limits_of(figure["name"], state)}
    given = "".join(
        f' data-{name}="{html.escape(text)}"' for name, text in told.items() if text
    )
    return f"{figure['start']}{given}{figure['end']}"


def limits_of(name: str, state: dict) -> str:
    """What a link may set in a figure that begins with this state, as JSON, or ""."""
    limits = figure_in(name, state).limits()
    return json.dumps(limits, separators=(",", ":")) if limits else ""


def figure_in(name: str, state: dict) -> BookWidget:
    """The figure of this name in this state; Python refuses what no figure takes."""
    cls = widget_classes()[name]
    fixed = {key for key, trait in cls.class_traits().items() if trait.read_only}
    return cls(**{key: value for key, value in state.items() if key not in fixed})


def write(app: Sphinx) -> None:
    """Put the scripts and their style sheet beside the figures'."""
    if app.builder.format == "html":
        put_beside_widgets(app, files())


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension; figures are named before anybody looks for them."""
    app.connect("builder-inited", write, priority=920)
    app.connect("doctree-resolved", name_figures, priority=550)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
