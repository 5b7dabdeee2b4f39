"""A figure's state as an address, and an address as a figure's state."""

from urllib.parse import parse_qs, urlencode

import pytest

from attn_helpers.widgets.alignment_viewer import AlignmentViewer
from attn_helpers.widgets.query_key_playground import QueryKeyPlayground
from attn_helpers.widgets.softmax_dial import SoftmaxDial

COLD = "#figure=SoftmaxDial.2&amp;v=1&amp;temperature=0.1"
LINK = f'<p><a href="{COLD}">make it cold</a></p>'
FIRST = SoftmaxDial().state()


@pytest.fixture
def visit(open_page):
    """visit(hash) opens a playground and two dials."""

    def opened(hash="", **options):
        figures = QueryKeyPlayground(), SoftmaxDial(), SoftmaxDial(scores=[3, 1])
        return open_page(*figures, hash=hash, **options)

    return opened


def state(page, number=1):
    return page.evaluate(f"liveWidgets[{number}].model.state")


def link(figure="SoftmaxDial", v="1", **values):
    return "#" + urlencode({"figure": figure, "v": v, **values})


def notice(page):
    shown = page.locator(".bw-notice:visible")
    return shown.locator("[role=status]").inner_text() if shown.count() else ""


def address_of(page, number):
    """What the tool of this figure puts into the address bar."""
    figure = page.locator(".bw").nth(number)
    figure.get_by_role("button", name="Tools of this figure").click()
    figure.get_by_role("button", name="Copy link to this state").click()
    figure.get_by_text("address bar").wait_for()
    return page.evaluate("location.hash")


def test_a_link_opens_the_page_with_that_figure_in_that_state_and_in_sight(visit):
    page = visit(link("SoftmaxDial.2", temperature=0.5, normaliser="sparsemax"))
    shown = state(page, 2)
    assert (shown["temperature"], shown["normaliser"]) == (0.5, "sparsemax")
    assert shown["scores"] == [3, 1]
    twin = SoftmaxDial(scores=[3, 1], temperature=0.5, normaliser="sparsemax")
    page.wait_for_function("liveWidgets[2].model.get('support') === 1")
    assert state(page, 2)["weights"] == pytest.approx(twin.weights)
    assert state(page)["temperature"] == 1
    assert (
        page.locator(".book-widget")
        .nth(2)
        .evaluate(
            "e => { const { top, bottom } = e.getBoundingClientRect();"
            " return scrollY > 0 && top >= 0 && bottom <= innerHeight; }"
        )
    )
    assert notice(page) == "" and page.said == []


@pytest.mark.parametrize("file", [False, True], ids=["served", "from a file"])
def test_the_tool_s_own_link_leads_back_to_the_state(visit, file):
    page = visit(file=file)
    page.evaluate("""() => {
      const { model } = liveWidgets[2];
      model.set("scores", [1, -2.5, 30, 4]);
      model.set("labels", ["k1", "k2", "k3", "k4"]);
      model.set("precision", "float16");
    }""")
    hash = address_of(page, 2)
    assert set(parse_qs(hash[1:])) == {"figure", "v", "scores", "labels", "precision"}
    again = visit(hash, file=file)
    names = ("scores", "labels", "precision", "temperature")
    assert [state(again, 2)[n] for n in names] == [
        [1, -2.5, 30, 4],
        ["k1", "k2", "k3", "k4"],
        "float16",
        1,
    ]
    assert notice(again) == ""


def test_the_link_of_a_figure_nobody_has_touched_names_it_alone(visit):
    page = visit()
    assert address_of(page, 1) == "#figure=SoftmaxDial&v=1"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"temperature": "-1"}, "temperature = -1"),
        ({"temperature": "cold"}, "temperature = cold"),
        ({"temperature": "1e999"}, "temperature = 1e999"),
        ({"scores": "[1,2"}, "scores = [1,2"),
        ({"scores": '["a","b"]'}, 'scores = ["a","b"]'),
        ({"normaliser": "hardmax"}, "normaliser = hardmax"),
        ({"weights": "[1,0,0,0]"}, "weights = [1,0,0,0]"),
        ({"challenge": '{"goal":"x"}'}, 'challenge = {"goal":"x"}'),
        ({"__proto__": "1"}, "__proto__ = 1"),
        ({"labels": '["rude","k2","k3","k4"]'}, 'labels = ["rude","k2","k3","k4"]'),
    ],
)
def test_what_the_figure_would_refuse_is_left_out_with_a_sentence(visit, values, named):
    page = visit(link(**values, alpha=2))
    assert state(page) | {"alpha": FIRST["alpha"]} == state(visit())
    assert state(page)["alpha"] == 2
    said = notice(page)
    assert said == (
        f"The link asks for what this figure does not take ({named}); "
        "that part is left out."
    )
    page.get_by_role("button", name="Close").click()
    assert notice(page) == "" and page.said == []


@pytest.mark.parametrize("version", ["2", "0", "", "1.0"])
def test_an_unknown_version_is_ignored_with_a_sentence(visit, version):
    page = visit(link(v=version, temperature=2))
    assert state(page)["temperature"] == 1
    assert "which this page cannot read" in notice(page)


@pytest.mark.parametrize("named", ["SoftmaxDial.3", "SoftmaxDial.x", "Nothing", ""])
def test_a_figure_that_is_not_there_is_named(visit, named):
    page = visit(link(named, temperature=2))
    assert notice(page) == (
        f"The link leads to a figure that this page does not have: {named}."
    )
    assert page.said == []


def test_lists_of_a_playground_are_set_together(visit):
    four = "[[1,0],[0,1],[1,1],[2,2]]"
    page = visit(link("QueryKeyPlayground", K=four, V=four))
    page.wait_for_function("liveWidgets[0].model.get('weights')[0].length === 4")
    page = visit(link("QueryKeyPlayground", K=four))
    assert len(state(page, 0)["K"]) == 3 and "K = [[1,0]" in notice(page)


def test_a_link_in_the_text_sets_the_figure_as_often_as_it_is_followed(visit):
    page = visit(more=LINK)
    sentence = page.get_by_role("link", name="make it cold")
    sentence.click()
    assert state(page, 2)["temperature"] == 0.1
    page.evaluate("liveWidgets[2].model.set('temperature', 5)")
    page.evaluate("liveWidgets[2].model.set('scores', [9, 9])")
    sentence.focus()
    page.keyboard.press("Enter")
    assert state(page, 2)["temperature"] == 0.1
    assert state(page, 2)["scores"] == [3, 1]  # all else as at first
    assert page.evaluate("location.hash") == ""
    assert page.evaluate("document.activeElement.textContent") == "make it cold"


def test_a_new_address_in_an_open_page_is_followed(visit):
    page = visit()
    page.evaluate("location.hash = '#figure=SoftmaxDial&v=1&temperature=3'")
    page.wait_for_function("liveWidgets[1].model.get('temperature') === 3")
    page.evaluate("location.hash = '#elsewhere'")
    page.wait_for_function("location.hash === '#elsewhere'")
    assert state(page)["temperature"] == 3 and page.said == []


def test_a_place_counts_in_the_list_that_another_input_names(open_page):
    figure = AlignmentViewer()
    page = open_page(figure, hash=link("AlignmentViewer", side="source", chosen=2))
    assert (state(page, 0)["side"], state(page, 0)["chosen"]) == ("source", 2)
    page = open_page(figure, hash=link("AlignmentViewer", side="source", chosen=3))
    assert state(page, 0)["chosen"] == 0 and "chosen = 3" in notice(page)
