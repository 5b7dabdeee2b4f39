import json
from collections import Counter

import numpy as np
import pytest
import traitlets

from attn_helpers.mind import cueing
from attn_helpers.widgets.cueing_experiment.widget import CueingExperiment, summarise
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

CONDITIONS = ("valid", "neutral", "invalid", "catch")


def trials(**times):
    return [{"condition": c, "rt": rt} for c, all_ in times.items() for rt in all_]


# --- the numbers ---------------------------------------------------------------------


def test_benefit_and_cost_worked_by_hand():
    widget = CueingExperiment(
        trials=trials(valid=[270, 290], neutral=[297, 303], invalid=[340])
    )
    assert widget.effects["benefit"] == 20.0
    assert widget.effects["cost"] == 40.0
    assert widget.effects["benefit_se"] == pytest.approx(np.hypot(10, 3))
    assert widget.effects["cost_se"] is None  # one invalid trial has no spread


def test_guesses_and_lapses_are_set_aside_and_counted():
    times = [-35.0, 99.9, 100.0, 300.0, 1500.0, 1500.1, None]
    valid = summarise(trials(valid=times))["summary"][0]
    assert (valid["n"], valid["anticipations"], valid["lapses"]) == (3, 2, 2)
    assert valid["mean"] == pytest.approx(1900 / 3)


def test_a_press_without_a_dot_is_a_false_alarm():
    effects = summarise(trials(catch=[None, 240.0, None]))["effects"]
    assert (effects["catch_trials"], effects["false_alarms"]) == (3, 1)


def test_no_trials_give_no_numbers():
    widget = CueingExperiment()
    assert [row["n"] for row in widget.summary] == [0, 0, 0]
    assert widget.effects["benefit"] is None


def test_it_agrees_with_the_summary_of_the_model():
    session = cueing.simulate(131, np.random.default_rng(7))
    ours = summarise(
        trials(
            **{
                c: session["reaction_time_ms"][session["condition"] == c].tolist()
                for c in CONDITIONS[:3]
            }
        )
    )
    theirs = cueing.summarise(session["condition"], session["reaction_time_ms"])
    for row in ours["summary"]:
        assert row["mean"] == pytest.approx(theirs.mean_ms[row["condition"]])
        assert row["se"] == pytest.approx(theirs.standard_error_ms[row["condition"]])
    assert ours["effects"]["cost"] == pytest.approx(theirs.cost_ms)


def random_session(rng):
    count = int(rng.choice([0, 1, 2, 5, 40]))
    drawn = rng.choice([-50, 60, 100, 320, 320.5, 410, 1500, 1700], count)
    times = (drawn + rng.choice([0, 1], count) * rng.normal(0, 30, count)).tolist()
    return [
        {
            "condition": str(rng.choice(CONDITIONS)),
            "rt": None if rng.random() < 0.1 else t,
        }
        for t in times
    ]


def test_the_page_computes_the_same_numbers():
    rng = np.random.default_rng(0)
    page = module("cueing_experiment/design.js")
    only_lapses = trials(valid=[None, 1600.0], invalid=[20.0])
    for session in [only_lapses, *(random_session(rng) for _ in range(250))]:
        text = f"JSON.stringify(exported.summarise({json.dumps(session)}))"
        got, want = json.loads(page.eval(text)), summarise(session)
        assert_same(got["effects"], want["effects"])
        for ours, theirs in zip(got["summary"], want["summary"], strict=True):
            assert_same(ours, theirs)


def test_the_simulated_session_is_a_typical_one_of_the_design():
    simulated = CueingExperiment().simulated
    counts = Counter(trial["condition"] for trial in simulated)
    assert counts == {"valid": 40, "neutral": 16, "invalid": 10}
    expected = cueing.expected_reaction_times()
    for row in summarise(simulated)["summary"]:
        assert abs(row["mean"] - expected[row["condition"]]) < 10


# --- the design ----------------------------------------------------------------------


def design(seed=1, blocks=2, invalid=5):
    text = f"JSON.stringify(exported.design({seed}, {blocks}, {invalid}))"
    return json.loads(module("cueing_experiment/design.js").eval(text))


def test_four_of_five_arrows_that_point_are_right():
    first, second = design()
    for block in (first, second):
        counts = Counter(trial["condition"] for trial in block)
        assert counts == {"valid": 20, "invalid": 5, "neutral": 8, "catch": 4}
    targets = Counter(
        t["target"] for t in first + second if t["condition"] == "invalid"
    )
    assert targets == {"left": 5, "right": 5}


