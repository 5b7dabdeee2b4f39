"""What all widgets share on the page, tried with a finger on a phone."""

import pytest

from attn_helpers.widgets.glimpse_viewer import GlimpseViewer
from attn_helpers.widgets.head_mixer import HeadMixer
from attn_helpers.widgets.position_dial import PositionDial
from attn_helpers.widgets.query_key_playground import QueryKeyPlayground
from attn_helpers.widgets.soft_lookup import SoftLookup
from attn_helpers.widgets.softmax_dial import SoftmaxDial

DRAGGED = [
    GlimpseViewer,
    HeadMixer,
    PositionDial,
    QueryKeyPlayground,
    SoftLookup,
    SoftmaxDial,
]
KINDS = ("pointerdown", "pointercancel", "pointerup")


@pytest.fixture
def phone(show):
    """phone(widget) opens a page that is long enough to scroll."""

    def open_page(widget):
        shown = show(*(widget() for _ in range(3)), width=360, height=600, touch=True)
        listen = "(kind) => addEventListener(kind, () => heard.push(kind), true)"
        shown.page.evaluate(
            f"kinds => {{ window.heard = []; kinds.map({listen}) }}", KINDS
        )
        return shown

    return open_page


@pytest.mark.parametrize("widget", DRAGGED, ids=lambda widget: widget.__name__)
def test_a_finger_drags_a_handle_and_the_page_stays(phone, widget):
    shown = phone(widget)
    handle = ".bw-handle >> :is(circle, rect):visible >> nth=0"
    shown.page.locator(handle).scroll_into_view_if_needed()
    before, scrolled = shown.state(), shown.page.evaluate("scrollY")
    shown.swipe(handle, -40, -40)
    assert shown.page.evaluate("heard") == ["pointerdown", "pointerup"]
    assert shown.page.evaluate("scrollY") == scrolled
    assert shown.state() != before
    assert shown.errors == []


def test_a_finger_beside_the_handles_scrolls_the_page(phone):
    shown = phone(QueryKeyPlayground)
    shown.swipe("h1", 0, -40)
    shown.page.wait_for_function("scrollY > 0")
    assert shown.page.evaluate("heard") == ["pointerdown", "pointercancel"]
