import json
from collections import Counter

import numpy as np
import pytest
import traitlets

from attn_helpers.mind.search import fit_slope
from attn_helpers.widgets.search_experiment.widget import (
    KINDS,
    SearchExperiment,
    simulated_session,
    summarise,
)
from tests.widgets.experiment_page import (
    ONLOOKER,
    assert_same,
    chart,
    click,
    hold_time,
    module,
    overflow,
    pass_time,
    phase,
    real_times,
    times_between,
    traits,
    violations,
    visit,
    wait_for,
)


def trial(size, rt, condition="conjunction", present=True, answer=True):
    return {
        "condition": condition,
        "present": present,
        "size": size,
        "answer": answer,
        "rt": rt,
    }


# --- the numbers ---------------------------------------------------------------------


def test_slopes_worked_by_hand():
    times = {4: [480, 520], 12: [700], 24: [980, 1000, 1020]}  # 25 ms a letter
    widget = SearchExperiment(trials=[trial(n, t) for n in times for t in times[n]])
    present = widget.slopes[2]
    assert (present["condition"], present["present"]) == ("conjunction", True)
    assert present["slope"] == pytest.approx(25.0)
    assert present["se"] is None  # one size has a single trial
    assert widget.slopes[0]["slope"] is None


def test_the_line_is_the_one_of_the_model_when_cells_are_equally_full():
    rng = np.random.default_rng(5)
    sizes = np.repeat([4, 12, 24], 7)
    times = rng.uniform(400, 1900, sizes.size)
    session = [trial(int(n), float(t)) for n, t in zip(sizes, times, strict=True)]
    fit = summarise(session)["slopes"][2]
    slope, intercept = fit_slope(sizes, times)
    assert (fit["slope"], fit["intercept"]) == pytest.approx((slope, intercept))


def test_the_error_of_a_slope_is_its_spread_over_many_sessions():
    rng = np.random.default_rng(3)
    fits = []
    for _ in range(400):
        times = rng.normal(600, 100, (3, 11))
        session = [
            trial(n, t)
            for n, row in zip([4, 12, 24], times, strict=True)
            for t in row.tolist()
        ]
        fits.append(summarise(session)["slopes"][2])
    spread = np.std([fit["slope"] for fit in fits])
    assert np.mean([fit["se"] for fit in fits]) == pytest.approx(spread, rel=0.1)


def test_errors_guesses_and_lapses_are_counted_and_not_averaged():
    row = summarise(
        [
            trial(4, 600),
            trial(4, 700, answer=False),
            trial(4, 150),
            trial(4, None, answer=None),
        ]
    )["summary"][2]
    assert (row["n"], row["mean"]) == (1, 600.0)
    assert (row["errors"], row["anticipations"], row["lapses"]) == (1, 1, 1)


def random_session(rng):
    session = []
    for _ in range(int(rng.choice([0, 1, 3, 60]))):
        condition, present = KINDS[rng.integers(4)]
        answer = [True, False, None][rng.choice(3, p=[0.6, 0.3, 0.1])]
        time = float(rng.choice([150, 200, 700, 5000, 5100]) + rng.normal(0, 80))
        rt = None if answer is None else time
        size = int(rng.choice([2, 7, 13, 24]))
        session.append(trial(size, rt, condition, present, answer))
    return session


def test_the_page_computes_the_same_numbers():
    rng = np.random.default_rng(0)
    page = module("search_experiment/design.js")
    only_errors = [trial(4, 600, answer=False), trial(8, 90)]
    for session in [only_errors, *(random_session(rng) for _ in range(250))]:
        text = f"JSON.stringify(exported.summarise({json.dumps(session)}))"
        got, want = json.loads(page.eval(text)), summarise(session)
        for name in ("summary", "slopes"):
            assert len(got[name]) == len(want[name])
            for ours, theirs in zip(got[name], want[name], strict=True):
                assert_same(ours, theirs)


def test_the_simulated_session_shows_the_textbook_pattern():
    slopes = [kind["slope"] for kind in summarise(simulated_session())["slopes"]]
    assert np.abs(np.subtract(slopes, [0, 0, 30, 60])).max() < 2


# --- the design ----------------------------------------------------------------------


def evaluate(text):
    return json.loads(
        module("search_experiment/design.js").eval(f"JSON.stringify({text})")
    )


def test_every_cell_comes_equally_often():
    blocks = evaluate('exported.design(1, ["feature", "conjunction"], [4, 12, 24], 4)')
    assert [{t["condition"] for t in b} for b in blocks] == [
        {"feature"},
        {"conjunction"},
    ]
    for block in blocks:
        cells = Counter((t["size"], t["present"]) for t in block)
        assert set(cells.values()) == {4}
        assert len(cells) == 6


