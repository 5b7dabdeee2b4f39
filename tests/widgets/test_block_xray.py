import json

import numpy as np
import pytest
import torch

from attn_helpers.widgets.block_xray import EXAMPLE, SENTENCE, BlockXray
from attn_helpers.widgets.block_xray.widget import AXES, FEATURES, STATIONS, UNITS

T, D, D_FF = 3, 7, 5
SIZES = {"t": T, "d_model": D, "d_ff": D_FF, "d_k": 2, "d_v": 4}
ORDERS = list(STATIONS)
KEYS, DOOR, FELL = 1, 4, 5
OF_A_PLURAL, FORM = 6, 7


def problem(seed=0, **sizes):
    """Random tables for words without a meaning."""
    rng = np.random.default_rng(seed)
    sizes = SIZES | sizes
    tables = {
        name: rng.normal(size=[sizes[axis] for axis in axes.strip("(,)").split(", ")])
        for name, axes in AXES.items()
    }
    return tables


def xray(tables, **traits):
    names = {
        "tokens": [f"w{i}" for i in range(T)],
        "features": [f"f{i}" for i in range(D)],
        "units": [f"u{i}" for i in range(D_FF)],
    }
    lists = {name: table.tolist() for name, table in tables.items()}
    return BlockXray(**names | lists | traits)


def torch_layer(tables, order):
    """torch's own encoder layer with these tables; its norms are LayerNorms."""
    layer = torch.nn.TransformerEncoderLayer(
        D,
        nhead=1,
        dim_feedforward=D_FF,
        dropout=0.0,
        batch_first=True,
        norm_first=order == "pre-norm",
        dtype=torch.float64,
    )
    w = {name: torch.tensor(table) for name, table in tables.items()}
    inner = torch.cat([w["w_q"], w["w_k"], w["w_v"]], dim=1).T
    with torch.no_grad():
        for bias in (layer.self_attn.in_proj_bias, layer.self_attn.out_proj.bias):
            bias.zero_()
        layer.self_attn.in_proj_weight.copy_(inner)
        layer.self_attn.out_proj.weight.copy_(w["w_o"].T)
        layer.linear1.weight.copy_(w["w_in"].T)
        layer.linear1.bias.copy_(w["b_in"])
        layer.linear2.weight.copy_(w["w_out"].T)
        layer.linear2.bias.zero_()
    return layer


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("block", [1, 2, 3])
def test_its_blocks_are_those_of_torch(order, block):
    tables = problem(d_k=D, d_v=D)
    x, layer = torch.tensor(tables["X"])[None], torch_layer(tables, order)
    through = [x]
    for _ in range(3):
        through.append(layer(through[-1]))
    widget = xray(tables, order=order, norm="LayerNorm", block=block)
    for station, expected in zip(
        (0, 6), (through[block - 1], through[block]), strict=True
    ):
        expected = expected[0].detach()
        np.testing.assert_allclose(widget.stations[station], expected, atol=1e-10)
        np.testing.assert_allclose(
            widget.lengths[station], expected.norm(dim=-1), atol=1e-10
        )
    growth = [stream[0].detach().norm(dim=-1).numpy() for stream in through]
    np.testing.assert_allclose(widget.growth, growth, atol=1e-10)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("norm", ["RMSNorm", "LayerNorm"])
def test_each_station_follows_from_those_before_it(order, norm):
    widget = xray(problem(1), order=order, norm=norm, block=2)
    rows = np.array(widget.stations)
    assert rows.shape == (7, T, D)
    at = STATIONS[order].index
    for n, name in enumerate(STATIONS[order]):
        if name == "sum":
            before = {2: 0, 3: 0, 5: 3, 6: 3}[n]  # where the stream was left
            np.testing.assert_allclose(rows[n], rows[before] + rows[n - 1])
        if name == "norm":
            length = np.linalg.norm(rows[n], axis=-1)
            np.testing.assert_allclose(length, np.sqrt(D), rtol=1e-3)
    mixed = rows[at("attention") - 1] @ problem(1)["w_v"] @ problem(1)["w_o"]
    np.testing.assert_allclose(
        rows[at("attention")], np.array(widget.weights) @ mixed, atol=1e-12
    )
    units = np.array(widget.hidden)
    assert units.min() == 0
    np.testing.assert_allclose(
        rows[at("feed-forward")], units @ problem(1)["w_out"], atol=1e-12
    )


