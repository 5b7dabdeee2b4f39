import numpy as np
import pytest
import traitlets

from attn_helpers.reference import scoring
from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.widgets.query_key_playground.widget import SCORES, QueryKeyPlayground


def test_its_first_state_is_scaled_dot_product_attention():
    widget = QueryKeyPlayground()
    output, weights = scaled_dot_product_attention(widget.Q, widget.K, widget.V)
    np.testing.assert_allclose(widget.weights, weights, atol=1e-12)
    np.testing.assert_allclose(widget.output, output, atol=1e-12)


def test_results_follow_a_changed_query():
    widget = QueryKeyPlayground()
    before = widget.weights
    widget.Q = [[-1.0, 2.0]]
    expected = scaled_dot_product_attention(widget.Q, widget.K, widget.V)[1]
    assert widget.weights != before
    np.testing.assert_allclose(widget.weights, expected, atol=1e-12)


@pytest.mark.parametrize("score", SCORES)
def test_every_score_gives_rows_that_sum_to_one(score):
    widget = QueryKeyPlayground(score=score, temperature=0.7)
    assert np.isclose(np.sum(widget.weights), 1.0)


def test_the_bilinear_score_turns_the_query_by_a_quarter():
    widget = QueryKeyPlayground(Q=[[1.0, 0.0]], score="bilinear")
    assert widget.scores == [[1.2, 0.6, -1.6]]  # the y-coordinates of the keys


def test_the_additive_score_worked_by_hand():
    widget = QueryKeyPlayground(
        Q=[[1.0, 0.0]], K=[[0.0, 1.0]], V=[[0.0, 0.0]], score="additive"
    )
    # the hidden units are tanh of 1 + 0, of 0 + 1 and of -1 - 1
    assert widget.scores[0][0] == pytest.approx(3 * np.tanh(1) + 1.5 * np.tanh(2))


def test_a_mask_with_nothing_left_gives_zeros():
    widget = QueryKeyPlayground(mask=[False, False, False])
    assert widget.weights == [[0.0, 0.0, 0.0]]
    assert widget.output == [[0.0, 0.0]]


def test_keys_and_values_change_together():
    widget = QueryKeyPlayground()
    with widget.hold_trait_notifications():
        widget.K = [[1.0, 0.0], [0.0, 1.0]]
        widget.V = [[2.0, 0.0], [0.0, 2.0]]
    assert len(widget.weights[0]) == 2


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"K": [[1, 2]]}, r"K and V must be equally long; got K \(1,\) and V \(3,\)"),
        ({"Q": [[1, 2, 3]]}, r"Q must have d=2 for its last axis; got Q \(1, 3\)"),
        ({"Q": [[0, 0]] * 4}, r"len\(Q\) must be from 1 to 3; got len\(Q\)=4"),
        ({"Q": [[float("nan"), 1]]}, r"got nan at Q\[0, 0\]"),
        ({"temperature": 0}, "temperature must be greater than 0; got temperature=0"),
        ({"mask": [True]}, r"per key, or be empty; got \[True\] for 3 keys"),
    ],
)
def test_bad_traits_are_refused_and_the_old_value_stays(traits, message):
    widget = QueryKeyPlayground()
    before = widget.state()
    [(name, value)] = traits.items()
    with pytest.raises((ValueError, traitlets.TraitError), match=message):
        setattr(widget, name, value)
    assert widget.state() == before


def test_of_a_refused_joint_change_nothing_stays():
    widget = QueryKeyPlayground()
    before = widget.state()
    with pytest.raises(traitlets.TraitError, match="temperature must be greater"):
        with widget.hold_trait_notifications():
            widget.Q = [[0.0, 1.0]]
            widget.temperature = -1.0
    assert widget.state() == before


def test_scores_are_those_of_the_reference():
    widget = QueryKeyPlayground(score="gaussian")
    expected = scoring.gaussian_score(np.array(widget.Q), np.array(widget.K))
    np.testing.assert_allclose(widget.scores, expected, atol=1e-12)


# --- in the page ---------------------------------------------------------------------


def press(shown, name):
    shown.page.get_by_role("button", name=name, exact=True).click()


def status(shown):
    return shown.page.inner_text(".bw-status")


def numbers(shown):
    """Names, scores and weights as the table has them."""
    cells = "tr => [...tr.cells].slice(0, 3).map(cell => cell.innerText.trim())"
    return shown.page.evaluate(
        f"[...document.querySelectorAll('tbody tr')].map({cells})"
    )