@pytest.mark.parametrize("condition", ["feature", "conjunction"])
@pytest.mark.parametrize("present", [True, False])
def test_displays_hold_what_the_condition_says(condition, present):
    spec = {"condition": condition, "present": present, "size": 13}
    specs = json.dumps([spec | {"layout": layout} for layout in range(50)])
    for shown in evaluate(f"{specs}.map(exported.letters)"):
        kinds = Counter((item["letter"], item["hue"]) for item in shown)
        assert kinds.pop(("T", "orange"), 0) == present
        others = {("T", "blue"), ("X", "blue" if condition == "feature" else "orange")}
        assert set(kinds) == others
        assert max(kinds.values()) - min(kinds.values()) <= 1


def test_letters_neither_touch_each_other_nor_the_edge():
    spec = '{condition: "feature", present: true, size: 30, layout: 11}'
    places = np.array([[p["x"], p["y"]] for p in evaluate(f"exported.letters({spec})")])
    gaps = np.abs(places[:, None] - places[None]).max(axis=-1)
    assert gaps[~np.eye(30, dtype=bool)].min() > 26
    assert (places > 15).all()
    assert (places < [465, 305]).all()


# --- traits and picture --------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"trials": [trial(4, 500, condition="odd")]}, r"trials\[0\].*'odd'"),
        ({"trials": [trial(4.5, 500)]}, r"trials\[0\].*type float"),
        ({"trials": [trial(4, 500, answer="yes")]}, r"trials\[0\].*'yes'"),
        ({"sizes": [4, 31]}, "sizes must be from 2 to 30; got sizes=31"),
        ({"blocks": ["feature", "letters"]}, "blocks.*'letters'"),
        ({"trials_per_cell": 0}, "at least 1; got trials_per_cell=0"),
    ],
)
def test_bad_traits_are_refused(wrong, message):
    with pytest.raises(traitlets.TraitError, match=message):
        SearchExperiment(**wrong)


def test_the_words_beside_the_picture_state_the_finding():
    assert "28.7 ms with a target and 67.1 ms without" in SearchExperiment().alt()
    session = [trial(4, 520), trial(24, 1020)]
    assert "it took 25.0 ms with a target" in SearchExperiment(trials=session).alt()


def test_the_picture_draws_the_readers_own_lines():
    session = [trial(4, 520), trial(24, 1020)]
    own = SearchExperiment(trials=session).picture()
    assert own.count("<path") == SearchExperiment().picture().count("<path") + 1


# --- in the browser ------------------------------------------------------------------

SHORT = {
    "blocks": ["feature", "conjunction"],
    "sizes": [4, 13],
    "trials_per_cell": 1,
    "practice": 1,
}
LETTER = ":is(.orange, .blue)"
IS_THERE = (
    """[...document.querySelectorAll(".bw-area .orange")].some("""
    """(e) => e.getAttribute("d").startsWith("M-11"))"""
)


def take(page, answer):
    """Begin each part and answer each display after a while."""
    while phase(page) != "results":
        if phase(page) == "break":
            click(page, "Begin")
        if wait_for(page, LETTER):
            pass_time(page, 260)
            answer(page.evaluate(IS_THERE))


def test_a_run_with_the_keyboard(new_context, tmp_path):
    with visit(new_context, SearchExperiment(**SHORT), tmp_path) as page:
        click(page, "Start")
        assert violations(page) == []
        hold_time(page)
        page.evaluate(ONLOOKER, LETTER)
        take(page, lambda there: page.keyboard.press("j" if there else "ArrowLeft"))
        done = traits(page, "trials")
        assert len(done) == 8
        assert all(t["answer"] == t["present"] for t in done)
        rts = [t["rt"] for t in done]
        assert rts == pytest.approx(times_between(page.evaluate("seen"))[1:], abs=0.06)
        assert all(240 <= rt <= 280 for rt in rts)
        for ours, theirs in zip(
            traits(page, "summary"), summarise(done)["summary"], strict=True
        ):
            assert_same(ours, theirs)
        assert "conjunction, present" in page.get_by_role("table").first.inner_text()
        assert page.evaluate("[scrollY, ...leaked]") == [0]


def test_times_are_those_an_onlooker_takes(new_context, tmp_path):
    short = SHORT | {"practice": 0}
    with visit(new_context, SearchExperiment(**short), tmp_path) as page:
        own, onlookers = real_times(page, LETTER, "j")
        assert len(own) == 3
        assert own == pytest.approx(onlookers, abs=0.11)


def test_a_run_by_touch_on_a_narrow_page(new_context, tmp_path):
    small = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
    with visit(new_context, SearchExperiment(**SHORT), tmp_path, **small) as page:
        hold_time(page)
        click(page, "Start")
        take(page, lambda there: page.tap("text=No (F)"))
        done = traits(page, "trials")
        assert [t["answer"] for t in done] == [False] * 8
        assert sum(row["errors"] for row in traits(page, "summary")) == 4
        assert overflow(page) <= 0


