import base64
import json
import re

import numpy as np
import pytest
import torch
import traitlets

from attn_helpers.book.sphinxext import data_of, scripts_of, styles_of
from attn_helpers.data.characters import Characters
from attn_helpers.exercises import challenge
from attn_helpers.models.language_model import gpt, llama
from attn_helpers.training import seeded
from attn_helpers.widgets.language_model_explorer import LanguageModelExplorer
from attn_helpers.widgets.language_model_explorer.model import stored_model

LETTERS = stored_model().letters
SIZES = {"d_model": 64, "num_heads": 4, "num_kv_heads": 4, "num_layers": 2, "d_ff": 176}
TEXTS = [
    ("t", 1.0, -1),
    ("The woman said to him, ", 0.5, 8),
    ("\nThey went out\nand", 2.0, 0),
    ("x" * 64, 1.0, 63),
]


# --- in Python ---


def test_results_follow_from_the_text():
    explorer = LanguageModelExplorer(text="the q", temperature=0.5)
    odds = np.array(explorer.odds)
    lens = np.array(explorer.lens)
    assert odds.shape == (64,) and lens.shape == (3, 64)
    assert np.array(explorer.weights).shape == (2, 4, 5)
    squares = lens[-1] ** 2  # half the temperature squares the odds
    np.testing.assert_allclose(odds, squares / squares.sum())
    assert explorer.surest == lens[-1].max()
    assert explorer.earlier == lens[-2, lens[-1].argmax()]
    assert explorer.cache_bytes == 5 * 2 * (64 + 64) * 4
    np.testing.assert_allclose(np.sum(explorer.weights, axis=-1), 1)


def test_an_earlier_letter_knows_nothing_of_what_follows():
    whole = LanguageModelExplorer(text="the queen", chosen=3)
    part = LanguageModelExplorer(text="the ")
    for name in ("odds", "weights", "lens"):
        np.testing.assert_allclose(getattr(whole, name), getattr(part, name))
    assert whole.cache_bytes == 9 * 1024 and part.cache_bytes == 4 * 1024


def test_a_letter_that_is_not_there_stands_for_the_last():
    assert LanguageModelExplorer(text="Job", chosen=63).place == 2
    assert LanguageModelExplorer(text="Job").place == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"text": "café"}, r"64 letters; got 'é' at text\[3\]"),
        ({"text": ""}, r"len\(text\) must be from 1 to 64; got len\(text\)=0"),
        ({"text": "a" * 65}, r"len\(text\) must be from 1 to 64; got len\(text\)=65"),
        ({"temperature": 0.0}, r"temperature must be from 0\.1 to 2"),
        ({"chosen": -2}, r"chosen must be from -1 to 63"),
    ],
)
def test_what_it_cannot_show_is_refused(values, message):
    with pytest.raises(traitlets.TraitError, match=message):
        LanguageModelExplorer(**values)


def own_model(seed=0):
    with seeded(seed):
        return llama(len(LETTERS), **SIZES).eval()


def test_it_shows_a_model_of_the_reader():
    model = own_model()
    text = "And God said"
    explorer = LanguageModelExplorer(model, Characters(LETTERS), text=text)
    tokens = torch.tensor([[LETTERS.index(letter) for letter in text]])
    with torch.no_grad():
        wanted = model(tokens)[0, -1].softmax(-1)
    np.testing.assert_allclose(explorer.odds, wanted, atol=1e-3)  # numbers of 16 bits
    assert not np.allclose(explorer.odds, LanguageModelExplorer(text=text).odds)
    assert len(explorer._packed) == 2 * 104_768


def test_what_a_notebook_stores_does_not_depend_on_the_model_of_the_reader():
    own, stored = LanguageModelExplorer(own_model()), LanguageModelExplorer()
    assert own.page_html() == stored.page_html()
    assert repr(own) == repr(stored)
    assert "_packed" not in own.state() and len(own.page_html()) < 100_000


def test_letters_of_another_text_are_refused():
    other = Characters(LETTERS.replace("z", "\u017c"))
    with pytest.raises(ValueError, match="must be those of the stored model"):
        LanguageModelExplorer(own_model(), other)
    with pytest.raises(ValueError, match="as many tokens; got 64 and 3"):
        LanguageModelExplorer(own_model(), Characters("abc"))


