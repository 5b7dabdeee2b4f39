import json
from types import SimpleNamespace

import pytest
from sphinx.errors import ExtensionError

from attn_helpers.book import sphinxext
from attn_helpers.widgets.kit.base import widget_classes

CLASSES = widget_classes()


def test_a_page_with_one_widget_gets_what_that_one_imports():
    scripts = list(sphinxext.scripts_of(["PredictQuestion"]))
    assert scripts == [
        "kit/dom.js",
        "kit/challenge.js",
        "predict_question/view.js",
        "host.js",
    ]
    styles = list(sphinxext.styles_of(["PredictQuestion"]))
    assert styles == ["kit/base.css", "predict_question/style.css"]


def test_what_two_widgets_share_is_loaded_once():
    scripts = list(sphinxext.scripts_of(["SoftmaxDial", "HeadMixer"]))
    assert scripts.count("kit/dom.js") == scripts.count("kit/math/softmax.js") == 1
    assert scripts[-1] == "host.js"


def test_what_is_loaded_when_it_is_seen_stands_in_a_script_of_its_own():
    assert sphinxext.data_of(["SoftmaxDial"]) == {}
    names = ["SoftmaxDial", "LanguageModelExplorer"]
    ((name, text),) = sphinxext.data_of(names).items()
    assert name == "language_model_explorer/data.js"
    assert text.startswith('(globalThis.bookData ??= {})["language_model_explorer"] =')
    assert name not in sphinxext.scripts_of(names)


class App:
    """What the extension asks of Sphinx when it writes a page."""

    def __init__(self, outdir):
        self.scripts, self.styles, self.outdir = [], [], outdir

    def add_js_file(self, name, loading_method):
        assert loading_method == "defer"  # so in order, and after the page is read
        self.scripts.append(name)

    def add_css_file(self, name):
        self.styles.append(name)


@pytest.fixture
def added_to(tmp_path):
    """added_to(body) gives the scripts and styles that a page gets."""

    def added(body):
        app = App(tmp_path)
        sphinxext.add_what_the_page_needs(app, "page", "", {"body": body}, None)
        return app.scripts, app.styles

    return added


def test_a_model_is_copied_only_where_a_page_shows_it(added_to, tmp_path):
    data = tmp_path / "_static/widgets/language_model_explorer/data.js"
    added_to(CLASSES["SoftmaxDial"]().page_html())
    assert not data.exists()
    scripts, _ = added_to(CLASSES["LanguageModelExplorer"]().page_html())
    assert data.stat().st_size <= 400_000
    assert "widgets/language_model_explorer/data.js" not in scripts


@pytest.mark.parametrize(
    "body", ["", "<p>book-widget</p>", "&lt;div class=&quot;book-widget&quot;"]
)
def test_a_page_without_a_widget_gets_nothing(added_to, body):
    assert added_to(body) == ([], [])


def test_a_page_gets_the_scripts_of_the_widgets_that_stand_on_it(added_to):
    body = "".join(
        CLASSES[name]().page_html() for name in ("SoftmaxDial", "SoftLookup")
    )
    scripts, styles = added_to(body)
    assert scripts == [
        f"widgets/{name}"
        for name in sphinxext.scripts_of(["SoftmaxDial", "SoftLookup"])
    ]
    assert "widgets/soft_lookup/style.css" in styles
    assert "widgets/head_mixer/view.js" not in scripts


def test_a_page_with_a_figure_says_what_is_missing_where_scripts_are_off(tmp_path):
    body = CLASSES["SoftLookup"]().page_html()
    for text, said in [(body, sphinxext.NO_SCRIPT), ("<p>Words</p>", "")]:
        context = {"body": text}
        page = (App(tmp_path), "page", "", context, None)
        sphinxext.add_what_the_page_needs(*page)
        assert context["body"] == said + text


@pytest.mark.parametrize(
    ("body", "loaded"),
    [
        ('<span class="math notranslate">', True),
        ('<div class="output text_latex math">', True),
        ("<p>mathematics, class, and math</p>", False),
    ],
)
def test_only_a_page_with_a_formula_loads_what_sets_them(body, loaded):
    app = SimpleNamespace(config=SimpleNamespace(mathjax_path="mathjax/tex.js"))
    scripts = [SimpleNamespace(filename=f) for f in ("_static/mathjax/tex.js", "a.js")]
    context = {"body": body, "script_files": scripts}
    sphinxext.drop_mathjax(app, "page", "", context, None)
    assert len(context["script_files"]) == 1 + loaded
    assert context["script_files"][-1].filename == "a.js"


def test_a_control_that_needs_a_kernel_gets_the_host_that_says_so(added_to):
    body = f'<script type="{sphinxext.NEEDS_KERNEL}">{{}}</script>'
    assert added_to(body) == (["widgets/host.js"], [])


def test_a_widget_that_is_not_there_stops_the_build(added_to):
    with pytest.raises(ExtensionError, match="page: no widget is named 'Playground'"):
        added_to('<div class="book-widget" data-widget="Playground" data-state="{}">')


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
