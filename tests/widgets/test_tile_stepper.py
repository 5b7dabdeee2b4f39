import json
from itertools import product

import numpy as np
import pytest
import torch
from py_mini_racer import MiniRacer

from attn_helpers.widgets.kit import bundle
from attn_helpers.widgets.tile_stepper import TileStepper, example
from attn_helpers.widgets.tile_stepper.example import SIZE, queries_keys_values

WAYS = [
    dict(zip(("causal", "backwards"), way, strict=True))
    for way in product((False, True), repeat=2)
]
SIZES = [(2, 2), (3, 2), (1, 4), (4, 3)]
DONE = SIZE**2  # more steps than there are tiles
HARMLESS = {
    "goal": "Let all 8 rows come out right all the same.",
    "keep": ["corrected"],
    "conditions": [
        {"path": ["finished"], "op": "==", "value": 8, "hint": "Go to the last tile."},
        {"path": ["error"], "op": "<=", "value": 1e-6, "hint": "Rows are wrong."},
    ],
}
TALL = {
    "goal": "Hold at most 8 scores at a time and move at most 150 numbers in all.",
    "keep": ["causal"],
    "conditions": [
        {"path": ["held"], "op": "<=", "value": 8, "hint": "Too many are held."},
        {"path": ["finished"], "op": "==", "value": 8, "hint": "Go to the last tile."},
        {"path": ["moved"], "op": "<=", "value": 150, "hint": "Too many are moved."},
    ],
}


def scores_and_values(stepper):
    q, k, v = map(torch.from_numpy, queries_keys_values(stepper.last_score))
    scores = q @ k.T / q.shape[1] ** 0.5
    if stepper.causal:
        hidden = torch.ones(SIZE, SIZE, dtype=torch.bool).triu(1)
        scores = scores.masked_fill(hidden, -torch.inf)
    return scores, v


def by_hand(tile_q, tile_k, *, causal, backwards):
    """The pairs of each tile, found pair by pair."""
    tiles = {}
    for i, j in product(range(SIZE), range(SIZE)):
        tiles.setdefault((i // tile_q, j // tile_k), []).append((i, j))
    order = sorted(tiles, key=lambda at: (at[0], -at[1] if backwards else at[1]))
    pairs = [tiles[at] for at in order]
    return [tile for tile in pairs if not causal or any(j <= i for i, j in tile)]


# --- the walk ---


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("tile_q", "tile_k"), SIZES)
def test_tiles_are_those_found_pair_by_pair(tile_q, tile_k, way):
    stepper = TileStepper(tile_q=tile_q, tile_k=tile_k, **way)
    tiles = [[(i, j) for i in rows for j in keys] for rows, keys in stepper.tiles()]
    assert tiles == by_hand(tile_q, tile_k, **way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("tile_q", "tile_k"), SIZES)
def test_at_each_step_a_query_has_the_softmax_of_what_it_has_seen(tile_q, tile_k, way):
    tiles = by_hand(tile_q, tile_k, **way)
    for step in range(len(tiles) + 1):
        row = (5 * step) % SIZE
        traits = {"tile_q": tile_q, "tile_k": tile_k, "step": step, "row": row}
        stepper = TileStepper(**traits, **way)
        scores, v = scores_and_values(stepper)
        seen = [j for tile in tiles[:step] for i, j in tile if i == row]
        seen = [j for j in seen if scores[row, j] > -torch.inf]
        if not seen:
            assert stepper.running_max is None and stepper.running_sum == 0
            assert stepper.output == [0, 0]
            continue
        known = scores[row, seen]
        total = (known - known.max()).exp().sum()
        assert stepper.running_max == pytest.approx(float(known.max()))
        assert stepper.running_sum == pytest.approx(float(total))
        output = known.softmax(0) @ v[seen]
        np.testing.assert_allclose(stepper.output, output, atol=1e-12)


@pytest.mark.parametrize("way", WAYS)
def test_a_forgotten_correction_adds_what_was_measured_from_different_maxima(way):
    for row in range(SIZE):
        stepper = TileStepper(row=row, step=DONE, corrected=False, **way)
        scores, v = scores_and_values(stepper)
        maximum, total, mixture = -torch.inf, 0.0, torch.zeros(2, dtype=v.dtype)
        for tile in by_hand(2, 2, **way):
            keys = [j for i, j in tile if i == row and scores[row, j] > -torch.inf]
            for j in keys:
                maximum = max(maximum, float(scores[row, j]))
            for j in keys:
                weight = (scores[row, j] - maximum).exp()
                total, mixture = total + weight, mixture + weight * v[j]
        assert stepper.running_sum == pytest.approx(float(total))
        np.testing.assert_allclose(stepper.output, mixture / total, atol=1e-12)


def test_the_correction_is_that_of_the_chosen_query_in_this_step():
    maxima = [TileStepper(step=step).running_max for step in range(1, 6)]
    assert maxima == pytest.approx([-0.46, -0.46, 1.14, 2.4, 2.4])
    factors = [TileStepper(step=step).correction for step in range(6)]
    expected = [1, 1, 1, np.exp(-0.46 - 1.14), np.exp(1.14 - 2.4), 1]
    assert factors == pytest.approx(expected)
    assert TileStepper(corrected=False).correction == pytest.approx(factors[4])


def test_the_error_is_that_of_the_worst_finished_number():
    assert TileStepper(step=DONE).error < 1e-15
    wrong = TileStepper(step=DONE, corrected=False)
    scores, v = scores_and_values(wrong)
    right = (scores.softmax(1) @ v).numpy()
    rows = [TileStepper(row=i, step=DONE, corrected=False).output for i in range(SIZE)]
    assert wrong.error == pytest.approx(np.abs(rows - right).max())
    assert TileStepper(step=3, corrected=False).error == 0  # none is finished
    first = TileStepper(step=4, corrected=False).error
    assert first == pytest.approx(np.abs(rows - right)[:2].max())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("tile_q", "tile_k"), SIZES)