def test_a_model_of_another_kind_is_refused():
    model = gpt(64, max_length=64, d_model=12, num_heads=3, num_layers=2)
    with pytest.raises(ValueError, match="`llama` has made; got LanguageModel"):
        LanguageModelExplorer(model)


def test_state_goes_through_json_unchanged():
    explorer = LanguageModelExplorer(text="a\nb", temperature=0.3, chosen=1, seed=7)
    state = json.loads(json.dumps(explorer.state(), allow_nan=False))
    assert LanguageModelExplorer(**state).picture() == explorer.picture()


def test_the_page_gets_the_stored_model():
    data = LanguageModelExplorer.data()
    assert base64.b64decode(data["weights"]) == stored_model().packed()
    assert data["sizes"] == LanguageModelExplorer()._sizes


# --- in a page ---


def still(shown):
    """Numbers jump to where they are sent, and the model is there."""
    shown.page.emulate_media(reduced_motion="reduce")
    done = "() => liveWidgets.every(({ model }) => model.get('odds'))"
    shown.page.wait_for_function(done)
    shown.state()
    return shown


def texts(shown, place):
    return shown.page.locator(place).all_text_contents()


def type_text(shown, text):
    shown.page.get_by_role("textbox").fill(text)
    return shown.state()["text"]


def said(shown):
    return shown.page.inner_text(".bw-status")


def test_the_page_computes_what_python_does(show):
    explorers = [
        LanguageModelExplorer(text=text, temperature=temperature, chosen=chosen)
        for text, temperature, chosen in TEXTS
    ]
    shown = still(show(*explorers, height=4000))
    for i in range(len(explorers)):
        shown.assert_python_agrees(i, atol=1e-5)
    assert shown.errors == []
    assert all(url.startswith(("file:", "data:")) for url in shown.requests)


def test_it_works_in_a_worker_and_without_one(show):
    shown = still(show(LanguageModelExplorer()))
    assert len(shown.page.workers) == 1
    wanted = shown.state()["odds"]
    fails = "postMessage() { setTimeout(() => this.onerror(), 9); }"
    for broken in ("delete window.Worker", f"window.Worker = class {{ {fails} }}"):
        shown.page.add_init_script(broken)
        shown.page.reload()
        still(shown)
        assert shown.page.workers == []
        np.testing.assert_allclose(shown.state()["odds"], wanted, atol=1e-6)


def test_the_worker_ends_with_the_view(show):
    shown = still(show(LanguageModelExplorer()))
    ended = []
    note = ended.append
    shown.page.on("worker", lambda new: new.on("close", lambda it: note(it)))
    shown.drawn_anew()  # a second view, which is gone again
    for _ in range(500):
        if ended:
            break
        shown.page.wait_for_timeout(20)
    assert ended and len(shown.page.workers) == 1


def test_a_text_is_read_while_it_is_typed(show):
    shown = still(show(LanguageModelExplorer()))
    box = shown.page.get_by_role("textbox")
    box.fill("")
    box.press_sequentially("q")
    state = shown.assert_python_agrees(atol=1e-5)
    assert state["text"] == "q" and LETTERS[np.argmax(state["odds"])] == "u"
    assert texts(shown, ".bw-letters text") == ["q"]
    assert texts(shown, ".bw-next .bw-letter")[0] == "u"
    assert "1 of 64" in texts(shown, "output")


def test_it_is_at_work_from_the_moment_a_text_is_given(show):
    shown = still(show(LanguageModelExplorer()))
    at_once = shown.page.evaluate(
        """() => {
          liveWidgets[0].model.set("text", "Moses");
          return document.querySelector("[aria-busy]").ariaBusy;
        }"""
    )
    assert at_once == "true"
    assert shown.assert_python_agrees(atol=1e-5)["text"] == "Moses"


