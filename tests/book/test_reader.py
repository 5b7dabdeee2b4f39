"""What can be done in a page, and which figure is which question."""

import html
import json
import re
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from attn_helpers.book import reader
from attn_helpers.book.contents import chapters, topic_of
from attn_helpers.exercises import ask, challenge, challenges, questions, registry
from attn_helpers.widgets.cueing_experiment import CueingExperiment
from attn_helpers.widgets.kit import bundle
from attn_helpers.widgets.softmax_dial import SoftmaxDial

[PAGE] = [page for page in chapters() if topic_of(page) == "dot_product_attention"]


@pytest.fixture
def app(tmp_path):
    """A build that can run Python in its pages."""
    (tmp_path / "_static/python").mkdir(parents=True)
    return SimpleNamespace(outdir=str(tmp_path))


def test_all_that_can_be_done_is_counted_in_one_chapter(app):
    listed = [id for page in chapters() for id in reader.things_to_do(page, app)]
    in_numpy = [e.id for e in registry().values() if e.library == "numpy"]
    assert sorted(listed) == sorted([*questions(), *challenges(), *in_numpy])
    assert len(set(listed)) == len(listed) > 100


def test_what_needs_python_counts_only_where_it_runs(app, tmp_path):
    assert "softmax" in reader.things_to_do(PAGE, app)
    (tmp_path / "_static/python").rmdir()
    assert "softmax" not in reader.things_to_do(PAGE, app)
    assert {"shift-scores", "loud-key"} <= set(reader.things_to_do(PAGE, app))


def test_a_page_where_nothing_can_be_done_shows_no_count(app):
    assert reader.done("li", "chapters/glossary", app) == ""
    shown = reader.done("li", PAGE, app)
    listed = re.fullmatch('<li class="done" data-done="([^"]+)" hidden></li>', shown)
    assert listed[1].split() == reader.things_to_do(PAGE, app)


def figure_of(widget):
    """The figure's element once its page is put together."""
    document = new_document("page")
    document += nodes.raw("", widget.page_html(), format="html")
    reader.name_figures(None, document, PAGE)
    return document.astext()


@pytest.mark.parametrize("id", questions())
def test_every_question_bears_its_id(id):
    assert f' data-does="{id}"' in figure_of(ask(id))


@pytest.mark.parametrize("id", ["loud-key", "half-for-the-best", "break-it"])
def test_every_challenge_bears_its_id(id):
    shown = figure_of(challenge(id))
    assert f' data-does="{id}"' in shown
    assert re.match(r'<div class="book-widget" data-widget="\w+" data-does=', shown)


def test_a_figure_says_what_a_link_may_set_and_shows_the_same():
    dial = SoftmaxDial()
    limits = html.escape(json.dumps(dial.limits(), separators=(",", ":")))
    told = f' data-limits="{limits}" data-state='
    assert figure_of(dial) == dial.page_html().replace(" data-state=", told)
    experiment = CueingExperiment()  # of which a link sets nothing
    assert figure_of(experiment) == experiment.page_html()


def test_what_a_page_has_loaded_is_not_run_again():
    text = reader.scripts()[reader.SCRIPT]
    assert re.search(
        r'if\(!\("kit/dom.js" ?in\(window.bookModules\?\?=\{\}\)\)\)', text
    )


def test_the_tools_bring_nothing_that_the_page_has_loaded():
    begin, tools = reader.scripts().values()
    assert 'bookModules["kit/dom.js"]' not in tools
    assert '["reader/links.js"]={' in begin and '["reader/links.js"]={' not in tools
    assert '["reader/picture.js"]={' in tools


@pytest.mark.parametrize("changed", ["reader/style.css", "reader/tools.js"])
def test_a_changed_tool_or_style_has_another_address(monkeypatch, changed):
    """A browser that keeps files must not join new scripts with old tools."""
    read = bundle.read
    before = reader.scripts()[reader.SCRIPT]

    def longer(name):
        return read(name) + ("\n/* more */ void 0;\n" if name == changed else "")

    monkeypatch.setattr(bundle, "read", longer)
    assert reader.scripts()[reader.SCRIPT] != before