def test_numbers_moved_are_counted_one_by_one(tile_q, tile_k, way):
    tiles = by_hand(tile_q, tile_k, **way)
    moved, held, asked = 0, 0, None
    for step, tile in enumerate(tiles, start=1):
        rows, keys = {i for i, _ in tile}, {j for _, j in tile}
        moved += 4 * len(rows) * (rows != asked) + (4 + 2) * len(keys)
        last = step == len(tiles) or {i for i, _ in tiles[step]} != rows
        moved += 2 * len(rows) * last
        held, asked = max(held, len(tile)), rows
        stepper = TileStepper(tile_q=tile_q, tile_k=tile_k, step=step, **way)
        assert (stepper.moved, stepper.held) == (moved, held)
        assert stepper.finished == (max(rows) + 1 if last else min(rows))


def test_the_first_picture_worked_by_hand():
    stepper = TileStepper()
    assert stepper.moved == 2 * 4 + 8 * (4 + 2) + 2 * 2
    assert (stepper.held, stepper.finished) == (4, 2)
    whole = TileStepper(step=DONE)
    assert whole.moved == 8 * 4 + 4 * 8 * 6 + 8 * 2
    assert whole.plain_moves == 8 * (4 + 4 + 2 + 2) + 4 * 64
    assert TileStepper(step=0).state() | {"step": 4} == stepper.state()
    assert (TileStepper(step=0).moved, TileStepper(step=0).held) == (0, 0)


def test_shown_scores_are_exact_to_two_decimals():
    scores = TileStepper().scores()
    np.testing.assert_allclose(scores, scores.round(2), atol=1e-12)
    np.testing.assert_array_equal(scores[:, -1], 2.4)


def test_the_page_has_the_same_eight_queries_keys_and_values():
    context = MiniRacer()
    context.eval(bundle.joined("tile_stepper/example.js"))
    script = "JSON.stringify((({QUERIES, keysWith, VALUES}) => [QUERIES, keysWith(0.7),"
    script += " VALUES])(modules['tile_stepper/example.js']))"
    for page, python in zip(
        json.loads(context.eval(script)), queries_keys_values(0.7), strict=True
    ):
        np.testing.assert_array_equal(page, python)
    assert len(example.KEYS) == SIZE - 1


