import json
import re

import numpy as np
import pytest

from attn_helpers.widgets.glimpse_viewer.widget import GlimpseViewer, _uniforms

RNG = np.random.default_rng(0)
IMAGE = RNG.random((11, 13)).round(3)  # glimpses of 5: 4 by 3 of them, 2 and 4 apart
CHANCES = RNG.dirichlet(np.full(12, 0.5)).reshape(4, 3)


def viewer(**traits):
    given = {"image": IMAGE.tolist(), "probabilities": CHANCES.tolist(), "size": 5}
    return GlimpseViewer(**given | {"wanted": [2, 1]} | traits)


def glimpse(row, column):
    return IMAGE[2 * row : 2 * row + 5, 4 * column : 4 * column + 5]


GLIMPSES = np.array([glimpse(r, c).ravel() for r in range(4) for c in range(3)])


def test_the_soft_glimpse_is_the_mean_weighted_by_probability():
    total = sum(CHANCES[r, c] * glimpse(r, c) for r in range(4) for c in range(3))
    np.testing.assert_allclose(viewer().soft, total.ravel(), atol=1e-3)


def test_losses_worked_by_hand():
    # blank or black, each at 1/2, black wanted: soft is grey
    halves = {"image": [[0, 1]], "probabilities": [[0.5, 0.5]], "size": 1}
    widget = GlimpseViewer(**halves, wanted=[0, 1])
    assert (widget.soft, widget.soft_loss) == ([0.5], 0.25)
    assert (widget.expected_loss, widget.gap) == (0.5, 0.25)
    certain = halves | {"probabilities": [[0, 1]]}
    assert GlimpseViewer(**certain, wanted=[0, 1]).expected_loss == 0.0


def test_the_gap_is_the_variance_of_the_picks_wherever_the_wanted_glimpse_lies():
    p = CHANCES.ravel() / CHANCES.sum()
    variance = p @ (GLIMPSES - p @ GLIMPSES) ** 2
    for wanted in ([0, 0], [3, 2], [1, 2]):
        assert viewer(wanted=wanted).gap == pytest.approx(variance.mean(), abs=1e-4)


def test_picks_come_as_often_as_their_probability_says():
    widget = viewer(picks=2000, seed=3)
    deviations = np.abs(np.array(widget.mean) - widget.soft)
    assert deviations.max() < 4 * GLIMPSES.std() / np.sqrt(2000)
    assert widget.mean_loss == pytest.approx(widget.expected_loss, abs=0.01)
    seen = {viewer(picks=n).pick for n in range(1, 60)}
    assert seen <= set(np.flatnonzero(CHANCES.ravel() > 5e-5)) and len(seen) > 4


def test_the_mean_glimpse_is_that_of_the_picks_so_far():
    picks = [viewer(picks=n, seed=7).pick for n in range(1, 6)]
    widget = viewer(picks=5, seed=7)
    np.testing.assert_allclose(widget.mean, GLIMPSES[picks].mean(axis=0), atol=1e-12)
    losses = ((GLIMPSES - glimpse(2, 1).ravel()) ** 2).mean(axis=1)
    assert widget.mean_loss == pytest.approx(losses[picks].mean())


def test_without_a_pick_there_is_no_mean():
    widget = viewer(picks=0)
    assert (widget.pick, widget.mean, widget.mean_loss) == (None, [], None)
    assert "picks lose" in widget.alt() and "over" not in widget.alt()
    assert "Hard" not in widget.picture() and "(over 1 pick " in viewer(picks=1).alt()


def test_temperature_runs_from_the_likeliest_glimpse_to_the_plain_mean():
    cold, hot = viewer(temperature=0.05), viewer(temperature=20)
    np.testing.assert_allclose(cold.soft, GLIMPSES[CHANCES.argmax()], atol=1e-3)
    assert cold.gap < 1e-3 < viewer().gap < hot.gap
    some = CHANCES.copy()
    some[0] = 0.0
    some /= some.sum()
    warm = viewer(probabilities=some.tolist(), temperature=20, picks=997)
    even = some.ravel().round(4) ** (1 / 20)
    np.testing.assert_allclose(warm.soft, even @ GLIMPSES / even.sum(), atol=1e-9)


