import pytest

from attn_helpers.exercises import Challenge, conditions_met


def goal(op, value, path=("weights", 0, 1), keep=()):
    return Challenge(
        id="test",
        widget="None",
        state={"Q": [1.0], "weights": None},
        goal="A goal.",
        conditions=({"path": path, "op": op, "value": value, "hint": "A hint."},),
        keep=keep,
    )


@pytest.mark.parametrize(
    ("op", "value", "reached", "missed"),
    [
        (">=", 0.5, 0.5, 0.49),
        ("<=", 0.5, 0.5, 0.51),
        ("==", 0.5, 0.5, 0.51),
        ("within", [0.4, 0.6], 0.6, 0.61),
        ("==", None, None, 0.5),
    ],
)
def test_each_operator(op, value, reached, missed):
    state = {"Q": [1.0], "weights": [[0.0, reached]]}
    assert conditions_met(goal(op, value), state)
    state["weights"] = [[0.0, missed]]
    assert not conditions_met(goal(op, value), state)


@pytest.mark.parametrize(("op", "value"), [(">=", 0), ("<=", 1), ("within", [0, 1])])
def test_what_is_no_number_reaches_no_threshold(op, value):
    assert not conditions_met(goal(op, value), {"weights": [[0.0, None]]})


def test_what_was_to_be_kept_must_be_as_it_was():
    challenge = goal(">=", 0.5, keep=("Q",))
    assert conditions_met(challenge, {"Q": [1.0], "weights": [[0.0, 0.9]]})
    assert not conditions_met(challenge, {"Q": [2.0], "weights": [[0.0, 0.9]]})