def test_rows_stay_with_their_letters_however_fast_one_types(show):
    shown = still(show(LanguageModelExplorer(text="Jesus")))
    box = shown.page.get_by_role("textbox")
    box.evaluate(
        """(box) => {
          const type = (text) => {
            box.value = text;
            box.dispatchEvent(new InputEvent("input", { bubbles: true }));
          };
          // a text in each frame, so that some are not read to their end
          const texts = ["Moses answered", "Mo", "Mary said to him", "Mary answered"];
          const next = () => {
            if (!texts.length) return;
            type(texts.shift());
            requestAnimationFrame(next);
          };
          next();
        }"""
    )
    shown.page.wait_for_function("liveWidgets[0].model.get('text') === 'Mary answered'")
    shown.assert_python_agrees(atol=1e-5)
    letters = shown.page.get_by_role("slider", name="letter to look from")
    for _ in range(9):
        letters.press("ArrowLeft")
        shown.assert_python_agrees(atol=1e-5)


def test_letters_that_the_model_does_not_know_are_left_out(show):
    shown = still(show(LanguageModelExplorer()))
    assert type_text(shown, "caf\u00e9 9") == "caf "
    assert said(shown) == (
        "“é” is left out: it is not one of the 64 letters that this model knows."
    )
    assert shown.page.get_by_role("textbox").input_value() == "caf "
    assert type_text(shown, "cafe") == "cafe"
    assert said(shown).startswith("After “cafe” the model expects")


def test_an_unknown_letter_in_the_middle_leaves_the_caret_in_place(show):
    shown = still(show(LanguageModelExplorer(text="abcd")))
    box = shown.page.get_by_role("textbox")
    box.evaluate("(box) => { box.focus(); box.setSelectionRange(2, 2); }")
    shown.page.keyboard.press("9")
    assert box.input_value() == "abcd"
    assert box.evaluate("(box) => box.selectionStart") == 2


def test_a_longer_text_is_cut_and_an_empty_one_waits(show):
    shown = still(show(LanguageModelExplorer(text="Moses")))
    assert type_text(shown, "a" * 70) == "a" * 64
    assert said(shown).startswith("Only 64 letters fit")
    assert type_text(shown, "") == "a" * 64
    assert said(shown) == "The model needs a letter to go on from."
    shown.page.get_by_role("textbox").blur()
    assert shown.page.get_by_role("textbox").input_value() == "a" * 64


def test_an_end_of_line_can_be_seen_and_typed(show):
    shown = still(show(LanguageModelExplorer(text="a\nb")))
    box = shown.page.get_by_role("textbox")
    assert box.input_value() == "a↵b"
    assert type_text(shown, "a↵bc") == "a\nbc"
    assert texts(shown, ".bw-letters text") == list("a↵bc")


def cells(shown):
    """How full the cells are, (heads, t)."""
    found = shown.page.locator(".bw-cell").evaluate_all(
        "(all) => all.map((e) => Number(e.style.fillOpacity))"
    )
    return np.array(found).reshape(8, -1)


def test_cells_are_as_full_as_the_weights_of_the_chosen_letter(show):
    for chosen, t in ((-1, 11), (6, 7)):
        shown = still(show(LanguageModelExplorer(text="the kingdom", chosen=chosen)))
        weights = np.array(shown.state()["weights"]).reshape(8, -1)
        full = cells(shown)
        assert weights.shape == (8, t) and full.shape == (8, 11)
        np.testing.assert_allclose(full[:, :t], weights, atol=1e-5)
        assert (full[:, t:] == 0).all()
        frame = shown.page.locator(".bw-from").bounding_box()
        letter = shown.page.locator(".bw-letters text").nth(t - 1).bounding_box()
        middle = letter["x"] + letter["width"] / 2
        assert frame["x"] < middle < frame["x"] + frame["width"]
        now = texts(shown, ".bw-letters .bw-now")
        assert now == ["the kingdom"[t - 1]]


def test_cells_stand_below_their_letters(show):
    shown = still(show(LanguageModelExplorer(text="And Moses went up")))
    middles = [
        [box["x"] + box["width"] / 2 for box in map(lambda e: e.bounding_box(), all)]
        for all in (
            shown.page.locator(".bw-letters text").all(),
            shown.page.locator(".bw-cell").all()[-17:],
        )
    ]
    np.testing.assert_allclose(*middles, atol=1.5)


