import json
import re

import numpy as np
import pytest
import torch

from attn_helpers.reference.masks import causal_mask, prefix_mask, window_mask
from attn_helpers.widgets.mask_painter import MaskPainter

T = 7
WORDS = [f"w{i}" for i in range(T)]


def painter(mask, **traits):
    return MaskPainter(**{"tokens": WORDS, "mask": np.array(mask).tolist()} | traits)


def stray():
    """A causal mask with one cell too many: the second token reads the last."""
    mask = causal_mask(T)
    mask[1, -1] = True
    return mask


def test_the_weights_are_those_of_torch_and_a_dead_row_gets_none():
    rng = np.random.default_rng(0)
    mask, scores = causal_mask(T), rng.normal(size=(T, T))
    mask[3] = False
    widget = painter(mask, scores=scores.tolist())
    filled = torch.tensor(scores).masked_fill(~torch.tensor(mask), -torch.inf)
    np.testing.assert_allclose(
        widget.weights, filled.softmax(-1).nan_to_num(0.0), atol=1e-12
    )
    assert sum(widget.weights[3]) == 0


def test_it_starts_causal_and_without_a_leak():
    widget = MaskPainter()
    np.testing.assert_array_equal(widget.mask, causal_mask(6))
    assert widget.leaks == []
    assert np.any(widget.scores)


def test_one_cell_too_many_leaks_directly_once_and_through_layers_below():
    one, two = painter(stray(), layers=1), painter(stray(), layers=2)
    assert one.leaks == [[1, 6]]
    assert [leak for leak in two.leaks if leak[1] == 6] == [[i, 6] for i in range(1, 6)]
    # and the second token reads all that the last one has read
    assert [leak for leak in two.leaks if leak[0] == 1] == [[1, j] for j in range(2, 7)]
    assert two.reach[2][6] == 2 and one.reach[2][6] == -1


def test_without_a_task_nothing_is_a_leak():
    assert painter(np.ones((T, T), bool), task="none").leaks == []
    assert len(painter(np.ones((T, T), bool)).leaks) == T * (T - 1) // 2


def test_a_given_prompt_may_be_read_in_both_directions():
    mask = prefix_mask(T, 3)
    assert painter(mask, given=3).leaks == []
    # of two tokens the second is asked for the third, which the prefix shows it
    assert painter(mask, given=2).leaks == [[1, 2]]


def test_padding_on_the_right_is_hidden_by_a_causal_mask_but_not_on_the_left():
    assert painter(causal_mask(T), padding=[5, 6]).leaks == []
    left = painter(causal_mask(T), padding=[0], layers=1).leaks
    assert left == [[i, 0] for i in range(1, T)]
    everyone = painter(np.ones((T, T), bool), task="none", padding=[6], layers=1)
    assert everyone.leaks == [[i, 6] for i in range(6)]


def test_the_newest_queries_line_up_with_the_last_keys():
    newest = MaskPainter(tokens=list("abcde"), queries=["d", "e"])
    np.testing.assert_array_equal(newest.mask, causal_mask(2, 5, first=3))
    assert newest.leaks == []
    full = [[True] * 5] * 2
    full = MaskPainter(tokens=list("abcde"), queries=["d", "e"], mask=full)
    assert full.leaks == [[0, 4]]
    assert full.reach == [[1] * 5] * 2


def test_every_real_query_of_another_sequence_must_not_see_padding():
    mask = [[True] * 3] * 2
    widget = MaskPainter(
        tokens=["un", "chat", "."],
        queries=["a", "cat"],
        mask=mask,
        task="none",
        padding=[2],
    )
    assert widget.leaks == [[0, 2], [1, 2]]


