import itertools
import json

import numpy as np
import pytest
import torch

from attn_helpers.reference.softmax import softmax
from attn_helpers.widgets.softmax_dial import SoftmaxDial

OVERFLOW = {"precision": "float16", "subtract_max": False, "offset": 10.0}
ALPHAS = [1.0, 1.05, 1.5, 2.0, 2.35, 4.0]
# numpy and the page round exp to a narrow number in different places
SLACK = {"float64": 1e-9, "float32": 1e-6, "float16": 2e-3}


def test_first_shows_the_softmax_of_two_one_zero_minus_one():
    widget = SoftmaxDial()
    expected = torch.tensor([2.0, 1.0, 0.0, -1.0], dtype=torch.float64).softmax(-1)
    np.testing.assert_allclose(widget.weights, expected, atol=1e-12)
    assert widget.largest == widget.weights[0]


def test_entropy_runs_from_zero_to_the_logarithm_of_the_number_of_scores():
    assert SoftmaxDial(scores=[3.0] * 7).entropy == pytest.approx(np.log(7))
    assert SoftmaxDial(scores=[9.0, 0.0], temperature=0.01).entropy == 0.0
    half, quarter = np.log([1, 0.5, 0.5]), [0.5, 0.25, 0.25]
    assert SoftmaxDial(scores=half.tolist()).entropy == pytest.approx(1.5 * np.log(2))
    np.testing.assert_allclose(SoftmaxDial(scores=half.tolist()).weights, quarter)


def test_scores_are_divided_by_the_temperature():
    widget = SoftmaxDial(scores=[2.0, 1.0, 0.0], temperature=0.5)
    np.testing.assert_allclose(widget.weights, softmax([4.0, 2.0, 0.0]), atol=1e-12)


def test_an_offset_changes_nothing_in_exact_arithmetic():
    moved = SoftmaxDial(offset=700.0)
    np.testing.assert_allclose(moved.weights, SoftmaxDial().weights, atol=1e-12)


def test_float16_overflows_and_subtracting_the_maximum_cures_it():
    sick = SoftmaxDial(**OVERFLOW)
    assert sick.weights == [None, 0.0, 0.0, 0.0]
    assert (sick.entropy, sick.largest) == (None, None)
    assert "no shares" in sick.alt()
    sick.subtract_max = True
    np.testing.assert_allclose(sick.weights, SoftmaxDial().weights, atol=1e-3)
    assert sick.entropy == pytest.approx(SoftmaxDial().entropy, abs=1e-3)


@pytest.mark.parametrize(
    ("offset", "precision"), [(86.0, "float32"), (707.0, "float64"), (8.9, "float16")]
)
def test_exp_is_still_safe_just_below_the_edge(offset, precision):
    widget = SoftmaxDial(offset=offset, precision=precision, subtract_max=False)
    assert None not in widget.weights
    widget.offset = offset + 3
    assert None in widget.weights


def test_a_sum_that_overflows_gives_zeros_without_a_warning():
    widget = SoftmaxDial(scores=[0.0] * 7, **OVERFLOW | {"offset": 10.5})
    assert widget.weights == [0.0] * 7
    assert widget.entropy is None


def test_far_below_zero_every_term_vanishes():
    widget = SoftmaxDial(offset=-1000.0, subtract_max=False)
    assert widget.weights == [None] * 4


def test_sparsemax_worked_by_hand():
    # 1 and 0.5 stay above the threshold (1 + 0.5 - 1) / 2 = 0.25
    widget = SoftmaxDial(scores=[1, 0.5, 0.2], normaliser="sparsemax")
    np.testing.assert_allclose(widget.weights, [0.75, 0.25, 0.0], atol=1e-12)
    assert (widget.support, widget.largest) == (2, widget.weights[0])
    assert widget.entropy == pytest.approx(-0.75 * np.log(0.75) - 0.25 * np.log(0.25))


def test_entmax_runs_from_softmax_by_way_of_sparsemax():
    scores = [1.0, 0.7, 0.1, -0.4, 0.6]
    dial = SoftmaxDial(scores=scores, normaliser="entmax", alpha=1.0)
    np.testing.assert_allclose(dial.weights, softmax(scores), atol=1e-12)
    supports = []
    for alpha in [1.0, 1.5, 2.0, 2.5, 4.0]:
        dial.alpha = alpha
        supports.append(dial.support)
    assert supports == sorted(supports, reverse=True) and len(set(supports)) > 2
    dial.alpha = 2.0
    sparse = SoftmaxDial(scores=scores, normaliser="sparsemax")
    np.testing.assert_allclose(dial.weights, sparse.weights, atol=1e-12)