# --- the challenges ---


def test_a_forgotten_correction_is_harmless_only_where_the_largest_comes_first():
    solved = set()
    for way, tile_k, tenth in product(WAYS, (1, 4), (-30, 0, 10, 16, 24, 60)):
        traits = {"tile_k": tile_k, "last_score": tenth / 10, "step": DONE}
        if TileStepper(corrected=False, **traits, **way).error <= 1e-6:
            solved.add((way["causal"], way["backwards"], tenth))
    assert {how[:2] for how in solved} == {(False, True)}
    assert min(tenth for *_, tenth in solved) == 16  # above all others: 1.54


def test_only_tall_tiles_hold_and_move_little():
    found = []
    for tile_q, tile_k in product(range(1, 5), repeat=2):
        stepper = TileStepper(tile_q=tile_q, tile_k=tile_k, step=DONE)
        if stepper.held <= 8 and stepper.moved <= 150:
            found.append((tile_q, tile_k))
    assert found == [(4, 1), (4, 2)]
    assert TileStepper(tile_q=2, tile_k=4, step=DONE).moved == 240


# --- the traits ---


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"tile_q": 0}, "tile_q must be from 1 to 4; got tile_q=0"),
        ({"tile_k": 5}, "tile_k must be from 1 to 4; got tile_k=5"),
        ({"step": -1}, "step must be from 0 to 64; got step=-1"),
        ({"step": 65}, "got step=65"),
        ({"row": 8}, "row must be from 0 to 7; got row=8"),
        ({"last_score": -3.1}, r"last_score must be from -3\.0 to 6\.0; got .*-3\.1"),
        ({"last_score": 6.1}, r"got last_score=6\.1"),
        ({"column": 1}, "unknown trait 'column'"),
    ],
)
def test_bad_traits_are_refused(traits, message):
    with pytest.raises(Exception, match=message):
        TileStepper(**traits)


def test_a_refused_trait_leaves_the_old_value():
    stepper = TileStepper()
    with pytest.raises(ValueError, match="got tile_q=9"):
        stepper.tile_q = 9
    assert stepper.tile_q == 2 and stepper.moved == 60


def test_inputs_and_results_go_through_json_and_its_picture_repeats():
    for step in (0, 3, DONE):
        stepper = TileStepper(step=step, tile_q=3, causal=True, corrected=False)
        state = json.loads(json.dumps(stepper.state(), allow_nan=False))
        results = [getattr(stepper, name) for name in stepper.results]
        json.dumps(results, allow_nan=False)
        assert TileStepper(**state).picture() == stepper.picture()


def test_the_alternative_text_has_the_numbers():
    assert TileStepper().alt() == (
        "Tile 4 of 16: queries 0 to 1 with keys 6 to 7. Query 1 has a largest score of "
        "2.40, a sum of 1.59 and so far an output of (1.27, -0.81). 2 of 8 rows of the "
        "output are finished. Held at a time were 4 of 64 scores, moved 60 numbers; "
        "the plain way moves 352."
    )
    assert TileStepper(tile_q=1, tile_k=3, step=0, causal=True).alt() == (
        "Eight queries and eight keys in tiles of 1 × 3: 15 tiles, none of them "
        "computed yet."
    )
    forgotten = TileStepper(tile_q=1, row=7, corrected=False).alt()
    assert "query 0 with keys 6 to 7. Query 7 has seen no score." in forgotten
    assert "off by up to 0.62." in forgotten


