import json
import re

import pytest
from py_mini_racer import MiniRacer

from attn_helpers.book import sphinxext
from attn_helpers.widgets import bundle
from attn_helpers.widgets.base import widget_classes

CLASSES = widget_classes()


def test_the_page_script_holds_every_view_and_no_comment():
    script = sphinxext.page_script(CLASSES)
    for name in CLASSES:
        assert re.search(rf"\b{name}:modules\[", script)
    assert len(re.findall(r"modules\[.dom\.js.\]=", script)) == 1
    assert "// " not in script and "/**" not in script


def test_a_minified_script_does_what_it_did():
    script = 'const a = (x) => `1${`2${x}`} // 3`; // a comment\n  a("`/* 4 */`");\n'
    short = sphinxext.minified(script)
    assert len(short) < len(script)
    assert MiniRacer().eval(short) == MiniRacer().eval(script) == "12`/* 4 */` // 3"


def test_a_script_that_does_not_parse_stops_the_build():
    with pytest.raises(ValueError, match="the minifier could not read the script"):
        sphinxext.minified("const longName = 1; // a comment\nconst = 3;\n")


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