def test_dragging_and_keys_move_vectors_and_python_agrees(show):
    shown = show(QueryKeyPlayground())
    shown.drag('[data-vector="K1"] .bw-tip', -60, 30)
    shown.page.locator('[data-vector="Q0"]').press("Shift+ArrowUp")
    shown.page.locator('[data-vector="V2"]').press("ArrowLeft")
    before, after = QueryKeyPlayground(), shown.assert_python_agrees()
    assert after["K"][1][0] < before.K[1][0] - 0.5
    assert after["Q"][0] == [before.Q[0][0], pytest.approx(before.Q[0][1] + 0.5)]
    assert after["V"][2] == [pytest.approx(before.V[2][0] - 0.1), before.V[2][1]]
    assert after["K"][0] == before.K[0] and after["V"][:2] == before.V[:2]
    assert shown.errors == []


def test_the_table_and_the_sentence_say_what_was_computed(show):
    shown = show(QueryKeyPlayground(labels=["one", "two", "three"]))
    state = shown.assert_python_agrees()
    for row, score, weight, name in zip(
        numbers(shown),
        state["scores"][0],
        state["weights"][0],
        ["one", "two", "three"],
        strict=True,
    ):
        assert row == [name, f"{score:.2f}".replace("-", "−"), f"{weight:.2f}"]
    x, y = (f"{value:.2f}".replace("-", "−") for value in state["output"][0])
    assert status(shown) == f"The weights sum to 1; the output is ({x}, {y})."


def test_keys_come_and_go_with_their_values_labels_and_places_in_the_mask(show):
    shown = show(QueryKeyPlayground(labels=["one", "two", "three"]))
    shown.page.get_by_label("may attend to two").uncheck()
    press(shown, "Add a key")
    state = shown.assert_python_agrees()
    assert state["labels"] == ["one", "two", "three", "k4"]
    assert state["mask"] == [True, False, True, True]
    assert [len(state[name]) for name in ("K", "V")] == [4, 4]
    press(shown, "Remove two")
    state = shown.assert_python_agrees()
    assert [row[0] for row in numbers(shown)] == ["one", "three", "k4"]
    assert state["mask"] == [True, True, True]
    for name in ("one", "three"):
        press(shown, f"Remove {name}")
    shown.state()
    assert shown.page.get_by_role("button", name="Remove k4").is_disabled()
    for _ in range(7):
        press(shown, "Add a key")
    state = shown.assert_python_agrees()
    assert shown.page.get_by_role("button", name="Add a key").is_disabled()
    assert len(state["K"]) == 8


def test_a_query_that_may_attend_to_nothing_gets_nothing_and_is_told_so(show):
    shown = show(QueryKeyPlayground())
    press(shown, "Nothing may be read")
    state = shown.assert_python_agrees()
    assert state["output"] == [[0, 0]]
    assert "may attend to nothing" in status(shown)
    for box in shown.page.get_by_role("checkbox").all():
        box.check()
    assert shown.assert_python_agrees()["mask"] == []


def test_of_several_queries_the_chosen_one_is_shown(show):
    shown = show(QueryKeyPlayground())
    assert not shown.page.get_by_role("button", name="q1", exact=True).is_visible()
    press(shown, "Add a query")
    press(shown, "Add a query")
    state = shown.assert_python_agrees()
    assert shown.page.get_by_role("button", name="Add a query").is_disabled()
    for i, query in enumerate(("q1", "q2", "q3")):
        press(shown, query)
        shown.state()
        pressed = shown.page.locator('[aria-pressed="true"]').all_inner_texts()
        assert pressed == [query]
        weights = [f"{weight:.2f}" for weight in state["weights"][i]]
        assert [row[2] for row in numbers(shown)] == weights
    press(shown, "Remove this query")
    assert shown.assert_python_agrees()["Q"] == state["Q"][:2]
    assert shown.page.locator('[aria-pressed="true"]').all_inner_texts() == ["q1"]


def test_what_is_added_lies_within_reach_and_apart_from_the_rest(show):
    shown = show(QueryKeyPlayground())
    for _ in range(2):
        press(shown, "Add a query")
    for _ in range(5):
        press(shown, "Add a key")
    state = shown.assert_python_agrees()
    for rows in (state["Q"], state["K"], state["V"]):
        assert np.abs(rows).max() < 2.5
        gaps = np.linalg.norm(np.subtract.outer(rows, rows).diagonal(0, 1, 3), axis=-1)
        assert gaps[~np.eye(len(rows), dtype=bool)].min() > 0.3
    for i in range(3):
        shown.drag(f'[data-vector="Q{i}"] .bw-tip', -20, -10)
        moved = shown.state()["Q"]
        assert moved[i][0] < state["Q"][i][0] and moved[i][1] > state["Q"][i][1]


