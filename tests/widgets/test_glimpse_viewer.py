import json

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
    i = ["wanted", "pick", "mean", "soft"].index(name) + 2
    cells = f"tr > :nth-child({i})"
    title, _, *numbers = shown.page.locator(cells).all_inner_texts()
    return title, *numbers


def test_dragging_the_frame_and_keys_move_the_wanted_glimpse(show):
    shown = show(viewer(wanted=[0, 0]))
    pixel = shown.page.locator(".bw-paper").bounding_box()["width"] / 13
    shown.drag(".bw-handle rect", 4.3 * pixel, 3.8 * pixel)
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
        shown.page.get_by_text("Pick one").click()
        picks.append(shown.assert_python_agrees()["pick"])
    assert len(set(picks)) > 1
    shown.page.get_by_text("Pick 100").click()
    assert shown.assert_python_agrees()["picks"] == 107
    shown.page.get_by_text("Draw anew").click()
    state = shown.assert_python_agrees()
    assert (state["seed"], state["picks"]) == (6, 107)


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


def test_the_table_tells_ink_and_loss_of_all_four(show):
    widget = viewer(picks=101, seed=1)
    shown = show(widget)
    assert column(shown, "wanted")[2] == "0.000"
    ink = f"{np.mean(widget.soft):.3f}"
    assert column(shown, "soft") == ("soft: the mix", ink, f"{widget.soft_loss:.3f}")
    ink = f"{np.mean(widget.mean):.3f}"
    loss = f"{widget.mean_loss:.3f}"
    assert column(shown, "mean") == ("mean over 101", ink, loss)
    assert column(shown, "pick")[0] == "hard: pick 101"
    status = shown.page.locator(".bw-status").inner_text()
    assert f"comes to {widget.expected_loss:.3f}" in status
    assert f"The gap, {widget.gap:.3f}," in status


def test_without_a_pick_the_table_waits(show):
    shown = show(viewer(picks=0))
    assert column(shown, "pick") == ("hard: no pick", "–", "–")
    assert column(shown, "mean") == ("mean", "–", "–")
    assert not shown.page.locator(".bw-look.bw-picked").is_visible()


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
    shown.drag(".bw-handle rect", 40, 40)
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