def test_each_condition_means_what_it_says():
    for trial in design()[0]:
        cue, target = trial["cue"], trial["target"]
        right = {
            "valid": cue == target,
            "invalid": {cue, target} == {"left", "right"},
            "neutral": cue == "both" and target is not None,
            "catch": target is None,
        }
        assert right[trial["condition"]]
        assert 300 <= trial["soa"] < 500


def test_the_seed_fixes_the_order():
    assert design(seed=3) == design(seed=3)
    assert design(seed=3) != design(seed=4)


# --- traits and picture --------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"trials": [{"condition": "sideways", "rt": 3}]}, r"trials\[0\].*'sideways'"),
        ({"trials": trials(valid=[300, "fast"])}, r"trials\[1\].*type str"),
        ({"blocks": 0}, "blocks must be at least 1; got blocks=0"),
    ],
)
def test_bad_traits_are_refused(wrong, message):
    with pytest.raises(traitlets.TraitError, match=message):
        CueingExperiment(**wrong)


def test_the_words_beside_the_picture_state_the_finding():
    session = trials(valid=[275], neutral=[300], invalid=[350])
    assert "20 to 50 ms (illustrative)" in CueingExperiment().alt()
    assert (
        "benefit is 25 ms and the cost 50 ms" in CueingExperiment(trials=session).alt()
    )


def test_the_picture_marks_the_readers_own_means():
    session = trials(valid=[275], neutral=[300], invalid=[350])
    empty = CueingExperiment().picture()
    assert CueingExperiment(trials=session).picture().count("<circle") == (
        empty.count("<circle") + 3
    )


# --- in the browser ------------------------------------------------------------------

SHORT = {"blocks": 1, "invalid_per_block": 1, "practice": 0}
CUE = ".cue[visibility=inherit]"
DOT = ".target[visibility=inherit]"


def take(page, press):
    """Begin each part, and press a while after each dot, until the results stand."""
    while phase(page) != "results":
        if phase(page) == "break":
            click(page, "Begin")
        if wait_for(page, DOT):
            pass_time(page, 180)
            press()


def test_a_run_with_the_keyboard(new_context, tmp_path):
    short = SHORT | {"practice": 1}
    with visit(new_context, CueingExperiment(**short), tmp_path) as page:
        click(page, "Start")
        assert violations(page) == []
        hold_time(page)
        page.evaluate(ONLOOKER, DOT)
        take(page, lambda: page.keyboard.press(" "))
        done = traits(page, "trials")
        counts = {"valid": 4, "invalid": 1, "neutral": 2, "catch": 1}
        assert Counter(t["condition"] for t in done) == counts
        rts = [t["rt"] for t in done if t["target"]]
        onlookers = times_between(page.evaluate("seen"))[-7:]
        assert rts == pytest.approx(onlookers, abs=0.06)
        assert all(160 <= rt <= 200 for rt in rts)
        assert [t["rt"] for t in done if not t["target"]] == [None]
        assert all(300 <= t["soa"] < 550 for t in done)
        assert_same(traits(page, "effects"), summarise(done)["effects"])
        mean = round(summarise(done)["summary"][0]["mean"])
        assert f"{mean} ±" in page.get_by_role("table").inner_text()
        assert page.evaluate("[scrollY, ...leaked]") == [0]


def test_times_are_those_an_onlooker_takes(new_context, tmp_path):
    with visit(new_context, CueingExperiment(**SHORT), tmp_path) as page:
        own, onlookers = real_times(page, DOT, " ")
        assert len(own) == 3
        assert own == pytest.approx(onlookers, abs=0.11)


def test_a_run_by_touch_on_a_narrow_page(new_context, tmp_path):
    small = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
    with visit(new_context, CueingExperiment(**SHORT), tmp_path, **small) as page:
        hold_time(page)
        page.evaluate(ONLOOKER, DOT)
        click(page, "Start")
        click(page, "Begin")
        for place in (".bw-area", ".bw-pad", ".bw-area"):
            assert wait_for(page, DOT)
            pass_time(page, 180)
            page.tap(place)
        pass_time(page, 500)
        assert overflow(page) <= 0
        page.tap("text=Pause")
        page.tap("text=Stop and see results")
        rts = [t["rt"] for t in traits(page, "trials") if t["target"]]
        assert len(rts) == 3
        assert rts == pytest.approx(times_between(page.evaluate("seen"))[:3], abs=0.06)
        assert overflow(page) <= 0