def test_the_random_numbers_are_uniform_and_differ_between_seeds():
    numbers = np.array(list(_uniforms(5, 5000)))
    assert 0 <= numbers.min() and numbers.max() < 1
    np.testing.assert_allclose(np.histogram(numbers, 10)[0], 500, atol=80)
    assert list(_uniforms(5, 3)) != list(_uniforms(6, 3))


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        (
            {"image": [[0.5, 2.0]]},
            r"image must be from 0 to 1; got 2.0 at image\[0, 1\]",
        ),
        ({"image": [[[0.0]]]}, r"image must have the axes \(row, column\)"),
        ({"image": np.zeros((29, 13)).tolist()}, "side of image must be from 1 to 24"),
        ({"size": 4}, r"equal steps; got image \(11, 13\) and probabilities \(4, 3\)"),
        ({"size": 12}, "size must be from 1 to 11; got size=12"),
        ({"size": 0}, "size must be at least 1; got size=0"),
        ({"probabilities": (CHANCES / 2).tolist()}, r"sum to 1; got a sum of 0\.500"),
        ({"probabilities": (-CHANCES).tolist()}, "must not be negative"),
        ({"probabilities": [[1.0]], "wanted": [0, 0]}, "from edge to edge"),
        ({"wanted": [4, 0]}, r"of the grid \(4, 3\); got wanted=\[4, 0\]"),
        ({"wanted": [1]}, r"got wanted=\[1\]"),
        ({"wanted": [0.5, 1]}, r"got wanted=\[0.5, 1\]"),
        ({"temperature": 0.0}, "temperature must be from 0.05 to 20"),
        ({"seed": -1}, "seed must be at least 0; got seed=-1"),
        ({"picks": 2003}, "picks must be from 0 to 2000; got picks=2003"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    widget = viewer()
    before = widget.state()
    with pytest.raises(ValueError, match=message):
        widget.set_trait_values(traits)
    assert widget.state() == before


def test_first_wants_the_most_probable_glimpse():
    likeliest = [int(i) for i in np.unravel_index(CHANCES.argmax(), CHANCES.shape)]
    scene = {"image": IMAGE.tolist(), "probabilities": CHANCES.tolist(), "size": 5}
    assert GlimpseViewer(**scene).wanted == likeliest
    with pytest.raises(ValueError, match="probabilities must be rectangular"):
        GlimpseViewer(probabilities=[[1.0], [0.0, 0.0]])


def test_a_whole_scene_changes_at_once():
    widget = viewer()
    scene = {"image": [[1.0] * 7], "probabilities": [[0.25] * 4]}
    widget.set_trait_values({**scene, "size": 1, "wanted": [0, 3]})
    assert widget.soft == [1.0]
    assert GlimpseViewer(**widget.state()).state() == widget.state()


def test_stored_probabilities_keep_four_decimals_and_the_picture_repeats():
    widget = viewer()
    flat = np.ravel(widget.probabilities)
    np.testing.assert_array_equal(flat, flat.round(4))
    state = json.loads(json.dumps(widget.state()))
    assert GlimpseViewer(**state).picture() == widget.picture()
    assert len(GlimpseViewer().page_html()) < 25_000


def test_the_alternative_text_has_the_numbers():
    assert GlimpseViewer().alt() == (
        "9 glimpses of 8 by 8 pixels into an image of 12 by 12. The mixture of all "
        "loses 0.060 against the wanted glimpse; picks lose 0.149 on average (over 8 "
        "picks 0.107), 0.090 more."
    )


# --- in a page ---

SIDES = (("x", "width"), ("y", "height"))


def column(shown, name):
    """What the table says of one reading: its title, ink and loss."""
    i = ["pick", "mean", "soft"].index(name) + 2
    cells = f"tr > :nth-child({i})"
    title, _, *numbers = shown.page.locator(cells).all_inner_texts()
    return title, *numbers


def test_dragging_the_frame_and_keys_move_the_wanted_glimpse(show):
    shown = show(viewer(wanted=[0, 0]))
    pixel = shown.page.locator(".bw-paper").bounding_box()["width"] / 13
    shown.drag(".bw-where .bw-wanted", 4.3 * pixel, 3.8 * pixel)
    assert shown.assert_python_agrees()["wanted"] == [2, 1]
    for key, wanted in [
        ("ArrowUp", [1, 1]),
        ("ArrowRight", [1, 2]),
        ("ArrowRight", [1, 2]),  # the edge
        ("Shift+ArrowDown", [3, 2]),
        ("ArrowLeft", [3, 1]),
    ]:
        shown.page.keyboard.press(key)
        assert shown.assert_python_agrees()["wanted"] == wanted
    handle = shown.page.locator(".bw-handle")
    assert handle.get_attribute("aria-valuetext") == "row 4 of 4, column 2 of 3"
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


def test_every_pick_of_the_page_is_python_s(show):
    shown = show(viewer(picks=0, seed=5))
    picks = []
    for _ in range(7):
        shown.page.get_by_role("button", name="Pick 1", exact=True).click()
        picks.append(shown.assert_python_agrees()["pick"])
    assert len(set(picks)) > 1
    shown.page.get_by_text("Pick 100").click()
    assert shown.assert_python_agrees()["picks"] == 107
    shown.page.get_by_text("Start anew").click()
    state = shown.assert_python_agrees()
    assert (state["seed"], state["picks"]) == (6, 0)
    shown.page.get_by_role("button", name="Pick 1", exact=True).click()
    assert shown.assert_python_agrees()["pick"] == viewer(picks=1, seed=6).pick


@pytest.mark.parametrize("temperature", [0.05, 0.6, 20])
def test_the_page_agrees_at_every_temperature(show, temperature):
    some = np.where(CHANCES > 0.05, CHANCES, 0)
    shown = show(
        viewer(
            probabilities=(some / some.sum()).tolist(),
            temperature=temperature,
            picks=1999,
            seed=11,
        ),
        GlimpseViewer(temperature=temperature),
    )
    shown.assert_python_agrees(0)
    shown.assert_python_agrees(1)


def test_the_table_tells_ink_and_loss_of_all_three(show):
    widget = viewer(picks=101, seed=1)
    shown = show(widget)
    ink = f"{np.mean(widget.soft):.3f}"
    assert column(shown, "soft") == ("Soft: the mix", ink, f"{widget.soft_loss:.3f}")
    ink = f"{np.mean(widget.mean):.3f}"
    loss = f"{widget.mean_loss:.3f}"
    assert column(shown, "mean") == ("Mean of 101 picks", ink, loss)
    last = GLIMPSES[widget.pick]
    loss = ((last - glimpse(2, 1).ravel()) ** 2).mean()
    ink = f"{last.mean():.3f}"
    assert column(shown, "pick") == ("Hard: pick 101", ink, f"{loss:.3f}")


def test_the_status_tells_the_pick_and_what_becomes_of_the_mean_loss(show):
    widget = viewer(picks=101, seed=1)
    row, column = divmod(widget.pick, 3)
    loss = ((GLIMPSES[widget.pick] - glimpse(2, 1).ravel()) ** 2).mean()
    tends = (
        f"Over ever more picks the mean loss tends to {widget.expected_loss:.3f}: "
        f"{widget.gap:.3f} more than the {widget.soft_loss:.3f} of the mix."
    )
    shown = show(widget)
    assert shown.page.locator(".bw-status").inner_text() == (
        f"Pick 101: row {row + 1}, column {column + 1}. Its loss is {loss:.3f}. "
        f"The mean loss of 101 picks is {widget.mean_loss:.3f}. {tends}"
    )
    heard = shown.page.locator(".bw-heard")
    heard.get_by_text("Pick 101").wait_for(state="attached")
    shown.page.get_by_role("button", name="Pick 1", exact=True).click()
    heard.get_by_text("Pick 102: row").wait_for(state="attached")
    shown.page.get_by_text("Start anew").click()
    heard.get_by_text(f"No pick yet. {tends}").wait_for(state="attached")


def test_the_status_says_when_the_pick_is_the_wanted_glimpse(show):
    widget = viewer(picks=5, wanted=list(divmod(viewer(picks=5).pick, 3)))
    status = show(widget).page.locator(".bw-status").inner_text()
    assert ", the wanted glimpse. Its loss is 0.000." in status


def test_without_a_pick_the_table_waits(show):
    shown = show(viewer(picks=0))
    assert column(shown, "pick") == ("Hard: no pick yet", "–", "–")
    assert column(shown, "mean") == ("Mean of 0 picks", "–", "–")
    assert not shown.page.locator(".bw-look.bw-picked").is_visible()


# --- picks that come one after the other ---


def titles(shown):
    """Watch how many picks the table counts, and the ink of their mean, from now on."""
    shown.page.evaluate(
        """() => {
          [window.counted, window.inks] = [[], []];
          const note = () => {
            const cell = (row) => row.children[2].textContent;
            const n = Number(cell(document.querySelector("thead tr")).match(/\\d+/)[0]);
            if (n !== counted.at(-1)) {
              counted.push(n);
              inks.push(cell(document.querySelector("tbody tr:nth-child(2)")));
            }
            requestAnimationFrame(note);
          };
          note();
        }"""
    )


def test_a_hundred_picks_pile_up_and_their_results_are_there_at_once(show):
    shown = show(viewer(picks=3))
    titles(shown)
    shown.page.get_by_text("Pick 100").click()
    shown.page.wait_for_function("counted.at(-1) > 3")
    assert shown.page.evaluate("liveWidgets[0].model.get('picks')") == 103
    shown.assert_python_agrees()  # waits until the pile is whole
    shown.page.wait_for_function("counted.at(-1) === 103")
    counted = shown.page.evaluate("counted")
    assert counted == sorted(counted) and len(counted) > 2
    means = [np.mean(viewer(picks=n).mean) for n in counted]
    assert shown.page.evaluate("inks") == [f"{mean:.3f}" for mean in means]
    assert shown.page.locator("[aria-busy=true]").count() == 0


def test_another_start_ends_a_pile(show):
    shown = show(viewer(picks=3))
    titles(shown)
    shown.page.get_by_text("Pick 100").click()
    shown.page.wait_for_function("counted.at(-1) > 3")
    shown.page.get_by_text("Start anew").click()
    assert shown.assert_python_agrees()["picks"] == 0
    assert column(shown, "pick") == ("Hard: no pick yet", "–", "–")
    used, anew = shown.drawn_anew()
    assert used == anew


def test_without_motion_a_hundred_picks_are_there_at_once(show):
    shown = show(viewer(picks=3))
    shown.page.emulate_media(reduced_motion="reduce")
    titles(shown)
    shown.page.get_by_text("Pick 100").click()
    shown.page.wait_for_function("counted.at(-1) === 103")
    assert shown.page.evaluate("counted") == [3, 103]
    shown.page.get_by_role("button", name="Pick 1", exact=True).click()
    shown.state()
    assert shown.page.evaluate("document.getAnimations().length") == 0


def test_a_pick_comes_flying_from_its_place_in_the_image(show):
    shown = show(viewer(picks=3, seed=4))
    flights = """() => new Promise((tell) => {
        const animate = Element.prototype.animate;
        Element.prototype.animate = function (frames, timing) {
          tell([this.getAttribute("class"), frames[0].transform]);
          return animate.call(this, frames, timing);
        };
        document.querySelector(".bw-main").click();
      })"""
    flown, start = shown.page.evaluate(flights)
    assert flown == "bw-patch bw-picked"
    state = shown.assert_python_agrees()
    shown.page.wait_for_function("!document.getAnimations().length")
    paper, frame, patch = (
        shown.page.locator(name).bounding_box()
        for name in (".bw-paper", ".bw-look.bw-picked", ".bw-patch.bw-picked")
    )
    pixel = paper["width"] / 13
    row, column = divmod(state["pick"], 3)
    assert frame["x"] - paper["x"] == pytest.approx(4 * column * pixel, abs=3)
    assert frame["y"] - paper["y"] == pytest.approx(2 * row * pixel, abs=3)
    x, y, scale = map(float, re.findall(r"-?[\d.]+", start))
    assert patch["x"] + x == pytest.approx(frame["x"], abs=3)  # and its stroke
    assert patch["y"] + y == pytest.approx(frame["y"], abs=3)
    assert scale == pytest.approx(frame["width"] / patch["width"], abs=0.05)


# --- the line of losses ---

LEVEL = re.compile(r"M44 ([\d.]+)H")


def line_of(shown, kind):
    return shown.page.locator(f".bw-losses path.bw-of-{kind}").get_attribute("d")


def test_the_line_is_the_mean_of_the_losses_so_far(show):
    widget = viewer(picks=6, seed=2)
    shown = show(widget)
    points = [
        tuple(map(float, point.split()))
        for point in line_of(shown, "mean")[1:].split("h")[0].split("L")
    ]
    losses = ((GLIMPSES - glimpse(2, 1).ravel()) ** 2).mean(axis=1)
    picks = [viewer(picks=n, seed=2).pick for n in range(1, 7)]
    most = losses[CHANCES.ravel() > 5e-5].max()
    heights = (
        100 - 92 * np.array([losses[picks[:n]].mean() for n in range(1, 7)]) / most
    )
    np.testing.assert_allclose([y for _, y in points], heights, atol=0.11)
    across = np.array([x for x, _ in points]) - 44
    steps = np.log(np.arange(1, 7)) / np.log(2000)
    np.testing.assert_allclose(across / across[-1], steps / steps[-1], atol=1e-3)
    dots = [
        float(y) for _, y in re.findall(r"M([\d.]+) ([\d.]+)h0", line_of(shown, "dots"))
    ]
    np.testing.assert_allclose(dots, 100 - 92 * losses[picks] / most, atol=0.11)
    for kind, level in (("tends", widget.expected_loss), ("mix", widget.soft_loss)):
        [height] = LEVEL.findall(line_of(shown, kind))
        assert float(height) == pytest.approx(100 - 92 * level / most, abs=0.06)


def test_the_line_says_in_words_where_it_is_and_where_it_tends(show):
    widget = viewer(picks=6, seed=2)
    shown = show(widget)
    label = shown.page.locator(".bw-losses svg").get_attribute("aria-label")
    numbers = [widget.mean_loss, widget.expected_loss, widget.soft_loss]
    assert re.findall(r"\d\.\d+", label) == [f"{n:.3f}" for n in numbers]
    legend = shown.page.locator(".bw-legend").inner_text()
    assert f"tends to {numbers[1]:.3f}" in legend and f"{numbers[2]:.3f}" in legend


def test_it_fits_a_laptop_s_screen(show):
    shown = show(GlimpseViewer(), width=1366, height=640)
    shown.page.add_style_tag(content="main { max-width: 48rem }")
    assert shown.page.locator(".bw").bounding_box()["height"] <= 560


def test_the_wanted_frame_lies_on_its_glimpse(show):
    shown = show(viewer(wanted=[3, 2]))
    paper, frame = (
        shown.page.locator(f".bw-where {name}").bounding_box()
        for name in (".bw-paper", ".bw-wanted")
    )
    pixel = paper["width"] / 13
    middle = {side: frame[side] + frame[size] / 2 for side, size in SIDES}
    assert middle["x"] - paper["x"] == pytest.approx((8 + 2.5) * pixel, abs=2)
    assert middle["y"] - paper["y"] == pytest.approx((6 + 2.5) * pixel, abs=2)
    assert frame["width"] == pytest.approx(5 * pixel, abs=8)  # and its stroke


def test_a_glimpse_that_is_never_picked_has_no_dot(show):
    widget = viewer(probabilities=[[0.5, 0.0, 0.5], *[[0.0] * 3] * 3])
    assert widget.picture().count("<circle") == 2
    circles = show(widget).page.locator(".bw-where circle").all()
    seen = [float(circle.get_attribute("r")) > 0 for circle in circles]
    assert seen == [True, False, True] + 9 * [False]


def test_reset_goes_back_to_the_start(show):
    shown = show(viewer(picks=3))
    start = shown.state()
    shown.page.get_by_text("Pick 100").click()
    shown.page.get_by_label("temperature").press("End")
    assert shown.assert_python_agrees()["temperature"] == pytest.approx(20)
    shown.page.get_by_text("Reset").click()
    assert shown.state() == start


def test_halves_of_a_change_are_not_drawn(show):
    shown = show(viewer())
    shown.page.evaluate("liveWidgets[0].model.set('probabilities', [[1]])")
    shown.state()
    assert shown.page.locator(".bw-where circle").count() == 12
    shown.page.evaluate(
        "(image) => { const { model } = liveWidgets[0];"
        " model.set('image', image); model.set('wanted', [0, 0]); }",
        IMAGE[:5, :5].tolist(),
    )
    shown.assert_python_agrees()
    assert shown.page.locator(".bw-where circle").count() == 1
    assert shown.errors == []


def test_a_size_told_before_its_image_is_waited_for(show):
    shown = show(GlimpseViewer(image=[[0.5]], probabilities=[[1.0]], size=1))
    shown.page.evaluate("liveWidgets[0].model.set('size', 2)")
    shown.state()
    shown.page.evaluate("liveWidgets[0].model.set('image', [[0, 1], [1, 0]])")
    assert shown.assert_python_agrees()["soft"] == [0, 1, 1, 0]
    assert shown.errors == []


@pytest.mark.parametrize(
    "widget",
    [
        viewer(wanted=[0, 0]),
        viewer(picks=1950, probabilities=[[0.5, 0.0, 0.5], *[[0.0] * 3] * 3]),
        GlimpseViewer(image=[[0.2, 0.9]], probabilities=[[1, 0]], size=1, picks=0),
    ],
)
def test_after_any_control_it_is_drawn_as_if_anew(show, widget):
    shown = show(widget)
    for control in shown.use_all_controls():
        used, anew = shown.drawn_anew()
        assert used == anew, control
        shown.assert_python_agrees()
    shown.drag(".bw-where .bw-wanted", 40, 40)
    used, anew = shown.drawn_anew()
    assert used == anew
    assert shown.errors == []


def test_python_takes_every_state_that_the_controls_lead_to(show):
    show(GlimpseViewer()).assert_python_takes_every_end(steps=40)


def test_another_grid_or_image_leaves_nothing_of_the_old_one(show):
    shown = show(viewer())
    grid = {"size": 11, "probabilities": [[0.3, 0.7]], "wanted": [0, 1]}
    for scene in (grid, {"image": [[0.1, 0.9]], "size": 1}):
        shown.page.evaluate(
            "scene => Object.entries(scene).map("
            "([name, value]) => liveWidgets[0].model.set(name, value))",
            scene,
        )
        shown.assert_python_agrees()
        used, anew = shown.drawn_anew()
        assert used == anew


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    shown = show(GlimpseViewer(), viewer(picks=2000), theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0
    assert shown.errors == []