@pytest.mark.parametrize("order", ORDERS)
def test_a_sublayer_that_is_off_adds_zeros(order):
    rows = xray(problem(2), order=order, attention=False, feed_forward=False).stations
    at = STATIONS[order].index
    for name in ("attention", "feed-forward"):
        np.testing.assert_array_equal(rows[at(name)], np.zeros((T, D)))
    if order == "pre-norm":
        np.testing.assert_array_equal(rows[6], rows[0])


# --- the block made by hand ---


def end_of(**traits):
    return np.array(BlockXray(**traits).stations[6])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("norm", ["RMSNorm", "LayerNorm"])
def test_the_verb_learns_from_its_noun_and_not_from_the_nearer_one(order, norm):
    widget = BlockXray(order=order, norm=norm)
    assert np.argmax(widget.weights[FELL]) == KEYS
    assert widget.weights[FELL][KEYS] > 0.75
    assert widget.weights[FELL][DOOR] < 0.01
    lit = [name for name, unit in zip(UNITS, widget.hidden[FELL], strict=True) if unit]
    assert lit == ["verb of a plural"]
    found = widget.stations[STATIONS[order].index("feed-forward")][FELL]
    assert found[FORM] > 0.3 and not any(found[:FORM])


def test_the_verb_needs_both_sublayers_and_a_noun_only_its_own():
    neither = {"attention": False, "feed_forward": False}
    full, mixed, alone, none = (
        end_of(),
        end_of(feed_forward=False),
        end_of(attention=False),
        end_of(**neither),
    )
    assert full[FELL, OF_A_PLURAL] == mixed[FELL, OF_A_PLURAL] > 1.5
    assert full[FELL, FORM] > 1.5 and mixed[FELL, FORM] == 0
    np.testing.assert_array_equal(alone[FELL], none[FELL])
    assert alone[KEYS, FORM] > 1.5 and alone[DOOR, FORM] < -1.5


def test_articles_follow_the_noun_on_their_side_and_the_preposition_lights_nothing():
    widget = BlockXray()
    assert np.argmax(widget.weights, axis=-1)[[0, 3]].tolist() == [KEYS, DOOR]
    form = np.array(widget.stations[6])[:, FORM]
    np.testing.assert_array_equal(np.sign(form), [1, 1, 0, -1, -1, 1])
    assert not any(widget.hidden[2])


def test_a_singular_subject_makes_a_singular_verb():
    table = np.array(EXAMPLE["X"])
    table[[KEYS, DOOR], 4] = -2, 2
    turned = np.array(BlockXray(X=table.tolist()).stations[6])
    np.testing.assert_allclose(turned[FELL, 6:], -end_of()[FELL, 6:])


def test_the_stream_grows_in_pre_norm_and_not_in_post_norm():
    growth = np.array(BlockXray().growth)
    assert (np.diff(growth[:, FELL]) > 0.9).all()
    post = np.array(BlockXray(order="post-norm").growth)
    np.testing.assert_allclose(post[1:], np.sqrt(8), rtol=1e-5)