INTERRUPTIONS = {
    "escape": "document.activeElement.dispatchEvent("
    'new KeyboardEvent("keydown", { key: "Escape", bubbles: true }))',
    "focus leaves": "document.activeElement.blur()",
    "page hidden": 'Object.defineProperty(document, "hidden", { get: () => true });'
    'document.dispatchEvent(new Event("visibilitychange"))',
}


def test_an_interruption_pauses_and_the_trial_comes_again(new_context, tmp_path):
    with visit(new_context, CueingExperiment(**SHORT), tmp_path) as page:
        hold_time(page)
        click(page, "Start")
        click(page, "Begin")
        for how, script in INTERRUPTIONS.items():
            assert wait_for(page, CUE), how
            page.evaluate(script)
            page.get_by_role("button", name="Continue").wait_for()
            assert phase(page) == "paused"
            assert not page.locator(".bw-area svg").is_visible()
            click(page, "Continue")
        take(page, lambda: page.keyboard.press(" "))
        assert len(traits(page, "trials")) == 8


def test_only_the_main_button_of_the_mouse_answers(new_context, tmp_path):
    with visit(new_context, CueingExperiment(**SHORT), tmp_path) as page:
        hold_time(page)
        click(page, "Start")
        click(page, "Begin")
        assert wait_for(page, DOT)
        pass_time(page, 100)
        for place in (".bw-area", ".bw-pad"):
            for button in ("right", "middle"):
                page.click(place, button=button)
        pass_time(page, 80)
        page.click(".bw-pad")
        pass_time(page, 500)
        page.keyboard.press("Escape")
        click(page, "Stop and see results")
        first = next(t for t in traits(page, "trials") if t["target"])
        assert first["rt"] >= 170


# Enter presses a button when it goes down, the space bar when it goes up
@pytest.mark.parametrize(("key", "answers"), [("Enter", 1), (" ", 0)])
def test_a_held_key_answers_one_trial_and_begins_nothing(
    new_context, tmp_path, key, answers
):
    short = SHORT | {"practice": 1}
    with visit(new_context, CueingExperiment(**short), tmp_path) as page:
        hold_time(page)
        click(page, "Start")
        click(page, "Begin")
        assert wait_for(page, ":is(.cue, .target)[visibility=inherit]")
        for _ in range(8):  # through the practice and on to the first part
            page.keyboard.down(key)
            pass_time(page, 250)
        page.keyboard.up(key)
        assert phase(page) == "break"
        click(page, "Begin")
        page.locator(".bw-pad").focus()
        assert wait_for(page, DOT)
        pass_time(page, 180)
        for _ in range(40):
            page.keyboard.down(key)
            pass_time(page, 250)
        page.keyboard.up(key)
        page.keyboard.press("Escape")
        click(page, "Stop and see results")
        answered = [t for t in traits(page, "trials") if t["rt"] is not None]
        assert len(answered) == answers


def test_stopping_early_shows_what_there_is(new_context, tmp_path):
    with visit(new_context, CueingExperiment(**SHORT), tmp_path) as page:
        hold_time(page)
        click(page, "Start")
        click(page, "Begin")
        pass_time(page, 600)
        click(page, "Pause")
        click(page, "Stop and see results")
        assert phase(page) == "start"  # nothing was done yet
        click(page, "Start")
        click(page, "Begin")
        assert wait_for(page, DOT)
        pass_time(page, 180)
        page.keyboard.press(" ")
        pass_time(page, 500)
        page.keyboard.press("Escape")
        click(page, "Stop and see results")
        assert phase(page) == "results"
        assert len(traits(page, "trials")) >= 1


def test_a_press_before_the_dot_counts_as_too_early(new_context, tmp_path):
    with visit(new_context, CueingExperiment(**SHORT), tmp_path) as page:
        hold_time(page)
        click(page, "Start")
        click(page, "Begin")
        assert wait_for(page, CUE)
        page.keyboard.press(" ")
        page.get_by_text("Too early").or_(page.get_by_text("no dot")).wait_for()
        pass_time(page, 1000)
        page.keyboard.press("Escape")
        click(page, "Stop and see results")
        assert traits(page, "trials")[0]["rt"] < -250


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_results_are_accessible_in_both_themes(new_context, tmp_path, theme):
    small = {"viewport": {"width": 360, "height": 740}}
    with visit(new_context, CueingExperiment(), tmp_path, theme, **small) as page:
        assert violations(page) == []
        click(page, "Show me simulated data")
        shown = page.inner_text(".bw")
        assert "model observer, not a person" in shown
        assert "saved 21 ± 28 ms (benefit), a wrong one took 56 ± 38 ms" in shown
        assert violations(page) == []
        assert overflow(page) <= 0
        click(page, "Back")
        assert traits(page, "trials") == []


