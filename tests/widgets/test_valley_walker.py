import json
import math

import numpy as np
import pytest

from attn_helpers.data.nile import load_nile
from attn_helpers.reference.kernel_regression import nadaraya_watson
from attn_helpers.reference.leave_one_out import leave_one_out_error
from attn_helpers.widgets.valley_walker import ValleyWalker
from attn_helpers.widgets.valley_walker.descent import descend, log_slope
from attn_helpers.widgets.valley_walker.widget import BOTTOM

YEAR, FLOW = load_nile()
LOWEST = 131.109
WIDE = {"width": 1366, "height": 640}


def loss_at(log_h):
    return leave_one_out_error(YEAR, FLOW, math.exp(log_h))


def by_differences(log_h):
    return (loss_at(log_h + 1e-5) - loss_at(log_h - 1e-5)) / 2e-5


# --- the way down ---


@pytest.mark.parametrize("bandwidth", [0.4, 1.1, 3.0, 20.0, 120.0])
def test_the_slope_is_taken_along_the_logarithm_of_the_bandwidth(bandwidth):
    expected = by_differences(math.log(bandwidth))
    assert log_slope(YEAR, FLOW, bandwidth) == pytest.approx(expected, rel=1e-6)


def test_three_steps_with_momentum_are_those_of_a_loop_over_differences():
    path = descend(YEAR, FLOW, 13.0, 0.02, 0.9, 3)
    log_h, step = math.log(13.0), 0.0
    for bandwidth in path[1:]:
        step = 0.9 * step - 0.02 * by_differences(log_h)
        log_h += step
        assert bandwidth == pytest.approx(math.exp(log_h), rel=1e-6)


def test_wherever_the_steps_lead_a_bandwidth_is_finite_and_above_0():
    rng = np.random.default_rng(0)
    for _ in range(20):
        start, rate = math.exp(rng.uniform(-1.3, 5)), rng.uniform(0.05, 0.5)
        path = descend(YEAR, FLOW, start, rate, float(rng.choice([0, 0.9])), 40)
        assert len(path) == 41
        assert all(0 < bandwidth < math.inf for bandwidth in path)


@pytest.mark.parametrize(
    ("rate", "ends"),
    [(0.003, 10.2), (0.05, 1.66), (0.16, 0.92), (0.3, 0.31)],
)
def test_forty_steps_of_each_rate_end_somewhere_else(rate, ends):
    walker = ValleyWalker(rate=rate, steps=40)
    assert len(walker.path) == 41
    assert min(abs(np.array(walker.path[-4:]) / ends - 1)) < 0.02


def test_the_four_rates_do_what_the_buttons_say():
    losses = {
        rate: [
            leave_one_out_error(YEAR, FLOW, bandwidth)
            for bandwidth in ValleyWalker(rate=rate, steps=40).path
        ]
        for rate in (0.003, 0.05, 0.16, 0.3)
    }
    near = {r: [loss < 1.005 * LOWEST for loss in found] for r, found in losses.items()}
    assert losses[0.003] == sorted(losses[0.003], reverse=True)
    assert not any(near[0.003])  # too small: downhill all the way, and not there
    assert near[0.05].index(True) == 9 and all(near[0.05][9:])  # right
    ups = np.diff(losses[0.16]) > 0
    assert not any(near[0.16]) and 10 < ups.sum() < 30  # too large: across and back
    assert losses[0.3][1] > 139.4 and not any(near[0.3])  # thrown out, and it stays
    assert np.ptp(losses[0.3][1:]) < 1e-3


def test_the_bottom_is_the_lowest_place_of_the_valley():
    bandwidths = np.geomspace(0.25, 150, 2000)
    losses = [leave_one_out_error(YEAR, FLOW, h) for h in bandwidths.tolist()]
    assert bandwidths[np.argmin(losses)] == pytest.approx(BOTTOM, rel=0.004)
    assert min(losses) == pytest.approx(LOWEST, abs=1e-3)


# --- the traits ---


def test_first_the_ball_is_at_20_years_and_has_not_moved():
    walker = ValleyWalker()
    assert (walker.path, walker.steps) == ([20.0], 0)
    assert walker.loss == pytest.approx(loss_at(math.log(20)))
    assert walker.slope == pytest.approx(by_differences(math.log(20)), rel=1e-6)


