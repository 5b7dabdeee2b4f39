"""When a goal counts as reached, and what is said until then."""

import json
import re

import pytest
from py_mini_racer import MiniRacer

from attn_helpers.exercises import challenges
from attn_helpers.widgets.kit import bundle
from attn_helpers.widgets.kit.base import widget_classes
from tests.frames import TWO_FRAMES


@pytest.fixture(scope="module")
def unmet():
    """unmet(state, challenge, start, names) on a model that holds the state."""
    context = MiniRacer()
    context.eval(bundle.joined("kit/challenge.js"))

    def call(state, challenge, start=None, names=None):
        start = {
            name: json.dumps(value, separators=(",", ":"))
            for name, value in (start or {}).items()
        }
        arguments = json.dumps([challenge, start, names or {}])
        return context.eval(
            f'modules["kit/challenge.js"].unmet({{ get: (name) => '
            f"({json.dumps(state)})[name] }}, ...{arguments})"
        )

    return call


HINT = "pull harder"


@pytest.mark.parametrize(
    ("op", "value", "reached", "missed"),
    [
        (">=", 0.9, [0.9, 1], [0.89, None]),
        ("<=", 0.1, [0.1, 0], [0.11]),
        ("==", [1, [2]], [[1, [2]]], [[1, 2], None]),
        ("within", [1, 2], [1, 1.5, 2], [0.99, 2.01]),
    ],
)
def test_each_condition_holds_to_its_very_edge(unmet, op, value, reached, missed):
    condition = {"path": ["weights", 0, "x"], "op": op, "value": value, "hint": HINT}
    for got in reached:
        state = {"weights": [{"x": got}]}
        assert unmet(state, {"conditions": [condition]}) is None
    for got in missed:
        state = {"weights": [{"x": got}]}
        assert unmet(state, {"conditions": [condition]}) == HINT


def test_a_path_that_leads_nowhere_does_not_reach_the_goal(unmet):
    condition = {"path": ["weights", 5, "x"], "op": "<=", "value": 1, "hint": HINT}
    assert unmet({"weights": []}, {"conditions": [condition]}) == HINT


def test_of_several_open_conditions_the_first_is_told(unmet):
    conditions = [
        {"path": ["a"], "op": ">=", "value": least, "hint": f"at least {least}"}
        for least in (1, 3, 5)
    ]
    assert unmet({"a": 2}, {"conditions": conditions}) == "at least 3"


def test_what_had_to_stay_is_named_as_the_view_names_it(unmet):
    challenge = {"conditions": [], "keep": ["K", "kernel"]}
    start = {"K": [[1, 2]], "kernel": "boxcar"}
    assert unmet(start, challenge, start) is None
    moved = unmet(start | {"K": [[1, 3]]}, challenge, start, {"K": "each key"})
    assert moved == "Leave each key alone; press Reset to start again."
    moved = unmet(start | {"kernel": "gaussian"}, challenge, start, {"K": "each key"})
    assert moved == "Leave the kernel alone; press Reset to start again."


# Names of traits that are words in a sentence after "the".
WORDS = set(
    "base kernel labels layers mask method normaliser offset precision query score "
    "scores source split target temperature tokens weights".split()
)


@pytest.mark.parametrize("challenge", challenges().values(), ids=list(challenges()))
def test_every_trait_that_has_to_stay_has_a_name_a_reader_knows(challenge):
    view = bundle.read(widget_classes()[challenge.widget].view)
    for name in set(challenge.keep) - WORDS:
        assert re.search(rf"\b{name}: \"(the|each) ", view), name


def test_the_kit_knows_no_widget():
    for path in (bundle.HERE / "kit").rglob("*.js"):
        source = path.read_text(encoding="utf-8")
        for name, cls in widget_classes().items():
            assert name not in source and cls.view not in source, path.name


# --- above a view --------------------------------------------------------------------

GOAL = {
    "goal": "make `x` large",
    "conditions": [
        {"path": ["x"], "op": ">=", "value": 3, "hint": "pull `x`"},
        {"path": ["y"], "op": ">=", "value": 1, "hint": "raise y"},
    ],
    "keep": ["K"],
}
MOUNT = """(state) => {
  window.model = modelOf(state);
  main.append(dom.h("p", { id: "view" }, "the view"));
  window.stop = challenge.mountChallenge(model, main, { K: "each key" });
  window.told = [];
  const verdict = main.querySelector("[role=status]");
  if (verdict) new MutationObserver(() => told.push(verdict.textContent))
    .observe(verdict, { childList: true });
}"""