def test_a_window_reaches_further_with_each_layer():
    widget = painter(window_mask(T, 1), task="none", layers=3)
    assert widget.reach[0] == [0, 1, 2, 3, -1, -1, -1]
    widget.layers = 1
    assert widget.reach[0] == [0, 1, -1, -1, -1, -1, -1]


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"tokens": ["a"]}, r"len\(tokens\) must be from 2 to 10; got len\(tokens\)=1"),
        ({"tokens": ["a"] * 11}, r"got len\(tokens\)=11"),
        (
            {"tokens": ["a"] * 3},
            r"mask must have t_q=3 for .*; got mask \(6, 6\)",
        ),
        ({"queries": ["a"] * 11}, r"got len\(queries\)=11"),
        ({"mask": [[True]]}, r"mask must have t_q=6 for .*; got mask \(1, 1\)"),
        ({"mask": [[1.0] * 6] * 6}, "mask must be boolean.*got mask of dtype float64"),
        (
            {"scores": [[1.0] * 5] * 6},
            r"scores must have t_k=6 for .*; got scores \(6, 5\)",
        ),
        ({"scores": [[float("inf")] * 6] * 6}, r"got inf at scores\[0, 0\]"),
        ({"layers": 5}, "layers must be from 1 to 4; got layers=5"),
        ({"selected": -1}, "selected must be from 0 to 9; got selected=-1"),
        ({"given": 11}, "given must be from 0 to 10; got given=11"),
        ({"padding": [10]}, "padding must be from 0 to 9; got padding=10"),
        ({"padding": [3, 10**30]}, r"padding must be from 0 to 9; got padding=10{30}"),
        ({"task": "guess"}, "task"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    widget = MaskPainter()
    before = widget.state()
    with pytest.raises(Exception, match=message):
        widget.set_trait_values(traits)
    assert widget.state() == before


def test_words_mask_and_scores_change_together():
    widget = MaskPainter()
    table = np.zeros((2, 2))
    widget.set_trait_values(
        {"tokens": ["a", "b"], "mask": (table > 0).tolist(), "scores": table.tolist()}
    )
    assert widget.weights == [[0, 0], [0, 0]]
    assert "depends on 1 of 2 inputs" in widget.alt()


def test_its_state_and_results_go_through_json_and_its_picture_repeats():
    widget = painter(stray(), selected=4, padding=[6])
    state = json.loads(json.dumps(widget.state(), allow_nan=False))
    json.dumps([getattr(widget, name) for name in widget.results], allow_nan=False)
    assert MaskPainter(**state).picture() == widget.picture()
    assert "[pad]" in widget.picture()


def test_the_alternative_text_has_the_numbers():
    assert painter(stray(), selected=5).alt() == (
        "A mask of 7 queries and 7 keys with 29 open cells. After 2 layers the output "
        "of w5 depends on 7 of 7 inputs; 1 leak is direct, 8 come through layers."
    )
    newest = MaskPainter(tokens=list("abcde"), queries=["d", "e"])
    assert "After 1 layer the output of e depends on 5 of 5 inputs" in newest.alt()


# --- in a page ---


def cell(i, j):
    return f"[data-cell='{i},{j}']"


def test_a_click_opens_a_cell_and_python_agrees(show):
    shown = show(MaskPainter())
    shown.page.click(cell(1, 5))
    state = shown.assert_python_agrees()
    assert state["mask"][1][5] and state["selected"] == 1
    assert state["leaks"][-1] == [4, 5]
    assert "Leaks: 1 direct, 6 through layers." in shown.page.inner_text(".bw-status")
    assert shown.page.locator("td.bw-leak").count() == 7
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


def test_the_path_of_a_leak_is_spelled_out(show):
    mask = causal_mask(6)
    mask[1, 5] = True
    shown = show(MaskPainter(mask=mask.tolist(), selected=4))
    assert shown.page.inner_text(".bw-status") == (
        "After 2 layers “a” depends on 6 of 6 inputs. Leaks: 1 direct, 6 through "
        "layers. It must not know “mat”, but: mat → cat → a."
    )
    shown.page.locator("circle[data-output='0']").last.click()
    assert shown.state()["selected"] == 0
    assert "“the” depends on 1 of 6" in shown.page.inner_text(".bw-status")


def test_what_flows_to_an_output_is_lit_and_what_brings_a_leak_is_bad(show):
    layers, chosen = 3, 4
    mask = causal_mask(T) & window_mask(T, 2)
    mask[2, 5] = True
    shown = show(painter(mask, layers=layers, selected=chosen))
    state = shown.assert_python_agrees()
    leaking = [j for i, j in state["leaks"] if i == chosen]
    assert leaking
    step = (mask | np.eye(T, dtype=bool)).astype(int)

    def kind(layer, i, from_layer, j):
        """What way from input j of a layer to output i news comes to the chosen one."""
        if not np.linalg.matrix_power(step, layers - layer)[chosen, i]:
            return "faint"
        carried = np.linalg.matrix_power(step, from_layer)[j, leaking].any()
        return "bad" if carried else "lit"

    dots = shown.page.locator(".bw-flow circle").evaluate_all(
        "(all) => all.map((c) => [c.getAttribute('class').slice(3),"
        " ...['cx', 'cy'].map((name) => Number(c.getAttribute(name)))])"
    )
    places = {}
    for n, (drawn, *place) in enumerate(dots):
        layer, i = divmod(n, T)
        places[layer, i] = tuple(place)
        is_output = (layer, i) == (layers, chosen)
        assert drawn == ("output-dot" if is_output else kind(layer, i, layer, i))
    ways = {"faint": set(), "lit": set(), "bad": set()}
    for layer in range(1, layers + 1):
        for i, j in np.argwhere(step).tolist():
            way = places[layer - 1, j], places[layer, i]
            ways[kind(layer, i, layer - 1, j)].add(way)
    for name, expected in ways.items():
        path = shown.page.locator(f".bw-flow path.bw-{name}").get_attribute("d")
        numbers = [
            [tuple(map(float, re.split("[ ,]", end))) for end in line.split("L")]
            for line in path.split("M")[1:]
        ]
        assert {tuple(line) for line in numbers} == expected
    heights = {layer: y for (layer, _), (_, y) in places.items()}
    assert heights[3] < heights[2] < heights[1] < heights[0]  # the output is on top
    label = shown.page.locator(".bw-flow svg").get_attribute("aria-label")
    known = [WORDS[j] for j in np.flatnonzero(np.array(state["reach"])[chosen] >= 0)]
    assert label == f"{', '.join(known)} can reach {WORDS[chosen]}"


def test_cells_show_their_weights_and_after_how_many_layers_news_comes(show):
    scores = np.random.default_rng(1).normal(size=(T, T))
    shown = show(painter(window_mask(T, 1), scores=scores.tolist(), layers=4))
    state = shown.assert_python_agrees()
    for i, j in np.ndindex(T, T):
        weight, steps = state["weights"][i][j], state["reach"][i][j]
        may = state["mask"][i][j]
        text = f"{weight:.2f}".lstrip("0") if may else str(steps) if steps > 1 else ""
        box = shown.page.locator(cell(i, j))
        assert box.inner_text() == text
        assert float(box.evaluate("c => c.style.getPropertyValue('--share')")) == weight
        words = f"may attend, weight {weight:.2f}" if may else "may not attend"
        if not may and steps > 1:
            words += f", comes through after {steps} layers"
        leak = ", a leak" if [i, j] in state["leaks"] else ""
        label = f"{WORDS[i]} to {WORDS[j]}: {words}{leak}"
        assert box.get_attribute("aria-label") == label
        assert box.get_attribute("aria-selected") == str(may).lower()


def test_a_word_that_comes_twice_is_numbered(show):
    words = "the boat left the river".split()
    everyone = [[True] * 5] * 5
    widget = MaskPainter(tokens=words, mask=everyone, selected=3, layers=1)
    assert "the output of the₂ depends on 5 of 5" in widget.alt()
    shown = show(widget)
    assert "“the₂” depends on 5" in shown.page.inner_text(".bw-status")
    assert "but: river → the₂." in shown.page.inner_text(".bw-status")
    shown.page.focus(cell(2, 3))
    shown.state()
    assert "must not know “the₂”, but: the₂ → left" in shown.page.inner_text(
        ".bw-status"
    )
    label = shown.page.locator(cell(2, 0)).get_attribute("aria-label")
    assert label.startswith("left to the₁")
    assert shown.page.locator("tbody th").all_inner_texts() == words


def test_reset_ends_and(show):
    shown = show(MaskPainter())
    shown.page.get_by_label("(AND)").check()
    shown.page.get_by_role("button", name="Reset").click()
    assert not shown.page.get_by_label("(AND)").is_checked()
    shown.page.get_by_role("button", name="Everyone").click()
    assert np.all(shown.assert_python_agrees()["mask"])


def test_the_ring_of_the_focus_is_not_the_frame_of_a_leak(show):
    shown = show(MaskPainter())
    shown.page.click(cell(1, 5))  # open, leaks, has the focus
    shown.state()  # waits for the next picture
    look = """(cell) => {
        const { outlineColor, boxShadow } = getComputedStyle(cell);
        return [outlineColor, boxShadow];
    }"""
    ring, frame = shown.page.locator(cell(1, 5)).evaluate(look)
    assert "inset" in frame and ring not in frame
    shown.page.click(cell(1, 5))  # closed: no leak, and no frame
    shown.state()
    assert shown.page.locator(cell(1, 5)).evaluate(look)[1] == "none"


def test_a_drag_paints_what_it_passes_all_in_one_way(show):
    shown = show(MaskPainter())
    width = shown.page.locator(cell(0, 0)).bounding_box()["width"] + 2
    shown.drag(cell(0, 1), 4 * width, 0)
    assert shown.assert_python_agrees()["mask"][0] == [True] * 6
    shown.drag(cell(5, 0), 3 * width, 0)  # starts on an open cell: closes
    assert shown.assert_python_agrees()["mask"][5] == [False] * 4 + [True] * 2


def test_a_finger_paints_and_the_page_stands_still(show):
    shown = show(MaskPainter())
    page = shown.page
    boxes = [page.locator(cell(2, j)).bounding_box() for j in (3, 5)]
    touch = page.context.new_cdp_session(page)
    for kind, box in (("Start", boxes[0]), ("Move", boxes[1]), ("End", None)):
        points = [{"x": box["x"] + 9, "y": box["y"] + 9}] if box else []
        touch.send(
            "Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points}
        )
    row = shown.assert_python_agrees()["mask"][2]
    assert row[3] and row[5]
    assert page.evaluate("scrollY") == 0


def phone(show):
    many = [MaskPainter() for _ in range(3)]
    shown = show(*many, width=360, height=600, touch=True)
    shown.page.locator(cell(2, 4)).first.scroll_into_view_if_needed()
    return shown


def test_a_finger_that_swipes_up_scrolls_and_paints_nothing(show):
    shown = phone(show)
    before = shown.state()["mask"]
    scrolled = shown.page.evaluate("scrollY")
    shown.swipe(cell(2, 4), 0, -120)
    shown.page.wait_for_function("(before) => scrollY > before", arg=scrolled)
    assert shown.state()["mask"] == before
    assert undo(shown).first.is_disabled()


def test_a_finger_that_taps_paints_one_cell_and_one_that_moves_along_paints_a_row(show):
    shown = phone(show)
    shown.page.locator(cell(2, 4)).first.tap()
    mask = np.array(shown.assert_python_agrees()["mask"])
    assert np.argwhere(mask != causal_mask(6)).tolist() == [[2, 4]]
    width = shown.page.locator(cell(0, 0)).first.bounding_box()["width"] + 2
    scrolled = shown.page.evaluate("scrollY")
    shown.swipe(cell(1, 2), 2 * width, 0)
    mask = np.array(shown.assert_python_agrees()["mask"])
    changed = np.argwhere(mask != causal_mask(6)).tolist()
    assert changed == [[1, 2], [1, 3], [1, 4], [2, 4]]
    assert shown.page.evaluate("scrollY") == scrolled


def undo(shown):
    return shown.page.get_by_role("button", name="Undo")


def test_undo_takes_back_a_stroke_a_key_and_a_preset_one_by_one(show):
    shown = show(MaskPainter())
    page = shown.page
    assert undo(shown).is_disabled()
    before = [shown.state()]
    width = page.locator(cell(0, 0)).bounding_box()["width"] + 2
    shown.drag(cell(0, 1), 3 * width, 0)
    before.append(shown.state())
    page.locator(cell(4, 1)).press("Space")
    before.append(shown.state())
    page.get_by_role("button", name="Prefix").click()
    assert shown.state()["given"] == 2
    for state in reversed(before):
        undo(shown).click()
        now = shown.assert_python_agrees()
        assert (now["mask"], now["given"]) == (state["mask"], state["given"])
    assert undo(shown).is_disabled()


def test_undo_has_the_keys_of_an_editor_and_none_in_the_field_for_words(show):
    shown = show(MaskPainter())
    here = shown.page.locator(cell(0, 3))
    here.press("Space")
    assert shown.state()["mask"][0][3]
    own(shown).press("Control+z")
    assert shown.state()["mask"][0][3]
    here.press("Control+z")
    assert shown.assert_python_agrees()["mask"] == causal_mask(6).tolist()
    here.press("Control+z")  # nothing is left
    assert shown.state()["mask"] == causal_mask(6).tolist()


def test_after_reset_there_is_nothing_to_undo(show):
    shown = show(MaskPainter())
    shown.page.click(cell(1, 4))
    shown.state()
    assert undo(shown).is_enabled()
    shown.page.get_by_role("button", name="Reset").click()
    shown.state()
    assert undo(shown).is_disabled()


def own(shown):
    return shown.page.get_by_label("your own words")


def test_a_reader_s_own_words_are_the_tokens_and_their_scores_are_0(show):
    shown = show(MaskPainter(padding=[5], mask=stray()[:6, :6].tolist()))
    old = shown.state()["mask"]
    own(shown).fill("one two three four five six")
    own(shown).press("Enter")
    state = shown.assert_python_agrees()
    assert state["tokens"][-1] == "six" and not np.any(state["scores"])
    assert (state["mask"], state["padding"]) == (old, [5])
    own(shown).fill("  up to ten words can be taken and these are more ")
    own(shown).press("Enter")
    state = shown.assert_python_agrees()
    assert state["tokens"] == "up to ten words can be taken and these are".split()[:10]
    np.testing.assert_array_equal(state["mask"], causal_mask(10))
    assert state["padding"] == [] and state["given"] == 0
    used, anew = shown.drawn_anew(but="[aria-label=Masks], .bw-undo")
    assert used == anew
    undo(shown).click()
    assert shown.assert_python_agrees()["tokens"][-1] == "six"
    assert shown.errors == []


def test_one_word_is_not_taken_and_the_same_words_keep_their_scores(show):
    shown = show(MaskPainter())
    before = shown.state()
    for text in ("alone", "the  cat sat on a mat "):
        own(shown).fill(text)
        own(shown).press("Enter")
        assert shown.state() == before
        assert own(shown).input_value() == "the cat sat on a mat"


def test_the_figure_does_not_change_its_height_with_its_sentence(show):
    for size in ({"width": 1366, "height": 640}, {"width": 360, "height": 740}):
        shown = show(MaskPainter(), **size)
        shown.page.add_style_tag(content="main { max-width: 48rem }")
        heights = set()
        for place in ((0, 0), (1, 5), (4, 5)):
            shown.page.click(cell(*place))
            shown.state()
            height = shown.page.locator(".bw").bounding_box()["height"]
            heights.add(round(height))
        assert len(heights) == 1


def test_arrows_move_and_space_paints(show):
    shown = show(MaskPainter())
    page = shown.page
    page.focus(cell(3, 0))
    for key in ("ArrowRight", "ArrowDown", " ", "ArrowUp", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    state = shown.assert_python_agrees()
    changed = np.argwhere(np.array(state["mask"]) != causal_mask(6)).tolist()
    assert changed == [[2, 1], [4, 1]]
    assert state["selected"] == 2
    assert page.locator("[data-cell][tabindex='0']").count() == 1
    for _ in range(9):
        page.keyboard.press("ArrowUp")
    assert shown.state()["selected"] == 0


def test_keys_of_the_browser_move_and_paint_nothing(show):
    shown = show(MaskPainter())
    here = shown.page.locator(cell(3, 4))
    here.focus()
    before = shown.state()
    for key in ("Alt+ArrowLeft", "Control+Enter", "Meta+ArrowUp"):
        here.press(key)
        assert here.evaluate("cell => cell === document.activeElement")
    assert shown.state() == before


def test_a_held_key_paints_once_and_the_right_button_never(show):
    shown = show(MaskPainter())
    page = shown.page
    page.focus(cell(3, 4))
    for key in (" ", "Enter"):
        before = shown.state()["mask"][3][4]
        for _ in range(4):
            page.keyboard.down(key)
        page.keyboard.up(key)
        assert shown.state()["mask"][3][4] != before
    page.click(cell(1, 5), button="right")
    assert shown.assert_python_agrees()["mask"] == causal_mask(6).tolist()


@pytest.mark.parametrize("queries", [[], ["d", "e"]])
def test_after_any_control_it_is_drawn_as_if_anew(show, queries):
    shown = show(MaskPainter(tokens=list("abcde"), queries=queries, layers=3))
    for control in shown.use_all_controls():
        used, anew = shown.drawn_anew(but="[aria-label=Masks], .bw-undo")
        assert used == anew, control
        shown.assert_python_agrees()
    assert shown.errors == []


@pytest.mark.parametrize(
    ("name", "mask", "leaks"),
    [
        ("Everyone", np.ones((6, 6), bool), 15),
        ("Causal", causal_mask(6), 0),
        ("Window", window_mask(6, 2), 14),
        ("Prefix", prefix_mask(6, 2), 0),
        ("Padding", np.tile([True] * 4 + [False] * 2, (6, 1)), 6),
        ("Nobody", np.zeros((6, 6), bool), 0),
    ],
)
def test_presets_paint_what_they_claim(show, name, mask, leaks):
    shown = show(MaskPainter())
    shown.page.get_by_role("button", name=name).click()
    state = shown.assert_python_agrees()
    np.testing.assert_array_equal(state["mask"], mask)
    assert len(state["leaks"]) == leaks


def test_it_says_which_tokens_are_given(show):
    shown = show(MaskPainter())
    shown.page.get_by_role("button", name="Prefix").click()
    assert shown.assert_python_agrees()["given"] == 2
    assert "The first 2 tokens are given" in shown.page.inner_text(".bw-status")
    shown.page.get_by_role("button", name="One cell too many").click()
    state = shown.assert_python_agrees()
    assert state["given"] == 0 and [4, 5] in state["leaks"]


def test_and_keeps_closed_what_is_closed(show):
    shown = show(MaskPainter())
    shown.page.get_by_label("only where open already (AND)").click()
    shown.page.get_by_role("button", name="Window").click()
    state = shown.assert_python_agrees()
    np.testing.assert_array_equal(state["mask"], causal_mask(6) & window_mask(6, 2))
    shown.page.get_by_role("button", name="Padding").click()
    state = shown.assert_python_agrees()
    assert state["padding"] == [4, 5] and state["leaks"] == []
    assert shown.page.locator("thead th").nth(4).inner_text() == "[pad]"


def test_the_size_changes_the_last_preset_and_layers_add_up(show):
    shown = show(MaskPainter(task="none"))
    shown.page.get_by_role("button", name="Window").click()
    shown.page.get_by_label("size of window").press("ArrowLeft")
    state = shown.assert_python_agrees()
    np.testing.assert_array_equal(state["mask"], window_mask(6, 1))
    shown.page.get_by_role("slider", name="layers").press("End")
    assert shown.assert_python_agrees()["reach"][0] == [0, 1, 2, 3, 4, -1]
    shown.page.get_by_role("button", name="Reset").click()
    np.testing.assert_array_equal(shown.assert_python_agrees()["mask"], causal_mask(6))


def test_a_dead_row_says_so(show):
    shown = show(MaskPainter())
    shown.page.get_by_role("button", name="Nobody").click()
    shown.state()
    assert "“on” may attend to nothing" in shown.page.inner_text(".bw-status")
    assert set(shown.page.locator(".bw-total").all_inner_texts()) == {"0"}


def test_the_mask_of_a_cache_is_a_challenge(show):
    widget = MaskPainter(
        tokens=list("abcde"),
        queries=["d", "e"],
        mask=[[True, False, False, False, False], [True, True, False, False, False]],
        challenge={
            "goal": "Two new tokens, five keys: paint the causal mask.",
            "conditions": [
                {
                    "path": ["mask"],
                    "op": "==",
                    "value": causal_mask(2, 5, first=3).tolist(),
                    "hint": "The last query lines up with the last key.",
                }
            ],
        },
    )
    shown = show(widget)
    assert not shown.page.locator(".bw-flow").is_visible()
    assert "lines up with the last key" in shown.page.inner_text(".bw-challenge")
    assert not shown.page.get_by_role("button", name="Causal").is_visible()
    for i, j in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (1, 4)):
        shown.page.click(cell(i, j))
    shown.assert_python_agrees()
    assert "Solved" in shown.page.inner_text(".bw-challenge")


def test_python_takes_every_state_that_the_controls_lead_to(show):
    crossing = {"queries": ["x", "y", "z"], "mask": np.ones((3, T), bool).tolist()}
    shown = show(
        MaskPainter(padding=[5]), painter(**crossing, scores=np.eye(3, T).tolist())
    )
    for i in (0, 1):
        shown.assert_python_takes_every_end(i)


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    words = "when the old fisherman came home his قطة was sleeping".split()
    mask = window_mask(10, 1).tolist()
    many = MaskPainter(tokens=words, mask=mask, layers=4)
    sharp = MaskPainter(scores=(9 * np.eye(6)).tolist(), mask=[[True] * 6] * 6)
    shown = show(many, sharp, theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0