# What stands in the two planes, in the units of their grids.
DRAWN = """() => {
  const [asking, answer] = document.querySelectorAll(".bw-plane svg");
  const number = (element, name) => Number(element.getAttribute(name));
  const ends = (plane, line) =>
    line.getAttribute("d").slice(1).split("L").map((end) => {
      const spot = document.createElement("i");
      for (const [c, v] of end.split(" ").entries()) spot.setAttribute("xy"[c], v);
      return plane(spot, "x", "y");
    });
  const read = (svg) => {
    const across = [...svg.querySelectorAll(":scope > line")]
      .filter((line) => number(line, "x1") === number(line, "x2"))
      .map((line) => number(line, "x1")).sort((a, b) => a - b);
    const [unit, middle] = [(across.at(-1) - across[0]) / 4, across[2]];
    return (element, x, y) =>
      [(number(element, x) - middle) / unit, (middle - number(element, y)) / unit];
  };
  const [left, right] = [read(asking), read(answer)];
  const all = (plane, selector) => [...plane.querySelectorAll(selector)];
  const faint = (group) => group.classList.contains("bw-faint");
  const arrow = (role) => (group, i) => {
    const [grip, tip, text] = group.children;
    const [line, along] =
      all(asking, `.bw-shaft.${role}, .bw-reach.${role}`).slice(2 * i, 2 * i + 2);
    return {
      tail: ends(left, line)[0], tip: ends(left, line)[1],
      at: left(tip, "cx", "cy"), around: left(grip, "cx", "cy"),
      along: ends(left, along),
      label: left(text, "x", "y"), name: text.children[0].textContent,
      number: text.children[1].textContent, faint: faint(group) && faint(line),
      words: group.getAttribute("aria-valuetext"),
      width: parseFloat(line.style.strokeWidth),
    };
  };
  const square = (group) => {
    const [hit, rect, text] = group.children;
    const side = number(rect, "width");
    const corner = right(rect, "x", "y");
    const far = rect.cloneNode();
    far.setAttribute("x", number(rect, "x") + side);
    far.setAttribute("y", number(rect, "y") + number(rect, "height"));
    const other = right(far, "x", "y");
    return {
      side, at: corner.map((c, i) => (c + other[i]) / 2), hit: right(hit, "cx", "cy"),
      label: right(text, "x", "y"), name: text.children[0].textContent,
    };
  };
  return {
    K: all(asking, "[data-vector^=K]").map(arrow("bw-key")),
    Q: all(asking, "[data-vector^=Q]").map(arrow("bw-query")),
    V: all(answer, "[data-vector^=V]").map(square),
    O: all(answer, ".bw-output").map((group) => ({
      at: right(group.children[0], "cx", "cy"), faint: faint(group),
      label: right(group.children[1], "x", "y"), name: group.children[1].textContent,
    })),
    pulls: all(answer, ".bw-pull").map((line) => ({
      from: ends(right, line)[0], to: ends(right, line)[1],
      width: parseFloat(line.style.strokeWidth),
    })),
    bars: all(document, ".bw-bar").map((bar) => parseFloat(bar.style.width)),
  };
}"""


