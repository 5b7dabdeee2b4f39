import json

import numpy as np
import pytest

from attn_helpers.widgets.alignment_viewer import AlignmentViewer

T, S = 5, 7
RNG = np.random.default_rng(0)
SOURCE = "the cat sat on the old mat".split()
TARGET = "die Katze saß da </s>".split()
WEIGHTS = RNG.dirichlet(np.full(S, 0.4), size=T)
HEADS = RNG.dirichlet(np.full(S, 0.4), size=(2, 3, T))
ARABIC, HEBREW, KHMER = "صديقي!", "שלום", "អង្ករ"


def viewer(**traits):
    given = {"source": SOURCE, "target": TARGET, "weights": WEIGHTS.tolist()}
    return AlignmentViewer(**given | traits)


def heads(**traits):
    return viewer(weights=HEADS.tolist(), heads=["one", "two", "three"], **traits)


def test_a_target_s_shares_are_its_row():
    widget = viewer(chosen=3)
    np.testing.assert_allclose(widget.shares, WEIGHTS[3], atol=5.1e-4)
    assert widget.strongest == WEIGHTS[3].argmax()
    assert widget.largest == pytest.approx(WEIGHTS[3].max(), abs=5.1e-4)


def test_a_source_s_shares_are_its_column_which_has_no_entropy():
    widget = viewer(side="source", chosen=6)
    np.testing.assert_allclose(widget.shares, WEIGHTS[:, 6], atol=5.1e-4)
    assert widget.strongest == WEIGHTS[:, 6].argmax()
    assert widget.entropy is None


def test_the_entropy_is_that_of_the_row_scaled_to_sum_to_one():
    half = viewer(weights=[[0.25, 0.25] + [0.0] * 5] * T)
    assert half.entropy == pytest.approx(np.log(2))
    even = viewer(weights=np.full((T, S), 1 / S).tolist())
    assert even.entropy == pytest.approx(np.log(S))


def test_a_target_that_looks_at_nothing_has_no_strongest():
    widget = viewer(weights=np.zeros((T, S)).tolist())
    assert (widget.strongest, widget.entropy, widget.largest) == (None, None, 0.0)
    assert "die → nothing" in widget.alt()


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("head", [0, 2])
def test_one_map_of_all_layers_and_heads_is_shown(layer, head):
    widget = heads(layer=layer, head=head, chosen=1)
    np.testing.assert_allclose(widget.shares, HEADS[layer, head, 1], atol=5.1e-4)
    name = ["one", "two", "three"][head]
    assert f"(layer {layer + 1}, head {name})" in widget.alt()


def test_stored_weights_keep_three_decimals_and_taking_them_in_again_changes_nothing():
    widget = heads()
    flat = np.ravel(widget.weights)
    np.testing.assert_array_equal(flat, flat.round(3))
    again = AlignmentViewer(**widget.state())
    assert again.state() == widget.state()
    maps = RNG.dirichlet(np.full(12, 0.2), size=(6, 12, 12)).round(9)
    words = [f"w{i}" for i in range(12)]
    large = AlignmentViewer(source=words, target=words, weights=maps.tolist())
    assert len(json.dumps(large.state())) < 70_000


