"""Sphinx extension: widgets and formulas that work on a page with no third party.

It writes the widgets' modules, each a classic script, and their style sheets to
``_static/widgets`` and adds to a page those that its widgets import, copies MathJax out
of an installed wheel, offers the directive ``{widget} Name`` for Markdown pages, and
takes out what the theme adds twice.
"""

import importlib.metadata
import json
import posixpath
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from attn_helpers.book import outdated
from attn_helpers.widgets.kit import bundle
from attn_helpers.widgets.kit.base import widget_classes
from attn_helpers.widgets.kit.javascript import bare

HERE = Path(__file__).parent
HOST = "host.js"
WIDGET = re.compile(r'<div class="book-widget" data-widget="(\w+)"')
FORMULA = re.compile(r'class="(?:math |output text_latex)')
NO_SCRIPT = """\
<noscript><p class="no-script">This page moves with JavaScript, which is off here.
Its text, its code and all results are complete; figures are pictures, and exercises can
be done in the notebook.</p></noscript>
"""
NEEDS_KERNEL = "application/vnd.jupyter.widget-view+json"
MATHJAX_FILES = ("tex-mml-chtml.js", "output/chtml/fonts/woff-v2")


def scripts_of(names: Iterable[str]) -> dict[str, str]:
    """The scripts for a page with these widgets, by file name, in loading order."""
    classes = widget_classes()
    modules = bundle.modules_of(*(classes[name].view for name in names))
    scripts = {module.name: bundle.classic(module) for module in modules}
    host = (HERE / HOST).read_text(encoding="utf-8")
    return scripts | {HOST: bare(f"(() => {{\n{host}}})();\n")}


def styles_of(names: Iterable[str]) -> dict[str, str]:
    """The style sheets for a page with these widgets, by file name, in order."""
    classes = widget_classes()
    modules = bundle.modules_of(*(classes[name].view for name in names))
    return {name: bundle.read(name) for name in bundle.styles_of(modules)}


def data_of(names: Iterable[str]) -> dict[str, str]:
    """Scripts with what these widgets load when they are first seen, by file name.

    A page that is opened from a file may load a script, and nothing else.
    """
    classes = widget_classes()
    scripts = {}
    for name in names:
        folder = posixpath.dirname(classes[name].view)
        scripts[f"{folder}/data.js"] = bundle.later(folder, classes[name].data())
    return {name: text for name, text in scripts.items() if text}


class WidgetDirective(Directive):
    """``{widget} Name`` with the traits as a JSON body; live like one in a notebook."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        classes = widget_classes()
        name = self.arguments[0]
        if name not in classes:
            known = ", ".join(classes)
            raise self.error(f"widget: no widget named {name!r}; known: {known}.")
        widget = classes[name](**json.loads("\n".join(self.content) or "{}"))
        return [nodes.raw("", widget.page_html(), format="html")]


def write_assets(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "book.css", static / "book.css")
    put_beside_widgets(app, scripts_of(widget_classes()) | styles_of(widget_classes()))
    copy_mathjax(static / "mathjax")


def put_beside_widgets(app: Sphinx, texts: Mapping[str, str]) -> None:
    """Write texts below the folder of the widgets' scripts, by file name."""
    for name, text in texts.items():
        path = Path(app.outdir, "_static", "widgets", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def add_what_the_page_needs(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Scripts and styles of the widgets that stand on the page, where any does."""
    body = context.get("body", "")
    names = dict.fromkeys(WIDGET.findall(body))
    unknown = set(names) - set(widget_classes())
    if unknown:
        raise ExtensionError(f"{pagename}: no widget is named {min(unknown)!r}.")
    if names or NEEDS_KERNEL in body:
        for name in scripts_of(names):
            app.add_js_file(f"widgets/{name}", loading_method="defer")
    if names:
        context["body"] = NO_SCRIPT + body
        for name in styles_of(names):
            app.add_css_file(f"widgets/{name}")
        put_beside_widgets(app, data_of(names))


def copy_mathjax(target: Path) -> None:
    """Only the one component and the fonts that the pages use."""
    wheel = importlib.metadata.distribution("sphinx-mathjax-offline")
    source = Path(str(wheel.locate_file("sphinx-mathjax-offline/static/mathjax")))
    for name in MATHJAX_FILES:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        else:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)


def drop_mathjax(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """A page without a formula does not load what sets formulas."""
    if not FORMULA.search(context.get("body", "")):
        mathjax = app.config.mathjax_path
        context["script_files"] = [
            script
            for script in context.get("script_files", [])
            if mathjax not in str(getattr(script, "filename", script))
        ]


def drop_duplicate_scripts(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """jupyter-book adds two scripts twice, and the second one is a console error."""
    unique = {}
    for script in context.get("script_files", []):
        attributes = getattr(script, "attributes", {})
        name = str(getattr(script, "filename", script) or "")
        unique.setdefault((name, attributes.get("body")), script)
    context["script_files"] = list(unique.values())


def drop_second_icon_set(app: Sphinx, exception: Exception | None) -> None:
    """The theme brings its icons twice, as fonts and as a script of half a megabyte."""
    vendor = Path(app.outdir, "_static", "vendor")
    for script in vendor.glob("fontawesome/*/js/all.min.js"):
        script.write_text("/* the icons come from the style sheet and its fonts */\n")


def no_remote_widget_scripts(app: Sphinx, config: Config) -> None:
    config.nb_ipywidgets_js = {}


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("widget", WidgetDirective)
    app.add_css_file("book.css")
    app.connect("config-inited", no_remote_widget_scripts, priority=100)
    app.connect("builder-inited", write_assets, priority=900)
    app.connect("env-get-outdated", outdated.pages_that_show_a_change)
    app.connect("env-updated", outdated.pages_that_list_a_change)
    app.connect("html-page-context", add_what_the_page_needs)
    app.connect("html-page-context", drop_mathjax, priority=900)
    app.connect("html-page-context", drop_duplicate_scripts, priority=900)
    app.connect("build-finished", drop_second_icon_set)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