def test_entmax_of_two_scores_solves_its_equation():
    # alpha = 3: weights are the roots of 2 (score - tau), and sum to 1
    first, second = SoftmaxDial(
        scores=[0.3, 0.0], normaliser="entmax", alpha=3.0
    ).weights
    assert first**2 - second**2 == pytest.approx(2 * 0.3)
    assert first + second == pytest.approx(1)


@pytest.mark.parametrize("normaliser", ["sparsemax", "entmax"])
def test_precision_and_offset_are_those_of_the_softmax_alone(normaliser):
    sick = SoftmaxDial(normaliser=normaliser, **OVERFLOW)
    assert sick.weights == SoftmaxDial(normaliser=normaliser).weights
    assert "+ 10" not in sick.picture() and "+ 10" in SoftmaxDial(**OVERFLOW).picture()


def test_the_temperature_divides_before_any_normaliser():
    cold = SoftmaxDial(scores=[1, 0.8], normaliser="sparsemax", temperature=0.25)
    np.testing.assert_allclose(cold.weights, [0.9, 0.1], atol=1e-12)


def test_scores_and_labels_change_together():
    widget = SoftmaxDial(scores=[1, 2], labels=["a", "b"])
    widget.set_trait_values({"scores": [1, 2, 3], "labels": ["a", "b", "c"]})
    assert widget.name(2) == "c"
    assert SoftmaxDial().name(2) == "k3"


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"scores": [1.0]}, r"scores must hold 2 to 8 numbers; got scores \(1,\)"),
        ({"scores": [1.0] * 11}, r"2 to 8 numbers; got scores \(11,\)"),
        ({"scores": [1.0, float("nan")]}, r"scores must be finite; got nan at .*\[1\]"),
        ({"scores": [1.0, 1001.0]}, "from -1000 to 1000; got scores=1001.0"),
        ({"scores": ["a", "b"]}, "scores must hold real numbers"),
        ({"labels": ["a", "b", "c"]}, r"got scores \(4,\) and labels \(3,\)"),
        ({"labels": [1, 2, 3, 4]}, "labels"),
        ({"temperature": 0.0}, "temperature must be from 0.01 to 100; got .*=0.0"),
        ({"offset": 1e4}, "offset must be from -1000 to 1000; got offset=10000.0"),
        ({"precision": "float8"}, "precision"),
        ({"normaliser": "hardmax"}, "normaliser"),
        ({"alpha": 0.5}, "alpha must be from 1 to 4; got alpha=0.5"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    widget = SoftmaxDial()
    before = widget.state()
    with pytest.raises(Exception, match=message):
        widget.set_trait_values(traits)
    assert widget.state() == before


@pytest.mark.parametrize("traits", [{}, OVERFLOW])
def test_its_state_and_results_go_through_json_and_its_picture_repeats(traits):
    widget = SoftmaxDial(**traits)
    state = json.loads(json.dumps(widget.state(), allow_nan=False))
    json.dumps([getattr(widget, name) for name in widget.results], allow_nan=False)
    assert state == widget.state()
    assert SoftmaxDial(**state).picture() == widget.picture()


def test_the_alternative_text_has_the_numbers():
    assert SoftmaxDial().alt() == (
        "Scores 2, 1, 0, −1 at temperature 1 give the weights 0.64, 0.24, 0.09, 0.03; "
        "entropy 0.95 nats, 68 % of its most."
    )
    assert (
        SoftmaxDial(**OVERFLOW)
        .alt()
        .endswith(
            "give the weights NaN, 0.00, 0.00, 0.00: no shares, as float16 overflows."
        )
    )

    sparse = SoftmaxDial(scores=[2, 1.5, 0], normaliser="entmax", alpha=2)
    assert sparse.alt() == (
        "With 2-entmax: Scores 2, 1.5, 0 at temperature 1 give the weights 0.75, 0.25, "
        "0.00; entropy 0.56 nats, 51 % of its most. Exactly 0: 1."
    )
    assert "weights = 2-entmax(scores ÷ 1)" in sparse.picture()


# --- in a page ---


def handle(i):
    return f".bw-handle >> nth={i} >> .bw-cap"


def test_dragging_and_keys_pull_a_score_and_python_agrees(show):
    shown = show(SoftmaxDial())
    shown.drag(handle(2), 0, -41)
    dragged = shown.assert_python_agrees()
    assert dragged["scores"][2] == pytest.approx(2.5, abs=0.1)
    assert dragged["scores"][:2] == [2, 1]
    shown.page.keyboard.press("ArrowDown")
    pressed = shown.assert_python_agrees()
    assert pressed["scores"][2] == pytest.approx(dragged["scores"][2] - 0.1)
    assert (
        f"{pressed['largest']:.3f} (k3)"
        in shown.page.locator(".bw-status").inner_text()
    )
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


def test_a_pull_stops_at_the_end_of_the_scale_which_then_grows(show):
    shown = show(SoftmaxDial())
    shown.drag(handle(0), 0, -400)
    assert shown.state()["scores"][0] == 4
    assert "10" in shown.page.locator(".bw svg").text_content()
    shown.page.keyboard.press("Shift+ArrowUp")
    assert shown.assert_python_agrees()["scores"][0] == 4.5


def hold(shown, place, dy, button="left"):
    """Press a button of the mouse there and move it at once, without letting go."""
    box = shown.page.locator(place).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    shown.page.mouse.move(x, y)
    shown.page.mouse.down(button=button)
    shown.page.mouse.move(x, y + dy)
    return shown.state()


def test_a_pull_stops_there_however_fast_it_is(show):
    shown = show(SoftmaxDial())
    assert hold(shown, handle(0), -300)["scores"][0] == 4
    shown.page.mouse.up()
    assert hold(shown, handle(1), 500)["scores"][1] == -10  # the scale has grown


def test_the_right_button_pulls_nothing(show):
    shown = show(SoftmaxDial())
    assert hold(shown, handle(0), -30, button="right")["scores"] == [2, 1, 0, -1]


@pytest.mark.parametrize("place", [handle(0), "input[type=range] >> nth=0"])
def test_after_a_gesture_that_ends_where_it_began_the_scale_is_free_again(show, place):
    shown = show(SoftmaxDial())
    box = shown.page.locator(place).bounding_box()
    before = hold(shown, place, 0)
    shown.page.mouse.move(box["x"] + 9, box["y"] - 20)
    assert shown.state() != before
    hold(shown, place, 0)
    shown.page.mouse.up()
    shown.page.evaluate("liveWidgets[0].model.set('scores', [70, 1])")
    used, anew = drawn_twice(shown)
    assert used == anew
    assert "100" in shown.page.locator(".bw svg").text_content()


def marks(shown):
    """The dashed marks of earlier weights, where there are any, by column."""
    ends = shown.page.locator(".bw-ghost").evaluate_all(
        "marks => marks.map(({ attributes: { visibility, y1 } }) =>"
        " visibility.value === 'visible' ? (344 - y1.value) / 92 : null)"
    )
    title = shown.page.locator(".bw-title").nth(1).text_content()
    assert title.endswith("dashed: before") == any(end is not None for end in ends)
    return ends


def test_a_dashed_mark_stands_where_the_weight_was_before_the_last_change(show):
    shown = show(SoftmaxDial())
    first = shown.state()["weights"]
    assert marks(shown) == [None] * 4
    shown.page.get_by_text("A tie").click()
    tie = shown.state()["weights"]
    assert marks(shown) == pytest.approx(first)
    hold(shown, handle(2), -30)
    hold(shown, handle(2), -30)
    assert marks(shown) == pytest.approx(tie)  # all through a pull
    shown.page.mouse.up()
    pulled = shown.state()["weights"]
    assert marks(shown) == pytest.approx(tie)
    shown.page.set_viewport_size({"width": 500, "height": 1000})
    shown.state()
    assert marks(shown) == pytest.approx(tie)
    shown.page.get_by_label("temperature").press("End")
    shown.state()
    assert marks(shown) == pytest.approx(pulled)


PAST = [" · dashed: before", ' open=""']  # what a view keeps from earlier states


def drawn_twice(shown):
    """What the used view and a new one show, but for what the used one remembers."""
    views = shown.drawn_anew(but=".bw-ghost")
    for past in PAST:
        views = [view.replace(past, "") for view in views]
    return views


@pytest.mark.parametrize(
    "widget",
    [
        SoftmaxDial(),
        SoftmaxDial(**OVERFLOW),
        SoftmaxDial(normaliser="entmax", labels=["a", "somewhat long", "c", "d"]),
    ],
)
def test_after_any_control_it_is_drawn_as_if_anew(show, widget):
    shown = show(widget)
    for control in shown.use_all_controls():
        state = shown.assert_python_agrees(atol=SLACK["float16"])
        if state["normaliser"] == widget.normaliser:  # the way back stays
            used, anew = drawn_twice(shown)
            assert used == anew, control
    assert shown.errors == []


def test_the_dial_turns_from_hard_to_uniform(show):
    shown = show(SoftmaxDial())
    dial = shown.page.locator("input[type=range]").first
    dial.press("Home")
    assert shown.assert_python_agrees()["largest"] == pytest.approx(1)
    dial.press("End")
    assert shown.assert_python_agrees()["entropy"] == pytest.approx(np.log(4), abs=1e-3)


def test_overflow_gives_nan_in_the_page_and_the_switch_cures_it(show):
    shown = show(SoftmaxDial())
    page = shown.page
    page.get_by_text("Overflow in float16").click()
    assert shown.assert_python_agrees()["weights"] == [None, 0, 0, 0]
    assert page.locator(".bw-nan").count() == 1
    assert "NaN" in page.locator(".bw svg").text_content()
    assert "exp(12.0) is more than float16 can hold" in page.inner_text(".bw-fault")
    page.get_by_label("subtract the maximum first").click()
    cured = shown.assert_python_agrees(atol=SLACK["float16"])
    assert cured["weights"][0] == pytest.approx(0.644, abs=1e-3)
    assert page.locator(".bw-nan").count() == 0
    assert page.inner_text(".bw-fault") == ""


def test_the_page_overflows_where_python_does_and_says_why(show):
    grid = itertools.product(
        SLACK, [True, False], [0.0, 10.0, 90.0, 720.0, -30.0, -1000.0]
    )
    widgets = [
        SoftmaxDial(precision=precision, subtract_max=subtract, offset=offset)
        for precision, subtract, offset in grid
    ]
    shown = show(*widgets)
    faults = shown.page.locator(".bw-fault").all_inner_texts()
    for i, widget in enumerate(widgets):
        state = shown.assert_python_agrees(i, atol=SLACK[widget.precision])
        assert bool(faults[i]) == (state["entropy"] is None)


@pytest.mark.parametrize(
    ("precision", "offset"),
    [("float16", 100.0), ("float32", 100.0), ("float64", 900.0)],
)
def test_a_term_that_overflows_is_said_to_be_too_large(show, precision, offset):
    traits = {"precision": precision, "offset": offset, "subtract_max": False}
    shown = show(SoftmaxDial(**traits))
    told = shown.page.inner_text(".bw-fault")
    assert f"exp({offset + 2:.1f}) is more than {precision} can hold" in told


def test_an_overflowing_sum_is_explained(show):
    traits = OVERFLOW | {"offset": 10.5}
    shown = show(SoftmaxDial(scores=[0.0] * 7, **traits))
    assert shown.assert_python_agrees()["weights"] == [0] * 7
    assert "add up to more than float16" in shown.page.inner_text(".bw-fault")


def test_scores_come_and_go_with_their_labels(show):
    shown = show(SoftmaxDial(scores=[1, 0, 2], labels=["the", "cat", "sat"]))
    shown.page.get_by_text("Add a score").click()
    added = shown.assert_python_agrees()
    assert added["labels"] == ["the", "cat", "sat", "k4"]
    assert shown.page.locator(".bw-handle").count() == 4
    for _ in range(2):
        shown.page.get_by_text("Remove the last").click()
        shown.state()
    assert shown.page.get_by_text("Remove the last").is_disabled()
    assert shown.assert_python_agrees()["labels"] == ["the", "cat"]


def test_presets_keep_to_what_they_claim(show):
    shown = show(SoftmaxDial(scores=[0, 0]))
    shown.page.get_by_text("A tie").click()
    tie = shown.assert_python_agrees()["weights"]
    assert tie[0] == tie[1] == max(tie)
    shown.page.get_by_text("One clear winner").click()
    assert shown.assert_python_agrees()["largest"] > 0.9
    shown.page.get_by_text("Scores ×10").click()
    assert shown.assert_python_agrees()["largest"] > 0.9999
    shown.page.get_by_text("Reset").click()
    assert shown.assert_python_agrees()["weights"] == [0.5, 0.5]


def test_a_challenge_offers_nothing_that_could_only_spoil_it(show):
    def goal(*keep):
        return {"goal": "Reach it.", "conditions": [], "keep": list(keep)}

    spoiling = ["A tie", "One clear winner", "Scores ×10", "Overflow in float16"]
    both = ["Add a score", "Remove the last"]
    shown = show(
        SoftmaxDial(challenge=goal("scores")),
        SoftmaxDial(challenge=goal("temperature")),
        SoftmaxDial(challenge=goal("labels")),
    )
    for i, offered in enumerate([[], both, both + spoiling]):
        texts = shown.page.locator(".bw").nth(i).locator("button:visible")
        got = set(texts.all_inner_texts()) & {*both, *spoiling}
        assert got == set(offered)


def test_a_challenge_says_what_to_leave_alone(show):
    unmet = {"path": ["support"], "op": "==", "value": 1, "hint": "cooler."}
    goal = {"goal": "Reach it.", "conditions": [unmet], "keep": ["scores"]}
    shown = show(SoftmaxDial(challenge=goal))
    panel = shown.page.locator(".bw-challenge")
    assert "Not yet: cooler." in panel.inner_text()
    shown.page.locator(".bw-handle").first.press("ArrowUp")
    shown.state()
    assert "Leave the scores alone; press Reset" in panel.inner_text()


def test_the_page_gives_python_s_weights_for_every_normaliser_and_alpha(show):
    scores = [1.0, 0.7, 0.1, -0.4, 0.6]
    widgets = [
        SoftmaxDial(scores=scores, normaliser=normaliser, alpha=alpha, temperature=t)
        for normaliser, alpha in [("sparsemax", 1.5), *(("entmax", a) for a in ALPHAS)]
        for t in [0.01, 0.7, 100.0]
    ]
    shown = show(*widgets)
    for i, widget in enumerate(widgets):
        assert shown.assert_python_agrees(i)["support"] == widget.support
    assert shown.errors == []


def test_alpha_thins_out_the_support_and_the_page_counts_it(show):
    shown = show(SoftmaxDial(scores=[1, 0.7, 0.1], normaliser="entmax", alpha=1.0))
    status = shown.page.locator(".bw-status")
    assert "Weights above 0: 3 of 3." in status.inner_text()
    shown.page.get_by_label("α").press("End")
    state = shown.assert_python_agrees()
    assert (state["alpha"], state["support"]) == (4, 2)
    assert "Weights above 0: 2 of 3." in status.inner_text()
    assert "4-entmax(scores ÷ 1)" in shown.page.locator(".bw svg").text_content()
    shares = shown.page.locator("svg text.bw-strong").all_text_contents()
    assert "0" in shares and "0.00" not in shares


def test_only_the_softmax_adds_the_offset(show):
    shown = show(SoftmaxDial(offset=10.0, normaliser="sparsemax"))
    title = shown.page.locator(".bw svg").text_content()
    assert "sparsemax(scores ÷ 1)" in title
    shown.page.get_by_label("normaliser").select_option("softmax")
    shown.assert_python_agrees()
    title = shown.page.locator(".bw svg").text_content()
    assert "softmax((scores + 10.0) ÷ 1)" in title


def test_the_normaliser_is_offered_once_it_is_not_the_softmax(show):
    shown = show(SoftmaxDial(), SoftmaxDial(normaliser="sparsemax"))
    plain, sparse = shown.page.locator(".bw").all()
    assert not plain.get_by_label("normaliser").is_visible()
    assert plain.locator("details").is_visible()
    assert not sparse.locator("details").is_visible()
    assert not sparse.get_by_label("α").is_visible()
    assert not sparse.get_by_text("Overflow in float16").is_visible()
    sparse.get_by_label("normaliser").select_option("entmax")
    assert shown.assert_python_agrees(1)["normaliser"] == "entmax"
    assert sparse.get_by_label("α").is_visible()
    sparse.get_by_label("normaliser").select_option("softmax")
    shown.assert_python_agrees(1)
    assert sparse.get_by_label("normaliser").is_visible()  # the way back
    assert sparse.locator("details").is_visible()


@pytest.mark.parametrize("traits", [{}, {"normaliser": "entmax"}])
def test_python_takes_every_state_that_the_controls_lead_to(show, traits):
    show(SoftmaxDial(**traits)).assert_python_takes_every_end(
        steps=30, atol=SLACK["float16"]
    )


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    labels = "the cat sat on the comfortable old mat".split()
    many = SoftmaxDial(scores=[1, 2, 0, -3, 3.5, -3.9, 0, 1], labels=labels)
    sparse = SoftmaxDial(normaliser="entmax")
    shown = show(many, SoftmaxDial(**OVERFLOW), sparse, theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0
    scale = shown.page.evaluate(
        "[...document.querySelectorAll('.bw svg')].map("
        "(svg) => svg.clientWidth / svg.viewBox.baseVal.width)"
    )
    assert min(scale) > 0.98  # so that 12 px text stays 12 px


def test_words_that_come_twice_are_told_apart(show):
    words = ["the", "boat", "the"]
    shown = show(SoftmaxDial(scores=[1, 2, 3], labels=words))
    for name in ("the₁", "boat", "the₂"):
        assert shown.page.get_by_role("slider", name=f"score of {name}").count() == 1
    assert ">the₂<" in SoftmaxDial(scores=[1, 2, 3], labels=words).picture()