def assert_it_is_drawn(shown, chosen):
    """Every arrow, square and line lies where the numbers are, for one query."""
    state, drawn = shown.assert_python_agrees(), shown.page.evaluate(DRAWN)
    near = {"abs": 1e-6}
    weights = state["weights"][chosen]
    for key, place, weight in zip(drawn["K"], state["K"], weights, strict=True):
        assert key["tail"] == pytest.approx([0, 0], **near)
        assert key["tip"] == key["at"] == key["around"] == pytest.approx(place, **near)
        assert key["along"] == [key["tail"], key["tip"]]
        assert np.abs(np.subtract(key["label"], place)).max() < 1.5
        assert key["width"] == pytest.approx(2 + 6 * weight, abs=1e-4)
        assert key["number"] == f" {weight:.2f}"
        assert f"weight {weight:.2f}, at " in key["words"]
    for i, (query, place) in enumerate(zip(drawn["Q"], state["Q"], strict=True)):
        assert query["tip"] == query["at"] == pytest.approx(place, **near)
        assert np.abs(np.subtract(query["label"], place)).max() < 1.5
        assert query["faint"] == drawn["O"][i]["faint"] == (i != chosen)
    for value, place, weight in zip(drawn["V"], state["V"], weights, strict=True):
        assert value["at"] == pytest.approx(place, **near)
        assert value["hit"] == pytest.approx(place, **near)
        assert np.abs(np.subtract(value["label"], place)).max() < 1.5
        assert value["side"] == pytest.approx(8 + 16 * weight)
    for output, place in zip(drawn["O"], state["output"], strict=True):
        assert output["at"] == pytest.approx(place, **near)
        assert np.abs(np.subtract(output["label"], place)).max() < 1.5
    for pull, place, weight in zip(drawn["pulls"], state["V"], weights, strict=True):
        assert pull["from"] == pytest.approx(place, **near)
        assert pull["to"] == pytest.approx(state["output"][chosen], **near)
        assert pull["width"] == pytest.approx(10 * weight, abs=1e-3)
    assert drawn["bars"] == pytest.approx([100 * w for w in weights], abs=1e-3)
    return drawn


def test_what_is_drawn_is_what_was_computed(show):
    shown = show(QueryKeyPlayground())
    drawn = assert_it_is_drawn(shown, 0)
    assert [key["name"] for key in drawn["K"]] == ["k1", "k2", "k3"]
    assert [drawn["Q"][0]["name"], drawn["O"][0]["name"]] == ["q", "output "]
    shown.drag('[data-vector="K1"] .bw-tip', -60, 30)
    shown.page.get_by_label("may attend to k3").uncheck()
    press(shown, "Add a query")
    drawn = assert_it_is_drawn(shown, 1)
    assert [query["name"] for query in drawn["Q"]] == ["q1", "q2"]
    assert [output["name"] for output in drawn["O"]] == ["output 1", "output 2"]
    press(shown, "q1")
    shown.page.get_by_label("temperature").press("Home")
    press(shown, "Remove k1")
    drawn = assert_it_is_drawn(shown, 0)
    assert [value["name"] for value in drawn["V"]] == ["v1", "v2"]


def test_labels_set_from_python_take_the_place_of_the_old_ones(show):
    shown = show(QueryKeyPlayground(labels=["one", "two", "three"]))
    press(shown, "Add a query")
    script = "([name, value]) => liveWidgets[0].model.set(name, value)"
    shown.page.evaluate(script, ["labels", ["un", "deux", "trois"]])
    drawn = assert_it_is_drawn(shown, 1)
    assert [key["name"] for key in drawn["K"]] == ["un", "deux", "trois"]
    assert [row[0] for row in numbers(shown)] == ["un", "deux", "trois"]
    shown.page.evaluate(script, ["Q", [[0.5, 0.5]]])
    assert_it_is_drawn(shown, 0)


def test_a_vector_stays_on_its_plane(show):
    shown = show(QueryKeyPlayground())
    for name, dx, dy in (("Q0", 700, -700), ("K0", -700, 700), ("V0", 900, 300)):
        shown.drag(f'[data-vector="{name}"] .bw-tip', dx, dy)
    state = shown.assert_python_agrees()
    assert (state["Q"][0], state["K"][0]) == ([2.5, 2.5], [-2.5, -2.5])
    assert state["V"][0] == [2.5, -2.5]


def claims(shown, *names):
    """What holds of the weights once presets were pressed, one after the other."""
    for name in names:
        press(shown, name)
    weights = shown.assert_python_agrees()["weights"]
    assert len(weights) == 1
    return weights[0]


BEFORE = ["Two keys tie", "The loud key wins", "Nothing may be read", "Add a query"]


@pytest.mark.parametrize("before", BEFORE)
def test_presets_keep_to_what_they_claim_whatever_was_pressed_before(show, before):
    shown = show(QueryKeyPlayground(score="bilinear", temperature=2.0))
    first = shown.state()
    one, two, rest = claims(shown, before, "Two keys tie")
    assert one == pytest.approx(two) and rest < one
    assert np.argmax(claims(shown, before, "The loud key wins")) == 1
    assert np.ptp(claims(shown, before, "Hot: the plain mean")) < 0.03
    assert max(claims(shown, before, "Cold: winner takes all")) > 0.99
    assert max(claims(shown, before, "Nothing may be read")) == 0
    press(shown, "Reset")
    assert shown.state() == first