def test_the_picture_shows_what_stands_where():
    picture = TileStepper().picture()
    for text in ("−0.03", "2.40", "largest score 1.14 → 2.40", "1.77 × 0.28", "key 7"):
        assert f">{text}<" in picture, text
    assert "4 of 64" in picture and "60 so far; the plain way 352" in picture
    assert picture.count('fill="#c9c9c9"') == 12  # cells of three tiles
    assert ">−∞<" not in picture and ">×<" not in picture
    causal = TileStepper(causal=True, tile_q=4, tile_k=3, step=2, row=7).picture()
    assert causal.count(">−∞<") == 11  # of queries 0 to 3 with keys 3 to 5
    assert causal.count(">×<") == 28 - 8 and causal.count("h14") == 8  # skipped
    assert "has seen no score yet" in causal
    assert "3.99 × 1, not 0.28" in TileStepper(corrected=False).picture()
    exact = TileStepper(tile_q=4, tile_k=4, step=3, row=7)  # a score of 0, but for ulps
    assert "−0.00" not in exact.picture()
    assert "nothing yet" in TileStepper(step=0).picture()


# --- in a page ---


def still(shown):
    """Numbers jump to where they are sent."""
    shown.page.emulate_media(reduced_motion="reduce")
    return shown


def texts(shown, place):
    return shown.page.locator(place).all_text_contents()


def status(shown):
    shown.state()
    return shown.page.inner_text(".bw-status")


def press(shown, name, times=1):
    for _ in range(times):
        shown.page.get_by_role("button", name=name, exact=True).click()


def test_the_page_computes_what_python_does(show):
    steppers = [
        TileStepper(tile_q=tile_q, tile_k=tile_k, step=step, row=row, **way, **more)
        for (tile_q, tile_k), way, (step, row, more) in zip(
            SIZES * 3,
            WAYS * 3,
            [
                (0, 3, {}),
                (5, 4, {"last_score": 6.0}),
                (17, 2, {}),
                (3, 5, {"last_score": -3.0}),
                (7, 3, {"corrected": False}),
                (64, 7, {"corrected": False}),
                (9, 4, {"corrected": False, "last_score": 1.1}),
                (4, 6, {"corrected": False}),
                (15, 7, {}),
                (2, 0, {}),
                (16, 7, {}),
                (1, 1, {"last_score": 0.3}),
            ],
            strict=True,
        )
    ]
    shown = show(*steppers)
    for i in range(len(steppers)):
        shown.assert_python_agrees(i)
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


def kinds(shown):
    cells = shown.page.locator(".bw-slow rect:is(.bw-now, .bw-done, .bw-todo)")
    found = cells.evaluate_all(
        "(all) => all.map((e) => [e.getAttribute('class'), e.style.fillOpacity])"
    )
    return np.array(found).reshape(SIZE, SIZE, 2).transpose(2, 0, 1)


def test_cells_say_what_was_computed_and_what_is_here(show):
    stepper = TileStepper(tile_q=3, tile_k=3, step=4, causal=True, row=5)
    shown = still(show(stepper))
    kind, fill = kinds(shown)
    expected = np.full((SIZE, SIZE), "bw-todo")
    expected[:3, :3] = expected[3:6, :6] = "bw-done"
    expected[6:, :3] = "bw-now"
    np.testing.assert_array_equal(kind, expected)
    scores, _ = scores_and_values(stepper)
    shares = (scores - scores[:, :3].max(1, keepdim=True).values).exp()[6:, :3]
    np.testing.assert_allclose(
        fill[6:, :3].astype(float), 0.1 + 0.6 * shares, atol=1e-6
    )
    signs = np.reshape(texts(shown, ".bw-slow :is(.bw-hidden, .bw-skipped)"), (8, 8))
    skipped = np.zeros((8, 8), bool)
    skipped[:3, 3:] = skipped[3:6, 6:] = True
    hidden = np.triu(np.ones((8, 8), bool), 1)
    sign = np.where(skipped, "–", np.where(hidden, "×", ""))
    np.testing.assert_array_equal(signs, sign)
    frame, cells = (
        shown.page.locator(place).bounding_box()
        for place in (".bw-frame", ".bw-slow .bw-now >> nth=0")
    )
    assert abs(frame["x"] - cells["x"]) < 3 and abs(frame["y"] - cells["y"]) < 3


def test_strips_are_strong_where_they_are_in_fast_memory_or_finished(show):
    shown = still(show(TileStepper(tile_q=3, tile_k=2, step=6)))
    here = {
        role: shown.page.locator(f".bw-slow g.bw-{role}").evaluate_all(
            "(all) => all.flatMap((e, i) => e.classList.contains('bw-here') ? [i] : [])"
        )
        for role in ("query", "key", "value", "output")
    }
    places = {"query": [3, 4, 5], "key": [2, 3], "value": [2, 3], "output": [0, 1, 2]}
    assert here == places


