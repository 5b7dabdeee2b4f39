import json

import numpy as np
import pytest

from attn_helpers.reference.attention_cost import BlockShape, block_flops
from attn_helpers.reference.attention_memory import held_bytes
from attn_helpers.widgets.cost_dial import CostDial
from attn_helpers.widgets.cost_dial.words import sentence, three_digits

DECODE = {"phase": "decode", "dtype": "float16", "width": 4096, "heads": 32}
STATES = [
    {},
    {"length": 32768},
    {"length": 512, "fused": True},
    {"length": 131072, "fused": True, "phase": "training", "device": "GPU"},
    {"length": 131072, "phase": "training", "batch": 64, "heads": 64, "width": 768},
    {"length": 1048576, "fused": True, "batch": 1024, "width": 16384},
    DECODE,
    DECODE | {"batch": 256, "length": 16, "device": "phone", "dtype": "int8"},
    DECODE | {"batch": 1024, "length": 23170},
    {"length": 1048576, "fused": True, "device": "phone"},  # for half an hour
]


# --- what it computes ---


def test_first_shows_a_layer_of_width_512_whose_pairs_have_just_overtaken():
    dial = CostDial()
    n, d = 4096, 512
    multiply_adds = n * 12 * d * d + 2 * n * n * d
    assert dial.flops == 2 * multiply_adds
    rows, matrices, scores = n * (5 + 4) * d, 12 * d * d, 2 * 8 * n * n
    assert dial.peak_bytes == 4 * (rows + matrices + scores)
    assert dial.crossing == 6 * d == 3072


def test_the_crossing_is_where_both_parts_are_equal():
    for phase in ("prefill", "decode", "training"):
        dial = CostDial(phase=phase, width=768, heads=4)
        tokens, pairs = dial.setting.parts(round(dial.crossing))
        assert tokens == pairs
    again = CostDial(phase="training", width=768, fused=True)  # scores twice
    assert again.crossing == pytest.approx(6 / 7 * 6 * 768)
    tokens, pairs = again.setting.parts(round(again.crossing))
    assert tokens == pytest.approx(pairs, rel=1e-3)


@pytest.mark.parametrize("state", STATES)
def test_both_parts_are_all_of_the_flops(state):
    dial = CostDial(**state)
    assert sum(dial.setting.parts(dial.length)) == dial.flops


@pytest.mark.parametrize("state", STATES)
def test_the_wall_is_the_longest_text_that_fits(state):
    dial = CostDial(**state)
    fits = [dial.setting.held(dial.wall + i) <= dial.setting.memory for i in (0, 1)]
    if dial.wall:
        assert fits == [True, False]
    else:
        assert dial.setting.held(1) > dial.setting.memory


def test_in_decoding_one_token_is_new_and_all_are_attended_to():
    dial = CostDial(**DECODE, length=1024, batch=4)
    shape = BlockShape(t_q=1, t_k=1024, d_model=4096, num_heads=32, batch=4)
    assert dial.flops == block_flops(shape)
    assert dial.peak_bytes == held_bytes(shape, 2)


def test_a_batch_makes_matrices_worth_reading_and_never_a_cache():
    short, long = (
        [CostDial(**DECODE, length=n, batch=b).intensity for b in (1, 32, 1024)]
        for n in (16, 65536)
    )
    assert short[0] < 1.1 and short[1] > 25 and short[2] > 300
    assert max(long) < 2  # half a FLOP for each byte, in pairs, and little beside


def test_fused_attention_holds_no_scores_and_takes_no_fewer_flops():
    plain, fused = CostDial(), CostDial(fused=True)
    assert plain.peak_bytes - fused.peak_bytes == 2 * 8 * 4096**2 * 4
    assert plain.flops == fused.flops
    assert fused.wall > 50 * plain.wall
    assert fused.intensity > 5 * plain.intensity


def test_heads_cost_bytes_and_no_flops():
    few, many = CostDial(heads=1), CostDial(heads=64)
    assert few.flops == many.flops
    assert few.wall > 7 * many.wall


# --- what it says ---