def test_results_follow_the_inputs():
    walker = ValleyWalker(steps=2)
    walker.steps = 9
    assert len(walker.path) == 10
    assert walker.loss == pytest.approx(loss_at(math.log(walker.path[-1])))
    walker.start = 3.0
    assert walker.path[0] == 3.0
    slow = walker.path
    walker.momentum = 0.9
    assert walker.path[:2] == slow[:2] and walker.path[2] != slow[2]


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"start": 0.2}, r"start must be from 0\.25 to 150; got start=0\.2"),
        ({"start": 151}, "got start=151"),
        ({"rate": 0}, r"rate must be from 0\.001 to 0\.5; got rate=0"),
        ({"rate": 0.6}, "got rate=0.6"),
        ({"steps": -1}, "steps must be from 0 to 40; got steps=-1"),
        ({"steps": 41}, "got steps=41"),
        ({"momentum": 0.5}, "momentum"),
        ({"year": [1.0]}, "read-only"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    walker = ValleyWalker()
    before = walker.state()
    with pytest.raises(Exception, match=message):
        walker.set_trait_values(traits)
    assert walker.state() == before
    with pytest.raises(Exception, match=message):
        ValleyWalker(**traits)


def test_its_state_goes_through_json_and_its_picture_is_the_same_twice():
    walker = ValleyWalker(rate=0.16, steps=7)
    state = json.loads(json.dumps(walker.state()))
    assert state.pop("year") == YEAR.tolist() and state.pop("flow") == FLOW.tolist()
    assert ValleyWalker(**state).picture() == walker.picture()


def test_the_alternative_text_has_the_numbers():
    text = ValleyWalker(steps=9).alt()
    assert "lowest at 1.66 years with 131.11" in text
    assert "let go at 20 years is at 1.69 after 9 steps with rate 0.05: " in text
    assert "loss 131.11, slope 0.45" in text
    text = ValleyWalker(steps=1, rate=0.5, momentum=0.9).alt()
    assert "at 0.0192 after 1 step with rate 0.5 and momentum 0.9" in text


def test_the_picture_has_a_stop_for_each_step_and_the_ball():
    picture = ValleyWalker(steps=7).picture()
    assert picture.count('r="3"') == 7 and picture.count('r="9"') == 1
    assert picture.count('r="2.5"') == 100
    assert ">slope 7.13<" in picture and ">the lookup with h = 3.06<" in picture


# --- in a page ---


def still(shown):
    """The ball jumps to where it is sent."""
    shown.page.emulate_media(reduced_motion="reduce")
    shown.page.evaluate("document.fonts.ready")
    return shown


def press(shown, name, times=1):
    for _ in range(times):
        shown.page.get_by_role("button", name=name, exact=True).click()
        state = shown.assert_python_agrees()
    return state


def status(shown):
    return shown.page.locator(".bw-status").inner_text()


def place_of(shown, mark, names):
    marked = shown.page.locator(mark).first
    return [float(marked.get_attribute(name)) for name in names]


def test_on_random_cases_the_page_walks_where_python_does(show):
    rng = np.random.default_rng(1)
    cases = [
        {
            "start": float(np.exp(rng.uniform(-1.3, 5))),
            "rate": float(np.exp(rng.uniform(-6.9, -2))),
            "momentum": float(rng.choice([0, 0.9])),
            "steps": int(rng.integers(0, 41)),
        }
        for _ in range(12)
    ]
    chaotic = [
        {"start": start, "rate": 0.3, "momentum": momentum, "steps": 11}
        for start, momentum in ((1.3, 0.0), (80.0, 0.0), (20.0, 0.9))
    ]
    shown = still(show(*(ValleyWalker(**case) for case in cases + chaotic)))
    for i, case in enumerate(cases + chaotic):
        state = shown.assert_python_agrees(i)
        assert len(state["path"]) == case["steps"] + 1
    assert shown.errors == []


def test_the_ball_is_dragged_to_a_start_and_the_lookup_goes_along(show):
    shown = still(show(ValleyWalker(steps=4)))
    curve = shown.page.locator(".bw-curve")
    before = curve.get_attribute("d")
    shown.drag(".bw-ball", -120, 30)
    dragged = shown.assert_python_agrees()
    assert dragged["steps"] == 0 and dragged["path"] == [dragged["start"]]
    assert 0.4 < dragged["start"] < 1.0
    assert curve.get_attribute("d") != before
    assert "too narrow" in shown.page.locator(".bw-answer").text_content()
    assert len(shown.requests) == 1  # the page itself
    assert shown.errors == []


def test_a_finger_drags_the_ball(show):
    shown = still(show(ValleyWalker(), touch=True, width=390))
    shown.swipe(".bw-ball", 60, 0)
    assert shown.assert_python_agrees()["start"] > 40
    assert shown.page.evaluate("scrollY") == 0


def test_arrow_keys_move_the_ball_by_a_twentieth(show):
    shown = still(show(ValleyWalker(start=10.0, steps=1, rate=0.001)))
    handle = shown.page.get_by_role("slider", name="bandwidth")
    handle.press("ArrowRight")
    state = shown.assert_python_agrees()
    assert state["start"] == pytest.approx(10 * math.exp(0.05), rel=3e-3)
    assert state["steps"] == 0
    said = f"{state['start']:.3g} years, loss {state['loss']:.2f}"
    assert handle.get_attribute("aria-valuetext").startswith(said)
    for _ in range(80):
        handle.press("Shift+ArrowRight")
    assert shown.assert_python_agrees()["start"] == 150


def test_a_click_in_the_valley_lets_the_ball_go_there(show):
    shown = still(show(ValleyWalker(steps=3)))
    box = shown.page.locator(".bw svg").first.bounding_box()
    shown.page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 150)
    state = shown.assert_python_agrees()
    assert state["start"] > 60 and state["steps"] == 0


