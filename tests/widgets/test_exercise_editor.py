"""The editor of an exercise in a page of its own, without Python behind it: at first
without a judge, then with one that the test answers for.

What Python says there is tested on the built pages: tests/book/test_live_exercises.py.
"""

import hashlib
import json
import threading
from html import escape

import pytest

from attn_helpers.book.page_exercises import assets
from attn_helpers.book.serve import open_server
from attn_helpers.widgets.kit import bundle
from tests.widgets.conftest import AXE, ROLES, THEMES

STUB = 'def f(x):\n    """Do `it`."""\n    raise NotImplementedError\n'
HINTS = ("First `np.exp`.", "Then a <sum>.")
BUILT_WITHOUT = "This copy of the book was built without Python for its pages;"


def place(id):
    hints = escape(json.dumps(HINTS))
    return (
        f'<div class="exercise"><details><summary>Hint</summary>Half.</details></div>'
        f'<div data-exercise="{id}" data-function="f" data-title="Of {id}" '
        f'data-hints="{hints}"><pre>{escape(STUB)}</pre></div>'
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a page of two exercises, as it lies in a built book."""
    root = tmp_path_factory.mktemp("site")
    own = root / "_static/widgets/exercise_editor"
    own.mkdir(parents=True)
    (own / "begin.js").write_text(assets.first_script("1"), "utf-8")
    (own / "data.js").write_text(assets.later_script({}), "utf-8")
    (own / "style.css").write_text(assets.style_sheet(), "utf-8")
    for theme, colours in THEMES.items():
        named = ";".join(
            f"--pst-color-{role}:{colour}"
            for role, colour in zip(ROLES, colours, strict=True)
        )
        (root / f"{theme}.html").write_text(
            f'<!doctype html><html lang="en" data-theme="{theme}">'
            '<meta charset="utf-8"><link rel="icon" href="data:,">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>Exercises</title><style>:root{{{named}}}"
            "body{background:var(--pst-color-background);color:var(--pst-color-text-base)}"
            f"{bundle.read('kit/base.css')}</style><body><main><h1>Exercises</h1>"
            f"{place('first')}{place('second')}"
            '<button id="after">after</button></main>'
            '<script defer src="_static/widgets/exercise_editor/begin.js"></script>',
            "utf-8",
        )
    return root


@pytest.fixture(scope="module")
def address(folder):
    with open_server(0, folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def open_page(new_context, address, folder):
    """open_page("light", viewport=…) waits for the editors; from a file if `file`."""

    def visit(theme="light", file=False, context=None, **options):
        page = (context or new_context(**options)).new_page()
        page.said = []
        page.on("console", lambda m: m.type == "error" and page.said.append(m.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        name = f"{theme}.html"
        page.goto((folder / name).as_uri() if file else f"{address}/{name}")
        page.wait_for_function("window.pageExercises !== undefined")
        return page

    return visit


def text_of(page, number=0):
    return page.evaluate(f"pageExercises[{number}].get()")


def card(page, number=0):
    return page.locator("[data-exercise]").nth(number)


def press(page, name, number=0):
    card(page, number).get_by_role("button", name=name).click()


def test_each_exercise_becomes_an_editor_with_its_stub(open_page):
    page = open_page()
    listed = page.evaluate(
        "pageExercises.map(({id, el}) => [id, el.dataset.exercise, el.dataset.live])"
    )
    assert listed == [["first", "first", ""], ["second", "second", ""]]
    assert text_of(page) == text_of(page, 1) == STUB
    assert card(page).get_by_label("Your answer to: Of first").input_value() == STUB
    assert card(page).locator(".token.keyword").first.inner_text() == "def"
    assert page.said == []


def test_an_exercise_that_was_solved_before_says_so(open_page, new_context):
    context = new_context()
    with_python = assets.later_script({"judge.zip": 1})
    context.route("**/data.js*", lambda route: route.fulfill(body=with_python))
    said = "[...document.querySelectorAll('[data-verdict]')].map(e => e.textContent)"
    start = "Fill in the function, then press Run."
    page = open_page(context=context)
    assert page.evaluate(said) == [start, start]
    page.evaluate("localStorage.setItem('book-done:second', 'yes')")
    page = open_page(context=context)
    again = "You have solved this exercise before."
    assert page.evaluate(said) == [start, again]


def test_tab_indents_and_enter_keeps_the_indentation(open_page):
    page = open_page()
    page.evaluate("pageExercises[0].set('if a:')")
    field = card(page).locator("textarea")
    field.press("Control+End")
    field.press("Enter")
    field.press_sequentially("b")
    assert text_of(page) == "if a:\n    b"
    field.press("Tab")
    assert text_of(page) == "if a:\n    b   "
    field.press("Control+a")
    field.press("Tab")
    assert text_of(page).startswith("    if a:\n        b")
    field.press("Shift+Tab")
    assert text_of(page).startswith("if a:\n    b")


def test_what_was_done_can_be_undone_a_reset_too(open_page):
    page = open_page()
    page.evaluate("pageExercises[0].set('mine')")
    press(page, "Reset")
    assert text_of(page) == STUB
    card(page).locator("textarea").press("Control+z")
    assert text_of(page) == "mine"


def test_escape_then_tab_leaves_the_editor_and_tab_alone_does_not(open_page):
    page = open_page()
    focused = "document.activeElement.textContent"
    field = card(page).locator("textarea")
    field.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    field.press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Run (not here)"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")  # it indents again
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.tagName") != "TEXTAREA"


@pytest.mark.parametrize("chord", ["Shift+Enter", "Control+Enter"])
def test_a_chord_that_runs_writes_nothing(open_page, chord):
    page = open_page()
    field = card(page).locator("textarea")
    field.press("Control+Home")
    field.press("ArrowDown")
    field.press(chord)
    assert text_of(page) == STUB


def test_a_sign_typed_over_a_selection_takes_its_place(open_page):
    page = open_page()
    page.evaluate("pageExercises[0].set('a > b')")
    field = card(page).locator("textarea")
    field.press("Control+Home")
    for _ in range(2):
        field.press("ArrowRight")
    field.press("Shift+ArrowRight")
    field.press("<")
    assert text_of(page) == "a < b"


def test_an_empty_function_that_was_put_back_is_not_kept(open_page):
    page = open_page()
    page.evaluate("pageExercises[0].set('mine')")
    press(page, "Reset")
    assert card(page).get_by_role("button", name="Forget").is_disabled()
    assert page.evaluate("localStorage.length") == 0


def test_a_text_survives_a_reload_until_it_is_forgotten(open_page, new_context):
    context = new_context()
    page = open_page(context=context)
    forget = card(page).get_by_role("button", name="Forget")
    assert forget.is_disabled()
    page.evaluate("pageExercises[0].set('mine')")
    assert forget.is_enabled()
    again = open_page(context=context)
    assert (text_of(again), text_of(again, 1)) == ("mine", STUB)
    press(again, "Forget")
    assert text_of(open_page(context=context)) == STUB


def test_where_nothing_can_be_kept_the_editor_works(open_page, new_context):
    context = new_context()
    refused = "() => { throw new Error('no') }"
    context.add_init_script(f"Storage.prototype.setItem = {refused};")
    context.add_init_script(f"Storage.prototype.getItem = {refused};")
    page = open_page(context=context)
    page.evaluate("pageExercises[0].set('mine')")
    assert text_of(page) == "mine"
    assert card(page).get_by_role("button", name="Forget").is_disabled()
    assert page.said == []


def test_each_press_gives_the_next_hint(open_page):
    page = open_page()
    for _ in range(4):
        press(page, "Hint")
    assert card(page).locator(".ee-hints p").all_inner_texts() == [
        "First `np.exp`.",
        "Then a <sum>.",
        "That was the last of 2 hints; see the solution below.",
    ]
    assert card(page).locator(".ee-hints code").count() == 1
    added = card(page).locator(".ee-hints").get_attribute("aria-atomic")
    assert added == "false"  # only what is new is read aloud
    assert not page.locator(".exercise details").first.is_visible()


def test_the_text_can_be_taken_away_as_a_file(open_page):
    page = open_page()
    with page.expect_download() as download:
        press(page, "Download .py", 1)
    assert download.value.suggested_filename == "second.py"
    assert download.value.path().read_text("utf-8") == STUB


@pytest.mark.parametrize(
    ("file", "sentence"),
    [(False, BUILT_WITHOUT), (True, "Python does not run in a page that was opened")],
)
def test_without_python_one_sentence_says_why(open_page, file, sentence):
    page = open_page(file=file)
    verdict = card(page).locator("[data-verdict]")
    for _ in range(2):  # at once, and when it is asked for
        assert verdict.get_attribute("data-verdict") == "not attempted"
        assert verdict.inner_text().startswith(sentence)
        card(page).locator("[data-run]").click()
    told = page.evaluate("pageExercises[0].run()")
    assert told["status"] == "not attempted"
    assert told["message"] == verdict.text_content()
    assert page.said == []


@pytest.mark.parametrize("theme", THEMES)
def test_it_has_no_accessibility_finding(open_page, theme):
    page = open_page(theme)
    press(page, "Hint")
    page.evaluate(
        "pageExercises[0].set('def f(x):  # say\\n    return \"a\", 3, True')"
    )
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run().then(({violations}) => violations)")
    assert [(v["id"], n["html"]) for v in found for n in v["nodes"]] == []


def test_a_long_answer_is_printed_whole(open_page):
    page = open_page()
    page.evaluate("pageExercises[0].set('x = 1\\n'.repeat(80))")
    editor = card(page).locator(".prism-code-editor")
    cut = "(box) => box.scrollHeight - box.clientHeight > 2"
    assert editor.evaluate(cut)
    page.emulate_media(media="print")
    assert not editor.evaluate(cut)


def test_it_fits_a_phone(open_page):
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True)
    page.evaluate(f"pageExercises[0].set('x = {'1 + ' * 60}1')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for button in card(page).get_by_role("button").all():
        assert button.bounding_box()["height"] >= 40


def test_the_library_is_the_one_that_was_looked_at():
    """How it was made stands at its beginning, with its licence."""
    sums = {
        ".js": "2baa8f0ff8814b7a98e967ce61120c4537a3af0baf9af3ae30455968004be771",
        ".css": "ed5c00c5496c88080be019fbdf1d5c0fa0ac452060f1fc7d27f899f06c88e3d1",
    }
    for kind, known in sums.items():
        text = bundle.read(f"{assets.VENDORED}{kind}")
        assert hashlib.sha256(text.encode()).hexdigest() == known
        assert "prism-code-editor 5.4.0" in text
    script = bundle.read(f"{assets.VENDORED}.js")
    assert "MIT License" in script and "Jonas Pytte" in script and "Lea Verou" in script
    assert len(script) <= 40_000


# ------------------------------------------- with a judge that the test answers for

CARD = "exercise_editor/card.js"
ONE = (
    '<div data-exercise="one" data-function="f" data-title="One" data-hints="[]">'
    "<pre>def f(x):\n    raise NotImplementedError</pre></div>"
)
JUDGED = f"""() => {{
  {bundle.joined(CARD)}
  window.asked = [];
  const check = ({{ text }}, hear) => {{
    hear("waiting");
    return new Promise((resolve) => asked.push({{ text, hear, resolve }}));
  }};
  const el = document.querySelector("[data-exercise]");
  window.one = modules["{CARD}"].card(el, {{ check, why: "", bytes: 17e6 }});
}}"""


@pytest.fixture
def judged(new_context):
    page = new_context().new_page()
    page.route("https://book.test/", lambda route: route.fulfill(body=ONE))
    page.goto("https://book.test/")
    page.add_script_tag(content=bundle.read(f"{assets.VENDORED}.js"))
    page.add_style_tag(content=bundle.read("kit/base.css") + assets.style_sheet())
    page.evaluate(JUDGED)
    return page


def run(page, text):
    page.evaluate("(text) => { one.set(text); one.run(); }", text)


def answer(page, number, **verdict):
    """Let the judge say it, and wait until the page has heard."""
    page.evaluate(
        """async ([number, verdict]) => {
          asked[number].resolve(verdict);
          await new Promise((resolve) => setTimeout(resolve));
        }""",
        [number, {"status": "not yet", "printed": "", **verdict}],
    )


def shown(page):
    return page.locator("[data-verdict]").inner_text()


def is_busy(page):
    return page.locator("[data-run][aria-busy]").count() == 1


def test_the_newest_text_gets_the_verdict(judged):
    run(judged, "old")
    run(judged, "new")
    assert judged.evaluate("asked.map(({ text }) => text)") == ["old", "new"]
    before = shown(judged)
    answer(judged, 0, message="Of the old.")
    assert shown(judged) == before and is_busy(judged)
    answer(judged, 1, message="Of the new.")
    assert shown(judged) == "Of the new." and not is_busy(judged)


def test_a_second_press_on_the_same_text_waits_for_the_same_verdict(judged):
    same = judged.evaluate("[one.run(), one.run()].every((v, _, all) => v === all[0])")
    assert same and judged.evaluate("asked.length") == 1


def test_each_phase_is_read_aloud_once(judged):
    judged.evaluate(
        """() => {
          window.heard = [];
          const region = document.querySelector(".bw-heard[role=status]");
          new MutationObserver(() => heard.push(region.textContent))
            .observe(region, { childList: true });
        }"""
    )
    run(judged, "x")
    for news in ["coming", 1e6], ["coming", 9e6], ["starting"], ["running"]:
        judged.evaluate("(news) => asked[0].hear(...news)", news)
        if news[0] == "coming":
            bar = judged.locator("progress").evaluate("(bar) => bar.value")
            assert bar == pytest.approx(news[1] / 17e6)
    answer(judged, 0, message="Said.")
    assert judged.evaluate("heard") == [
        "Waiting for its turn …",
        "Python comes: 1 of 17 MB",
        "Python starts …",
        "Python runs …",
        "",
    ]
    assert not judged.locator("progress").is_visible()


def test_what_was_printed_can_be_scrolled_by_keyboard(judged):
    run(judged, "x")
    lines = "a\n" * 80
    answer(judged, 0, message="Said.", printed=lines)
    printed = judged.get_by_role("region", name="what Python printed")
    printed.focus()
    judged.keyboard.press("End")
    judged.wait_for_function("document.activeElement.scrollTop > 100")
    assert judged.evaluate("document.activeElement.textContent") == lines
    judged.add_script_tag(path=AXE)
    found = judged.evaluate("axe.run('[data-exercise]').then((all) => all.violations)")
    assert [fault["id"] for fault in found] == []


def test_who_forgets_is_told_and_keeps_place_and_verdict(judged):
    run(judged, "x")
    answer(judged, 0, message="Said.")
    judged.get_by_role("button", name="Forget").click()
    assert judged.evaluate("document.activeElement.textContent") == "Run"
    assert "kept nowhere any more" in judged.locator(".bw-heard").inner_text()
    assert shown(judged) == "Said."
    note = judged.get_by_text("kept nowhere any more").first
    assert note.is_visible()
    judged.evaluate("one.set('y')")
    assert not note.is_visible()
    assert judged.get_by_role("button", name="Forget").is_enabled()
