import itertools
import json
import re

import numpy as np
import pytest

from attn_helpers.reference.positions import rope, sinusoidal_positions
from attn_helpers.reference.scoring import scaled_dot_score
from attn_helpers.widgets.position_dial import PositionDial

LONG = {"Q": [0.5, -1.0, 0.7, 0.2, 1.1, 0.3], "K": [1.2, 0.1, -0.4, 0.6, 0.9, -0.2]}
METHODS = ["rope", "query only", "sinusoids"]


def score_by_hand(widget):
    """From complex numbers: a pair is one, and turning multiplies it."""
    query, key = (np.array(v).reshape(-1, 2) @ [1, 1j] for v in (widget.Q, widget.K))
    speeds = widget.base ** -(np.arange(len(query)) / len(query))
    distance = widget.query_position - widget.key_position
    return (query * key.conj() * np.exp(1j * distance * speeds)).sum().real / np.sqrt(
        2 * len(query)
    )


@pytest.mark.parametrize("traits", [{}, LONG, LONG | {"base": 50.0}])
@pytest.mark.parametrize(("m", "n"), [(0, 0), (7, 3), (3, 7), (40, 0)])
def test_the_score_is_that_of_turned_complex_numbers(traits, m, n):
    widget = PositionDial(query_position=m, key_position=n, **traits)
    assert widget.score == pytest.approx(score_by_hand(widget), abs=1e-12)
    assert sum(widget.terms) == pytest.approx(widget.score, abs=1e-12)


def test_at_the_start_the_rounded_terms_sum_to_the_rounded_score():
    start = PositionDial()
    shown = [round(term, 2) for term in start.terms]
    assert round(sum(shown), 2) == round(start.score, 2) == 0.25


def test_sliding_both_keeps_the_score_and_sliding_one_does_not():
    scores = [
        PositionDial(query_position=m, key_position=m - 5).score for m in (5, 23, 40)
    ]
    np.testing.assert_allclose(scores, scores[0], atol=1e-12)
    assert abs(PositionDial(query_position=23, key_position=16).score - scores[0]) > 0.1


@pytest.mark.parametrize("method", ["query only", "sinusoids"])
def test_the_other_methods_notice_where_both_stand(method):
    scores = [
        PositionDial(query_position=m, key_position=m - 5, method=method).score
        for m in (5, 23)
    ]
    assert abs(scores[0] - scores[1]) > 0.01