def test_results_follow_another_choice():
    widget = viewer()
    widget.chosen = 4
    assert widget.strongest == WEIGHTS[4].argmax()
    widget.set_trait_values(
        {"source": ["a", "b"], "target": ["c"], "weights": [[0.2, 0.8]], "chosen": 0}
    )
    assert widget.strongest == 1


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"source": ["a"] * 6}, r"weights must have source=6 .* got weights \(5, 7\)"),
        ({"target": []}, r"target must hold 1 to 64 tokens; got target \(0,\)"),
        ({"source": ["a"] * 67}, r"1 to 64 tokens; got source \(67,\)"),
        (
            {"weights": WEIGHTS.T.tolist()},
            r"weights must have target=5 .* got weights \(7, 5\)",
        ),
        ({"weights": [HEADS[0].tolist()] * 2}, "layer"),
        ({"weights": HEADS[0].tolist()}, r"\(layer, head, target, source\)"),
        ({"weights": (-WEIGHTS).tolist()}, "weights must be from 0 to 1; got -"),
        ({"weights": [[0.9] * S] * T}, r"sum to more than 1; got a sum of 6\.300"),
        ({"weights": [[float("nan")] * S] * T}, "weights must be finite; got nan"),
        ({"chosen": 5}, "chosen must be from 0 to 4; got chosen=5"),
        ({"chosen": -1}, "chosen must be from 0 to 4; got chosen=-1"),
        ({"side": "source", "chosen": 7}, "chosen must be from 0 to 6; got chosen=7"),
        ({"layer": 1}, "layer must be from 0 to 0; got layer=1"),
        ({"head": 3}, "head must be from 0 to 0; got head=3"),
        ({"heads": ["a", "b"]}, r"name all 1 of them, or be empty; got heads \(2,\)"),
        ({"layers": ["a", "b"]}, r"got layers \(2,\)"),
        ({"axes": ["query"]}, r"two names, \[target, source\]; got \['query'\]"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    if message == "layer":  # two layers of the same three heads are right
        assert viewer(**traits).strongest == HEADS[0, 0, 0].argmax()
        return
    widget = viewer()
    before = widget.state()
    with pytest.raises(ValueError, match=message):
        widget.set_trait_values(traits)
    assert widget.state() == before


def test_fewer_tokens_or_maps_than_are_pointed_at_are_refused():
    widget = heads(layer=1, head=2, chosen=3)
    before = widget.state()
    with pytest.raises(ValueError, match="chosen must be from 0 to 0; got chosen=3"):
        widget.set_trait_values(
            {"target": ["x"], "weights": HEADS[:, :, :1].round(3).tolist()}
        )
    with pytest.raises(ValueError, match="layer must be from 0 to 0; got layer=1"):
        widget.weights = HEADS[:1].tolist()
    assert widget.state() == before


def test_the_alternative_text_says_where_each_token_looks():
    assert AlignmentViewer().alt() == (
        "Which of 3 source tokens each of 4 target tokens looks at most: "
        "sieben → seven 0.80, und → forty 0.70, vierzig → forty 0.90, "
        "tausend → thousand 0.85."
    )


def test_of_many_tokens_the_text_names_those_from_the_chosen_one_on():
    eye = np.eye(23).tolist()
    names = [f"t{i}" for i in range(23)]
    text = AlignmentViewer(source=names, target=names, weights=eye, chosen=11).alt()
    assert "most: t11 → t11 1.00, t12" in text and text.endswith("t18 1.00, ….")


def test_every_script_survives_in_text_and_picture():
    widget = AlignmentViewer(
        source=[ARABIC, KHMER, " "], target=[HEBREW], weights=[[0.7, 0.2, 0.1]]
    )
    picture = widget.picture()
    assert all(f">{token}<" in picture for token in (ARABIC, HEBREW, KHMER, "␣"))
    assert f"\u2068{HEBREW}\u2069 → \u2068{ARABIC}\u2069 0.70" in widget.alt()
    assert AlignmentViewer(**widget.state()).picture() == picture


def test_a_long_token_is_cut_between_letters_not_below_a_mark():
    widget = AlignmentViewer(
        source=["Donaudampfschifffahrt"], target=["ក់" * 11], weights=[[1.0]]
    )
    assert ">Donaudampfsch…<" in widget.picture()
    assert f">{'ក់' * 6}…<" in widget.picture()


# --- in a page ---

TOKEN = ".bw-token[data-{}='{}']"


def click(shown, side, i):
    shown.page.locator(TOKEN.format(side, i)).click()
    return shown.assert_python_agrees()


def status(shown):
    return shown.page.locator(".bw-status").inner_text()


def test_a_click_on_either_side_chooses_and_python_agrees(show):
    shown = show(viewer())
    for side, i in [("target", 4), ("source", 0), ("target", 1)]:
        state = click(shown, side, i)
        assert (state["side"], state["chosen"]) == (side, i)
    pressed = shown.page.locator("[aria-pressed=true]")
    assert pressed.inner_text() == "Katze"
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


def test_pointing_shows_a_row_and_leaves_the_choice_alone(show):
    shown = show(viewer(chosen=0))
    before = status(shown)
    shown.page.locator(TOKEN.format("target", 2)).hover()
    assert "saß" in status(shown)
    numbers = shown.page.locator("[data-source] .bw-number").all_inner_texts()
    assert numbers == [f"{w:.2f}" if w >= 0.005 else "" for w in WEIGHTS[2].round(3)]
    assert shown.state()["chosen"] == 0
    shown.page.mouse.move(5, 5)
    assert status(shown) == before


def test_a_finger_that_only_passes_over_shows_nothing(show):
    shown = show(viewer(chosen=0))
    before = status(shown)
    token = shown.page.locator(TOKEN.format("target", 2))
    touch = {"pointerType": "touch", "bubbles": True}
    token.dispatch_event("pointerover", touch)
    assert status(shown) == before
    token.dispatch_event("pointerover", touch | {"pointerType": "mouse"})
    assert status(shown) != before


def test_a_source_pointed_at_shows_what_it_gets_in_all(show):
    shown = show(viewer())
    shown.page.locator(TOKEN.format("source", 5)).hover()
    total = WEIGHTS.round(3)[:, 5].sum()
    assert f"It gets {total:.2f} in all" in status(shown)


def test_what_gets_next_to_nothing_is_not_said_to_be_looked_at_most(show):
    weights = [[0.996, 0.004, 0.0], [0.995, 0.0, 0.005]]
    shown = show(viewer(source=["a", "b", "c"], target=["x", "y"], weights=weights))
    for i, sentence in enumerate(["is looked at most", "Hardly", "is looked at most"]):
        shown.page.locator(TOKEN.format("source", i)).hover()
        assert sentence in status(shown)
    shown.page.locator(TOKEN.format("source", 1)).hover()
    assert "Hardly anything looks at “\u2068b\u2069”: 0.00 in all." in status(shown)


def test_the_table_points_to_rows_too(show):
    shown = show(viewer())
    shown.page.locator("rect[data-target='3']").nth(2).click()
    assert shown.assert_python_agrees()["chosen"] == 3
    frame = shown.page.locator(".bw-frame")
    assert [frame.get_attribute(a) for a in ("y", "width")] == ["3", str(S)]
    opacity = shown.page.locator("rect[data-target='3']").evaluate_all(
        "cells => cells.map(cell => Number(cell.getAttribute('fill-opacity')))"
    )
    np.testing.assert_allclose(opacity, WEIGHTS[3].round(3), atol=1e-12)


def test_keys_walk_along_a_side_and_across(show):
    shown = show(viewer(chosen=1))
    page = shown.page
    page.keyboard.press("Tab")
    for key, name in [
        ("ArrowDown", "saß"),
        ("End", "</s>"),
        ("ArrowDown", "</s>"),
        ("Home", "die"),
        ("ArrowRight", SOURCE[WEIGHTS[0].argmax()]),
        ("ArrowUp", SOURCE[max(WEIGHTS[0].argmax() - 1, 0)]),
    ]:
        page.keyboard.press(key)
        assert page.locator(":focus [dir]").inner_text() == name
    assert f"{name}\u2069” is looked at" in status(shown)
    page.keyboard.press("Enter")
    assert shown.assert_python_agrees()["side"] == "source"


def test_only_one_token_of_each_side_is_a_stop_of_the_tab_key(show):
    shown = show(viewer(chosen=3))
    stops = shown.page.locator(".bw-token[tabindex='0']")
    assert stops.count() == 2
    assert stops.first.get_attribute("data-target") == "3"
    assert stops.last.get_attribute("data-source") == str(WEIGHTS[3].argmax())


def test_layers_and_heads_are_chosen_by_name(show):
    shown = show(heads())
    shown.page.get_by_label("head").select_option(label="three")
    shown.page.get_by_label("layer").focus()
    shown.page.keyboard.press("ArrowDown")
    state = shown.assert_python_agrees()
    assert (state["layer"], state["head"]) == (1, 2)
    np.testing.assert_allclose(state["shares"], HEADS[1, 2, 0], atol=5.1e-4)
    assert shown.page.get_by_label("layer").evaluate("e => e.matches(':focus')")


def test_traits_set_from_outside_redraw_and_halves_of_a_change_do_not(show):
    shown = show(viewer(chosen=4))
    shown.page.evaluate("liveWidgets[0].model.set('target', ['a', 'b'])")
    shown.state()
    assert shown.page.locator(".bw-token[data-target]").count() == T
    shown.page.evaluate(
        "(w) => { const { model } = liveWidgets[0];"
        " model.set('weights', w); model.set('chosen', 1); }",
        WEIGHTS[:2].round(3).tolist(),
    )
    assert shown.assert_python_agrees()["strongest"] == WEIGHTS[1].argmax()
    assert shown.page.locator(".bw-token[data-target]").count() == 2


def test_tokens_that_go_take_mouse_and_focus_with_them(show):
    shown = show(viewer(chosen=1))
    shown.page.locator(TOKEN.format("target", 4)).focus()
    shown.page.locator(TOKEN.format("target", 3)).hover()
    shown.page.evaluate(
        "(w) => { const { model } = liveWidgets[0];"
        " model.set('weights', w); model.set('target', ['a', 'b']); }",
        WEIGHTS[:2].round(3).tolist(),
    )
    shown.assert_python_agrees()
    assert "“\u2068b\u2069” looks most" in status(shown)
    shown.page.mouse.move(0, 0)
    used, anew = shown.drawn_anew()
    assert used == anew
    assert shown.errors == []


@pytest.mark.parametrize("widget", [heads(), viewer(side="source", chosen=6)])
def test_after_any_control_it_is_drawn_as_if_anew(show, widget):
    shown = show(widget)
    away = "() => { scrollTo(0, 0); document.activeElement.blur(); }"
    for control in shown.use_all_controls():
        shown.assert_python_agrees()
        shown.page.evaluate(away)
        shown.page.mouse.move(0, 0)
        used, anew = shown.drawn_anew()
        assert used == anew, control
    shown.page.set_viewport_size({"width": 360, "height": 1000})
    names = {"axes": ["ours", "theirs"], "heads": [], "layers": []}
    shown.page.evaluate(
        "names => Object.entries(names).map("
        "([trait, value]) => liveWidgets[0].model.set(trait, value))",
        names,
    )
    used, anew = shown.drawn_anew()
    assert used == anew
    assert shown.errors == []


def test_the_right_button_and_keys_of_the_browser_choose_and_move_nothing(show):
    shown = show(viewer(chosen=1))
    token = shown.page.locator(TOKEN.format("target", 3))
    token.click(button="right")
    assert shown.state()["chosen"] == 1
    for key in ("Alt+ArrowDown", "Control+End", "Meta+ArrowRight"):
        token.press(key)
        assert token.evaluate("token => token === document.activeElement")


def test_lines_join_the_middles_of_the_tokens(show):
    shown = show(viewer(weights=np.eye(T, S).tolist()))
    ends = shown.page.evaluate(
        """() => [...document.querySelectorAll('.bw-links path')].map((path) => {
          const box = path.ownerSVGElement.getBoundingClientRect();
          const at = (i) => box.top + path.getPointAtLength(i).y / 100 * box.height;
          const middle = (side) => {
            const i = path.getAttribute(`data-of-${side}`);
            const token = document.querySelector(`.bw-token[data-${side}="${i}"]`);
            const { top, height } = token.getBoundingClientRect();
            return top + height / 2;
          };
          const [y1, y2] = [at(0), at(path.getTotalLength())];
          return [y1 - middle("target"), y2 - middle("source")];
        })"""
    )
    assert len(ends) == T
    np.testing.assert_allclose(ends, 0, atol=1)


def test_tokens_of_every_script_keep_their_letters_and_direction(show):
    widget = AlignmentViewer(
        source=[ARABIC, KHMER], target=[HEBREW, ""], weights=[[1, 0], [0, 0]]
    )
    shown = show(widget)
    texts = shown.page.locator(".bw-token > [dir]").all_text_contents()
    assert texts == [HEBREW, "␣", ARABIC, KHMER]
    directions = shown.page.locator(".bw-token > [dir]").evaluate_all(
        "spans => spans.map(span => getComputedStyle(span).direction)"
    )
    assert directions == ["rtl", "ltr", "rtl", "ltr"]
    assert f"\u2068{HEBREW}\u2069” looks most at “\u2068{ARABIC}\u2069”: 1.00" in (
        status(shown)
    )


def test_no_label_of_a_row_is_cut_at_its_descenders(show):
    words = ["vierzig", "jgpqy", "achtzig"]
    shown = show(
        viewer(target=words, weights=WEIGHTS[:3].tolist()),
        viewer(target=words * 9, weights=[*WEIGHTS[:3].tolist()] * 9),
    )
    room = shown.page.locator(".bw-down [dir]").evaluate_all(
        """labels => labels.map((label) => {
          const { fontSize } = getComputedStyle(label);
          return label.clientHeight / parseFloat(fontSize);
        })"""
    )
    assert len(room) == 30 and min(room) >= 1.4


def test_it_says_that_words_can_be_pointed_at(show):
    shown = show(viewer())
    hint = shown.page.get_by_text("Point at a word")
    token = shown.page.locator(TOKEN.format("target", 0))
    assert hint.bounding_box()["y"] < token.bounding_box()["y"]


def test_a_challenge_is_solved_by_choosing_a_head(show):
    goal = {
        "goal": "Find the head that looks back.",
        "conditions": [
            {"path": ["largest"], "op": ">=", "value": 0.9, "hint": "not so sure."}
        ],
        "keep": ["chosen"],
        "start": {"chosen": 0},
    }
    shown = show(
        viewer(weights=[[WEIGHTS.tolist(), np.eye(T, S).tolist()]], challenge=goal)
    )
    assert "Not yet: not so sure." in shown.page.inner_text(".bw-challenge")
    shown.page.get_by_label("head").select_option(label="2")
    shown.state()
    assert "✓ Solved." in shown.page.inner_text(".bw-challenge")


def test_python_takes_every_state_that_the_controls_lead_to(show):
    shown = show(heads(), viewer(side="source"))
    for i in (0, 1):
        shown.assert_python_takes_every_end(i, steps=30)


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    padded = AlignmentViewer(
        source=[*"battambang", "</s>", *["·"] * 14],
        target=list("បាត់តំបង"),
        weights=np.full((8, 25), 0.04).tolist(),
    )
    words = "the comfortable animals did not cross the street as they were tired"
    long = AlignmentViewer(
        source=words.split(),
        target=[*words.split()[:11], "Donaudampfschifffahrtsgesellschaft"],
        weights=np.full((12, 12), 0.083).tolist(),
        side="source",
    )
    shown = show(heads(), padded, long, theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0
    assert shown.errors == []