# --- what it takes ---


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"tokens": ["a"] * 5}, r"X must have t=5 for .*; got X \(6, 8\)"),
        ({"tokens": []}, r"len\(tokens\) must be from 1 to 8; got len\(tokens\)=0"),
        ({"features": ["a"] * 9}, r"from 1 to 8; got len\(features\)=9"),
        ({"units": ["a"] * 7}, r"must have d_ff=7 for .*; got w_in \(8, 6\)"),
        ({"X": [[1.0] * 7] * 6}, r"X must have d_model=8 .*; got X \(6, 7\)"),
        ({"w_q": [[1.0] * 3] * 8}, r"w_q and w_k must share d_k, .*; got w_q \(8, 3\)"),
        ({"w_o": [[1.0] * 8] * 2}, r"must share d_v.*w_o \(2, 8\)"),
        ({"b_in": [float("nan")] * 6}, r"b_in must be finite; got nan at b_in\[0\]"),
        ({"w_out": [1.0]}, "w_out must have the axes"),
        ({"selected": 8}, "selected must be from 0 to 7; got selected=8"),
        ({"block": 0}, "block must be from 1 to 3; got block=0"),
        ({"station": 7}, "station must be from 0 to 6; got station=7"),
        ({"order": "no norm"}, "order"),
        ({"norm": "BatchNorm"}, "norm"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    widget = BlockXray()
    before = widget.state()
    with pytest.raises(Exception, match=message):
        widget.set_trait_values(traits)
    assert widget.state() == before


def test_its_state_and_results_go_through_json_and_its_picture_repeats():
    widget = xray(problem(3), order="post-norm", attention=False, block=3)
    state = json.loads(json.dumps(widget.state(), allow_nan=False))
    json.dumps([getattr(widget, name) for name in widget.results], allow_nan=False)
    assert BlockXray(**state).picture() == widget.picture()


def test_the_alternative_text_has_the_numbers():
    assert BlockXray().alt() == (
        "fall in block 1, pre-norm with RMSNorm. Its vector enters with length 2.83. "
        "Attention adds a vector of length 1.71; its largest weight, 0.93, is on keys. "
        "Feed-forward adds a vector of length 1.76; of its 6 hidden units are lit: "
        "verb of a plural. The vector leaves with length 3.75."
    )
    off = BlockXray(attention=False, feed_forward=False, selected=7)
    assert "Attention is off. Feed-forward is off." in off.alt()
    assert "are lit: none." in BlockXray(selected=2).alt()


def test_the_picture_names_every_station_column_and_unit():
    picture = BlockXray(attention=False).picture()
    for name in (*FEATURES, *UNITS, "attention adds", "feed-forward adds", "3.75"):
        assert (f">{name}<" in picture) == (name != "3.75"), name
    assert "attention: weights (off)" in picture
    assert ">3.75<" in BlockXray().picture()


# --- in a page ---

SHOWN = 1e-6  # a browser keeps six digits of an opacity


def still(shown):
    """Numbers jump to where they are sent."""
    shown.page.emulate_media(reduced_motion="reduce")
    shown.page.evaluate("document.fonts.ready")
    return shown


def opacities(shown):
    script = "(all) => all.map((e) => Number(e.style.fillOpacity))"
    cells = shown.page.locator(".bw-stations rect:is(.bw-plus, .bw-minus)")
    return np.array(cells.evaluate_all(script))


@pytest.mark.parametrize("order", ORDERS)
def test_cells_are_as_full_as_their_numbers_and_say_them(show, order):
    shown = still(show(xray(problem(4), order=order, block=2, selected=1)))
    state = shown.assert_python_agrees()
    rows = np.array(state["stations"])[:, 1]
    np.testing.assert_allclose(
        opacities(shown).reshape(7, D),
        0.42 * np.abs(rows) / np.abs(rows).max(),
        atol=SHOWN,
    )
    minus = shown.page.locator(".bw-stations rect:is(.bw-plus, .bw-minus)")
    is_minus = minus.evaluate_all("all => all.map(e => e.className.baseVal)")
    np.testing.assert_array_equal(
        np.array(is_minus).reshape(7, D) == "bw-minus", rows < 0
    )
    texts = shown.page.locator(".bw-stations .bw-small").all_text_contents()
    expected = [
        f"{x:.1f}".replace("-", "−") if abs(x) >= 0.05 else "" for x in rows.ravel()
    ]
    assert texts == expected
    lengths = shown.page.locator(".bw-stations .bw-length").all_text_contents()
    assert lengths == [f"{row[1]:.2f}" for row in state["lengths"]]
    between = shown.page.locator(".bw-depth output").all_text_contents()
    assert between == [f"{row[1]:.2f}" for row in state["growth"]]


def test_rows_stand_in_order_beside_their_names(show):
    for width, beside in ((800, True), (360, False)):
        page = show(BlockXray(), width=width).page
        tops = page.locator(".bw-stations .bw-length").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect().top)"
        )
        assert tops == sorted(tops) and len(set(tops)) == 7
        name = page.get_by_text("norm", exact=True).first.bounding_box()
        assert (abs(name["y"] - tops[1]) < 4) == beside