# What a browser shows of an arrow's tip, frame by frame, once a button was pressed.
ON_THE_WAY = """(name) => new Promise((ready) => {
  const tip = document.querySelector("[data-vector=K1] .bw-tip");
  const seen = [];
  const look = () => {
    seen.push(parseFloat(getComputedStyle(tip).cy));
    const isThere = seen.length > 3 && seen.at(-1) === Number(tip.getAttribute("cy"));
    if (!isThere && seen.length < 60) requestAnimationFrame(look);
    else ready(seen);
  };
  const all = [...document.querySelectorAll("button")];
  const button = all.find(({ innerText }) => innerText === name);
  button.focus();
  button.click();
  look();
})"""


def test_to_a_preset_arrows_glide_unless_motion_is_not_wanted(show):
    shown = show(QueryKeyPlayground())
    seen = shown.page.evaluate(ON_THE_WAY, "Two keys tie")
    assert len(set(seen)) > 3 and seen == sorted(seen)
    assert seen[-1] - seen[0] > 50
    shown.page.emulate_media(reduced_motion="reduce")
    seen = shown.page.evaluate(ON_THE_WAY, "Reset")
    assert len(set(seen)) == 2


def test_what_is_dragged_does_not_lag_behind_the_hand(show):
    shown = show(QueryKeyPlayground())
    press(shown, "Two keys tie")
    shown.page.locator('[data-vector="K1"]').press("ArrowUp")
    shown.state()
    tip = shown.page.locator('[data-vector="K1"] .bw-tip')
    durations = "(tip) => getComputedStyle(tip).transitionDuration"
    assert tip.evaluate(durations) == "0s"


def middle_of(shown, vector, part):
    """A part of the way along a vector's arrow, as a place in the window."""
    role = {"Q": "query", "K": "key"}[vector[0]]
    reach = shown.page.locator(f".bw-reach.bw-{role}").nth(int(vector[1]))
    return reach.evaluate(
        """(line, part) => {
          const spot = line.getPointAtLength(part * line.getTotalLength());
          const { x, y } = spot.matrixTransform(line.getScreenCTM());
          return [x, y];
        }""",
        part,
    )


@pytest.mark.parametrize("part", [0.3, 0.5, 0.75, 1.0])
def test_an_arrow_can_be_taken_anywhere_and_moves_as_the_pointer_does(show, part):
    shown = show(QueryKeyPlayground())
    mouse, before = shown.page.mouse, shown.state()["Q"][0]
    x, y = middle_of(shown, "Q0", part)
    mouse.move(x, y)
    mouse.down()
    shown.state()
    assert shown.state()["Q"][0] == before  # no leap to the pointer
    mouse.move(x - 20, y - 30, steps=4)
    mouse.up()
    after = shown.assert_python_agrees()["Q"][0]
    side = shown.page.locator(".bw-plane svg").first.bounding_box()["width"]
    unit = side / 300 * (150 - 14) / 2.5
    moved = np.subtract(after, before)
    assert moved == pytest.approx([-20 / unit, 30 / unit], abs=0.02)


def test_a_finger_can_take_a_shaft_and_the_page_stays(show):
    shown = show(QueryKeyPlayground(), width=360, height=640, touch=True)
    before = shown.state()
    shown.swipe(".bw-reach.bw-query", 0, -60)
    after = shown.assert_python_agrees()
    assert after["Q"][0][1] > before["Q"][0][1] + 0.5
    assert shown.page.evaluate("scrollY") == 0


def test_a_shaft_covers_no_tip(show):
    traits = {"Q": [[2.0, 1.0]], "K": [[1.0, 0.5], [2.2, 1.1]], "V": [[1, 1], [2, 2]]}
    shown = show(QueryKeyPlayground(**traits))
    shown.drag('[data-vector="K0"] .bw-tip', -40, 0)
    state = shown.assert_python_agrees()
    assert state["K"][0][0] < 0.6 and state["K"][1] == [2.2, 1.1]
    assert state["Q"] == traits["Q"]


def test_it_says_what_to_drag_until_something_is_touched(show):
    challenge = {"goal": "Some.", "conditions": []}
    shown = show(QueryKeyPlayground(), QueryKeyPlayground(challenge=challenge))
    invitation = shown.page.locator(".bw-invite")
    assert invitation.all_text_contents() == ["drag me"]
    tip = shown.page.locator("[data-vector=Q0] .bw-tip").first.bounding_box()
    box = invitation.bounding_box()
    assert abs(box["x"] - tip["x"]) < 40 and abs(box["y"] - tip["y"]) < 50
    shown.drag("[data-vector=K1] >> nth=0 >> .bw-tip", 10, 10)
    shown.state()
    assert invitation.count() == 0