def mounted(page, **state):
    page.evaluate(MOUNT, {"x": 0, "y": 0, "K": [[1, 2]], "challenge": GOAL} | state)


def change(page, name, value):
    page.evaluate("([name, value]) => model.set(name, value)", [name, value])
    page.evaluate(TWO_FRAMES)
    return page.inner_text(".bw-challenge [role=status]")


def is_solved(page):
    return page.locator(".bw-challenge[data-solved]").count() == 1


def test_a_goal_stands_above_the_view_with_what_is_still_missing(page):
    mounted(page)
    assert page.evaluate("[...main.children].map((e) => e.id || e.className)") == [
        "bw-challenge",
        "view",
    ]
    assert page.inner_text(".bw-challenge") == (
        "Challenge. make x large Not yet: pull x"
    )
    assert page.locator(".bw-challenge code").all_inner_texts() == ["x", "x"]
    assert change(page, "x", 3) == "Not yet: raise y"
    assert not is_solved(page)
    assert change(page, "y", 1) == "✓ Solved."
    assert is_solved(page)


def test_what_is_reached_stays_reached(page):
    mounted(page, x=3, y=1)
    assert is_solved(page)
    assert change(page, "x", 0) == "✓ Solved."
    assert is_solved(page)


def test_results_that_are_set_one_by_one_are_judged_together(page):
    mounted(page, x=3)
    # half of a change: y is already there, and x not yet gone
    page.evaluate("() => { model.set('y', 1); model.set('x', 0); }")
    assert page.inner_text(".bw-challenge [role=status]") == "Not yet: pull x"
    assert not is_solved(page)


def test_what_had_to_stay_and_comes_back_is_forgiven(page):
    mounted(page)
    left = "Not yet: Leave each key alone; press Reset to start again."
    assert change(page, "K", [[1, 3]]) == left
    change(page, "x", 3)
    assert change(page, "y", 1) == left
    assert not is_solved(page)
    assert change(page, "K", [[1, 2]]) == "✓ Solved."


def test_a_second_view_measures_from_the_start_and_not_from_where_it_begins(page):
    start = {"start": {"K": [[1, 2]]}}
    mounted(page, K=[[1, 3]], challenge=GOAL | start)
    assert "Leave each key alone" in page.inner_text(".bw-challenge")
    assert change(page, "K", [[1, 2]]) == "Not yet: pull x"


def test_the_same_verdict_is_said_once(page):
    mounted(page)
    for x in (1, 2, 2.5, 3, 4):
        change(page, "x", x)
    assert page.evaluate("told") == ["Not yet: raise y"]


def test_an_input_is_judged_with_its_own_results(page):
    """``x`` and ``y`` follow from ``K`` in the next frame, as in a view."""
    mounted(page)
    page.evaluate(
        """() => dom.redrawOn(model, ["K"], () => {
          const isOther = model.get("K")[0][1] !== 2;
          model.set("x", isOther ? 3 : 0);
          model.set("y", isOther ? 1 : 0);
        })"""
    )
    left = "Not yet: Leave each key alone; press Reset to start again."
    assert change(page, "K", [[1, 3]]) == left
    assert page.evaluate("[model.get('x'), model.get('y')]") == [3, 1]
    assert change(page, "K", [[1, 2]]) == "Not yet: pull x"
    assert not is_solved(page)


def test_after_the_clean_up_nothing_is_judged(page):
    mounted(page)
    page.evaluate("stop()")
    change(page, "x", 3)
    assert change(page, "y", 1) == "Not yet: pull x"


@pytest.mark.parametrize("nothing", [{}, None, {"conditions": []}])
def test_where_there_is_no_goal_nothing_is_added(page, nothing):
    mounted(page, challenge=nothing)
    assert page.locator(".bw-challenge").count() == 0
    page.evaluate("stop()")


@pytest.mark.parametrize(
    ("names", "kept"), [(["K"], True), (["x", "K"], True), (["x"], False), ([], False)]
)
def test_what_a_goal_keeps_is_known_to_the_view(page, names, kept):
    mounted(page)
    assert page.evaluate("(names) => challenge.keeps(model, names)", names) is kept


def test_without_a_goal_nothing_is_kept(page):
    mounted(page, challenge={})
    assert page.evaluate("challenge.keeps(model, ['K'])") is False