def test_bars_are_as_long_as_weights_and_units(show):
    shown = still(show(xray(problem(5), selected=7)))  # there are three words
    state = shown.assert_python_agrees()
    widths = shown.page.locator(".bw-bar").evaluate_all(
        "all => all.map((e) => parseFloat(e.style.width))"
    )
    weights, units = state["weights"][2], np.array(state["hidden"][2])
    np.testing.assert_allclose(
        widths, [*(100 * np.array(weights)), *(100 * units / units.max())], atol=1e-3
    )
    numbers = shown.page.locator(".bw-number").all_text_contents()
    assert numbers == [f"{x:.2f}" for x in [*weights, *units]]
    names = shown.page.locator("li span:first-child").all_text_contents()
    assert [name for name in names if name][:4] == ["w0", "w1", "w2", "u0"]


def test_a_word_is_chosen_by_click_and_by_key(show):
    shown = still(show(BlockXray()))
    page = shown.page
    page.get_by_role("button", name="keys").click()
    assert shown.assert_python_agrees()["selected"] == KEYS
    assert "one unit is lit (“noun, plural”)" in page.inner_text(".bw-status")
    page.get_by_role("button", name="door").press("Enter")
    assert shown.assert_python_agrees()["selected"] == DOOR
    pressed = page.locator(".bw-top [aria-pressed=true]").all_text_contents()
    assert pressed == ["door"]
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


def test_switches_take_away_what_a_sublayer_adds(show):
    shown = still(show(BlockXray()))
    status = shown.page.locator(".bw-status")
    assert "Attention looks most at “keys” (0.93)" in status.inner_text()
    assert "one unit is lit (“verb of a plural”)" in status.inner_text()
    shown.page.get_by_role("checkbox", name="attention").click()
    state = shown.assert_python_agrees()
    assert (
        not state["attention"]
        and state["stations"][6][FELL] == state["stations"][0][FELL]
    )
    assert status.inner_text() == (
        "Attention is off and adds nothing. "
        "In the feed-forward layer no unit is lit: it adds nothing."
    )
    shown.page.get_by_role("checkbox", name="feed-forward").click()
    assert not shown.assert_python_agrees()["feed_forward"]
    assert "The feed-forward layer is off" in status.inner_text()


@pytest.mark.parametrize("order", ORDERS)
def test_following_tells_each_station_and_hides_what_comes_later(show, order):
    shown = still(show(BlockXray(order=order, station=0)))
    state = shown.state()
    told = {
        "x": "enters block 1 with length 2.83",
        "norm": "The norm brings it from length",
        "attention": "Attention looks most at",
        "sum": "What was added and what was there make a vector of length",
        "feed-forward": "In the feed-forward layer",
    }
    for n, name in enumerate(STATIONS[order]):
        assert shown.state()["station"] == n
        line = shown.page.inner_text(".bw-status")
        if n < 6:
            assert told[name] in line
            assert f"{state['lengths'][n][FELL]:.2f}" in line
        visible = shown.page.locator(".bw-stations .bw-length:visible")
        assert visible.count() == n + 1
        values = shown.page.locator("output").first.inner_text()
        assert values == f"{n} {name}"
        lit = shown.page.locator(".bw-number").all_text_contents()
        at = STATIONS[order].index
        assert ("0.93" in lit or "0.97" in lit) == (n >= at("attention"))
        assert ("1.76" in lit or "1.87" in lit) == (n >= at("feed-forward"))
        shown.page.get_by_label("follow to").press("ArrowRight")


def test_the_stream_is_left_and_come_back_to(show):
    def ways(order):
        shown = show(BlockXray(order=order, station=4))
        return shown.page.locator(".bw-way").evaluate_all(
            "all => all.map(e => [e.dataset.from, e.classList.contains('bw-passed')])"
        )

    assert ways("pre-norm") == [
        ["0", True],
        ["0", True],
        ["3", False],
        ["3", False],
    ]
    assert ways("post-norm") == [
        *[["0", True]] * 2,
        ["2", True],
        *[["3", False]] * 2,
        ["5", False],
    ]


def test_play_follows_to_the_end_and_can_be_stopped(show):
    shown = still(show(BlockXray()))
    page = shown.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    play = page.locator(".bw-player button")
    play.click()
    assert play.inner_text() == "Pause"
    assert page.evaluate("liveWidgets[0].model.state.station") == 0
    page.clock.run_for(1000)
    assert page.evaluate("liveWidgets[0].model.state.station") == 1
    play.click()
    page.clock.run_for(3000)
    assert page.evaluate("liveWidgets[0].model.state.station") == 1
    play.click()
    page.clock.run_for(900 * 5)
    assert page.evaluate("liveWidgets[0].model.state.station") == 6
    assert play.inner_text() == "Play"
    play.click()
    page.clock.run_for(2000)
    page.get_by_label("follow to").press("Home")
    page.clock.run_for(5000)
    assert page.evaluate("liveWidgets[0].model.state.station") == 0
    assert play.inner_text() == "Play"


