import json
import re

import numpy as np
import pytest

from attn_helpers.data.nile import load_nile
from attn_helpers.reference.kernel_regression import nadaraya_watson
from attn_helpers.widgets.soft_lookup import SoftLookup

YEAR, FLOW = (column.tolist() for column in load_nile())
HANDLE = ".bw-query-line circle"


def nile(**traits):
    labels = {"x_label": "year", "y_label": "flow (10⁸ m³)"}
    return SoftLookup(x=YEAR, y=FLOW, **labels, **traits)


def test_a_triangular_kernel_worked_by_hand():
    widget = SoftLookup(
        x=[0, 1, 2], y=[10, 20, 30], query=0.25, bandwidth=1, kernel="triangular"
    )
    np.testing.assert_allclose(widget.weights, [0.75, 0.25, 0.0], atol=1e-12)
    assert widget.estimate == pytest.approx(12.5)


@pytest.mark.parametrize("kernel", ["gaussian", "triangular", "epanechnikov", "boxcar"])
def test_agrees_with_the_ratio_of_sums_that_nadaraya_and_watson_wrote(kernel):
    widget = nile(query=1901.0, bandwidth=7.0, kernel=kernel)
    u = np.abs(1901.0 - np.array(YEAR)) / 7.0
    lifted = {
        "gaussian": np.exp(-(u**2) / 2),
        "triangular": np.maximum(0, 1 - u),
        "epanechnikov": np.maximum(0, 1 - u**2),
        "boxcar": (u <= 1) * 1.0,
    }[kernel]
    np.testing.assert_allclose(widget.weights, lifted / lifted.sum(), atol=1e-12)
    assert widget.estimate == pytest.approx(lifted @ FLOW / lifted.sum())


def test_from_a_hard_lookup_to_the_mean():
    assert nile(query=1913.2, bandwidth=0.1).estimate == pytest.approx(456.0)
    assert nile(query=1913.2, bandwidth=1e6).estimate == pytest.approx(np.mean(FLOW))


def test_results_follow_a_changed_query():
    widget = nile(query=1880.0, bandwidth=5.0)
    widget.query = 1950.5
    expected = nadaraya_watson([1950.5], YEAR, FLOW, 5.0)[0][0]
    assert widget.estimate == pytest.approx(expected)


def test_first_looks_in_the_middle_with_a_twelfth_of_the_range():
    widget = nile()
    assert (widget.query, widget.bandwidth) == (1920.5, 8.25)


def test_a_query_without_a_neighbour_says_so():
    widget = nile(query=1990.0, bandwidth=3.0, kernel="boxcar")
    assert set(widget.weights) == {0.0}
    assert widget.estimate == 0.0
    assert "none lies within reach of year 1990" in widget.alt()
    assert "no data within reach" in widget.picture()


def test_keys_and_values_change_together():
    widget = nile()
    widget.set_trait_values({"x": [1.0, 3.0], "y": [5.0, 7.0], "query": 2.0})
    assert widget.weights == [0.5, 0.5]
    assert widget.estimate == 6.0


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"x": [1, 2, 3]}, r"equally long; got x \(3,\) and y \(100,\)\. Set both"),
        ({"x": [1, 2], "y": [1, 2, 3]}, r"got x \(2,\) and y \(3,\)"),
        ({"x": [0.0] * 211, "y": [0.0] * 211}, r"at most 200 points; got . \(211,\)"),
        ({"x": [[1.0]]}, r"x must have the axes \(t_k,\); got x \(1, 1\)"),
        ({"y": ["a"] * 100}, "y must hold real numbers"),
        ({"y": [float("inf")] * 100}, r"y must be finite; got inf at y\[0\]"),
        ({"x": [], "y": []}, r"no axis of x \(t_k,\) may be empty; got x \(0,\)"),
        ({"query": float("nan")}, "query must be finite; got query=nan"),
        ({"bandwidth": -0.5}, "must be greater than 0; got bandwidth=-0.5"),
        ({"kernel": "cosine"}, "kernel"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    widget = nile()
    before = widget.state()
    with pytest.raises(Exception, match=message):
        widget.set_trait_values(traits)
    assert widget.state() == before
    with pytest.raises(Exception, match=message):
        SoftLookup(**{"x": YEAR, "y": FLOW} | traits)


def test_its_state_goes_through_json_and_its_picture_is_the_same_twice():
    widget = nile(query=1899.0)
    state = json.loads(json.dumps(widget.state()))
    assert state == widget.state()
    assert SoftLookup(**state).picture() == widget.picture()


def test_the_alternative_text_has_the_numbers():
    text = nile(query=1899.0).alt()
    assert "100 points; at year 1899" in text
    assert "flow (10⁸ m³) as 969.1" in text
    assert "90 % of the weight lies on 28 points" in text


# --- in a page ---


def test_dragging_and_keys_move_the_query_and_python_agrees(show):
    shown = show(nile(query=1899.0))
    shown.drag(HANDLE, 150, 40)
    dragged = shown.assert_python_agrees()
    assert 1915 < dragged["query"] < 1935
    shown.page.keyboard.press("ArrowRight")
    pressed = shown.assert_python_agrees()
    assert pressed["query"] == pytest.approx(dragged["query"] + 0.2)
    assert (
        f"year {pressed['query']:.1f}" in shown.page.locator(".bw-status").inner_text()
    )
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


def test_a_click_in_the_plot_asks_there(show):
    shown = show(nile(query=1899.0))
    box = shown.page.locator(".bw svg").bounding_box()
    shown.page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 150)
    assert shown.assert_python_agrees()["query"] > 1940