def test_a_letter_is_chosen_by_click_and_by_key(show):
    shown = still(show(LanguageModelExplorer(text="the kingdom")))
    shown.page.locator(".bw-letters text").nth(4).click()
    assert shown.assert_python_agrees(atol=1e-5)["chosen"] == 4
    letters = shown.page.get_by_role("slider", name="letter to look from")
    assert letters.get_attribute("aria-valuetext") == "“k”, 5 of 11"
    letters.press("ArrowLeft")
    assert shown.state()["chosen"] == 3
    assert letters.get_attribute("aria-valuetext") == "“␣”, 4 of 11"
    letters.press("Shift+ArrowRight")
    letters.press("Shift+ArrowRight")
    assert shown.assert_python_agrees(atol=1e-5)["chosen"] == -1
    label = shown.page.locator(".bw-scroll svg").get_attribute("aria-label")
    assert label.startswith(
        "From letter 11, each head looks most at: layer 1 head 1: “"
    )


def words(letter, p):
    share = f"{100 * p:.{0 if p >= 0.0995 else 1}f} %"
    return letter.replace(" ", "␣").replace("\n", "↵"), share


def test_lists_have_the_best_letters_of_each_stage(show):
    shown = still(show(LanguageModelExplorer(text="the daughter of ", temperature=0.7)))
    state = shown.assert_python_agrees(atol=1e-5)
    lists = [*state["lens"][:2], state["odds"]]
    columns = shown.page.locator(".bw-readings > div")
    assert columns.count() == 3
    for n, odds in enumerate(lists):
        order = np.argsort(-np.array(odds), kind="stable")[:7]
        wanted = [words(LETTERS[i], odds[i]) for i in order]
        column = columns.nth(n)
        letters = column.locator(".bw-letter").all_text_contents()
        numbers = column.locator(".bw-number").all_text_contents()
        assert list(zip(letters, numbers, strict=True)) == wanted
        widths = column.locator(".bw-bar").evaluate_all(
            "(all) => all.map((e) => parseFloat(e.style.width))"
        )
        np.testing.assert_allclose(widths, 100 * np.array(odds)[order], atol=1e-3)
    assert texts(shown, ".bw-stage") == [
        "lens before layer 1",
        "lens after layer 1",
        "after layer 2: next letter, temperature 0.7",
    ]


def test_the_letter_that_does_follow_is_marked(show):
    shown = still(show(LanguageModelExplorer(text="the q", chosen=2)))
    marked = shown.page.locator(".bw-next .bw-follows .bw-letter")
    assert marked.all_text_contents() == ["␣"]
    shown.page.locator(".bw-letters text").nth(4).click()
    shown.state()
    assert marked.count() == 0


def test_a_letter_of_the_odds_is_written(show):
    shown = still(show(LanguageModelExplorer(text="the q")))
    shown.page.locator(".bw-next button").first.click()
    assert shown.assert_python_agrees(atol=1e-5)["text"] == "the qu"
    shown.page.locator(".bw-letters text").nth(2).click()
    shown.state()
    second = shown.page.locator(".bw-next button").nth(1)
    letter = second.locator(".bw-letter").inner_text().replace("␣", " ")
    second.press("Enter")
    state = shown.assert_python_agrees(atol=1e-5)
    assert (state["text"], state["chosen"]) == (f"the{letter}", -1)


def test_bytes_of_the_cache_are_counted(show):
    shown = still(show(LanguageModelExplorer(text="the kingdom", chosen=2)))
    assert shown.page.inner_text(".bw-cache") == (
        "Cache: 11 letters × 2 layers × (64 numbers of a key + 64 of a value) "
        "× 4 bytes = 11,264 bytes"
    )
    assert shown.state()["cache_bytes"] == 11_264


def writing(shown):
    """The button, with the page's clock in the test's hand."""
    shown.page.clock.install(time=0)
    shown.page.clock.pause_at(1000)
    return shown.page.locator(".bw-go")