def test_a_step_goes_where_the_arrow_and_the_ring_were(show):
    shown = still(show(ValleyWalker()))
    ring = place_of(shown, ".bw-ring", ("cx", "cy"))
    rule = shown.page.locator(".bw-rule").inner_text()
    assert "−rate × slope = −0.05 × 13.90 = −0.70, so h = 20 × 0.499 = 9.98." in rule
    state = press(shown, "Step")
    assert state["path"] == pytest.approx([20, 9.98], abs=0.005)
    assert place_of(shown, ".bw-ball", ("cx", "cy")) == pytest.approx(ring, abs=1e-6)
    assert shown.page.locator(".bw-stops circle").count() == 1
    assert status(shown) == "Step 1: bandwidth 9.98, loss 140.19, slope 2.41."


def test_the_rule_names_what_momentum_keeps(show):
    shown = still(show(ValleyWalker(rate=0.01, momentum=0.9, steps=1)))
    rule = shown.page.locator(".bw-rule").inner_text()
    assert "0.9 × last step − rate × slope = 0.9 × −0.14 − 0.01 × " in rule


def test_the_tangent_has_the_slope_of_the_edge(show):
    shown = still(show(ValleyWalker(start=33.0)))
    x1, y1, x2, y2 = place_of(shown, ".bw-tangent", ("x1", "y1", "x2", "y2"))
    assert (x1 + x2) / 2 == pytest.approx(place_of(shown, ".bw-ball", ["cx"])[0])
    edge = shown.page.locator(".bw-edge").get_attribute("d")[1:].split("L")
    points = np.array([corner.split() for corner in edge], float)
    i = np.argmin(abs(points[:, 0] - (x1 + x2) / 2))
    rise = (points[i + 2] - points[i - 2]) @ [[0], [1]]
    run = points[i + 2, 0] - points[i - 2, 0]
    assert (y2 - y1) / (x2 - x1) == pytest.approx(rise[0] / run, rel=0.05)


def test_the_curve_of_the_lookup_is_that_of_the_reference(show):
    shown = still(show(ValleyWalker(start=3.0)))
    drawn = shown.page.locator(".bw-curve").get_attribute("d")[1:].split("L")
    heights = np.array([corner.split()[1] for corner in drawn], float)
    estimate, _ = nadaraya_watson(np.arange(1871, 1970.5, 0.5), YEAR, FLOW, 3.0)
    slope, shift = np.polyfit(estimate, heights, 1)
    assert slope < 0
    np.testing.assert_allclose(heights, slope * estimate + shift, atol=0.11)


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"steps": 20}, "The ball rests at the bottom: no slope, no step."),
        ({"steps": 8}, "bandwidth 2.14, loss 131.78, slope 4.76."),
        ({"steps": 9}, "Within 0.5 % of the lowest loss."),
        ({"rate": 0.003, "steps": 40}, "40 steps, and it is still on its way."),
        ({"rate": 0.16, "steps": 5}, "It jumps across the valley."),
        ({"rate": 0.3, "steps": 2}, "stands still, and not at the bottom. The ground"),
        (
            {"rate": 0.3, "momentum": 0.9, "steps": 30},
            "bandwidth almost 0, loss 139.41, slope 0.00. The ball has left the",
        ),
    ],
)
def test_what_has_become_of_the_ball_is_said(show, traits, words):
    assert words in status(still(show(ValleyWalker(**traits))))


