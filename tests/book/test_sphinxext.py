import json
import re

import pytest
from docutils import nodes

from attn_helpers.book import sphinxext
from attn_helpers.widgets import bundle
from attn_helpers.widgets.base import widget_classes

CLASSES = widget_classes()
SOURCES = [*sorted(bundle.HERE.glob("*.js")), sphinxext.HERE / "host.js"]


def test_the_page_script_holds_every_view_and_no_comment_line():
    script = sphinxext.page_script(CLASSES)
    for name in CLASSES:
        assert re.search(rf"\b{name}: modules\[", script)
    assert not re.search(r"^\s*//|^[ \t]", script, re.M)
    assert script.count('modules["dom.js"] =') == 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_template_literal_runs_over_a_line_end(path):
    """Taking away indentation would change such a text."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        code = line.replace('"`"', "").split(" // ")[0]
        if not code.lstrip().startswith(("/", "*")):
            assert code.count("`") % 2 == 0, f"{path.name}:{number}"


def test_the_page_style_has_the_shared_rules_once():
    style = sphinxext.page_style(CLASSES)
    assert style.count("/* Shared by all widgets.") == 1
    for cls in CLASSES.values():
        own = (bundle.HERE / f"{cls.stem}.css").read_text(encoding="utf-8")
        assert own.strip() in style


def run_directive(name, body=""):
    directive = sphinxext.WidgetDirective.__new__(sphinxext.WidgetDirective)
    directive.arguments, directive.content = [name], body.splitlines()
    directive.error = ValueError
    return directive.run()


def test_the_directive_writes_the_same_element_as_a_notebook():
    [node] = run_directive("QueryKeyPlayground", json.dumps({"temperature": 2.0}))
    assert node.astext() == CLASSES["QueryKeyPlayground"](temperature=2.0).page_html()


def test_the_directive_names_the_widgets_there_are():
    with pytest.raises(
        ValueError, match=r"no widget named 'Playground'; known: .*Soft"
    ):
        run_directive("Playground")


def test_a_listing_loses_the_empty_lines_at_its_end():
    listing = nodes.literal_block("a = 1\n\n\n", "a = 1\n\n\n")
    document = nodes.section("", listing)
    sphinxext.trim_listings(None, document)
    assert listing.astext() == listing.rawsource == "a = 1"
