"""What both experiments share: a run of trials and the answers to them."""

import pytest

from attn_helpers.widgets.cueing_experiment.widget import CueingExperiment
from tests.widgets.experiment_page import (
    click,
    hold_time,
    pass_time,
    phase,
    traits,
    visit,
    wait_for,
)

SHORT = {"blocks": 1, "invalid_per_block": 1, "practice": 0}
DOT = ".target[visibility=inherit]"


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


def test_taking_it_again_brings_the_trials_in_another_order(new_context, tmp_path):
    orders = []
    with visit(new_context, CueingExperiment(**SHORT), tmp_path) as page:
        hold_time(page)
        for start in ("Start", "Take it again"):
            click(page, start)
            click(page, "Begin")
            while phase(page) == "trial":
                pass_time(page, 500)
            orders.append([t["condition"] for t in traits(page, "trials")])
    first, second = orders
    assert first != second and sorted(first) == sorted(second)