def test_it_says_what_gives_way_first():
    said = [sentence(CostDial(**state).setting) for state in STATES[:4]]
    assert said == [
        "It fits, and takes at least 23.3 ms. Moving bytes takes the time: there are "
        "25.8 FLOPs for each byte, and this laptop could do 30 meanwhile.",
        "At n = 32,768 the score matrices take 68.7 GB: more than this laptop has "
        "(16 GB).",
        "It fits, and takes at least 1.25 ms. Arithmetic takes the time: there are "
        "112 FLOPs for each byte, and this laptop does 30 while it moves one.",
        "It fits, and takes at least 1.87 s. Arithmetic takes the time: there are "
        "7,781 FLOPs for each byte, and this GPU does 14.0 while it moves one.",
    ]
    huge = CostDial(width=16384, length=1048576)
    assert sentence(huge.setting) == (
        "At n = 1,048,576 this layer takes 631 GB without any scores: more than this "
        "laptop has (16 GB)."
    )


def test_the_alternative_text_has_the_numbers():
    assert CostDial(length=32768).alt() == (
        "One layer of width 512 with 8 heads and plain attention, prefill, batch 1, "
        "float32, at n = 32,768: 2.41 TFLOPs, 69.3 GB. Scores and mixing cost more "
        "than all else from n = 3,072 on. It fits up to n = 15,661. At n = 32,768 the "
        "score matrices take 68.7 GB: more than this laptop has (16 GB)."
    )
    none = CostDial(width=16384, phase="training", device="phone")
    assert "No length of it fits." in none.alt()


def test_the_picture_names_what_the_figure_names():
    picture = CostDial().picture()
    for text in (
        "equal at 3,072",
        "the wall: n = 15,661",
        "n = 4,096",
        "1,048,576",
        "1 G",
    ):
        assert f">{text}<" in picture, text
    assert "scores, mixing: ∝ n²" in picture and "16 GB" in picture
    decode = CostDial(**DECODE).picture()
    assert "scores, mixing: ∝ n<" in decode and "feed-forward: constant" in decode
    assert ">the wall: n = 962,041 →<" not in decode and "memory-bound" in decode
    none = CostDial(width=16384, phase="training", device="phone").picture()
    assert ">no length fits<" in none