def run(shown, milliseconds):
    shown.page.clock.run_for(milliseconds)
    done = "document.querySelector('[aria-busy]').getAttribute('aria-busy') === 'false'"
    for _ in range(200):
        if shown.page.evaluate(done):
            break
        shown.page.clock.run_for(17)
        shown.page.wait_for_timeout(5)
    shown.page.clock.run_for(34)
    return shown.page.evaluate("liveWidgets[0].model.state.text")


def test_it_writes_on_until_it_is_stopped(show):
    shown = still(show(LanguageModelExplorer(text="And the ", temperature=0.1)))
    go = writing(shown)
    go.click()
    assert go.inner_text() == "Stop" and go.get_attribute("aria-pressed") == "true"
    for n in range(1, 4):
        assert len(run(shown, 320)) == 8 + n
    go.click()
    text = run(shown, 2000)
    assert len(text) == 11 and go.inner_text() == "Write on"
    odds = LanguageModelExplorer(text="And the ").odds
    assert text[8] == LETTERS[np.argmax(odds)]  # so cold it is the likeliest
    go.click()
    shown.page.get_by_role("textbox").fill("So")
    assert run(shown, 2000) == "So"
    assert shown.page.evaluate("liveWidgets[0].model.state.seed") == 2  # two starts


def test_another_start_draws_other_letters_and_the_same_start_the_same(show):
    written = []
    for seed in (0, 0, 1):
        shown = still(
            show(LanguageModelExplorer(text="And", seed=seed, temperature=2.0))
        )
        writing(shown).click()
        for _ in range(6):
            text = run(shown, 320)
        written.append(text)
    assert written[0] == written[1] != written[2]


def test_it_stops_at_the_length_that_it_was_trained_on(show):
    shown = still(show(LanguageModelExplorer(text="a" * 62)))
    go = writing(shown)
    go.click()
    for _ in range(4):
        text = run(shown, 320)
    assert len(text) == 64
    assert go.inner_text() == "Write on" and go.is_disabled()
    assert said(shown).startswith("The text is full: the model was trained on 64")
    assert shown.page.locator(".bw-next button:enabled").count() == 0
    shown.page.locator(".bw-letters text").nth(3).click()
    run(shown, 50)
    assert shown.page.locator(".bw-next button:enabled").count() == 7


def test_letters_are_drawn_as_often_as_the_odds_say(show):
    shown = still(show(LanguageModelExplorer()))
    counts = shown.page.evaluate(
        "() => { const { drawn } = bookModules['language_model_explorer/writer.js'];"
        " const counts = [0, 0, 0]; for (let i = 0; i < 1000; i += 1)"
        " counts[drawn([0.2, 0.5, 0.3], (i + 0.5) / 1000)] += 1; return counts; }"
    )
    assert counts == [200, 500, 300]


def test_bars_glide_where_motion_is_wanted(show):
    shown = show(LanguageModelExplorer(text="the q"))
    shown.page.wait_for_function("liveWidgets[0].model.get('odds')")
    shown.page.wait_for_timeout(400)
    bar = shown.page.locator(".bw-next .bw-bar").first
    width = "(e) => parseFloat(e.style.width)"
    before = bar.evaluate(width)
    shown.page.clock.install(time=0)
    shown.page.clock.pause_at(1000)
    shown.page.evaluate("liveWidgets[0].model.set('temperature', 2)")
    shown.page.clock.run_for(150)
    between = bar.evaluate(width)
    shown.page.clock.run_for(400)
    assert before > between > bar.evaluate(width)


# --- the model's way to the page ---


def page_with_scripts(folder, widget, spacer):
    """As the book's builder writes it: scripts of their own, the data beside them."""
    names = [type(widget).__name__]
    files = scripts_of(names) | styles_of(names) | data_of(names)
    for name, text in files.items():
        path = folder / "_static/widgets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    scripts = "".join(
        f'<script defer src="_static/widgets/{name}?v=1"></script>'
        for name in scripts_of(names)
    )
    file = folder / "page.html"
    file.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8">{scripts}<body>'
        f'<div style="height:{spacer}px"></div>{widget.page_html()}</body></html>'
    )
    return file