def test_fast_memory_has_the_tile_and_the_sums_of_the_chosen_query(show):
    shown = still(show(TileStepper()))
    shown.state()
    said = texts(shown, ".bw-fast text")
    tile = ["key 6", "key 7", "0", "−2.27", "2.40", "1", "−0.03", "2.40"]
    assert said[:8] == tile
    assert "largest score 1.14 → 2.40" in said and "1.77 × 0.28" in said
    assert "0.50 + 1.09 ≈ 1.59" in said
    widths = shown.page.locator(".bw-fast :is(.bw-old, .bw-new)").evaluate_all(
        "(all) => all.map((e) => Number(e.getAttribute('width')))"
    )
    before, factor = TileStepper(step=3).running_sum, TileStepper().correction
    sums = [before, before * factor, TileStepper().running_sum - before * factor]
    np.testing.assert_allclose(widths, np.multiply(sums, 100 / 6), atol=1e-9)


def test_the_output_so_far_comes_to_the_mark_with_the_last_key(show):
    for step, arrives in ((3, False), (4, True)):
        shown = still(show(TileStepper(step=step)))
        shown.state()
        bars = shown.page.locator(".bw-fast rect.bw-output").evaluate_all(
            "(all) => all.map((e) => [e.x.baseVal.value, e.width.baseVal.value])"
        )
        marks = [
            float(d.split(",")[0][1:])
            for d in shown.page.locator(".bw-fast .bw-mark").evaluate_all(
                "(all) => all.map((e) => e.getAttribute('d'))"
            )
        ]
        ends = [x + width if x > 179 else x for x, width in bars]
        assert (max(np.abs(np.subtract(ends, marks))) < 1e-3) == arrives


def test_each_step_is_told(show):
    shown = still(show(TileStepper(step=0)))
    assert status(shown) == "Nothing has been read yet."
    told = []
    for _ in range(5):
        press(shown, "Step")
        told.append(status(shown))
    assert told == [
        "Query 1: its first scores. They are measured from the largest, −0.46.",
        "Query 1: no larger score came, −0.82 ≤ −0.46.",
        "Query 1: a larger score came, 1.14 > −0.46: what was summed is multiplied by "
        "0.20.",
        "Query 1: a larger score came, 2.40 > 1.14: what was summed is multiplied by "
        "0.28. Its output is finished.",
        "Query 3: its first scores. They are measured from the largest, −0.48.",
    ]
    press(shown, "Back")
    assert shown.assert_python_agrees()["step"] == 4
    assert shown.errors == []


def test_what_is_hidden_finished_unread_or_wrong_is_told(show):
    traits = {"tile_q": 4, "tile_k": 2, "causal": True, "step": 2}
    for row, said in {
        1: "these keys are hidden from it, and nothing changes. Its output is",
        4: "Query 4 has not been read yet.",
    }.items():
        assert said in status(still(show(TileStepper(row=row, **traits))))
    done = {"step": DONE, "row": 0}
    assert status(still(show(TileStepper(**done)))).endswith("stands in slow memory.")
    wrong = still(show(TileStepper(corrected=False)))
    assert "what was summed ought to be multiplied by 0.28." in status(wrong)
    assert "finished, and off by 0.72." in status(wrong)
    assert "3.99 × 1, not 0.28" in texts(wrong, ".bw-fast .bw-wrong")
    assert "3.99 + 1.09 ≈ 5.08" in texts(wrong, ".bw-fast text")
    harmless = {"corrected": False, "backwards": True, **done}
    assert "and right all the same." in status(still(show(TileStepper(**harmless))))


