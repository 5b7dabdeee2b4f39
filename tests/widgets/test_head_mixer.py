import json

import numpy as np
import pytest
import torch

from attn_helpers.widgets.head_mixer import EXAMPLE, SENTENCE, HeadMixer, sentence

T, D = 5, 6
WORDS = [f"w{i}" for i in range(T)]


def problem(seed=0):
    """Random vectors and projections for WORDS."""
    rng = np.random.default_rng(seed)
    tables = {name: rng.normal(size=(D, D)) for name in ("w_q", "w_k", "w_v", "w_o")}
    tables["X"] = rng.normal(size=(T, D))
    return tables


def mixer(tables, widths, **traits):
    lists = {name: table.tolist() for name, table in tables.items()}
    return HeadMixer(tokens=WORDS, widths=widths, **lists, **traits)


def torch_attention(tables, num_heads):
    """torch's own module with these projections."""
    module = torch.nn.MultiheadAttention(
        D, num_heads, bias=False, batch_first=True, dtype=torch.float64
    )
    joined = np.concatenate([tables[name].T for name in ("w_q", "w_k", "w_v")])
    with torch.no_grad():
        module.in_proj_weight.copy_(torch.tensor(joined))
        module.out_proj.weight.copy_(torch.tensor(tables["w_o"].T))
        x = torch.tensor(tables["X"])[None]
        output, weights = module(x, x, x, average_attn_weights=False)
    return output[0].numpy(), weights[0].numpy()