def test_the_model_is_fetched_when_it_is_first_seen(new_context, tmp_path):
    file = page_with_scripts(tmp_path, LanguageModelExplorer(), 5000)
    page = new_context(viewport={"width": 800, "height": 600}).new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_function("liveWidgets.length === 1")
    assert (
        not [url for url in asked if "explorer/data.js" in url] and page.workers == []
    )
    page.locator(".bw").scroll_into_view_if_needed()
    page.wait_for_function("liveWidgets[0].model.get('odds')")
    assert len([url for url in asked if url.endswith("explorer/data.js")]) == 1
    size = (tmp_path / "_static/widgets/language_model_explorer/data.js").stat().st_size
    assert size <= 400_000


def test_without_the_data_the_figure_says_so(new_context, tmp_path):
    file = page_with_scripts(tmp_path, LanguageModelExplorer(), 0)
    (tmp_path / "_static/widgets/language_model_explorer/data.js").unlink()
    page = new_context(viewport={"width": 800, "height": 600}).new_page()
    page.goto(file.as_uri())
    status = page.locator(".bw-status")
    status.get_by_text(re.compile("could not be brought: .*data.js")).wait_for()


def test_a_kernel_sends_its_own_model(show):
    own = LanguageModelExplorer(own_model(3), text="In the")
    shown = still(show(LanguageModelExplorer(text="In the")))
    odds = shown.page.evaluate(
        """async ([state, packed, sizes]) => {
          const { el, model } = liveWidgets[0];
          const all = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
          const padded = new Uint8Array(all.length + 3);
          padded.set(all, 3); // a kernel's bytes lie somewhere in a message
          const _packed = new DataView(padded.buffer, 3);
          const own = new model.constructor({ ...state, _packed, _sizes: sizes });
          const { render } = bookModules["language_model_explorer/view.js"].default;
          render({ model: own, el });
          for (;;) {
            await new Promise(requestAnimationFrame);
            if (own.get("odds")) return own.get("odds");
          }
        }""",
        [own.state(), base64.b64encode(own._packed).decode(), own._sizes],
    )
    np.testing.assert_allclose(odds, own.odds, atol=1e-5)


# --- a challenge ---


def test_a_letter_that_is_known_late_is_found_after_two_wrong_ways(show):
    shown = still(show(challenge("known-late")))
    panel = shown.page.locator(".bw-challenge")
    assert "layer 1 expects this letter already" in panel.inner_text()
    type_text(shown, "In the beginning ")
    assert "not sure enough" in panel.inner_text()
    type_text(shown, "went into")
    assert "Solved" in panel.inner_text()
    assert shown.errors == []


# --- as every figure ---


def test_after_any_control_it_is_drawn_as_if_anew(show):
    shown = still(show(LanguageModelExplorer(text="the kingdom of "), height=1300))
    for control in shown.use_all_controls():
        stop = shown.page.get_by_role("button", name="Stop")
        if stop.count():
            stop.click()
        used, anew = shown.drawn_anew(but=".bw-status")
        assert used == anew, control
        shown.assert_python_agrees(atol=1e-5)
    assert shown.errors == []


def test_python_takes_every_state_that_the_controls_lead_to(show):
    still(show(LanguageModelExplorer())).assert_python_takes_every_end(atol=1e-5)


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    explorers = [
        LanguageModelExplorer(),
        LanguageModelExplorer(text="m" * 64, chosen=5),
    ]
    shown = still(show(*explorers, theme=theme, width=width, height=2500))
    assert shown.violations() == []
    assert shown.sideways() <= 0


def test_the_whole_figure_is_seen_at_once(show):
    for explorer in (LanguageModelExplorer(), LanguageModelExplorer(text="w" * 64)):
        page = still(show(explorer, width=1366, height=640)).page
        height = page.locator(".bw-language-model-explorer").bounding_box()["height"]
        assert height <= 560


def test_on_a_phone_the_chosen_letter_is_seen(show):
    shown = still(show(LanguageModelExplorer(text="m" * 64), width=360, height=1500))
    place = shown.page.locator(".bw-scroll").bounding_box()
    frame = shown.page.locator(".bw-from").bounding_box()
    assert place["x"] <= frame["x"]
    assert frame["x"] + frame["width"] <= place["x"] + place["width"] + 1