def test_presets_slider_and_kernel_agree_with_python(show):
    shown = show(nile(query=1913.0))
    page = shown.page
    page.get_by_text("Nearest point only").click()
    assert shown.assert_python_agrees()["estimate"] == pytest.approx(456.0, abs=0.1)
    page.get_by_text("The mean of everything").click()
    assert shown.assert_python_agrees()["estimate"] == pytest.approx(919.35, abs=0.5)
    page.locator("input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    assert shown.assert_python_agrees()["bandwidth"] < 1980
    page.locator("select").select_option("epanechnikov")
    assert shown.assert_python_agrees()["kernel"] == "epanechnikov"
    page.get_by_text("Reset").click()
    assert shown.state()["bandwidth"] == 8.25


def test_nothing_in_reach_is_said_and_drawn_hollow(show):
    shown = show(nile(query=1971.0, bandwidth=0.4, kernel="triangular"))
    assert shown.assert_python_agrees()["estimate"] == 0
    assert "no data within reach" in shown.page.locator(".bw svg").text_content()
    assert (
        "there is no data within reach" in shown.page.locator(".bw-status").inner_text()
    )
    diamond = shown.page.locator(".bw-diamond")
    assert diamond.get_attribute("fill-opacity") == "0"


def test_python_can_change_the_data_of_a_live_view(show):
    shown = show(nile())
    shown.page.evaluate(
        "() => { const m = liveWidgets[0].model; m.set('x', [1, 2, 4]);"
        " m.set('y', [3, 5, 9]); m.set('query', 2.5); m.set('bandwidth', 1.5); }"
    )
    assert len(shown.assert_python_agrees()["weights"]) == 3
    assert shown.page.locator(".bw-dots circle").count() == 3


@pytest.mark.parametrize(
    "widget", [nile(), SoftLookup(x=[3, 1, 1, 8], y=[2, 2, 2, 2], kernel="boxcar")]
)
def test_after_any_control_it_is_drawn_as_if_anew(show, widget):
    shown = show(widget)
    for control in shown.use_all_controls():
        used, anew = shown.drawn_anew()
        assert used == anew, control
        shown.assert_python_agrees()
    shown.drag(HANDLE, -120, 30)
    shown.page.evaluate("liveWidgets[0].model.set('x_label', 'elsewhere')")
    shown.page.set_viewport_size({"width": 500, "height": 1000})
    used, anew = shown.drawn_anew()
    assert used == anew
    assert shown.errors == []


def test_a_challenge_is_judged_in_the_page(show):
    goal = {
        "goal": "Read off the year with the least water.",
        "conditions": [
            {"path": ["estimate"], "op": "<=", "value": 460, "hint": "lower still."}
        ],
    }
    shown = show(nile(query=1913.0, challenge=goal))
    panel = shown.page.locator(".bw-challenge")
    assert "Not yet: lower still." in panel.inner_text()
    shown.page.get_by_text("Nearest point only").click()
    shown.state()
    assert "Solved" in panel.inner_text()


def test_python_takes_every_state_that_the_controls_lead_to(show):
    show(SoftLookup()).assert_python_takes_every_end()


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    shown = show(nile(), nile(query=1971.0), theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0
    sizes = shown.page.evaluate(
        "[...document.querySelectorAll('svg text')].map((t) => parseFloat("
        "getComputedStyle(t).fontSize) * t.ownerSVGElement.clientWidth"
        " / t.ownerSVGElement.viewBox.baseVal.width)"
    )
    assert min(sizes) >= 11
    ids = re.findall(r' id="([^"]+)"', shown.page.content())
    assert len(ids) == len(set(ids))


def test_of_two_points_equally_near_the_nearest_point_only_is_still_one(show):
    shown = show(SoftLookup(query=3.5), SoftLookup(x=[1, 2, 9], y=[5, 6, 7], query=7))
    for i, (largest, estimate) in enumerate([(3, 2.8), (2, 7)]):
        button = shown.page.get_by_role("button", name="Nearest point only").nth(i)
        button.click()
        state = shown.assert_python_agrees(i)
        assert np.argmax(state["weights"]) == largest
        assert max(state["weights"]) > 0.999
        assert state["estimate"] == pytest.approx(estimate, abs=1e-3)
        assert button.get_attribute("aria-pressed") == "true"


def test_a_point_without_weight_is_a_ring_that_one_sees(show):
    shown = show(SoftLookup(query=0, bandwidth=0.2))
    style = """(dot) => {
      const { opacity, fillOpacity } = getComputedStyle(dot);
      return [opacity, fillOpacity];
    }"""
    for place, inside in ((0, 1), (8, 0)):
        dot = shown.page.locator(".bw-dots circle").nth(place)
        opacity, filled = map(float, dot.evaluate(style))
        edge = dot.evaluate("(dot) => getComputedStyle(dot).stroke")
        assert opacity == 1 and edge == "rgb(0, 158, 115)"
        assert filled == pytest.approx(inside, abs=1e-3)