def test_wrong_rows_are_marked_and_counted(show):
    shown = still(show(TileStepper(corrected=False, step=DONE)))
    shown.state()
    assert texts(shown, ".bw-verdict") == ["wrong rows: 8 of 8"]
    assert texts(shown, ".bw-slow .bw-wrong") == ["≠"] * 8
    shown.page.get_by_label("forget the correction").click()
    assert shown.assert_python_agrees()["corrected"]
    assert texts(shown, ".bw-verdict") == [""]
    assert texts(shown, ".bw-slow .bw-wrong") == []


def test_a_query_is_chosen_by_a_click_by_keys_and_by_dragging(show):
    shown = still(show(TileStepper(step=DONE)))
    page = shown.page
    cell = page.locator(".bw-slow rect.bw-done").nth(5 * SIZE + 2)
    cell.click()
    assert shown.assert_python_agrees()["row"] == 5
    handle = page.get_by_role("slider", name="the query to look at")
    handle.press("ArrowUp")
    handle.press("ArrowUp")
    handle.press("ArrowDown")
    assert shown.assert_python_agrees()["row"] == 4
    assert handle.get_attribute("aria-valuetext") == "query 4"
    box = page.locator(".bw-chooser path").bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 4, box["y"] + 52, steps=5)
    assert shown.assert_python_agrees()["row"] == 6  # before it is let go
    page.mouse.up()
    assert shown.assert_python_agrees()["row"] == 6
    handle.press("ArrowDown")
    handle.press("ArrowDown")
    assert shown.assert_python_agrees()["row"] == 7


def test_the_chosen_query_goes_along_to_the_next_tile(show):
    shown = still(show(TileStepper(tile_q=3, tile_k=4, step=2, row=2)))
    rows = []
    for _ in range(4):
        press(shown, "Step")
        rows.append(shown.state()["row"])
    assert rows == [5, 5, 7, 7]  # the last tile has but two queries
    assert shown.page.get_by_role("button", name="Step").is_disabled()
    press(shown, "Back", times=6)
    assert shown.assert_python_agrees()["row"] == 1
    assert shown.page.get_by_role("button", name="Back").is_disabled()
    press(shown, "Reset")
    assert shown.state()["row"] == 2


def test_other_tiles_keep_the_end_and_never_lie_behind_it(show):
    shown = still(show(TileStepper(step=DONE, row=0)))
    page = shown.page
    for size, end in (("4", (8, 144)), ("1", (32, 432)), ("4", (8, 144))):
        page.get_by_label("queries in a tile").select_option(size)
        state = shown.assert_python_agrees()
        assert (state["step"], state["moved"], state["finished"]) == (*end, 8)
    press(shown, "Back", times=3)
    page.get_by_label("keys in a tile").select_option("4")
    state = shown.assert_python_agrees()
    assert (state["step"], state["held"]) == (4, 16)
    assert page.locator("output").first.inner_text() == "tile 4 of 4"


def test_run_goes_from_tile_to_tile_and_stops_at_the_end(show):
    shown = show(TileStepper(tile_q=4, tile_k=4, step=4, row=0))
    page = shown.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    run = page.locator(".bw-run")
    run.click()
    steps = [page.evaluate("liveWidgets[0].model.state.step")]
    for _ in range(4):
        page.clock.run_for(300)
        steps.append(page.evaluate("liveWidgets[0].model.state.step"))
    assert steps == [0, 1, 2, 3, 4]
    assert run.inner_text() == "Run"
    run.click()
    page.clock.run_for(300)
    run.click()
    page.clock.run_for(900)
    assert page.evaluate("liveWidgets[0].model.state.step") == 1
    page.clock.run_for(300)
    assert shown.errors == []


def test_without_motion_run_is_at_the_end_at_once(show):
    shown = still(show(TileStepper()))
    press(shown, "Run")
    state = shown.assert_python_agrees()
    assert (state["step"], state["finished"]) == (16, 8)
    assert shown.page.locator(".bw-run").inner_text() == "Run"


def test_counts_stand_beside_those_of_the_plain_way(show):
    shown = still(show(TileStepper()))
    shown.state()
    assert texts(shown, "tbody td") == ["4", "64", "60 of 240", "352"]


