"""Programs made from every answer by rule: the wrong are noticed, the right accepted.

A rule that finds nothing to change in an answer makes no program of it; which rules
make programs of which answers is written down in ``rules_that_apply.txt``.
"""

from functools import cache
from pathlib import Path

import pytest

from attn_helpers.exercises import registry
from attn_helpers.exercises.core.judge import judge
from attn_helpers.exercises.core.sandbox import plain
from tests.exercises.core import right_by_rule, wrong_by_rule

EXERCISES = registry()
TABLE = Path(__file__).with_name("rules_that_apply.txt")
RULES = {**wrong_by_rule.RULES, **right_by_rule.RULES}
TOO_FEW_DIGITS = "The right idea, in too few digits"

OVER_A_SQUARE = (
    "The mean over the queries of a sum over the keys is the sum of all over their "
    "number, and a table that is turned has the same sum."
)
BESIDE_A_SINK = (
    "A row always has its sink, and what is far enough below that has no share, "
    "whether or not its key may be seen."
)
A_LOW_START = (
    "A start far below every score is forgotten when the first one comes, as "
    "exp(start - largest) is 0."
)
ANY_SIZE = "The size of a piece changes nothing in the result, only what is held."

# Exercise and name of a program by a rule for wrong ones that is right, and why it is.
RIGHT_AFTER_ALL = {
    ("attention-entropy", "weights turned where it is square"): OVER_A_SQUARE,
    ("online-softmax", "-1e+09 for -inf"): A_LOW_START,
    ("online-softmax", "-1e+30 for -inf"): A_LOW_START,
    ("online-softmax", "size of the first case"): ANY_SIZE,
    ("tiled-attention", "-1e+09 for -inf"): A_LOW_START,
    ("tiled-attention", "-1e+30 for -inf"): A_LOW_START,
    ("tiled-attention", "tile of the first case"): ANY_SIZE,
    ("softmax-with-sink", "-1e+09 for -inf"): BESIDE_A_SINK,
    ("softmax-with-sink", "-1e+30 for -inf"): BESIDE_A_SINK,
}

each_exercise = pytest.mark.parametrize("id", EXERCISES)


@cache
def rows():
    """The table as it should be: a cross where a rule makes programs of an answer."""
    head = f"{'':24}{'  '.join(RULES)}"
    return [head] + [
        f"{id:24}"
        + "  ".join(
            f"{'x' if rule(exercise) else '.':{len(name)}}"
            for name, rule in RULES.items()
        ).rstrip()
        for id, exercise in EXERCISES.items()
    ]


def test_the_table_says_which_rules_make_programs_of_which_answers():
    assert TABLE.read_text("utf-8").splitlines() == rows()


def test_every_rule_makes_programs_of_many_answers():
    crosses = [row[24:].split() for row in rows()[1:]]
    for name, column in zip(RULES, zip(*crosses, strict=True), strict=True):
        assert column.count("x") >= 4, name


def verdicts(id, rules):
    """What the judge says of each program that the rules make of this answer."""
    return {
        name: judge(EXERCISES[id], program, run=plain)
        for rule in rules
        for name, program in rule(EXERCISES[id]).items()
    }


def accepted(id, rules):
    """The wrong programs that pass for right."""
    found = {name for name, verdict in verdicts(id, rules).items() if verdict}
    return sorted(found - {name for of, name in RIGHT_AFTER_ALL if of == id})


@pytest.mark.parametrize("rule", wrong_by_rule.RULES)
@each_exercise
def test_a_wrong_program_is_not_accepted(id, rule):
    assert accepted(id, [wrong_by_rule.RULES[rule]]) == []


@each_exercise
def test_a_little_in_place_of_0_is_never_accepted(id):
    assert accepted(id, [wrong_by_rule.leak]) == []


@each_exercise
def test_single_precision_inside_hears_of_its_digits_alone(id):
    for verdict in verdicts(id, [wrong_by_rule.single]).values():
        assert verdict.status == "not yet"
        assert verdict.message.startswith(TOO_FEW_DIGITS)


@pytest.mark.parametrize("rule", right_by_rule.RULES)
@each_exercise
def test_a_right_program_in_another_hand_is_accepted(id, rule):
    for name, verdict in verdicts(id, [right_by_rule.RULES[rule]]).items():
        assert verdict, (name, verdict)


def test_what_is_right_after_all_is_accepted_and_says_why():
    for (id, name), why in RIGHT_AFTER_ALL.items():
        assert verdicts(id, wrong_by_rule.RULES.values())[name]
        assert why.endswith(".")
