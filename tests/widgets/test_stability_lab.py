import base64
import itertools
import json
import math

import numpy as np
import pytest
import traitlets

from attn_helpers.book.sphinxext import data_of
from attn_helpers.exercises import challenge
from attn_helpers.widgets.kit import bundle
from attn_helpers.widgets.stability_lab import StabilityLab, runs, widget
from attn_helpers.widgets.stability_lab.runs import Runs, decoded, packed, stored_runs

# The order of the file's axes, written down once more.
AXES = {
    "norm": ["post-norm", "pre-norm"],
    "warmup": [0, 80],
    "layers": [2, 4, 8],
    "rate": [0.001, 0.004, 0.016, 0.064],
    "qk_norm": [False, True],
}
IN_FILE = ["loss", "gradient", "score", "entropy", "distance"]
SHOWN = ["loss", "entropy", "distance", "score", "gradient"]
RANGES = {  # of a strip, from its foot to its top
    "loss": (1.9, 5),
    "entropy": (0, 1),
    "distance": (0.00001, 1),
    "score": (0.8, 3000),
    "gradient": (0.05, 30),
}
SETTINGS = [
    dict(zip(AXES, values, strict=True)) for values in itertools.product(*AXES.values())
]
SOME = SETTINGS[::7]


@pytest.fixture(scope="module")
def file():
    with np.load(bundle.HERE / "stability_lab" / "runs.npz") as opened:
        return dict(opened)


def measured(file, setting):
    """What the file has of a run: ``{series: (3, 40)}``, and its validation losses."""
    place = tuple(AXES[name].index(value) for name, value in setting.items())
    series = {}
    for n, name in enumerate(IN_FILE):
        low, high = file["scales"][n]
        evenly = np.linspace if name == "entropy" else np.geomspace
        scale = np.append(evenly(low, high, 255), np.nan)
        series[name] = scale[file["runs"][place][:, n]]
    return series, file["validation"][place].astype(float)


# --- the runs ---