def test_pausing_discards_the_display_and_asks_again(new_context, tmp_path):
    short = SHORT | {"practice": 0}
    with visit(new_context, SearchExperiment(**short), tmp_path) as page:
        hold_time(page)
        click(page, "Start")
        click(page, "Begin")
        assert wait_for(page, LETTER)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Continue").wait_for()
        assert phase(page) == "paused"
        click(page, "Start again")
        click(page, "Begin")
        assert wait_for(page, LETTER)
        click(page, "Pause")
        click(page, "Continue")
        take(page, lambda there: page.keyboard.press("j" if there else "f"))
        assert len(traits(page, "trials")) == 8


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_results_are_accessible_in_both_themes(new_context, tmp_path, theme):
    small = {"viewport": {"width": 360, "height": 740}}
    with visit(new_context, SearchExperiment(), tmp_path, theme, **small) as page:
        assert violations(page) == []
        click(page, "Show me simulated data")
        shown = page.inner_text(".bw")
        assert "model observer, not a person" in shown
        assert "took 0.4 ± 1.1 ms where colour alone" in shown
        page.get_by_text("All mean times").click()
        assert violations(page) == []
        assert overflow(page) <= 0


def test_too_few_trials_are_said_to_be_too_few(new_context, tmp_path):
    with visit(
        new_context, SearchExperiment(trials=[trial(4, 600, answer=False)]), tmp_path
    ) as page:
        assert "Too few right answers" in page.inner_text(".bw")
        assert "NaN" not in page.inner_html(".bw")


def session():
    """Every kind at three sizes, with other times each and a little spread."""
    return [
        trial(size, 400 + slope * size + away, condition, present, present)
        for (condition, present), slope in zip(KINDS, (-0.02, 7, 31, 67), strict=True)
        for size in (4, 12, 24)
        for away in (-10, 10)
    ]


def test_the_chart_shows_the_means_their_errors_and_lines(new_context, tmp_path):
    with visit(new_context, SearchExperiment(trials=session()), tmp_path) as page:
        ticks, marks = chart(page)
        assert all(place == pytest.approx(said) for place, said in ticks)
        found = summarise(session())
        kinds = [f"{c} {'present' if p else 'absent'}" for c, p in KINDS]
        for kind, (condition, present) in zip(kinds, KINDS, strict=True):
            mine = [mark for mark in marks("mean") if kind in mark["kind"]]
            rows = [
                row
                for row in found["summary"]
                if (row["condition"], row["present"]) == (condition, present)
            ]
            assert [m["cy"] for m in mine] == pytest.approx([r["mean"] for r in rows])
            errors = [mark for mark in marks("error") if kind in mark["kind"]]
            assert [m["y1"] - m["y2"] for m in errors] == pytest.approx(
                [-2 * row["se"] for row in rows]
            )
            assert [m["x"] for m in errors] == [m["x"] for m in mine]
        lines = [[m["y1"], m["y2"]] for m in marks("fit")]
        wanted = [
            [fit["intercept"] + n * fit["slope"] for n in (4, 24)]
            for fit in found["slopes"]
        ]
        assert np.array(lines) == pytest.approx(np.array(wanted))


def test_the_published_lines_rise_as_published_from_one_height(new_context, tmp_path):
    with visit(new_context, SearchExperiment(trials=session()), tmp_path) as page:
        _, marks = chart(page, 1)
        rises = {m["kind"]: (m["y1"], m["y2"]) for m in marks("fit")}
        assert rises == {
            "fit feature present": pytest.approx((400, 400)),
            "fit conjunction present": pytest.approx((400, 400 + 20 * 28.7)),
            "fit conjunction absent": pytest.approx((400, 400 + 20 * 67.1)),
        }


def test_the_tables_say_what_was_computed_and_never_minus_nothing(
    new_context, tmp_path
):
    wrong = [trial(12, 500, "feature", True, False)]
    with visit(
        new_context, SearchExperiment(trials=session() + wrong), tmp_path
    ) as page:
        cells = "[...document.querySelectorAll('tbody tr')].map("
        rows = page.evaluate(
            cells + "(row) => [...row.cells].map((c) => c.textContent))"
        )
        slopes = [fit["se"] for fit in summarise(session())["slopes"]]
        assert [row[1:] for row in rows[:4]] == [
            ["0.0", f"{slopes[0]:.1f}", "≈ flat", "1/7"],
            ["7.0", f"{slopes[1]:.1f}", "–", "0/6"],
            ["31.0", f"{slopes[2]:.1f}", "28.7", "0/6"],
            ["67.0", f"{slopes[3]:.1f}", "67.1", "0/6"],
        ]
        assert rows[4] == ["feature, present", "400 (2)", "400 (2)", "400 (2)"]
        assert rows[7] == ["conjunction, absent", "668 (2)", "1204 (2)", "2008 (2)"]


def test_a_key_that_is_no_answer_is_none(new_context, tmp_path):
    short = SHORT | {"practice": 0}
    with visit(new_context, SearchExperiment(**short), tmp_path) as page:
        hold_time(page)
        click(page, "Start")
        click(page, "Begin")
        assert wait_for(page, LETTER)
        pass_time(page, 260)
        for key in ("k", "Control+j", "Alt+f", "Shift"):
            page.keyboard.press(key)
        page.keyboard.press("J")
        pass_time(page, 1000)
        page.keyboard.press("Escape")
        click(page, "Stop and see results")
        [first] = traits(page, "trials")
        assert first["answer"] is True