def test_a_ball_that_turns_back_is_not_at_rest(show):
    turning = ValleyWalker(rate=0.027, momentum=0.9, steps=30)
    shown = still(show(turning))
    state = shown.assert_python_agrees()
    assert abs(state["slope"]) > 5
    assert "= 0.00, so h = 2.19" in shown.page.locator(".bw-rule").inner_text()
    assert "still" not in status(shown) and "rests" not in status(shown)


def test_run_goes_on_until_the_ball_rests(show):
    shown = still(show(ValleyWalker()))
    page = shown.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    steps = "liveWidgets[0].model.state.steps"
    run = page.locator(".bw-run")
    run.click()
    assert page.evaluate(steps) == 0 and run.inner_text() == "Pause"
    page.clock.run_for(400)
    assert page.evaluate(steps) == 1
    run.click()
    page.clock.run_for(2000)
    assert page.evaluate(steps) == 1 and run.inner_text() == "Run"
    run.click()
    page.clock.run_for(20_000)
    rested = page.evaluate(steps)
    assert 10 < rested < 20 and run.inner_text() == "Run"
    run.click()  # and from there it starts anew
    page.clock.run_for(400)
    assert page.evaluate(steps) == 1
    page.get_by_role("button", name="Reset").click()
    page.clock.run_for(2000)
    assert page.evaluate(steps) == 0


@pytest.mark.parametrize("name", ["Too small", "Too large"])
def test_run_ends_after_forty_steps(show, name):
    shown = still(show(ValleyWalker(start=3.0, momentum=0.9)))
    page = shown.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.get_by_role("button", name=name).click()
    page.clock.run_for(20_000)
    state = page.evaluate("liveWidgets[0].model.state")
    assert (state["start"], state["momentum"], state["steps"]) == (20, 0, 40)
    assert page.get_by_role("button", name="Step", exact=True).is_disabled()
    assert page.get_by_role("button", name=name).get_attribute("aria-pressed") == "true"


def test_another_start_or_rate_ends_a_run(show):
    shown = still(show(ValleyWalker()))
    page = shown.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.locator(".bw-run").click()
    page.clock.run_for(800)
    page.get_by_role("slider", name="learning rate").press("ArrowLeft")
    page.clock.run_for(2000)
    assert page.evaluate("liveWidgets[0].model.state.steps") == 2
    assert page.locator(".bw-run").inner_text() == "Run"


def test_the_ball_rolls_along_the_edge_and_the_arrow_waits(show):
    shown = show(ValleyWalker(), **WIDE)
    page = shown.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.clock.run_for(100)
    [from_x] = place_of(shown, ".bw-ball", ["cx"])
    [to_x] = place_of(shown, ".bw-ring", ["cx"])
    page.get_by_role("button", name="Step", exact=True).click()
    page.clock.run_for(120)
    [x] = place_of(shown, ".bw-ball", ["cx"])
    assert to_x < x < from_x
    assert not page.locator(".bw-ring").is_visible()
    assert "h = 20:" not in page.locator(".bw-answer").text_content()
    page.clock.run_for(400)
    assert place_of(shown, ".bw-ball", ["cx"]) == pytest.approx([to_x])
    assert page.locator(".bw-ring").is_visible()
    page.evaluate("liveWidgets[0].model.set('start', 60)")  # no step: it jumps
    page.clock.run_for(40)
    [x] = place_of(shown, ".bw-ball", ["cx"])
    page.clock.run_for(400)
    assert place_of(shown, ".bw-ball", ["cx"]) == [x]


def test_what_leaves_the_picture_is_drawn_at_its_edge(show):
    shown = still(show(ValleyWalker(rate=0.5, steps=1)))
    assert shown.assert_python_agrees()["path"][1] < 0.02
    assert place_of(shown, ".bw-ball", ["cx"]) == [40]
    handle = shown.page.get_by_role("slider", name="bandwidth")
    assert handle.get_attribute("aria-valuenow") == "0.25"