def test_numbers_glide_where_motion_is_wanted(show):
    shown = show(BlockXray())
    page = shown.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    length = page.locator(".bw-length").last
    page.clock.run_for(100)
    assert length.text_content() == "3.75"
    page.get_by_role("checkbox", name="attention").click()
    page.clock.run_for(150)
    assert 2.83 < float(length.text_content()) < 3.75
    page.clock.run_for(300)
    assert length.text_content() == "2.83"


def test_a_vector_glides_from_the_station_before(show):
    shown = show(BlockXray(station=2))
    page = shown.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    lengths = page.locator(".bw-length")

    def height(n):
        return lengths.nth(n).evaluate("(e) => e.getBoundingClientRect().top")

    assert height(3) == height(2)
    page.get_by_label("follow to").press("ArrowRight")
    page.clock.run_for(150)
    assert height(2) + 5 < height(3) < height(2) + 29
    assert 1.71 < float(lengths.nth(3).text_content()) < 3.31
    page.clock.run_for(300)
    assert height(3) == pytest.approx(height(2) + 30, abs=0.5)
    assert lengths.nth(3).text_content() == "3.31"


def test_blocks_are_looked_into_one_by_one_and_reset_returns(show):
    shown = still(show(BlockXray()))
    page = shown.page
    for block in (3, 2):
        page.get_by_role("button", name=f"look into block {block}").click()
        state = shown.assert_python_agrees()
        assert state["block"] == block
        assert state["lengths"][6] == state["growth"][block]
    page.get_by_label("order").select_option("post-norm")
    page.locator("select").nth(1).select_option("LayerNorm")
    state = shown.assert_python_agrees()
    assert (state["order"], state["norm"]) == ("post-norm", "LayerNorm")
    page.get_by_role("button", name="Reset").click()
    assert shown.assert_python_agrees() == show(BlockXray()).state()


def test_another_sentence_with_other_tables_is_drawn_as_if_anew(show):
    shown = still(show(BlockXray()))
    other = xray(problem(6), selected=0).state()
    shown.page.evaluate(
        "(state) => Object.entries(state).forEach("
        "([name, value]) => liveWidgets[0].model.set(name, value))",
        other,
    )
    shown.assert_python_agrees()
    used, anew = shown.drawn_anew()
    assert used == anew


def test_after_any_control_it_is_drawn_as_if_anew(show):
    shown = still(show(xray(problem(7), order="post-norm")))
    for control in shown.use_all_controls():
        shown.pause()
        used, anew = shown.drawn_anew()
        assert used == anew, control
        shown.assert_python_agrees()
    assert shown.errors == []


def test_python_takes_every_state_that_the_controls_lead_to(show):
    still(show(BlockXray(block=2))).assert_python_takes_every_end()


def test_a_challenge_judges_what_the_verb_knows(show):
    challenge = {
        "goal": "Let the verb know of its noun with one sub-layer alone.",
        "conditions": [
            {"path": ["feed_forward"], "op": "==", "value": False, "hint": "One."},
            {"path": ["stations", 6, 5, 6], "op": ">=", "value": 1, "hint": "Know."},
        ],
    }
    shown = still(show(BlockXray(challenge=challenge)))
    shown.page.get_by_role("checkbox", name="feed-forward").click()
    shown.state()
    assert "Solved" in shown.page.inner_text(".bw-challenge")


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    long = BlockXray(
        tokens=["comfortable", *SENTENCE[1:]], attention=False, order="post-norm"
    )
    shown = show(BlockXray(), long, xray(problem(8)), theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0


def test_the_whole_figure_is_seen_at_once(show):
    page = show(BlockXray(), width=1366, height=640).page
    assert page.locator(".bw-block-xray").bounding_box()["height"] <= 560


def test_the_example_is_small_enough_for_a_page():
    assert len(json.dumps(EXAMPLE)) < 2000