def test_a_hand_over_an_arrow_sees_that_it_can_be_taken(show):
    shown = show(QueryKeyPlayground())
    seen = "(grip) => Number(getComputedStyle(grip).opacity)"
    for part, place in (
        (0.5, ".bw-reach.bw-key >> nth=1"),
        (1, "[data-vector=K1] .bw-grip"),
    ):
        grip = shown.page.locator(place)
        assert grip.evaluate(seen) == 0
        shown.page.mouse.move(*middle_of(shown, "K1", part))
        assert grip.evaluate(seen) > 0.1


def test_the_keyboard_comes_to_the_query_first(show):
    shown = show(QueryKeyPlayground())
    names = "(all) => all.map((g) => g.dataset.vector)"
    order = shown.page.locator("[data-vector]").evaluate_all(names)
    assert order == ["Q0", "K0", "K1", "K2", "V0", "V1", "V2"]


@pytest.mark.parametrize(
    "traits",
    [
        {},
        {"Q": [[1.0, 0.5]], "K": [[1.0, 0.5], [1.1, 0.6]], "V": [[1, 1], [1, 1]]},
        {"Q": [[2.4, 2.4]], "K": [[2.4, 2.4]] * 3, "V": [[2.4, -2.4]] * 3},
    ],
)
def test_labels_keep_clear_of_each_other_and_stay_on_the_plane(show, traits):
    shown = show(QueryKeyPlayground(**traits))
    boxes = """(plane) => [...plane.querySelectorAll(".bw-label")].map((label) => {
      const { x, y, width, height } = label.getBBox();
      return [x, y, x + width, y + height];
    })"""
    for plane in shown.page.locator(".bw-plane svg").all():
        found = plane.evaluate(boxes)
        assert np.min(found) > -2 and np.max(found) < 302
        for i, (left, top, right, bottom) in enumerate(found):
            for other in found[:i]:
                wide = min(right, other[2]) - max(left, other[0])
                high = min(bottom, other[3]) - max(top, other[1])
                assert wide <= 2 or high <= 4, (found[i], other)


def test_words_that_come_twice_are_told_apart(show):
    shown = show(QueryKeyPlayground(labels=["the", "boat", "the"]))
    assert [row[0] for row in numbers(shown)] == ["the₁", "boat", "the₂"]
    assert shown.page.get_by_label("may attend to the₂").is_visible()
    assert "the₂: 0.16" in QueryKeyPlayground(labels=["the", "boat", "the"]).picture()


def test_another_score_and_temperature_agree_with_python(show):
    shown = show(QueryKeyPlayground())
    for score in SCORES:
        shown.page.get_by_label("score").select_option(score)
        shown.page.get_by_label("temperature").press("ArrowRight")
        assert shown.assert_python_agrees()["score"] == score
    assert shown.page.get_by_label("temperature").input_value() == "1.5"


def test_a_change_half_told_waits_for_its_other_half(show):
    shown = show(QueryKeyPlayground())
    set_trait = "([name, value]) => liveWidgets[0].model.set(name, value)"
    shown.page.evaluate(set_trait, ["K", [[1, 1], [0, 1]]])
    assert len(shown.state()["weights"][0]) == 3
    shown.page.evaluate(set_trait, ["V", [[1, 1], [0, 1]]])
    assert len(shown.assert_python_agrees()["weights"][0]) == 2
    assert shown.errors == []


@pytest.mark.parametrize(
    "traits", [{}, {"labels": ["one", "two", "three"], "mask": [True, False, True]}]
)
def test_python_takes_every_state_that_the_controls_lead_to(show, traits):
    show(QueryKeyPlayground(**traits)).assert_python_takes_every_end()


def test_after_any_control_it_is_drawn_as_if_anew(show):
    shown = show(
        QueryKeyPlayground(labels=["one", "two", "three"], mask=[True, False, True])
    )
    for control in shown.use_all_controls():
        if "Add a query" in control:
            press(shown, "q1")  # a new view begins with it
        used, anew = shown.drawn_anew(but=".bw-invite")
        assert used == anew, control
        shown.assert_python_agrees()
    assert shown.errors == []


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    shown = show(QueryKeyPlayground(), theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0
