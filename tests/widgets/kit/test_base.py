import base64
import html
import json
import re

import pytest

from attn_helpers.widgets.kit.base import BookWidget, widget_classes

CLASSES = widget_classes()


def test_every_view_file_belongs_to_a_widget_of_that_name():
    assert {"QueryKeyPlayground"} <= set(CLASSES)
    assert all(issubclass(cls, BookWidget) for cls in CLASSES.values())


@pytest.mark.parametrize("name", CLASSES)
def test_page_html_holds_the_inputs_and_only_the_inputs(name):
    widget = CLASSES[name]()
    state = json.loads(
        html.unescape(re.search('data-state="([^"]*)"', widget.page_html())[1])
    )
    assert set(state) == set(widget.inputs())
    assert not set(state) & set(widget.results)
    assert f'data-widget="{name}"' in widget.page_html()


@pytest.mark.parametrize("name", CLASSES)
def test_two_equal_widgets_print_the_same_page(name):
    assert CLASSES[name]().page_html() == CLASSES[name]().page_html()
    assert repr(CLASSES[name]()) == repr(CLASSES[name]())


@pytest.mark.parametrize("name", CLASSES)
def test_a_state_taken_and_set_again_gives_the_same_results(name):
    first = CLASSES[name]()
    state = {
        k: v
        for k, v in first.state().items()
        if not CLASSES[name].class_traits()[k].read_only
    }
    second = CLASSES[name](**state)
    assert [getattr(first, r) for r in first.results] == [
        getattr(second, r) for r in second.results
    ]


def test_the_picture_is_an_image_with_a_finding_as_its_text():
    fallback = CLASSES["QueryKeyPlayground"]().fallback()
    assert 'alt="A query among 3 keys' in fallback
    picture = base64.b64decode(re.search('base64,([^"]*)', fallback)[1]).decode()
    assert picture.startswith("<svg ") and picture.endswith("</svg>")


def test_the_mimebundle_carries_text_page_and_view():
    data, _ = CLASSES["QueryKeyPlayground"]()._repr_mimebundle_()
    assert data["text/html"].startswith('<div class="book-widget"')
    assert data["text/plain"].startswith("QueryKeyPlayground: ")
    assert "application/vnd.jupyter.widget-view+json" in data


def test_an_unknown_trait_is_refused_with_the_known_ones():
    with pytest.raises(
        TypeError, match=r"unknown trait 'temprature'; known: .*temperature"
    ):
        CLASSES["QueryKeyPlayground"](temprature=2)