def test_each_method_places_the_vectors_as_the_reference_does():
    q, k = LONG["Q"], LONG["K"]
    at = {"query_position": 11, "key_position": 7}
    both = PositionDial(**LONG, **at).turned
    np.testing.assert_allclose(
        both, [rope([q], [11])[0], rope([k], [7])[0]], atol=1e-12
    )
    one = PositionDial(**LONG, **at, method="query only").turned
    np.testing.assert_allclose(one, [rope([q], [11])[0], k], atol=1e-12)
    waves = sinusoidal_positions(12, 6)
    added = PositionDial(**LONG, **at, method="sinusoids").turned
    np.testing.assert_allclose(added, [q + waves[11], k + waves[7]], atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_best_is_the_distance_with_the_largest_score(method):
    widget = PositionDial(**LONG, query_position=13, method=method)
    query = np.array([widget.turned[0]])
    scores = []
    for n in range(41):
        key = PositionDial(**LONG, key_position=n, method=method).turned[1]
        scores.append(scaled_dot_score(query, np.array([key]))[0, 0])
    assert widget.best == int(np.argmax(scores)) - 13


def test_a_key_like_the_query_is_best_at_distance_zero():
    assert PositionDial(K=PositionDial().Q).best == 0


def test_of_equal_scores_the_first_counts():
    nothing = PositionDial(Q=[0.0] * 4, K=[0.0] * 4, query_position=13)
    assert (nothing.score, nothing.best) == (0.0, -13)


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"Q": [1.0, 0.0]}, r"got Q \(2,\) and K \(8,\)"),
        ({"Q": [1.0] * 3}, r"len\(Q\) must be .*even.*got len\(Q\)=3"),
        ({"K": [1.0] * 10}, r"len\(K\) must be from 2 to 8; got len\(K\)=10"),
        ({"Q": [1.0] * 7 + [1.5]}, "Q must be from -1.4 to 1.4; got Q=1.5"),
        ({"Q": [1.0] * 7 + [float("nan")]}, r"got nan at Q\[7\]"),
        ({"query_position": 41}, "from 0 to 40; got query_position=41"),
        ({"key_position": -1}, "from 0 to 40; got key_position=-1"),
        ({"base": 1.0}, "base must be from 2 to 1000000; got base=1.0"),
        ({"method": "alibi"}, "method"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    widget = PositionDial()
    before = widget.state()
    with pytest.raises(Exception, match=message):
        widget.set_trait_values(traits)
    assert widget.state() == before


@pytest.mark.parametrize("method", METHODS)
def test_its_state_and_results_go_through_json_and_its_picture_repeats(method):
    widget = PositionDial(**LONG, method=method)
    state = json.loads(json.dumps(widget.state(), allow_nan=False))
    json.dumps([getattr(widget, name) for name in widget.results], allow_nan=False)
    assert PositionDial(**state).picture() == widget.picture()


def test_the_alternative_text_has_the_numbers():
    assert PositionDial().alt() == (
        "A query at position 12 and a key at position 9, −3 away, both turned by their "
        "positions: their score is 0.25. Of all distances within the text −7 gives the "
        "largest."
    )


# --- in a page ---


def marker(name):
    return f"[data-marker={name}] >> rect >> nth=0"


def test_sliding_the_bar_moves_both_and_the_score_stays(show):
    shown = show(PositionDial())
    before = shown.assert_python_agrees()
    shown.drag(marker("both"), 200, 0)
    after = shown.assert_python_agrees()
    assert after["query_position"] - after["key_position"] == 3
    assert after["query_position"] >= 20
    assert after["score"] == pytest.approx(before["score"], abs=1e-9)
    moved = after["query_position"] - 12
    assert shown.page.inner_text(".bw-status") == (
        f"Distance −3: score 0.25. Both moved by +{moved}: the score stayed."
    )
    shown.drag(marker("both"), 900, 0)
    assert shown.state()["query_position"] == 40
    shown.page.keyboard.press("ArrowLeft")
    assert shown.assert_python_agrees()["key_position"] == 36
    told = shown.page.inner_text(".bw-status")
    assert "Both moved by +27: the score stayed." in told  # two slides, from 12 to 39
    shown.page.get_by_role("button", name="Reset").click()
    assert shown.assert_python_agrees()["query_position"] == 12
    assert "moved" not in shown.page.inner_text(".bw-status")
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


def test_sliding_one_changes_the_score(show):
    shown = show(PositionDial())
    shown.drag(marker("query"), 100, 0)
    state = shown.assert_python_agrees()
    assert state["query_position"] > 15 and state["key_position"] == 9
    assert "moved" not in shown.page.inner_text(".bw-status")
    shown.page.locator("[data-marker=key]").press("Shift+ArrowRight")
    assert shown.assert_python_agrees()["key_position"] == 14


@pytest.mark.parametrize("method", ["query only", "sinusoids"])
def test_with_the_other_methods_sliding_both_changes_the_score(show, method):
    shown = show(PositionDial())
    shown.page.locator("select").select_option(method)
    shown.assert_python_agrees()
    shown.page.locator("[data-marker=both]").press("Shift+ArrowRight")
    shown.assert_python_agrees()
    assert "Both moved by +5: the score went from" in shown.page.inner_text(
        ".bw-status"
    )


def test_fast_keys_in_a_row_are_told_as_one_slide_from_where_they_began(show):
    widget = PositionDial()
    shown = show(widget)
    shown.page.evaluate(  # all before the page can paint once
        """() => {
          const choice = document.querySelector("select");
          choice.value = "query only";
          choice.dispatchEvent(new Event("change", { bubbles: true }));
          const bar = document.querySelector("[data-marker=both]");
          const press = { key: "ArrowRight", bubbles: true, cancelable: true };
          for (let i = 0; i < 5; i += 1) {
            bar.dispatchEvent(new KeyboardEvent("keydown", press));
          }
        }"""
    )
    widget.method = "query only"
    start = widget.score
    assert shown.assert_python_agrees()["query_position"] == 17
    widget.set_trait_values({"query_position": 17, "key_position": 14})
    told = f"Both moved by +5: the score went from {start:.2f} to {widget.score:.2f}."
    assert told.replace("-", "−") in shown.page.inner_text(".bw-status")


@pytest.mark.parametrize("method", METHODS)
def test_a_hand_can_be_pulled_and_stays_under_the_finger(show, method):
    shown = show(PositionDial(method=method))
    before = shown.assert_python_agrees()
    shown.drag("[data-hand=key1] > circle >> nth=0", 12, 5)
    pulled = shown.assert_python_agrees()
    changed = [i for i in range(8) if pulled["K"][i] != before["K"][i]]
    assert changed == [2, 3] and pulled["Q"] == before["Q"]
    unit = 146 / shown.page.locator(".bw-clocks svg").first.bounding_box()["width"]
    unit /= 24 if method == "sinusoids" else 36
    x, y = np.subtract(pulled["turned"][1], before["turned"][1])[2:4]
    assert (x, y) == pytest.approx((12 * unit, -5 * unit), abs=0.02)
    shown.page.keyboard.press("ArrowUp")
    up = shown.assert_python_agrees()["turned"][1][3] - pulled["turned"][1][3]
    assert up == pytest.approx(0.1, abs=2e-3)


def test_presets_keep_to_what_they_claim_in_any_order_and_reset_returns(show):
    start = PositionDial()
    shown = show(start)
    page = shown.page
    claims = {
        "A key like the query": lambda s: s["best"] == 0 and s["K"] == start.Q,
        "Only slow clocks": lambda s: (
            s["Q"] == [0] * 4 + start.Q[4:] and s["K"] == [0] * 4 + start.K[4:]
        ),
        "Far apart": lambda s: s["query_position"] - s["key_position"] > 30,
    }
    for before, name in itertools.product(claims, claims):
        page.locator("select").select_option("sinusoids")
        page.get_by_label("base").press("Home")
        page.get_by_role("button", name=before).click()
        page.get_by_role("button", name=name).click()
        state = shown.assert_python_agrees()
        assert claims[name](state), (before, name)
        assert (state["method"], state["base"]) == ("rope", 10_000)
        assert min(state["Q"][4:]) != 0
    page.get_by_role("button", name="Reset").click()
    state = shown.assert_python_agrees()
    assert {name: state[name] for name in start.inputs()} == start.state()


def attributes(shown, selector, *names):
    """Of all elements that the selector finds, as numbers."""
    script = "(all, names) => all.map((e) => names.map((n) => e.getAttribute(n)))"
    found = shown.page.locator(selector).evaluate_all(script, list(names))
    return np.array(found, dtype=float)


def ends(shown, selector):
    """Where all the lines end that begin in the middle."""
    script = "(all) => all.map((path) => path.getAttribute('d'))"
    paths = shown.page.locator(selector).evaluate_all(script)
    return [[float(x) for x in d.removeprefix("M0 0L").split()] for d in paths]


def ticks(shown, selector):
    """A line through the ticks: from what is written under them to where they stand."""
    places = attributes(shown, selector, "x")[:, 0]
    texts = shown.page.locator(selector).all_text_contents()
    numbers = [float(text.replace("−", "-")) for text in texts]
    line = np.polynomial.Polynomial.fit(numbers, places, 1)
    np.testing.assert_allclose(line(np.array(numbers)), places, atol=1e-9)
    return numbers, line


@pytest.mark.parametrize(("query", "key"), [(7, 19), (33, 2), (0, 40)])
def test_the_markers_stand_at_their_positions(show, query, key):
    shown = show(PositionDial(query_position=query, key_position=key))
    numbers, place = ticks(shown, ".bw-tick")
    assert numbers == [0, 10, 20, 30, 40]
    for role, position in (("query", query), ("key", key)):
        marker = f"[data-marker={role}]"
        [[x]] = attributes(shown, f"{marker} circle", "cx")
        assert x == pytest.approx(place(position))
        [[left, wide]] = attributes(shown, f"{marker} rect", "x", "width")
        assert left + wide / 2 == pytest.approx(x)
        text = shown.page.locator(f"{marker} text")
        assert text.text_content() == f"{role} at {position}"
        away = (
            20 if position < 4 or position > 36 else 1e-9
        )  # at the edge text moves inwards
        assert float(text.get_attribute("x")) == pytest.approx(x, abs=away)
    bars = attributes(shown, "[data-marker=both] rect", "x", "width")
    ends = sorted([place(query), place(key)])
    np.testing.assert_allclose([[x, x + wide] for x, wide in bars], [ends, ends])


@pytest.mark.parametrize("method", METHODS)
def test_hands_point_where_the_vectors_do(show, method):
    shown = show(PositionDial(**LONG, method=method))
    state = shown.assert_python_agrees()
    unit = 24 if method == "sinusoids" else 36
    for role, name, turned in zip(("query", "key"), "QK", state["turned"], strict=True):
        for i, pair in enumerate(np.reshape(turned, (-1, 2))):
            x, y = pair * unit * [1, -1]
            hand = f"[data-hand={role}{i}]"
            np.testing.assert_allclose(
                attributes(shown, f"{hand} circle", "cx", "cy"), [[x, y]] * 2
            )
            np.testing.assert_allclose(ends(shown, f"{hand} path"), [[x, y]])
            value = shown.page.locator(hand).get_attribute("aria-valuetext")
            assert value == "({:.2f}, {:.2f})".format(*pair).replace("-", "−")
        ghosts = ends(shown, f".bw-{role} > .bw-ghost")
        np.testing.assert_allclose(
            ghosts, np.reshape(state[name], (-1, 2)) * unit * [1, -1]
        )
    speeds = 10000.0 ** -(np.arange(3) / 3)
    for i, text in enumerate(shown.page.locator(".bw-clocks figcaption").all()):
        speed, adds = text.inner_text().split(", ")
        assert float(speed.removesuffix(" rad a step")) == pytest.approx(
            speeds[i], rel=0.05
        )
        assert adds == f"adds {state['terms'][i]:.2f}".replace("-", "−")


def test_the_wedge_goes_the_short_way_between_the_hands(show):
    shown = show(PositionDial(**LONG))
    query, key = (np.reshape(x, (-1, 2)) for x in shown.state()["turned"])
    for i, wedge in enumerate(shown.page.locator(".bw-wedge").all()):
        length, x, y = wedge.evaluate(
            """(path) => {
                const length = path.getTotalLength();
                const { x, y } = path.getPointAtLength(length / 2);
                return [length, x, y];
            }"""
        )
        ends = [complex(*hand) / abs(complex(*hand)) for hand in (query[i], key[i])]
        assert length == pytest.approx(44 + 22 * abs(np.angle(ends[1] / ends[0])), 1e-3)
        middle = 22 * sum(ends) / abs(sum(ends))
        assert (x, -y) == pytest.approx((middle.real, middle.imag), abs=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_the_curve_goes_through_the_scores_at_all_distances(show, method):
    at = {"query_position": 13, "key_position": 30, "method": method}
    shown = show(PositionDial(**LONG, **at))
    numbers, place = ticks(shown, "svg:has(.bw-curve) text")
    assert numbers == [-40, -20, 0, 20, 40]
    assert "+20" in shown.page.locator("svg:has(.bw-curve) text").all_text_contents()
    whole, inside = (
        np.reshape(re.findall(r"[\d.]+", path), (-1, 2)).astype(float)
        for path in shown.page.locator(".bw-curve").evaluate_all(
            "(all) => all.map((path) => path.getAttribute('d'))"
        )
    )
    np.testing.assert_allclose(whole[[0, -1], 0], place(np.array([-40, 40])), atol=0.06)
    np.testing.assert_allclose(
        inside[[0, -1], 0], place(np.array([-13, 27])), atol=0.06
    )
    assert {tuple(spot) for spot in inside} <= {tuple(spot) for spot in whole}
    [zero] = attributes(shown, "svg:has(.bw-curve) .bw-axis", "y1")[:, 0]
    scores = np.array(
        [PositionDial(**LONG, **at | {"key_position": n}).score for n in range(41)]
    )
    heights = inside[::4, 1] - zero  # a spot every quarter of a step
    unit = (heights @ scores) / (scores @ scores)
    assert unit < 0  # up is more
    np.testing.assert_allclose(heights, unit * scores, atol=0.12)
    [[x, y]] = attributes(shown, ".bw-now", "cx", "cy")
    assert x == pytest.approx(place(17))
    assert y - zero == pytest.approx(unit * scores[30], abs=0.12)
    label = shown.page.locator("svg:has(.bw-curve)").get_attribute("aria-label")
    now = f"{scores[30]:.2f}".replace("-", "−")
    assert label == f"Score against distance, now {now} at +17"


def test_after_any_control_it_is_drawn_as_if_anew(show):
    shown = show(PositionDial(**LONG))
    for control in shown.use_all_controls():
        used, anew = shown.drawn_anew(but=".bw-status")  # it tells of the last slide
        assert used == anew, control
        shown.assert_python_agrees()
    assert shown.errors == []


def test_other_widths_of_vectors_make_other_numbers_of_clocks(show):
    shown = show(PositionDial(Q=[1.0, 0.0], K=[0.0, 1.0]), PositionDial(**LONG))
    for i, count in enumerate((1, 3)):
        clocks = shown.page.locator(f".book-widget >> nth={i} >> .bw-clocks figure")
        assert clocks.count() == count
        shown.assert_python_agrees(i)


def test_python_takes_every_state_that_the_controls_lead_to(show):
    show(PositionDial()).assert_python_takes_every_end()


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    together = PositionDial(query_position=40, key_position=40, method="sinusoids")
    shown = show(PositionDial(key_position=0), together, theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0
