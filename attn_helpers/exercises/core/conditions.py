"""Decide whether a widget's state reaches a challenge's goal (the page's twin)."""

from collections.abc import Mapping

from attn_helpers.exercises.core.types import Challenge

OPERATORS = {
    ">=": lambda got, value: got is not None and got >= value,
    "<=": lambda got, value: got is not None and got <= value,
    "==": lambda got, value: got == value,
    "within": lambda got, value: got is not None and value[0] <= got <= value[1],
}


def conditions_met(challenge: Challenge, traits: Mapping) -> bool:
    """Whether ``traits`` (inputs and results) reach the goal and keep what is fixed.

    A condition's path starts with the trait's name and goes on with indices, so
    ``["weights", 0, 2]`` is the weight of query 0 on key 2.
    """
    kept = all(traits[name] == challenge.state[name] for name in challenge.keep)
    return kept and all(_holds(condition, traits) for condition in challenge.conditions)


def _holds(condition, traits):
    value = traits
    for step in condition["path"]:
        value = value[step]
    return OPERATORS[condition["op"]](value, condition["value"])