@pytest.mark.parametrize("num_heads", [1, 2, 3, 6])
def test_even_cuts_are_the_heads_of_torch(num_heads):
    tables = problem()
    widget = mixer(tables, [D // num_heads] * num_heads)
    output, weights = torch_attention(tables, num_heads)
    np.testing.assert_allclose(widget.output, output, atol=1e-10)
    np.testing.assert_allclose(widget.weights, weights, atol=1e-10)
    assert widget.change == [0.0] * T


def test_a_head_is_its_rows_of_w_o_and_switching_it_off_takes_them_away():
    tables = problem(1)
    rest = mixer(tables, [1, 2, 3], off=[1])
    tables["w_o"][1:3] = 0
    np.testing.assert_allclose(rest.output, mixer(tables, [1, 2, 3]).output, atol=1e-12)
    assert not np.array(rest.joined)[:, 1:3].any()
    assert min(rest.change) > 0


def test_all_heads_off_leave_nothing():
    widget = HeadMixer(off=[0, 1, 2, 3])
    np.testing.assert_array_equal(widget.output, np.zeros((6, 8)))
    full = np.linalg.norm(HeadMixer().output, axis=-1)
    np.testing.assert_allclose(widget.change, full, atol=1e-12)


def test_the_change_is_from_the_baseline_cut_by_columns_with_all_heads_on():
    tables = problem(11)
    cut = mixer(tables, [1, 2, 3], off=[2], split="reshape only", baseline=[2, 4])
    before = np.array(mixer(tables, [2, 4]).output)
    expected = np.sqrt(((cut.output - before) ** 2).sum(axis=1))
    np.testing.assert_allclose(cut.change, expected, atol=1e-12)


def test_the_baseline_is_the_first_widths_and_stays():
    widget = mixer(problem(12), [2, 4])
    widget.widths = [3, 3]
    assert widget.baseline == [2, 4] and min(widget.change) > 0
    assert HeadMixer(**widget.state()).change == widget.change


def test_without_the_transpose_heads_get_the_numbers_in_reading_order():
    tables = problem(2)
    widget = mixer(tables, [3, 3], split="reshape only")
    q, k = (tables["X"] @ tables[name] for name in ("w_q", "w_k"))
    scores = q.reshape(2, T, 3) @ k.reshape(2, T, 3).swapaxes(1, 2) / np.sqrt(3)
    expected = torch.tensor(scores).softmax(-1)
    np.testing.assert_allclose(widget.weights, expected, atol=1e-12)
    assert not np.allclose(widget.weights, mixer(tables, [3, 3]).weights)


def test_with_one_head_forgetting_the_transpose_changes_nothing():
    tables = problem(3)
    wrong = mixer(tables, [D], split="reshape only")
    np.testing.assert_allclose(wrong.output, mixer(tables, [D]).output, atol=1e-12)


def test_the_four_heads_made_by_hand_look_where_their_names_say():
    previous, same, noun, first = np.array(HeadMixer().weights)
    np.testing.assert_array_equal(previous.argmax(-1), [0, 0, 1, 2, 3, 4])
    assert previous.max(-1).min() > 0.9
    np.testing.assert_allclose(same[[0, 4]][:, [0, 4]], 0.5, atol=0.02)
    np.testing.assert_array_equal(same[[1, 2, 3, 5]].argmax(-1), [1, 2, 3, 5])
    assert noun[[1, 5], 2].min() > 0.85  # from a noun to the verb
    assert noun[[0, 2, 3, 4]][:, [1, 5]].sum(-1).min() > 0.9
    assert first[:, 0].min() > 0.9


def test_the_head_that_rests_is_not_missed_and_the_others_are():
    changes = [HeadMixer(off=[head]).change for head in range(4)]
    assert max(changes[3]) < 0.05
    assert min(map(max, changes[:3])) > 0.9


def test_two_joined_heads_must_compromise():
    together = np.array(HeadMixer(widths=[4, 2, 2]).weights[0])
    np.testing.assert_allclose(together[1, :2], [0.48, 0.52], atol=0.01)


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"tokens": ["a"] * 5}, r"X must have t=5 for .*; got X \(6, 8\)"),
        ({"tokens": ["a"] * 9}, r"from 2 to 8; got len\(tokens\)=9"),
        ({"X": [[1.0] * 8] * 3}, r"X must have t=6 for .*; got X \(3, 8\)"),
        ({"X": [[1.0] * 13] * 6}, "d_model must be from 2 to 12; got d_model=13"),
        ({"w_q": [[1.0] * 8] * 7}, r"w_q must have d_model=8 for .*; got w_q \(7, 8\)"),
        ({"w_o": [[float("nan")] * 8] * 8}, r"got nan at w_o\[0, 0\]"),
        ({"widths": [4, 3]}, r"must sum to d_model=8; got widths \[4, 3\]"),
        (
            {"baseline": [4, 3]},
            r"baseline must sum to d_model=8; got baseline \[4, 3\]",
        ),
        ({"widths": [8, 0]}, "width must be at least 1; got width=0"),
        ({"off": [12]}, "off must be from 0 to 11; got off=12"),
        ({"off": [10**30]}, "off must be from 0 to 11; got off=10{30}"),
        ({"selected": 8}, "from 0 to 7; got selected=8"),
        ({"split": "view"}, "split"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    widget = HeadMixer()
    before = widget.state()
    with pytest.raises(Exception, match=message):
        widget.set_trait_values(traits)
    assert widget.state() == before


def test_its_state_and_results_go_through_json_and_its_picture_repeats():
    widget = mixer(problem(4), [1, 2, 3], off=[2], split="reshape only")
    state = json.loads(json.dumps(widget.state(), allow_nan=False))
    json.dumps([getattr(widget, name) for name in widget.results], allow_nan=False)
    assert HeadMixer(**state).picture() == widget.picture()


def test_the_alternative_text_has_the_numbers():
    assert HeadMixer().alt() == (
        "6 tokens, 8 columns in 4 heads of widths 2, 2, 2, 2. All are on. No output "
        "has changed."
    )
    wrong = HeadMixer(widths=[8], off=[0], split="reshape only")
    assert wrong.alt().startswith(
        "6 tokens, 8 columns in 1 head of widths 8, cut without the transpose. Off: 1;"
    )
    cut = HeadMixer(widths=[4, 2, 2], baseline=[2, 2, 2, 2]).alt()
    assert cut.endswith("All are on; the output of the changes most, by 1.99.")


def test_the_vectors_of_a_sentence_say_where_and_what_each_word_is():
    x = np.array(sentence("my Dog SAW my dog")["X"])
    assert sentence("my Dog SAW my dog")["tokens"] == ["my", "dog", "saw", "my", "dog"]
    np.testing.assert_allclose(np.hypot(x[:, 0], x[:, 1]), 1, atol=1e-3)
    turns = np.unwrap(np.arctan2(x[:, 1], x[:, 0]))
    np.testing.assert_allclose(np.diff(turns), 0.5, atol=2e-3)
    np.testing.assert_array_equal(x[0, 2:4], x[3, 2:4])  # the same word
    np.testing.assert_allclose(x[:3, 2:4].sum(axis=0), 0, atol=2e-3)  # three, spread
    np.testing.assert_array_equal(
        x[:, 4:], [[0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]]
    )


def test_a_letter_alone_in_capitals_is_a_noun():
    x = np.array(sentence("I AM")["X"])
    np.testing.assert_array_equal(x[:, 4:6], [[1, 0], [0, 1]])


@pytest.mark.parametrize(("text", "words"), [("alone", 1), ("a " * 9, 9)])
def test_a_sentence_has_two_to_eight_words(text, words):
    with pytest.raises(ValueError, match=f"from 2 to 8; got words of text={words}"):
        sentence(text)


def test_the_example_is_the_sentence_of_the_first_picture():
    assert sentence("the Cat SAT on the Mat") == {"tokens": SENTENCE, "X": EXAMPLE["X"]}


# --- in a page ---


def test_a_cut_can_be_dragged_and_moved_by_keys(show):
    shown = show(HeadMixer())
    width = shown.page.locator(".bw-band").first.bounding_box()["width"] / 2
    shown.drag("[data-cut='1'] .bw-cut", width, 0)
    assert shown.assert_python_agrees()["widths"] == [3, 1, 2, 2]
    shown.page.keyboard.press("ArrowRight")  # no room: a head keeps a column
    assert shown.assert_python_agrees()["widths"] == [3, 1, 2, 2]
    shown.page.keyboard.press("Shift+ArrowLeft")
    assert shown.assert_python_agrees()["widths"] == [1, 3, 2, 2]
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


SHOWN = 1e-6  # a browser keeps six digits of an opacity


def drawn(shown, selector, *names):
    """Attributes of all elements that the selector finds, as numbers."""
    script = "(all, names) => all.map((e) => names.map((n) => e.getAttribute(n)))"
    found = shown.page.locator(selector).evaluate_all(script, list(names))
    return np.array(found, dtype=float)


def opacities(shown, selector):
    script = "(all) => all.map((e) => Number(e.style.fillOpacity))"
    return np.array(shown.page.locator(selector).evaluate_all(script))


def test_bands_and_cuts_stand_where_the_widths_say(show):
    shown = show(mixer(problem(8), [1, 3, 2], off=[1]))
    starts, widths = drawn(shown, ".bw-band", "x", "width").T
    np.testing.assert_allclose(widths / widths[0], [1, 3, 2])
    np.testing.assert_allclose(starts / widths[0], [0, 1, 4])
    cuts = sum(drawn(shown, ".bw-cut", "x", "width").T / [[1], [2]])
    np.testing.assert_allclose(cuts, starts[1:])
    lines = drawn(shown, "svg:has(.bw-band) line", "x1")[:, 0]
    np.testing.assert_allclose(lines / widths[0], [2, 3, 5])
    named = shown.page.locator("svg:has(.bw-band) text")
    assert named.all_text_contents() == ["head 1", "head 2", "head 3"]
    off = shown.page.locator(".bw-band").evaluate_all(
        "(all) => all.map((e) => e.classList.contains('bw-off'))"
    )
    assert off == [False, True, False]


@pytest.mark.parametrize("split", ["transpose", "reshape only"])
def test_squares_are_as_full_as_the_numbers_they_stand_for(show, split):
    shown = show(mixer(problem(9), [1, 3, 2], off=[1], split=split))
    state = shown.assert_python_agrees()
    shares = opacities(shown, ".bw-weight").reshape(3, T, T)
    np.testing.assert_allclose(
        shares, 0.06 + 0.94 * np.array(state["weights"]), atol=SHOWN
    )
    columns, rows = drawn(shown, "figure:first-child .bw-weight", "x", "y").T
    assert (np.diff(columns.reshape(T, T)) > 0).all()
    assert (np.diff(rows.reshape(T, T), axis=0) > 0).all()
    joined, output = np.array(state["joined"]), np.array(state["output"])
    pieces = np.split(joined, [1, 4], axis=1)
    tables = [(f"figure:nth-child({i + 1})", piece) for i, piece in enumerate(pieces)]
    for place, table in [*tables, (".bw-mixed", output)]:
        most = np.abs(output if place == ".bw-mixed" else joined).max()
        signed = f"{place} :is(.bw-plus, .bw-minus)"
        full = opacities(shown, signed).reshape(table.shape)
        np.testing.assert_allclose(full, np.abs(table) / most, atol=SHOWN)
        minus = shown.page.locator(signed).evaluate_all(
            "(all) => all.map((e) => e.classList.contains('bw-minus'))"
        )
        np.testing.assert_array_equal(minus, (table < 0).ravel())


def test_words_and_numbers_beside_the_squares_are_those_of_their_rows(show):
    words = ["a", "cat", "comfortable", "mat", "."]
    shown = show(
        HeadMixer(**mixer(problem(10), [2, 4], off=[0]).state() | {"tokens": words})
    )
    state = shown.assert_python_agrees()
    changes = [f"{change:.2f}" for change in state["change"]]
    table = shown.page.locator(".bw-mixed svg")
    titles, texts = np.split(np.array(table.locator("text").all_text_contents()), [2])
    assert titles.tolist() == ["Mixed by w_o", "Change"]
    assert texts[::2].tolist() == ["a", "cat", "comfo…", "mat", "."]
    assert texts[1::2].tolist() == changes
    pairs = [f"{w} {c}" for w, c in zip(words, changes, strict=True)]
    assert table.get_attribute("aria-label").endswith(": " + ", ".join(pairs))
    for head, weights in enumerate(np.array(state["weights"])):
        best = [words[j] for j in weights.argmax(-1)]
        looks = [f"{a} looks most at {b}" for a, b in zip(words, best, strict=True)]
        label = shown.page.locator("figure svg").nth(head).get_attribute("aria-label")
        assert label == f"Head {head + 1}: {', '.join(looks)}"
    least = f"that of the least changed token by {min(state['change']):.2f}."
    assert shown.page.inner_text(".bw-status").endswith(least)


def test_bars_are_as_long_as_the_changes(show):
    tables = problem(13)
    widget = mixer(tables, [1, 2, 3], off=[1], baseline=[2, 4])
    shown = show(widget)
    longest = np.linalg.norm(mixer(tables, [2, 4]).output, axis=1).max()
    way = drawn(shown, ".bw-way", "width")[:, 0]
    script = "(all) => all.map((e) => parseFloat(e.style.width))"
    bars = shown.page.locator(".bw-change").evaluate_all(script)
    share = np.minimum(1, np.array(widget.change) / longest)
    np.testing.assert_allclose(bars, share * way, atol=1e-3)
    note = shown.page.inner_text(".bw-note >> nth=-1")
    assert note.endswith("that of heads of 2, 4 columns, all on.")


def test_a_cut_s_effect_and_the_cut_are_seen_together(show):
    for width, height in ((1366, 640), (360, 640)):
        shown = show(HeadMixer(), width=width, height=height, touch=width < 400)
        shown.page.add_style_tag(content="main { max-width: 48rem }")
        bar, output = (
            shown.page.locator(place).bounding_box()
            for place in (".bw-columns svg", ".bw-mixed svg")
        )
        assert output["y"] + output["height"] - bar["y"] <= 560
        if width > 1000:
            assert shown.page.locator(".bw").bounding_box()["height"] <= 600


def test_the_figure_says_what_to_try_first_unless_it_has_a_goal(show):
    goal = {"goal": "Do.", "keep": [], "conditions": []}
    shown = show(
        HeadMixer(widths=[5, 3]), HeadMixer(widths=[8]), HeadMixer(challenge=goal)
    )
    first = shown.page.locator(".bw-first")
    assert first.nth(0).inner_text().startswith("Try: switch off head 2, then head 1.")
    assert first.nth(1).inner_text().startswith("Try: add a cut")
    assert not first.nth(2).is_visible()


def test_one_cut_more_halves_the_widest_head_and_one_fewer_joins_the_last(show):
    shown = show(HeadMixer(widths=[2, 4, 2], off=[2]))
    page = shown.page
    page.get_by_role("button", name="Add a cut").click()
    state = shown.assert_python_agrees()
    assert state["widths"] == [2, 2, 2, 2] and state["off"] == [3]
    assert page.locator(".bw-handle").count() == 3
    page.get_by_role("button", name="Remove a cut").click()
    state = shown.assert_python_agrees()
    assert state["widths"] == [2, 2, 4] and state["off"] == []
    page.get_by_label("head 2").first.click()
    page.get_by_role("button", name="Remove a cut").click()
    state = shown.assert_python_agrees()
    assert state["widths"] == [2, 6] and state["off"] == [1]
    page.get_by_role("button", name="Add a cut").click()  # both halves stay off
    state = shown.assert_python_agrees()
    assert state["widths"] == [2, 3, 3] and state["off"] == [1, 2]


CUTS = ("Add", "Remove")


def test_the_last_cuts_can_be_neither_added_nor_removed(show):
    shown = show(HeadMixer(widths=[8]), HeadMixer(widths=[1] * 8))
    for i, (more, fewer) in enumerate([(True, False), (False, True)]):
        widget = shown.page.locator(".book-widget").nth(i)
        add, remove = (
            widget.get_by_role("button", name=f"{deed} a cut") for deed in CUTS
        )
        assert (add.is_enabled(), remove.is_enabled()) == (more, fewer)


def own(shown):
    return shown.page.get_by_label("your own words")


def test_a_reader_s_own_words_are_the_tokens(show):
    shown = show(HeadMixer())
    assert own(shown).input_value() == "the Cat SAT on the Mat"
    for text in ("my Dog SAW my dog", "I AM", "a b c d e f g h", "der Hund BELLT Äh"):
        own(shown).fill(text)
        own(shown).press("Enter")
        state = shown.assert_python_agrees()
        made = sentence(text)
        assert state["tokens"] == made["tokens"]
        np.testing.assert_allclose(state["X"], made["X"], atol=1e-12)
        used, anew = shown.drawn_anew(but=".bw-never")
        assert used == anew
    assert shown.errors == []


def test_of_more_than_eight_words_the_first_count_and_one_word_is_not_taken(show):
    shown = show(HeadMixer())
    own(shown).fill("  one two three four five six seven eight nine")
    own(shown).press("Enter")
    assert shown.assert_python_agrees()["tokens"][-1] == "eight"
    assert own(shown).input_value() == "one two three four five six seven eight"
    own(shown).fill("alone")
    own(shown).press("Enter")
    assert len(shown.assert_python_agrees()["tokens"]) == 8
    assert own(shown).input_value() == "one two three four five six seven eight"


def test_vectors_that_were_made_in_another_way_have_no_field_for_words(show):
    goal = {"goal": "Do.", "keep": [], "conditions": []}
    others = mixer(problem(5), [1, 2, 3]), HeadMixer(X=[[0.5] * 8] * 6)
    shown = show(*others, HeadMixer(challenge=goal))
    assert own(shown).count() == 3
    assert not any(field.is_visible() for field in own(shown).all())


def test_the_words_of_a_reader_stay_while_the_figure_is_drawn(show):
    shown = show(HeadMixer())
    own(shown).focus()
    shown.page.keyboard.type("x")
    shown.page.set_viewport_size({"width": 500, "height": 900})
    shown.state()
    assert "x" in own(shown).input_value()


def test_a_switch_shows_whose_output_changes(show):
    shown = show(HeadMixer())
    status = shown.page.locator(".bw-status")
    assert status.inner_text().startswith("All heads are on.")
    shown.page.get_by_label("head 4").first.click()
    resting = shown.assert_python_agrees()
    assert resting["off"] == [3] and max(resting["change"]) < 0.05
    shown.page.get_by_label("head 2").first.click()
    state = shown.assert_python_agrees()
    assert state["off"] == [1, 3]
    word = state["tokens"][int(np.argmax(state["change"]))]
    assert (
        f"Off: 2, 4. The output of “{word}” changes most, by {max(state['change']):.2f}"
        in status.inner_text()
    )


def test_the_numbers_of_a_token_stay_in_its_row_or_fill_one_head(show):
    shown = show(HeadMixer())
    page = shown.page

    def marked():
        """Head and number of every marked cell."""
        return page.evaluate(
            "[...document.querySelectorAll('.bw-heads figure')].flatMap((f, head) =>"
            " [...f.querySelectorAll('text.bw-small.bw-strong')]"
            ".map((t) => [head, Number(t.textContent)]))"
        )

    assert marked() == []
    page.get_by_label("split").select_option("reshape only")
    shown.assert_python_agrees()
    assert marked() == [[0, i] for i in range(8)]
    assert "a row is no token any more" in page.inner_text(".bw-status")
    page.get_by_label("mark the numbers of").select_option("1")
    shown.assert_python_agrees()
    assert marked() == [
        [0, 8],
        [0, 9],
        [0, 10],
        [0, 11],
        *([1, i] for i in range(12, 16)),
    ]


def test_with_one_head_both_splits_say_that_a_row_is_a_token(show):
    shown = show(HeadMixer(widths=[8], split="reshape only"))
    status = shown.page.inner_text(".bw-status")
    assert status.startswith("With one head there is nothing to swap")
    assert "row 1" not in shown.page.inner_text(".bw-heads >> nth=0")


def test_the_keyboard_stays_where_it_was_when_a_head_comes_or_goes(show):
    shown = show(HeadMixer())
    for name, heads in (("Remove a cut", 3), ("Add a cut", 4), ("One head", 1)):
        shown.page.get_by_role("button", name=name).press("Enter")
        assert len(shown.assert_python_agrees()["widths"]) == heads
        assert shown.page.evaluate("document.activeElement.textContent") == name
    shown.page.get_by_label("head 1", exact=True).press("Space")
    assert shown.state()["off"] == [0]
    assert shown.page.evaluate("document.activeElement.type") == "checkbox"


def test_presets_cut_evenly_and_reset_returns(show):
    shown = show(HeadMixer(widths=[5, 3]))
    for name, widths in (
        ("One head", [8]),
        ("Two heads", [4, 4]),
        ("Four heads", [2] * 4),
        ("A column each", [1] * 8),
    ):
        shown.page.get_by_role("button", name=name).click()
        assert shown.assert_python_agrees()["widths"] == widths
    shown.page.get_by_role("button", name="Reset").click()
    assert shown.assert_python_agrees()["widths"] == [5, 3]


def test_other_sentences_and_odd_widths_agree(show):
    widgets = [
        mixer(problem(5), [1, 2, 3], off=[0]),
        mixer(problem(6), [4, 1, 1], split="reshape only"),
    ]
    shown = show(*widgets)
    for i in range(2):
        shown.assert_python_agrees(i)
    names = shown.page.locator("select").nth(1).inner_text()
    assert "5 w4" in names


def test_after_any_control_it_is_drawn_as_if_anew(show):
    shown = show(mixer(problem(7), [1, 3, 2]))
    for control in shown.use_all_controls():
        used, anew = shown.drawn_anew()
        assert used == anew, control
        shown.assert_python_agrees()
    assert shown.errors == []


def test_finding_the_resting_head_is_a_challenge(show):
    challenge = {
        "goal": "Switch off the one head that nobody misses.",
        "keep": ["widths"],
        "conditions": [{"path": ["off"], "op": "==", "value": [3], "hint": "Try."}],
    }
    shown = show(HeadMixer(challenge=challenge))
    shown.page.get_by_label("head 4").first.click()
    shown.state()
    assert "Solved" in shown.page.inner_text(".bw-challenge")


def test_python_takes_every_state_that_the_controls_lead_to(show):
    show(HeadMixer(off=[1])).assert_python_takes_every_end()


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    words = ["comfortable", "قطة", "sat", "on", "the", "mat"]
    many = HeadMixer(tokens=words, widths=[1] * 8, off=[1])
    shown = show(HeadMixer(), many, HeadMixer(widths=[8]), theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0


def test_the_example_is_small_enough_for_a_page():
    assert len(json.dumps(EXAMPLE)) < 3500