def seeds_of(file, name, at, **setting):
    """A series of the three seeds at a step, of 8 layers without QK-norm at 0.004."""
    plain = {"norm": "post-norm", "warmup": 0, "layers": 8, "rate": 0.004}
    series, _ = measured(file, plain | {"qk_norm": False} | setting)
    return series[name][:, at // 4 - 1]


def test_the_runs_say_what_the_chapter_says_of_them(file):
    losses, codes = file["validation"], file["runs"]
    assert losses.size == 288
    learnt = losses <= file["unigram"] - 0.1
    distance = np.geomspace(*file["scales"][4], 255)
    lowest = distance[codes[..., 4, :].min(axis=-1)]
    for norm, failed in enumerate([64, 4]):
        assert (~learnt[norm]).sum() == failed
    assert (lowest[0][~learnt[0]] < 0.003).all()
    assert (lowest[0][learnt[0]] < 0.003).sum() == 2
    at_best = losses[:, :, 2, :, 0].reshape(2, 8, 3)  # 8 layers, warm-ups and rates
    best = [one[one.mean(axis=1).argmin()].round(2) for one in at_best]
    ends = [end for one in best for end in (one.min(), one.max())]
    assert ends == pytest.approx([2.27, 2.30, 2.14, 2.16])
    post = {"norm": "post-norm"}
    without, risen = ({**post, "warmup": steps} for steps in (0, 80))
    assert losses[0, 0, 2, 1, 0].round(2).tolist() == pytest.approx([3.02] * 3)
    loss = [seeds_of(file, "loss", 40, **one).mean() for one in (without, risen)]
    assert loss == pytest.approx([3.05, 3.15], abs=0.006)
    for at, (most, least) in {12: (0.0051, 0.18), 40: (0.0044, 0.0145)}.items():
        stuck, well = (
            seeds_of(file, "distance", at, **one) for one in (without, risen)
        )
        assert stuck.max() < most and well.min() > least, at
    hot = {"norm": "pre-norm", "rate": 0.064}
    assert all(0.02 <= x <= 0.045 for x in seeds_of(file, "entropy", 160, **hot))


def test_every_run_of_the_grid_is_there(file):
    sizes = tuple(map(len, AXES.values()))
    assert file["runs"].shape == (*sizes, 3, 5, 40)
    assert file["validation"].shape == (*sizes, 3)
    for name, axis in {"warm": "warmup", "layers": "layers", "rates": "rate"}.items():
        assert file[name].tolist() == AXES[axis]
    assert file["steps"].tolist() == list(range(4, 161, 4))
    assert not np.isnan(file["validation"]).any()
    assert math.isclose(file["unigram"], 3.04, abs_tol=0.005)


def test_they_are_small_enough_to_be_sent():
    assert len(packed()) <= 60_000
    [script] = data_of(["StabilityLab"]).values()
    assert len(script) <= 80_000


@pytest.mark.parametrize("step", [4, 88, 160])
def test_values_are_those_of_the_file_at_the_step(file, step):
    for setting in SOME:
        lab = StabilityLab(step=step, **setting)
        series, validation = measured(file, setting)
        wanted = [series[name][:, step // 4 - 1] for name in SHOWN]
        got = np.array(lab.values, float)
        np.testing.assert_allclose(got, wanted, rtol=1e-12)
        np.testing.assert_array_equal(
            np.array(lab.validation, float),
            np.where(np.isfinite(validation), validation, np.nan),
        )
        learnt = [loss < file["unigram"] - 0.1 for loss in validation]
        assert lab.learnt == sum(learnt)


def test_a_code_beyond_the_scale_is_no_number():
    codes = np.array([[[0, 127, 254, 255]] * 5])
    scales = np.array([[1, 100], [0, 1], [0.01, 1], [1, 4], [2, 8]])
    middle = [10, 0.5, 0.1, 2, 4]
    wanted = [
        [[low, m, high, np.nan] for (low, high), m in zip(scales, middle, strict=True)]
    ]
    np.testing.assert_allclose(decoded(codes, scales), wanted)


@pytest.fixture
def diverged(monkeypatch):
    """The runs, but of the first setting seed 1 overflows after step 60, and seed 2
    ends worse than the letters' shares."""
    codes, validation, *rest = stored_runs()
    codes, validation = codes.copy(), validation.copy()
    codes[0, 0, 0, 0, 0, 1, :, 15:] = 255
    validation[0, 0, 0, 0, 0] = 2.5, np.inf, 3.5
    changed = Runs(codes, validation, *rest)
    packed.cache_clear()
    for module in (runs, widget):
        monkeypatch.setattr(module, "stored_runs", lambda: changed)
    yield {"layers": 2, "rate": 0.001}
    packed.cache_clear()


def test_a_run_that_overflows_has_no_numbers_after_it(diverged):
    before, after = (StabilityLab(step=step, **diverged) for step in (60, 64))
    assert all(row[1] is not None for row in before.values)
    assert [row[1] for row in after.values] == [None] * 5
    assert after.validation == [2.5, None, 3.5] and after.learnt == 1
    assert "last step: 2.50, ∞, 3.50;" in after.alt()
    assert "∞" in after.picture() and ">3.50<" in after.picture()


# --- what it takes ---


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"warmup": 20}, "warmup must be one of 0, 80; got warmup=20"),
        ({"layers": 6}, "layers must be one of 2, 4, 8; got layers=6"),
        (
            {"rate": 0.02},
            "rate must be one of 0.001, 0.004, 0.016, 0.064; got rate=",
        ),
        ({"step": 0}, "step must be from 4 to 160; got step=0"),
        ({"step": 164}, "step must be from 4 to 160; got step=164"),
        ({"step": 42}, "step must be a multiple of 4; got step=42"),
        ({"norm": "post"}, "norm"),
        ({"qk_norm": "yes"}, "qk_norm"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    lab = StabilityLab()
    before = lab.state()
    with pytest.raises(traitlets.TraitError, match=message):
        lab.set_trait_values(traits)
    assert lab.state() == before


def test_its_state_and_results_go_through_json_and_its_picture_repeats():
    lab = StabilityLab(norm="pre-norm", warmup=80, layers=4, rate=0.064, step=44)
    state = json.loads(json.dumps(lab.state(), allow_nan=False))
    json.dumps([getattr(lab, name) for name in lab.results], allow_nan=False)
    assert StabilityLab(**state).picture() == lab.picture() != StabilityLab().picture()
    assert StabilityLab.data() == {"packed": base64.b64encode(packed()).decode()}


def test_the_first_picture_is_the_run_that_is_stuck():
    lab = StabilityLab()
    assert (lab.norm, lab.warmup, lab.layers, lab.rate) == ("post-norm", 0, 8, 0.004)
    for text in ("post-norm", "no warm-up", "without QK-norm", "8 layers, rate 0.004"):
        assert f">{text}<" in lab.picture(), text
    other = StabilityLab(warmup=80, qk_norm=True).picture()
    assert ">warm-up: 80 steps<" in other and ">with QK-norm<" in other


def test_the_alternative_text_has_the_numbers(file):
    setting = {"norm": "pre-norm", "warmup": 80, "layers": 2, "rate": 0.016}
    lab = StabilityLab(**setting, step=40)
    series, validation = measured(file, setting | {"qk_norm": False})
    loss = np.median(series["loss"][:, 9])
    assert lab.alt().startswith(
        "Training with pre-norm, 2 layers, rate 0.016, 80 steps of warm-up and no "
        "QK-norm, three seeds. Step 40 of 160, in the middle of the three: loss "
        f"{loss:.2f}, attention entropy "
    )
    assert lab.alt().endswith(
        f"last step: {', '.join(f'{loss:.2f}' for loss in validation)}; a model that "
        "only knows how often each letter comes has 3.04."
    )


# --- in a page ---

CURVES = ".bw-run"
PAST = ".bw-before, .bw-before-words"  # what a view may show of its own past


def still(shown):
    """Curves jump to where they are sent."""
    shown.page.emulate_media(reduced_motion="reduce")
    shown.page.evaluate("document.fonts.ready")
    shown.state()
    return shown


def choose(shown, **traits):
    shown.page.evaluate(
        "(traits) => Object.entries(traits).forEach("
        "([name, value]) => liveWidgets[0].model.set(name, value))",
        traits,
    )
    return shown.assert_python_agrees()


def paths(shown, place=CURVES):
    return shown.page.locator(place).evaluate_all(
        "(all) => all.map((e) => e.getAttribute('d'))"
    )


def spots(path):
    """The points of a path, ``(n, 2)``."""
    return np.array([spot.split() for spot in path[1:].split("L")], float)


def frames(shown):
    """Left, top, width and height of each strip."""
    return shown.page.locator(".bw-frame").evaluate_all(
        "(all) => all.map((e) => ['x', 'y', 'width', 'height']"
        ".map((name) => Number(e.getAttribute(name))))"
    )


def share_of(name, values):
    low, high = RANGES[name]
    values = np.clip(values, low, high)
    if name == "entropy":
        return values
    return np.log(values / low) / np.log(high / low)


def test_the_page_has_the_numbers_of_any_setting(show):
    shown = still(show(StabilityLab()))
    for n, setting in enumerate(SETTINGS[::5]):
        choose(shown, step=4 + 20 * (n % 8), **setting)
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


def test_a_kernel_sends_the_same_runs_as_the_page_has(show):
    page = still(show(StabilityLab())).page
    same = page.evaluate(
        """async (packed) => {
          const { bringRuns, runsHere } = bookModules["stability_lab/runs.js"];
          const own = runsHere();
          const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
          delete bookData.stability_lab;
          await bringRuns({ get: () => new DataView(bytes.buffer) });
          return [own, runsHere()].map((runs) => JSON.stringify(runs));
        }""",
        base64.b64encode(StabilityLab()._packed).decode(),
    )
    assert same[0] == same[1] and len(same[0]) > 100_000


def test_a_page_without_the_runs_says_so(show):
    lab = StabilityLab()
    shown = show(lab)
    shown.page.add_init_script(
        "Object.defineProperty(globalThis, 'bookData', {value: Object.freeze({})})"
    )
    shown.page.reload()
    shown.state()
    status = shown.page.locator(".bw-status")
    assert "could not be loaded. This page has no data" in status.inner_text()
    shown.page.get_by_label("QK-norm").click()
    assert shown.state()["qk_norm"]


@pytest.mark.parametrize("width", [360, 800])
def test_curves_are_as_high_as_the_numbers(show, file, width):
    setting = {"norm": "pre-norm", "warmup": 80, "layers": 4, "rate": 0.016}
    shown = still(show(StabilityLab(**setting), width=width))
    series, _ = measured(file, setting | {"qk_norm": False})
    drawn = paths(shown)
    assert len(drawn) == 15
    for n, (name, frame) in enumerate(zip(SHOWN, frames(shown), strict=True)):
        left, top, wide, high = frame
        for seed in range(3):
            x, y = spots(drawn[5 * seed + n]).T
            np.testing.assert_allclose(
                x, left + wide * np.arange(4, 161, 4) / 160, atol=0.06
            )
            share = share_of(name, series[name][seed])
            np.testing.assert_allclose(y, top + high * (1 - share), atol=0.06)


def test_a_curve_ends_where_it_overflows(show, diverged):
    shown = still(show(StabilityLab(**diverged, step=64)))
    lengths = [len(spots(path)) for path in paths(shown)]
    assert lengths == [40] * 5 + [15] * 5 + [40] * 5
    state = shown.assert_python_agrees()
    assert state["validation"] == [2.5, None, 3.5]
    assert "2.50, ∞, 3.50. One of the seeds has" in shown.page.inner_text(".bw-status")
    told = shown.page.locator(".bw-values").all_text_contents()
    assert [line.split(" · ")[1] for line in told] == ["∞"] * 5
    cell = shown.page.locator(".bw-map button").first
    assert cell.inner_text() == "3.50"
    assert fullness(cell)[1:] == [0, 0]


def test_the_unigram_line_lies_at_its_loss(show, file):
    shown = still(show(StabilityLab()))
    left, top, wide, high = frames(shown)[0]
    line = shown.page.locator(".bw-unigram").evaluate(
        "(e) => ['x1', 'x2', 'y1', 'y2'].map((name) => Number(e.getAttribute(name)))"
    )
    y = top + high * (1 - share_of("loss", file["unigram"]))
    np.testing.assert_allclose(line, [left, left + wide, y, y], atol=1e-6)


def test_the_steps_of_the_warm_up_are_shaded(show):
    shown = still(show(StabilityLab()))
    widths = "(all) => all.map((e) => Number(e.getAttribute('width')))"
    shaded = shown.page.locator(".bw-warm")
    assert shaded.evaluate_all(widths) == [0] * 5
    shown.page.get_by_label("warm-up: 80 steps").click()
    assert shown.assert_python_agrees()["warmup"] == 80
    _, _, wide, _ = frames(shown)[0]
    np.testing.assert_allclose(shaded.evaluate_all(widths), [wide * 80 / 160] * 5)
    shown.page.get_by_label("warm-up: 80 steps").click()
    assert shown.assert_python_agrees()["warmup"] == 0


def test_values_at_the_step_stand_beside_each_strip(show, file):
    setting = {"norm": "pre-norm", "warmup": 0, "layers": 8, "rate": 0.004}
    shown = still(show(StabilityLab(step=72, **setting)))
    series, validation = measured(file, setting | {"qk_norm": False})
    told = shown.page.locator(".bw-values").all_text_contents()
    for name, line in zip(SHOWN, told, strict=True):
        found = np.array(line.split(" · "), float)  # none is too small to be told
        tolerance = {"loss": 0.006, "entropy": 0.006}.get(name, 0)
        np.testing.assert_allclose(
            found, series[name][:, 17], atol=tolerance, rtol=0 if tolerance else 0.06
        )
    status = shown.page.inner_text(".bw-status")
    loss = np.median(series["loss"][:, 17])
    assert status.startswith(
        f"Step 72, the middle one of three seeds: loss {loss:.2f}, entropy "
    )
    losses = ", ".join(f"{loss:.2f}" for loss in validation)
    assert f"At the end, on other text: {losses}. " in status
    assert status.endswith("more than how often each letter comes (3.04).")


def test_the_step_is_dragged_pressed_and_clicked(show):
    shown = still(show(StabilityLab(step=80)))
    page = shown.page
    cursor = page.get_by_role("slider", name="step to read at")
    _, _, wide, _ = frames(shown)[0]
    shown.drag(".bw-cursor circle", wide / 4, 0)
    assert shown.assert_python_agrees()["step"] == 120
    shown.drag(".bw-cursor circle", -2 * wide, 0)
    assert shown.assert_python_agrees()["step"] == 4
    cursor.press("ArrowLeft")
    assert shown.state()["step"] == 4
    cursor.press("ArrowRight")
    cursor.press("Shift+ArrowRight")
    assert shown.assert_python_agrees()["step"] == 28
    assert cursor.get_attribute("aria-valuetext") == page.inner_text(".bw-status")
    box = page.locator(".bw-frame").nth(3).bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.75 + 1, box["y"] + 9)
    assert shown.assert_python_agrees()["step"] == 120
    page.locator(".bw-strips .bw-said").first.click()  # words, not a step
    assert shown.state()["step"] == 120
    assert shown.errors == []


def test_a_finger_moves_the_line_and_scrolls_beside_it(show):
    shown = still(show(StabilityLab(step=80), width=360, height=500, touch=True))
    shown.page.locator(".bw-cursor circle").scroll_into_view_if_needed()
    shown.swipe(".bw-cursor circle", 70, 0)
    assert shown.assert_python_agrees()["step"] > 100
    before = shown.page.evaluate("scrollY")
    shown.swipe(".bw-frame", 0, 120)
    assert shown.page.evaluate("scrollY") != before


def cells(shown):
    return shown.page.locator(".bw-map button")


def fullness(cell):
    """How full the thirds of a cell are, in shares of 1."""
    return cell.evaluate(
        "(e) => [0, 1, 2].map((n) =>"
        " parseFloat(e.style.getPropertyValue(`--seed-${n}`)) / 100)"
    )


def test_the_map_shows_every_depth_and_rate(show, file):
    for start in (
        {"norm": "post-norm", "warmup": 0, "qk_norm": False},
        {"norm": "pre-norm", "warmup": 80, "qk_norm": True},
    ):
        shown = still(show(StabilityLab(**start)))
        pairs = itertools.product(AXES["layers"], AXES["rate"])
        for cell, (layers, rate) in zip(cells(shown).all(), pairs, strict=True):
            setting = {name: start.get(name) for name in AXES}
            _, losses = measured(file, setting | {"layers": layers, "rate": rate})
            assert cell.inner_text() == f"{np.median(losses):.2f}".replace("inf", "∞")
            told = ", ".join(f"{loss:.2f}".replace("inf", "∞") for loss in losses)
            assert cell.get_attribute("aria-label") == (
                f"{layers} layers, rate {rate}: {told}"
            )
            full = (file["unigram"] - losses) / (file["unigram"] - 2)
            wanted = 0.42 * np.clip(full, 0, 1)
            np.testing.assert_allclose(fullness(cell), wanted, atol=6e-4)
            chosen = (layers, rate) == (8, 0.004)
            assert cell.get_attribute("aria-pressed") == str(chosen).lower()


def test_cells_are_chosen_by_click_and_by_arrows(show):
    shown = still(show(StabilityLab()))
    page = shown.page
    cells(shown).nth(3).click()
    state = shown.assert_python_agrees()
    assert (state["layers"], state["rate"]) == (2, 0.064)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    state = shown.assert_python_agrees()
    assert (state["layers"], state["rate"]) == (4, 0.016)
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    state = shown.assert_python_agrees()
    assert (state["layers"], state["rate"]) == (2, 0.001)
    stops = cells(shown).evaluate_all("(all) => all.map((e) => e.tabIndex)")
    assert stops == [0] + [-1] * 11
    assert page.evaluate("document.activeElement.ariaPressed") == "true"


def test_the_curves_before_a_switch_stay_faintly(show, file):
    shown = still(show(StabilityLab(step=100)))
    page = shown.page
    first = paths(shown)
    assert paths(shown, ".bw-before path") == []
    assert page.inner_text(".bw-before-words") == ""
    page.get_by_label("warm-up: 80 steps").click()
    shown.state()
    second = paths(shown)
    assert paths(shown, ".bw-before path") == first != second
    _, losses = measured(file, SETTINGS_START)
    ended = ", ".join(f"{loss:.2f}" for loss in losses)
    words = page.locator(".bw-before-words")
    assert words.inner_text() == f"Faint: before, with no warm-up; it ended at {ended}."
    page.get_by_role("slider").press("ArrowLeft")  # a step is no other setting
    shown.state()
    assert paths(shown, ".bw-before path") == first
    page.locator("select").select_option("pre-norm")
    shown.state()
    assert paths(shown, ".bw-before path") == second
    assert "before, with post-norm;" in words.inner_text()
    page.get_by_label("QK-norm").click()
    shown.state()
    assert "before, with no QK-norm;" in words.inner_text()
    page.get_by_role("button", name="Reset").click()
    assert shown.state()["step"] == 100
    assert paths(shown) == first
    assert "before, with pre-norm, 80 steps of warm-up, QK-norm;" in words.inner_text()
    cells(shown).first.click()
    shown.state()
    assert "before, with 8 layers, rate 0.004;" in words.inner_text()


SETTINGS_START = {
    "norm": "post-norm",
    "warmup": 0,
    "layers": 8,
    "rate": 0.004,
    "qk_norm": False,
}


def test_curves_glide_where_motion_is_wanted(show):
    shown = show(StabilityLab())
    page = shown.page
    shown.state()
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.clock.run_for(100)
    first = paths(shown)
    page.locator("select").select_option("pre-norm")
    page.clock.run_for(150)
    between = paths(shown)
    page.clock.run_for(400)
    last = paths(shown)
    a, b, c = (
        np.concatenate([spots(path)[:, 1] for path in some])
        for some in (first, between, last)
    )
    assert np.abs(a - c).max() > 5
    on_the_way = (b >= np.minimum(a, c) - 0.2) & (b <= np.maximum(a, c) + 0.2)
    assert on_the_way.all() and np.abs(b - a).max() > 1 and np.abs(b - c).max() > 1


def test_another_setting_from_python_is_drawn_as_if_anew(show):
    shown = still(show(StabilityLab()))
    choose(shown, norm="pre-norm", warmup=80, layers=4, rate=0.016, step=56)
    used, anew = shown.drawn_anew(but=PAST)
    assert used == anew


def test_after_any_control_it_is_drawn_as_if_anew(show):
    shown = still(show(StabilityLab()))
    for control in shown.use_all_controls():
        used, anew = shown.drawn_anew(but=PAST)
        assert used == anew, control
        shown.assert_python_agrees()
    assert shown.errors == []


def test_python_takes_every_state_that_the_controls_lead_to(show):
    still(show(StabilityLab())).assert_python_takes_every_end()


def challenged(show, id):
    """A page with the widget of a challenge, and what the challenge says."""
    shown = still(show(challenge(id)))
    return shown, shown.page.locator(".bw-challenge")


def test_the_stuck_run_is_rescued_after_two_wrong_ways(show):
    shown, panel = challenged(show, "rescue-the-stuck-run")
    assert "Not every seed learns" in panel.inner_text()
    shown.page.locator("select").select_option("pre-norm")
    shown.state()
    assert "Leave the norm alone" in panel.inner_text()
    shown.page.get_by_role("button", name="Reset").click()
    cells(shown).first.click()
    shown.state()
    assert "Leave the depth alone" in panel.inner_text()
    shown.page.get_by_role("button", name="Reset").click()
    shown.page.get_by_label("warm-up: 80 steps").click()
    shown.state()
    assert "Solved" in panel.inner_text()


def test_small_scores_take_two_switches(show):
    shown, panel = challenged(show, "learn-with-small-scores")
    cursor = shown.page.get_by_role("slider")
    cursor.press("ArrowLeft")
    shown.state()
    assert "Read at the last step" in panel.inner_text()
    cursor.press("ArrowRight")
    shown.state()
    assert "Not every seed learns" in panel.inner_text()
    shown.page.get_by_label("warm-up: 80 steps").click()
    shown.state()
    assert "largest scores are in the hundreds" in panel.inner_text()
    shown.page.get_by_label("QK-norm").click()
    shown.state()
    assert "Solved" in panel.inner_text()


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    shown = still(show(StabilityLab(), theme=theme, width=width))
    shown.page.get_by_label("warm-up: 80 steps").click()
    shown.state()
    assert shown.violations() == []
    assert shown.sideways() <= 0


@pytest.mark.parametrize("width", [360, 800])
def test_no_word_is_cut_off(show, width):
    shown = still(show(StabilityLab(), width=width))
    boxes = shown.page.locator(".bw-strips text").evaluate_all(
        "(all) => all.filter((e) => e.textContent).map((e) => e.getBBox())"
        ".map(({ x, y, width, height }) => [x, y, x + width, y + height])"
    )
    x0, y0, x1, y1 = np.array(boxes).T
    size = shown.page.locator(".bw-strips").get_attribute("viewBox").split()
    assert x0.min() >= 0 and y0.min() >= 0
    assert x1.max() <= float(size[2]) and y1.max() <= float(size[3])


def test_the_whole_figure_is_seen_at_once(show):
    shown = still(show(StabilityLab(), width=1366, height=640))
    tall = shown.page.locator(".bw-stability-lab")
    assert tall.bounding_box()["height"] <= 560
    shown.page.locator("select").select_option("pre-norm")
    choose(shown, warmup=80, layers=2, rate=0.064, qk_norm=True)
    assert tall.bounding_box()["height"] <= 560
