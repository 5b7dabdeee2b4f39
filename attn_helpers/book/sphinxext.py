"""Sphinx extension: widgets and formulas that work on a page with no third party.

It writes ``_static/book-widgets.js`` and ``.css`` (all views and their host), copies
MathJax out of an installed wheel, offers the directive ``{widget} Name`` for Markdown
pages, and takes out what the theme adds twice.
"""

import importlib.metadata
import json
import re
import shutil
from pathlib import Path

import minify_html
from docutils import nodes
from docutils.parsers.rst import Directive

from attn_helpers.widgets import bundle
from attn_helpers.widgets.base import stylesheet, widget_classes

HERE = Path(__file__).parent
COMMENT_LINES = re.compile(r"^\s*/\*\*[\s\S]*?\*/\n|^\s*//.*\n", re.M)
MATHJAX_FILES = ("tex-mml-chtml.js", "output/chtml/fonts/woff-v2")


def page_script(classes):
    """All modules once, the views by widget name, and the host, as one script."""
    entries = {name: f"{cls.stem}.js" for name, cls in classes.items()}
    views = ", ".join(
        f'{name}: modules["{file}"].default' for name, file in entries.items()
    )
    host = (HERE / "host.js").read_text(encoding="utf-8")
    modules = bundle.script(bundle.modules_of(*entries.values()))
    whole = f"(() => {{\n{modules}const views = {{ {views} }};\n{host}}})();\n"
    return minified(whole)


def minified(script):
    """The same program in fewer characters; an error in it stops the build."""
    tags = "<script>", "</script>"
    bare = COMMENT_LINES.sub("", script)  # the minifier keeps some of them
    html = minify_html.minify(bare.join(tags), minify_js=True)
    short = html.removeprefix(tags[0]).removesuffix(tags[1])
    if short == bare.strip():  # what it cannot read it leaves as it is
        raise ValueError("book-widgets.js: the minifier could not read the script.")
    return short


def page_style(classes):
    """The shared rules once, then each widget's own."""
    base = (bundle.HERE / "base.css").read_text(encoding="utf-8")
    own = [stylesheet(cls.stem).removeprefix(base) for cls in classes.values()]
    return "\n".join([base, *own, (HERE / "book.css").read_text(encoding="utf-8")])


class WidgetDirective(Directive):
    """``{widget} Name`` with the traits as a JSON body; live like one in a notebook."""

    required_arguments = 1
    has_content = True

    def run(self):
        classes = widget_classes()
        name = self.arguments[0]
        if name not in classes:
            known = ", ".join(classes)
            raise self.error(f"widget: no widget named {name!r}; known: {known}.")
        widget = classes[name](**json.loads("\n".join(self.content) or "{}"))
        return [nodes.raw("", widget.page_html(), format="html")]


def write_assets(app):
    if app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    classes = widget_classes()
    (static / "book-widgets.js").write_text(page_script(classes), encoding="utf-8")
    (static / "book-widgets.css").write_text(page_style(classes), encoding="utf-8")
    copy_mathjax(static / "mathjax")


def copy_mathjax(target):
    """Only the one component and the fonts that the pages use."""
    wheel = importlib.metadata.distribution("sphinx-mathjax-offline")
    source = Path(wheel.locate_file("sphinx-mathjax-offline/static/mathjax"))
    for name in MATHJAX_FILES:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        else:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)


def drop_duplicate_scripts(app, pagename, templatename, context, doctree):
    """jupyter-book adds two scripts twice, and the second one is a console error."""
    unique = {}
    for script in context.get("script_files", []):
        attributes = getattr(script, "attributes", {})
        name = str(getattr(script, "filename", script) or "")
        unique.setdefault((name, attributes.get("body")), script)
    context["script_files"] = list(unique.values())


def drop_second_icon_set(app, exception):
    """The theme brings its icons twice, as fonts and as a script of half a megabyte."""
    vendor = Path(app.outdir, "_static", "vendor")
    for script in vendor.glob("fontawesome/*/js/all.min.js"):
        script.write_text("/* the icons come from the style sheet and its fonts */\n")


def no_remote_widget_scripts(app, config):
    config.nb_ipywidgets_js = {}


def setup(app):
    app.add_directive("widget", WidgetDirective)
    app.add_js_file("book-widgets.js", loading_method="defer")
    app.add_css_file("book-widgets.css")
    app.connect("config-inited", no_remote_widget_scripts, priority=100)
    app.connect("builder-inited", write_assets, priority=900)
    app.connect("html-page-context", drop_duplicate_scripts, priority=900)
    app.connect("build-finished", drop_second_icon_set)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