def test_slider_and_choice_set_rate_and_momentum(show):
    shown = still(show(ValleyWalker(steps=5)))
    rate = shown.page.get_by_role("slider", name="learning rate")
    rate.press("End")
    assert shown.assert_python_agrees()["rate"] == 0.5
    rate.press("Home")
    assert shown.assert_python_agrees()["rate"] == 0.001
    shown.page.get_by_label("momentum").select_option("0.9")
    assert shown.assert_python_agrees()["momentum"] == 0.9
    state = press(shown, "Reset")
    assert (state["rate"], state["momentum"], state["steps"]) == (0.05, 0, 5)


def test_python_can_move_the_ball_of_a_live_view(show):
    shown = still(show(ValleyWalker()))
    shown.page.evaluate(
        "const { model: m } = liveWidgets[0]; m.set('start', 60); m.set('steps', 6);"
    )
    assert len(shown.assert_python_agrees()["path"]) == 7
    assert shown.page.locator(".bw-stops circle").count() == 6


FIVE = {
    "goal": "Choose a rate with which the ball arrives in five steps.",
    "keep": ["start"],
    "conditions": [
        {
            "path": ["steps"],
            "op": "within",
            "value": [1, 5],
            "hint": "press Step, five times at most.",
        },
        {
            "path": ["loss"],
            "op": "<=",
            "value": 131.76,
            "hint": "the loss must come down to 131.76.",
        },
    ],
}


def test_to_arrive_in_five_steps_takes_another_rate(show):
    shown = still(show(ValleyWalker(challenge=FIVE)))
    panel = shown.page.locator(".bw-challenge")
    assert not shown.page.get_by_role("button", name="Right").is_visible()
    assert "Not yet: press Step" in panel.inner_text()
    press(shown, "Step", 5)
    assert "Not yet: the loss must come down" in panel.inner_text()
    press(shown, "Step", 4)  # there, and too late
    assert "Not yet: press Step, five times at most" in panel.inner_text()
    shown.drag(".bw-ball", -4, 0)  # put there by hand
    state = shown.assert_python_agrees()
    assert state["loss"] < 131.76
    assert "Leave the start alone; press Reset" in panel.inner_text()
    press(shown, "Reset")
    shown.page.evaluate("liveWidgets[0].model.set('rate', 0.075)")
    press(shown, "Step", 5)
    assert "Solved" in panel.inner_text()


def test_after_any_control_it_is_drawn_as_if_anew(show):
    shown = still(show(ValleyWalker(steps=2, rate=0.16)))
    for control in shown.use_all_controls():
        shown.pause()
        used, anew = shown.drawn_anew()
        assert used == anew, control
        shown.assert_python_agrees()
    shown.page.set_viewport_size({"width": 420, "height": 800})
    used, anew = shown.drawn_anew()
    assert used == anew
    assert shown.errors == []


def test_python_takes_every_state_that_the_controls_lead_to(show):
    still(show(ValleyWalker())).assert_python_takes_every_end(steps=30)


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    momentum = ValleyWalker(rate=0.01, momentum=0.9, steps=9)
    shown = still(show(ValleyWalker(), momentum, theme=theme, width=width))
    assert shown.violations() == []
    assert shown.sideways() <= 0
    scale = shown.page.evaluate(
        "[...document.querySelectorAll('.bw svg')].map("
        "(svg) => svg.clientWidth / svg.viewBox.baseVal.width)"
    )
    assert min(scale) > 0.98  # so that 12 px text stays 12 px


def test_on_a_phone_the_valley_and_the_lookup_are_seen_together(show):
    shown = still(show(ValleyWalker(), width=360, height=640, touch=True))
    boxes = [svg.bounding_box() for svg in shown.page.locator(".bw svg").all()]
    assert boxes[1]["y"] > boxes[0]["y"] + 150  # one above the other
    assert boxes[1]["y"] + boxes[1]["height"] - boxes[0]["y"] < 420


def test_of_a_step_with_momentum_all_is_on_one_screen(show):
    shown = still(show(ValleyWalker(rate=0.01, momentum=0.9, steps=9), **WIDE))
    assert shown.page.locator(".bw").bounding_box()["height"] <= 560