def test_trials_set_from_python_are_shown(new_context, tmp_path):
    session = trials(valid=[275, 281], neutral=[300, 304], invalid=[350, 360])
    with visit(new_context, CueingExperiment(trials=session), tmp_path) as page:
        assert phase(page) == "results"
        assert "278 ±" in page.get_by_role("table").inner_text()
        page.evaluate("liveWidgets[0].model.set('trials', [])")
        assert phase(page) == "start"


def test_too_few_trials_are_said_to_be_too_few(new_context, tmp_path):
    with visit(
        new_context, CueingExperiment(trials=trials(valid=[275])), tmp_path
    ) as page:
        assert "Too few trials" in page.inner_text(".bw")
        assert "NaN" not in page.inner_html(".bw")


def test_the_bet_stands_beside_the_result(new_context, tmp_path):
    with visit(new_context, CueingExperiment(**SHORT), tmp_path) as page:
        page.get_by_label("Your bet").select_option("50")
        session = trials(valid=[275], neutral=[300], invalid=[350])
        page.evaluate("s => liveWidgets[0].model.set('trials', s)", session)
        shown = page.inner_text(".bw")
        assert "75 ms; your bet was “about 50 ms slower”" in shown


SESSION = trials(valid=[271, 283, 280], neutral=[300, 304], invalid=[350, 361, 347])


def test_the_chart_shows_the_means_their_errors_and_the_published_range(
    new_context, tmp_path
):
    with visit(new_context, CueingExperiment(trials=SESSION), tmp_path) as page:
        ticks, marks = chart(page)
        rows = summarise(SESSION)["summary"]
        means = [row["mean"] for row in rows]
        assert all(place == pytest.approx(said) for place, said in ticks)
        assert len(ticks) >= 3
        assert [mark["cy"] for mark in marks("mean")] == pytest.approx(means)
        for mark, row in zip(marks("error"), rows, strict=True):
            ends = sorted([mark["y1"], mark["y2"]])
            low, high = row["mean"] - row["se"], row["mean"] + row["se"]
            assert ends == pytest.approx([low, high])
        assert [mark["x"] for mark in marks("mean")] == [
            mark["x"] for mark in marks("error")
        ]
        assert [mark["text"] for mark in marks("number")] == [f"{m:.0f}" for m in means]
        spans = [end for mark in marks("band") for end in (mark["foot"], mark["y"])]
        assert spans == pytest.approx([302 - 50, 302 - 20, 302 + 20, 302 + 50])


def test_the_table_says_what_was_computed(new_context, tmp_path):
    with visit(new_context, CueingExperiment(trials=SESSION), tmp_path) as page:
        cells = "[...document.querySelectorAll('tbody tr')].map("
        rows = page.evaluate(cells + "(row) => [...row.cells].map((c) => c.innerText))")
        valid, neutral, invalid = summarise(SESSION)["summary"]
        for row, known, away in zip(
            rows, (valid, neutral, invalid), ("−24", "0", "+51"), strict=True
        ):
            mean = f"{known['mean']:.0f} ± {known['se']:.0f}"
            assert row[:4] == [known["condition"], str(known["n"]), mean, away]
        assert (
            "saved 24 ± 4 ms (benefit), a wrong one took 51 ± 5 ms"
            in page.inner_text(".bw")
        )


def test_what_went_the_other_way_is_said_to(new_context, tmp_path):
    turned = trials(
        valid=[310, 311.2], neutral=[310.4], invalid=[300], catch=[None, 250]
    )
    with visit(new_context, CueingExperiment(trials=turned), tmp_path) as page:
        shown = page.inner_text(".bw")
        assert "saved 0 ms (benefit), a wrong one took −10 ms (cost)" in shown
        assert "Below 0 means the opposite happened." in shown
        assert "Pressed with no dot: 1 of 2 times." in shown
        assert "−0" not in shown


def test_of_two_experiments_on_a_page_only_the_one_in_use_hears_a_key(show):
    shown = show(CueingExperiment(**SHORT), CueingExperiment(**SHORT))
    page = shown.page
    page.get_by_role("button", name="Start").first.click()
    page.get_by_role("button", name="Begin").first.click()
    page.keyboard.press(" ")
    phases = "[...document.querySelectorAll('.bw')].map((bw) => bw.dataset.phase)"
    assert page.evaluate(phases) == ["trial", "start"]
    assert shown.errors == []