@pytest.mark.parametrize("state", STATES)
def test_its_state_and_results_go_through_json_and_its_picture_repeats(state):
    dial = CostDial(**state)
    again = json.loads(json.dumps(dial.state(), allow_nan=False))
    json.dumps([getattr(dial, name) for name in dial.results], allow_nan=False)
    assert CostDial(**again).picture() == dial.picture()


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"length": 15}, "CostDial: length must be from 16 to 1048576; got length=15"),
        ({"length": 2**20 + 1}, "length must be from 16 to 1048576"),
        ({"width": 100}, "CostDial: width must be one of 64, 128, .*; got width=100"),
        ({"heads": 3}, "CostDial: heads must be one of 1, 2, .*; got heads=3"),
        ({"batch": 3}, "CostDial: batch must be one of 1, 2, .*; got batch=3"),
        ({"dtype": "float64"}, "dtype"),
        ({"phase": "test"}, "phase"),
        ({"device": "mainframe"}, "device"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    dial = CostDial()
    before = dial.state()
    with pytest.raises(Exception, match=message):
        dial.set_trait_values(traits)
    assert dial.state() == before


# --- in a page ---


def still(shown):
    """Numbers jump to where they are sent."""
    shown.page.emulate_media(reduced_motion="reduce")
    return shown


def test_the_page_computes_and_says_what_python_does(show):
    dials = [CostDial(**state) for state in STATES]
    shown = show(*dials)
    said = shown.page.locator(".bw-status").all_inner_texts()
    for i, dial in enumerate(dials):
        state = shown.state(i)
        for name in dial.results:  # no step of either is rounded
            assert float(state[name]) == float(getattr(dial, name)), name
        assert said[i] == sentence(dial.setting)
    ticks = shown.page.locator(".bw-figure").first.locator("text").all_text_contents()
    assert ticks[:4] == ["1 M", "1 G", "1 T", "1 P"]
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


GRIP = ".bw-grip"


def x_of(shown, place):
    box = shown.page.locator(place).bounding_box()
    return box["x"] + box["width"] / 2


def test_the_length_is_dragged_along_its_axis_and_typed(show):
    shown = still(show(CostDial()))
    handle = shown.page.get_by_role("slider", name="length n").first
    shown.drag(GRIP, 90, 30)
    dragged = shown.assert_python_agrees()["length"]
    eighths = 8 * np.log2(dragged)
    assert dragged > 20000 and eighths == pytest.approx(round(eighths), abs=1e-3)
    assert handle.get_attribute("aria-valuetext") == f"n = {dragged:,}"
    shown.page.keyboard.press("ArrowRight")
    pressed = shown.assert_python_agrees()["length"]
    assert pressed / dragged == pytest.approx(2 ** (1 / 8), rel=1e-4)
    shown.drag(GRIP, -700, 0)
    assert shown.assert_python_agrees()["length"] == 16
    shown.drag(GRIP, 900, 0)
    assert shown.assert_python_agrees()["length"] == 2**20
    assert shown.errors == []


def test_lines_meet_at_the_crossing_and_the_wall_stands_where_memory_ends(show):
    shown = still(show(CostDial()))
    page = shown.page
    for length in (3072, 15661):
        page.evaluate(f"liveWidgets[0].model.set('length', {length})")
        shown.state()
        place = ".bw-meeting" if length == 3072 else ".bw-wall"
        assert x_of(shown, GRIP) == pytest.approx(x_of(shown, place), abs=0.6)
    ends = [
        [
            float(x)
            for x in page.locator(f".bw-figure {name}")
            .get_attribute("d")[1:]
            .replace("L", " ")
            .split()
        ]
        for name in (".bw-tokens", ".bw-pairs")
    ]
    (x0, y0, x1, y1), (_, z0, _, z1) = ends
    part = (np.log2(3072) - 4) / 16
    assert y0 + part * (y1 - y0) == pytest.approx(z0 + part * (z1 - z0), abs=0.01)
    centre = page.locator(".bw-meeting").evaluate(
        "e => [e.cx, e.cy].map(v => v.baseVal.value)"
    )
    assert centre == pytest.approx([x0 + part * (x1 - x0), y0 + part * (y1 - y0)])
    assert (z1 - z0) / (y1 - y0) == pytest.approx(2)  # slopes 2 and 1
    room = page.locator(".bw-room").bounding_box()
    assert room["x"] == pytest.approx(x_of(shown, ".bw-wall"), abs=0.6)


def test_in_decoding_one_line_is_level_and_the_other_has_its_slope(show):
    shown = still(show(CostDial(**DECODE, device="GPU"), CostDial(width=4096)))
    ends = shown.page.locator(".bw-figure :is(.bw-tokens, .bw-pairs)").evaluate_all(
        "all => all.map(e => [e.getPointAtLength(0).y,"
        " e.getPointAtLength(e.getTotalLength()).y])"
    )
    assert ends[0][0] == ends[0][1] and ends[1][0] > ends[1][1]
    legends = shown.page.locator(".bw-legend").all_inner_texts()
    assert "constant" in legends[0] and "∝ n²" not in legends[0]
    assert "constant" not in legends[1] and "∝ n²" in legends[1]
    walls = shown.page.locator(".bw-of-wall").all_text_contents()
    assert "→" in shown.page.locator(".bw-figure").first.text_content()
    assert (
        walls.count("") == 1
    )  # nothing is said to be behind a wall that is out of sight


def bar(shown, n):
    """How far a bar passes its mark, in powers of ten, and whether it is red."""
    return (
        shown.page.locator(".bw-track")
        .nth(n)
        .evaluate(
            """track => {
          const [bar, mark] = track.children;
          const part = (e) => e.getBoundingClientRect();
          return [(part(bar).right - part(mark).left) / track.clientWidth * 11,
                  bar.classList.contains("bw-over")];
        }"""
        )
    )


def test_a_bar_passes_its_mark_when_there_is_too_little(show):
    for length, over in ((4096, False), (32768, True)):
        dial = CostDial(length=length)
        shown = still(show(dial))
        expected = [np.log10(dial.flops / 3e12), np.log10(dial.peak_bytes / 16e9)]
        got = [bar(shown, n) for n in (0, 1)]
        assert [x for x, _ in got] == pytest.approx(expected, abs=0.05)
        assert [red for _, red in got] == [False, over]


@pytest.mark.parametrize("bound", ["memory", "compute"])
def test_the_dot_lies_on_the_roof(show, bound):
    dial = CostDial(fused=bound == "compute")
    shown = still(show(dial))
    from_the_roof = shown.page.locator(".bw-roof").evaluate(
        """line => {
          const dot = document.querySelector(".bw-dot");
          const [x, y] = [dot.cx.baseVal.value, dot.cy.baseVal.value];
          const length = 2 * line.getTotalLength();
          const steps = Array.from({ length }, (_, i) => i / 2);
          const gaps = steps.map((l) => line.getPointAtLength(l));
          return Math.min(...gaps.map((p) => Math.hypot(p.x - x, p.y - y)));
        }"""
    )
    assert from_the_roof < 0.6
    title = shown.page.locator(".bw-side .bw-strong").text_content()
    assert title == f"{bound}-bound: {three_digits(dial.intensity)} FLOPs a byte"


def test_presets_keep_to_what_they_claim(show):
    shown = still(show(CostDial(batch=64, phase="training", width=1024)))
    page = shown.page

    def press(name):
        button = page.get_by_role("button", name=name)
        button.click()
        state = shown.assert_python_agrees()
        assert button.get_attribute("aria-pressed") in ("true", None)
        return [state[key] for key in ("phase", "batch", "length", "width")]

    assert press("Decode one token") == ["decode", 1, 4096, 1024]
    assert press("A page of text: n = 512") == ["prefill", 1, 512, 1024]
    assert press("A novel: n = 131,072") == ["prefill", 1, 131072, 1024]
    assert press("Decode one token") == ["decode", 1, 131072, 1024]
    assert (
        page.get_by_role("button", name="A novel: n = 131,072").get_attribute(
            "aria-pressed"
        )
        == "false"
    )
    assert press("Reset") == ["training", 64, 4096, 1024]


def test_after_any_control_it_is_drawn_as_if_anew(show):
    shown = still(show(CostDial(length=16384)))
    for control in shown.use_all_controls():
        used, anew = shown.drawn_anew()
        assert used == anew, control
        shown.assert_python_agrees()
    assert shown.errors == []


def test_python_takes_every_state_that_the_controls_lead_to(show):
    still(show(CostDial())).assert_python_takes_every_end(steps=30)


GOAL = {
    "goal": "Keep the arithmetic busy.",
    "conditions": [
        {"path": ["wall"], "op": ">=", "value": 512, "hint": "It does not fit."},
        {"path": ["intensity"], "op": ">=", "value": 60, "hint": "Memory binds."},
    ],
    "keep": ["length", "phase", "dtype", "device"],
}


def test_a_challenge_is_judged_and_offers_no_preset_that_could_spoil_it(show):
    start = {"phase": "decode", "dtype": "float16", "length": 512, "width": 2048}
    shown = still(show(CostDial(**start, challenge=GOAL)))
    page = shown.page
    assert page.locator(".bw-tries button:visible").all_inner_texts() == ["Reset"]
    panel, batch = page.locator(".bw-challenge"), page.get_by_label("batch")
    width = page.get_by_label("width d")
    batch.press("End")
    shown.state()
    assert "Memory binds." in panel.inner_text()  # however many read the matrices
    width.press("End")
    shown.state()
    assert "It does not fit." in panel.inner_text()
    page.get_by_label("phase").select_option("prefill")
    shown.state()
    assert "Leave the phase alone" in panel.inner_text()
    page.get_by_label("phase").select_option("decode")
    for _ in range(2):
        batch.press("ArrowLeft")
    shown.assert_python_agrees()
    assert "Solved" in panel.inner_text()


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    shown = show(CostDial(), CostDial(**STATES[5]), theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0
    scale = shown.page.evaluate(
        "[...document.querySelectorAll('.bw svg')].map("
        "(svg) => svg.clientWidth / svg.viewBox.baseVal.width)"
    )
    assert min(scale) > 0.98  # so that 12 px text stays 12 px


def test_on_a_phone_the_line_and_what_it_changes_are_seen_together(show):
    page = show(CostDial(), width=360, height=640).page
    top = page.locator(".bw-figure").bounding_box()["y"]
    box = page.locator(".bw-meters").bounding_box()
    assert box["y"] + box["height"] - top < 420


@pytest.mark.parametrize("width", [360, 800])
def test_no_word_is_cut_off_or_written_over_another(show, width):
    for length in (16, 4096, 2**20):
        shown = still(show(CostDial(length=length), width=width))
        boxes = shown.page.locator(".bw-figure svg text").evaluate_all(
            "all => all.filter(e => e.textContent).map(e => {"
            " const { x, y, width, height } = e.getBBox();"
            " return [x, y, x + width, y + height]; })"
        )
        end = shown.page.locator(".bw-figure svg").evaluate("e => e.clientWidth")
        for i, (x, y, right, foot) in enumerate(boxes):
            assert x >= 0 and right <= end + 1
            for a, b, c, d in boxes[:i]:
                assert right <= a or c <= x or foot <= b + 3 or d <= y + 3