def test_the_harmless_mistake_is_found_after_two_wrong_ways(show):
    challenged = {"challenge": HARMLESS, "corrected": False, "last_score": 1.0}
    shown = still(show(TileStepper(step=0, **challenged)))
    panel = shown.page.locator(".bw-challenge")
    shown.state()
    assert "Go to the last tile" in panel.inner_text()
    press(shown, "Run")
    shown.state()
    assert "Rows are wrong" in panel.inner_text()
    shown.page.get_by_label("last keys first").click()
    shown.state()
    assert "Rows are wrong" in panel.inner_text()
    shown.page.get_by_label("forget the correction").click()
    shown.state()
    assert "Leave the correction alone" in panel.inner_text()
    shown.page.get_by_label("forget the correction").click()
    shown.page.get_by_role("slider", name="last key scores").press("End")
    shown.state()
    assert "Solved" in panel.inner_text()


def test_tall_tiles_solve_what_wide_ones_do_not(show):
    shown = still(show(TileStepper(step=DONE, challenge=TALL)))
    panel = shown.page.locator(".bw-challenge")
    shown.page.get_by_label("keys in a tile").select_option("4")
    shown.state()
    assert "Too many are moved" in panel.inner_text()
    shown.page.get_by_label("queries in a tile").select_option("4")
    shown.state()
    assert "Too many are held" in panel.inner_text()
    shown.page.get_by_label("keys in a tile").select_option("2")
    shown.state()
    assert "Solved" in panel.inner_text()


def test_sums_glide_where_motion_is_wanted(show):
    shown = show(TileStepper(step=3))
    page = shown.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.clock.run_for(100)
    bar = page.locator(".bw-fast .bw-new")
    widths = [float(bar.get_attribute("width"))]
    press(shown, "Step")
    for rest in (150, 300):
        page.clock.run_for(rest)
        widths.append(float(bar.get_attribute("width")))
    assert min(widths[0], widths[2]) < widths[1] < max(widths[0], widths[2])


def test_traits_from_python_are_drawn_as_if_anew(show):
    shown = still(show(TileStepper()))
    other = TileStepper(tile_q=3, tile_k=4, step=5, causal=True, row=7, corrected=False)
    shown.page.evaluate(
        "(state) => Object.entries(state).forEach("
        "([name, value]) => liveWidgets[0].model.set(name, value))",
        other.state(),
    )
    shown.assert_python_agrees()
    used, anew = shown.drawn_anew()
    assert used == anew


def test_after_any_control_it_is_drawn_as_if_anew(show):
    shown = still(show(TileStepper(step=3)))
    for control in shown.use_all_controls():
        used, anew = shown.drawn_anew()
        assert used == anew, control
        shown.assert_python_agrees()
    assert shown.errors == []


def test_python_takes_every_state_that_the_controls_lead_to(show):
    still(show(TileStepper())).assert_python_takes_every_end()


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    wrong = TileStepper(tile_q=4, tile_k=4, step=3, causal=True, corrected=False)
    shown = show(TileStepper(), wrong, TileStepper(step=0), theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0


def test_on_a_phone_the_grid_is_seen_with_what_it_changes(show):
    shown = still(show(TileStepper(), width=360, height=740, touch=True))
    boxes = {
        place: shown.page.locator(place).bounding_box()
        for place in (".bw-run", ".bw-slow", ".bw-fast")
    }
    bottom = boxes[".bw-fast"]["y"] + boxes[".bw-fast"]["height"]
    assert bottom - boxes[".bw-run"]["y"] <= 640
    assert boxes[".bw-slow"]["width"] >= 290


def test_no_word_of_fast_memory_is_cut_off(show):
    steppers = [
        TileStepper(step=step, row=row, last_score=last, tile_q=1, corrected=False)
        for step, row, last in ((4, 0, 2.4), (32, 7, 6.0), (24, 5, 1.0))
    ]
    shown = still(show(*steppers, width=360))
    ends = shown.page.locator(".bw-fast text").evaluate_all(
        "(all) => all.map((e) => e.getBBox()).map(({ x, width }) => [x, x + width])"
    )
    assert min(ends)[0] >= 0 and max(end for _, end in ends) <= 300
