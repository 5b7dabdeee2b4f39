"""What all views share on the page: numbers in words, elements and gestures."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attn_helpers.widgets.cost_dial import CostDial
from attn_helpers.widgets.glimpse_viewer import GlimpseViewer
from attn_helpers.widgets.head_mixer import HeadMixer
from attn_helpers.widgets.position_dial import PositionDial
from attn_helpers.widgets.query_key_playground import QueryKeyPlayground
from attn_helpers.widgets.soft_lookup import SoftLookup
from attn_helpers.widgets.softmax_dial import SoftmaxDial
from tests.widgets.kit.conftest import furnish

# --- numbers -------------------------------------------------------------------------


def as_python_writes(value, digits):
    """With a real minus sign, and without one before nothing but zeros."""
    text = f"{value:.{digits}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "−")


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
@example(0.125, 2)  # halfway, and so to the even neighbour: an eighth is 0.12
@example(0.375, 2)
@example(-0.125, 2)
@example(2.5, 0)
@example(-0.5, 0)
@example(-0.004, 2)
@example(-0.005, 2)
@example(1.005, 2)
@example(9.995, 2)
@example(0.0, 2)
@example(-0.0, 0)
def test_a_number_reads_as_python_writes_it(engine, value, digits):
    assert engine("dom", "format", value, digits) == as_python_writes(value, digits)


def test_a_number_has_two_digits_unless_told_otherwise(engine):
    assert engine("dom", "format", 1) == "1.00"
    assert engine("dom", "point", [1, -0.001]) == "(1.00, 0.00)"
    assert engine("dom", "point", [-2.5, 3]) == "(−2.50, 3.00)"


def test_what_is_no_number_is_called_by_its_name(engine):
    names = [engine("dom", "format", x) for x in (math.nan, math.inf, -math.inf)]
    assert names == ["NaN", "∞", "−∞"]


@given(*[st.floats(-9, 9)] * 3)
@example(-9.0, -1.0, 1.0)
@example(9.0, -1.0, 1.0)
@example(1.0, -1.0, 1.0)
def test_clamp_is_numpy_s_clip(engine, x, a, b):
    low, high = sorted((a, b))
    assert engine("dom", "clamp", x, low, high) == np.clip(x, low, high)


@given(st.floats(-1e6, 1e6))
def test_a_position_keeps_three_decimals(engine, x):
    got = engine("dom", "round", x)
    assert abs(got - x) <= 0.0005 + 1e-9
    assert got == round(got, 3)


VIEW_OF = """([view, box, [clientX, clientY]]) => {
  const svg = dom.s("svg", { viewBox: view.join(" "), preserveAspectRatio: "none" });
  const [left, top, width, height] = box;
  svg.style.cssText = `position: absolute; left: ${left}px; top: ${top}px;`
    + `width: ${width}px; height: ${height}px`;
  main.append(svg);
  const toUser = svg.getScreenCTM().inverse();
  const wanted = new DOMPoint(clientX, clientY).matrixTransform(toUser);
  return [dom.pointerIn(svg, { clientX, clientY }), [wanted.x, wanted.y]];
}"""


@pytest.mark.parametrize("at", [(40, 60), (101, 79), (347, 223), (0, 0), (500, 400)])
@pytest.mark.parametrize("view", [(0, 0, 300, 300), (-7, 13, 130, 29)])
def test_a_pointer_is_where_the_browser_itself_puts_it(page, view, at):
    got, wanted = page.evaluate(VIEW_OF, [view, (40, 60, 307, 163), at])
    assert got == pytest.approx(wanted, abs=1e-4)


# --- elements ------------------------------------------------------------------------


def test_elements_carry_attributes_listeners_and_children(page):
    html = page.evaluate(
        """() => {
          let heard = 0;
          const known = { class: "a", hidden: true, title: null, lang: false, id: 0 };
          const onclick = () => (heard += 1);
          const one = dom.h("p", { ...known, onclick }, "<b>", dom.h("i"));
          one.click();
          const circle = dom.s("circle", { r: 3 });
          dom.set(circle, { r: 4, cx: -1 });
          return [one.outerHTML, heard, circle.outerHTML, circle instanceof SVGElement];
        }"""
    )
    assert html == [
        '<p class="a" hidden="" id="0">&lt;b&gt;<i></i></p>',
        1,
        '<circle r="4" cx="-1"></circle>',
        True,
    ]


def test_rich_text_is_code_between_backticks_and_never_html(page):
    page.evaluate("main.append(...dom.rich('a `<b>x</b>` <i>c</i>'))")
    assert (
        page.inner_html("main")
        == "a <code>&lt;b&gt;x&lt;/b&gt;</code> &lt;i&gt;c&lt;/i&gt;"
    )


def test_two_views_have_no_id_in_common(page):
    ids = page.evaluate("['key', 'key', 'query'].map(dom.uniqueId)")
    assert len(set(ids)) == 3
    assert all(name.startswith("bw-") for name in ids)


def test_a_copy_shares_nothing(page):
    assert page.evaluate(
        "(() => { const a = [[1]]; dom.copy(a)[0][0] = 2; return a; })()"
    ) == [[1]]


def test_elements_are_made_afresh_only_for_another_key(page):
    built = page.evaluate(
        """() => {
          const built = [];
          const build = dom.afresh((...given) => built.push(given));
          build([1, "a"], "one"); build([1, "a"], "two"); build([2, "a"], "three", 3);
          build([1, "a"], "four");
          return built;
        }"""
    )
    assert built == [["one"], ["three", 3], ["four"]]


# --- from traits to the screen, and back ---------------------------------------------

# What changes in one frame is measured at its end, and painted in the next.
FRAME = "for (let i = 0; i < 4; i += 1) await new Promise(requestAnimationFrame);"


def test_a_view_paints_at_once_and_then_once_a_frame_until_it_is_cleaned_up(page):
    counts = page.evaluate(
        f"""async () => {{
          let painted = 0;
          const counts = [];
          const model = modelOf({{ a: 1, b: 2, c: 3 }});
          const stop = dom.redrawOn(model, ["a", "b"], () => (painted += 1));
          counts.push(painted);
          model.set("a", 2); model.set("a", 3); model.set("b", 3);
          counts.push(painted);
          {FRAME} counts.push(painted);
          model.set("c", 4);
          {FRAME} counts.push(painted);
          model.set("b", 4);
          {FRAME} counts.push(painted);
          model.set("a", 5);
          stop();
          model.set("b", 6);
          {FRAME} counts.push(painted);
          return [...counts, model.of("change:a").size, model.of("change:b").size];
        }}"""
    )
    assert counts == [1, 1, 2, 2, 3, 3, 0, 0]


def test_a_view_paints_again_when_its_width_changes_until_it_is_cleaned_up(page):
    counts = page.evaluate(
        f"""async () => {{
          let painted = 0;
          const counts = [];
          const watch = dom.onResize(main, () => (painted += 1));
          const stop = dom.together(watch, () => counts.push("stopped"));
          {FRAME} counts.push(painted);
          main.style.width = "300px";
          {FRAME} counts.push(painted);
          stop();
          main.style.width = "200px";
          {FRAME} counts.push(painted);
          return counts;
        }}"""
    )
    first, second, *rest = counts
    assert second == first + 1
    assert rest == ["stopped", second]


def test_an_update_sets_every_trait_and_tells_python_once(page):
    saved = page.evaluate(
        "() => { const model = modelOf({ a: 1, b: 2 });"
        " dom.update(model, { a: 3, b: 4 }); return model.saved; }"
    )
    assert saved == ['{"a":3,"b":4}']


def test_reset_returns_to_what_stood_there_first_however_often(page):
    states = page.evaluate(
        """() => {
          const model = modelOf({ rows: [[1, 2]], other: 5, kept: 7 });
          main.append(dom.resetButton(model, ["rows", "other"]));
          const states = [];
          for (const value of [3, 4]) {
            model.set("rows", [[value]]);
            for (const name of ["other", "kept"]) model.set(name, value);
            main.querySelector("button").click();
            states.push(JSON.stringify(model.state));
            model.state.rows[0][0] = 99; // a view that changes what it was given
          }
          return [...states, model.saved.length];
        }"""
    )
    assert states == [
        '{"rows":[[1,2]],"other":5,"kept":3}',
        '{"rows":[[1,2]],"other":5,"kept":4}',
        2,
    ]


def test_a_view_keeps_keys_to_itself_but_not_those_of_the_browser(page):
    page.evaluate(
        """() => {
          window.leaked = [];
          document.body.addEventListener("keydown", (event) => leaked.push(event.key));
          dom.stage(main, "dial", "A dial").append(dom.button("one", () => {}));
        }"""
    )
    assert page.get_attribute(".bw-dial", "role") == "group"
    assert page.get_attribute(".bw-dial", "aria-label") == "A dial"
    page.focus("button")
    for key in ("Enter", "ArrowUp", "a", "Control+b", "Meta+e"):
        page.keyboard.press(key)
    assert {key for key in page.evaluate("leaked") if len(key) == 1} == {"b", "e"}
    assert "Enter" not in page.evaluate("leaked")


# --- what is said --------------------------------------------------------------------


def test_the_eye_reads_at_once_and_the_ear_hears_only_the_last_of_many(new_context):
    page = new_context().new_page()
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    furnish(page)
    page.evaluate(
        """() => {
          window.say = dom.announcer(main);
          window.told = [];
          const heard = main.querySelector("[role=status]");
          const witness = new MutationObserver(() => told.push(heard.textContent));
          witness.observe(heard, { childList: true });
        }"""
    )
    assert page.get_attribute(".bw-status", "aria-hidden") == "true"
    for step in range(5):
        page.evaluate("(step) => say(`step ${step}`)", step)
        assert page.inner_text(".bw-status") == f"step {step}"
        page.clock.run_for(100)
    assert page.evaluate("told") == []
    page.clock.run_for(400)
    assert page.evaluate("told") == ["step 4"]
    page.evaluate("say('step 4')")
    page.clock.run_for(1000)
    assert page.evaluate("told") == ["step 4"]


# --- controls ------------------------------------------------------------------------

SLIDER = """() => {
  window.told = [];
  let value = 0.5;
  const { element, refresh } = dom.slider("heat", {
    min: -1, max: 1, step: 0.25,
    read: () => value,
    write: (next) => { value = next; told.push(next); refresh(); },
    show: (x = value) => `${x} degrees`,
    done: () => told.push("done"),
  });
  main.append(element);
  refresh();
  window.leaked = [];
  document.body.addEventListener("keydown", (event) => leaked.push(event.key));
}"""


def test_a_slider_has_a_name_ends_steps_and_its_value_in_words(page):
    page.evaluate(SLIDER)
    heat = page.get_by_label("heat")
    assert heat.get_attribute("aria-valuetext") == "0.5 degrees"
    heat.press("ArrowLeft")
    assert page.evaluate("told") == [0.25, "done"]
    assert heat.get_attribute("aria-valuetext") == "0.25 degrees"
    assert page.inner_text("output") == "0.25 degrees"
    for key, end in (("Home", -1), ("End", 1)):
        heat.press(key)
        assert page.evaluate("told.at(-2)") == end
    heat.press("ArrowRight")
    assert page.evaluate("told.at(-2)") == 1
    assert page.evaluate("leaked") == []


def test_a_gesture_that_ends_where_it_began_still_ends(page):
    page.evaluate(SLIDER)
    box = page.locator("input").bounding_box()
    at = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    page.mouse.move(*at)
    page.mouse.down()
    page.evaluate("told.length = 0")
    page.mouse.move(at[0] + 40, at[1])
    page.mouse.move(*at)
    assert "done" not in page.evaluate("told")
    page.mouse.up()
    assert page.evaluate("told.at(-1)") == "done"


def test_a_gesture_that_the_browser_takes_over_ends_too(page):
    page.evaluate(SLIDER)
    page.dispatch_event("input", "pointercancel")
    assert page.evaluate("told") == ["done"]


def test_a_slider_need_not_hear_of_an_end(page):
    page.evaluate(
        """() => {
          const calls = { read: () => 0, write() {}, show: String };
          main.append(dom.slider("x", { min: 0, max: 1, step: 1, ...calls }).element);
        }"""
    )
    page.get_by_label("x").press("ArrowRight")
    assert page.get_by_label("x").input_value() == "1"


def test_a_choice_and_a_box_write_what_was_chosen_and_show_what_is(page):
    page.evaluate(
        """() => {
          window.state = { kind: "b", on: true };
          const of = (name) => ({
            read: () => state[name],
            write: (value) => { state[name] = value; },
          });
          window.parts = [
            dom.choice("kind", [["a", "first"], ["b", "second"]], of("kind")),
            dom.checkbox("on", of("on")),
          ];
          for (const { element, refresh } of parts) { main.append(element); refresh(); }
        }"""
    )
    kind, on = page.get_by_label("kind"), page.get_by_role("checkbox", name="on")
    assert kind.input_value() == "b" and on.is_checked()
    kind.select_option("first")
    on.uncheck()
    assert page.evaluate("state") == {"kind": "a", "on": False}
    page.evaluate(
        "state = { kind: 'b', on: true }; for (const { refresh } of parts) refresh()"
    )
    assert kind.input_value() == "b" and on.is_checked()


def test_a_button_does_one_thing_and_sends_no_form(page):
    page.evaluate(
        """() => {
          window.clicks = 0;
          main.append(dom.h("form", { onsubmit: () => (clicks = -99) },
            dom.button("Add", () => (clicks += 1), { "aria-label": "Add a key" })));
        }"""
    )
    page.get_by_role("button", name="Add a key", exact=True).click()
    assert page.evaluate("clicks") == 1


# --- handles -------------------------------------------------------------------------

HANDLE = """(axes) => {
  window.told = [];
  window.at = [100, 100];
  const svg = dom.s("svg", { viewBox: "0 0 400 400", width: 400, height: 400 });
  const circle = dom.s("circle", { r: 15, cx: 100, cy: 100 });
  const group = dom.s("g", { id: "handle" }, circle);
  dom.draggable(group, {
    at: (event) => dom.pointerIn(svg, event).map(Math.round),
    move: (x, y) => { at = [x, y]; told.push(at); },
    position: () => at,
    done: () => told.push("done"),
    ...axes,
  });
  svg.append(group);
  main.append(svg, dom.h("button", { id: "beside" }, "beside"));
  window.leaked = [];
  document.body.addEventListener("keydown", (event) => leaked.push(event.key));
}"""


@pytest.fixture
def handle(page):
    """handle(axes="x", step=5) puts one at (100, 100) of a drawing of 400 by 400."""

    def put(**options):
        page.evaluate(HANDLE, options)
        box = page.locator("svg").bounding_box()
        page.mouse.move(box["x"] + 100, box["y"] + 100)
        return lambda dx, dy: page.mouse.move(box["x"] + 100 + dx, box["y"] + 100 + dy)

    return put


def test_a_handle_follows_the_pointer_beyond_its_edge_until_it_is_let_go(page, handle):
    to = handle()
    to(5, 5)
    assert page.evaluate("told") == []
    page.mouse.down()
    assert page.evaluate("document.activeElement.id") == "handle"
    to(60, -30)
    to(270, 0)
    assert page.evaluate("told") == [[160, 70], [370, 100]]
    page.mouse.up()
    to(0, 0)
    to(1, 1)
    assert page.evaluate("told.slice(2)") == ["done"]


@pytest.mark.parametrize("button", ["right", "middle"])
def test_only_the_main_button_drags(page, handle, button):
    to = handle()
    page.mouse.down(button=button)
    to(60, 30)
    page.mouse.up(button=button)
    assert page.evaluate("told") == []


def test_a_handle_let_go_where_it_was_taken_says_so(page, handle):
    handle()
    page.mouse.down()
    page.mouse.up()
    assert page.evaluate("told") == ["done"]


def test_arrow_keys_move_a_handle_by_a_step_and_with_shift_by_five(page, handle):
    handle(step=2)
    page.focus("#handle")
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowLeft", "Shift+ArrowDown"):
        page.keyboard.press(key)
    moves = [place for place in page.evaluate("told") if place != "done"]
    assert moves == [[102, 100], [102, 102], [92, 102], [92, 92]]
    assert page.evaluate("told.filter((what) => what === 'done').length") == 4
    assert [key for key in page.evaluate("leaked") if key != "Shift"] == []


def test_a_step_is_a_tenth_unless_told_otherwise(page, handle):
    handle()
    page.focus("#handle")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("at") == [pytest.approx(100.1), 100]


@pytest.mark.parametrize(("axes", "moved"), [("x", [101, 100]), ("y", [100, 101])])
def test_a_handle_on_one_axis_leaves_the_keys_of_the_other_alone(
    page, handle, axes, moved
):
    handle(axes=axes, step=1)
    page.focus("#handle")
    for key in ("ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    assert page.evaluate("told") == [moved, "done"]
    assert page.evaluate("leaked") == ["ArrowUp" if axes == "x" else "ArrowRight"]


@pytest.mark.parametrize(
    "key", ["Enter", "Tab", "a", "Alt+ArrowLeft", "Control+ArrowUp"]
)
def test_other_keys_pass_a_handle_by(page, handle, key):
    handle()
    page.focus("#handle")
    page.keyboard.press(key)
    assert page.evaluate("told") == []


# --- a finger on a phone -------------------------------------------------------------

DRAGGED = [
    CostDial,
    GlimpseViewer,
    HeadMixer,
    PositionDial,
    QueryKeyPlayground,
    SoftLookup,
    SoftmaxDial,
]
KINDS = ("pointerdown", "pointercancel", "pointerup")


@pytest.fixture
def phone(show):
    """phone(widget) opens a page that is long enough to scroll."""

    def open_page(widget):
        shown = show(*(widget() for _ in range(3)), width=360, height=600, touch=True)
        listen = "(kind) => addEventListener(kind, () => heard.push(kind), true)"
        shown.page.evaluate(
            f"kinds => {{ window.heard = []; kinds.map({listen}) }}", KINDS
        )
        return shown

    return open_page


@pytest.mark.parametrize("widget", DRAGGED, ids=lambda widget: widget.__name__)
def test_a_finger_drags_a_handle_and_the_page_stays(phone, widget):
    shown = phone(widget)
    handle = ".bw-handle >> :is(circle, rect):visible >> nth=0"
    shown.page.locator(handle).scroll_into_view_if_needed()
    before, scrolled = shown.state(), shown.page.evaluate("scrollY")
    shown.swipe(handle, -40, -40)
    assert shown.page.evaluate("heard") == ["pointerdown", "pointerup"]
    assert shown.page.evaluate("scrollY") == scrolled
    assert shown.state() != before
    assert shown.errors == []


def test_a_finger_beside_the_handles_scrolls_the_page(phone):
    shown = phone(QueryKeyPlayground)
    shown.swipe("h1", 0, -40)
    shown.page.wait_for_function("scrollY > 0")
    assert shown.page.evaluate("heard") == ["pointerdown", "pointercancel"]
