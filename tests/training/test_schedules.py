import pytest

from attn_helpers.training import linear_decay


def test_linear_decay_falls_on_a_line_and_stays():
    schedule = linear_decay(10, last=0.5)
    assert [schedule(step) for step in (0, 5, 10, 11, 99)] == [1.0, 0.75, 0.5, 0.5, 0.5]


def test_a_decay_may_end_at_nothing_and_may_take_one_step():
    assert linear_decay(1, last=0.0)(1) == 0.0


@pytest.mark.parametrize(
    ("steps", "last", "message"),
    [
        (0, 0.5, "linear_decay: steps must be at least 1; got steps=0."),
        (10, -0.1, "linear_decay: last must be at least 0; got last=-0.1."),
    ],
)
def test_a_decay_over_no_steps_or_below_nothing_is_refused(steps, last, message):
    with pytest.raises(ValueError) as caught:
        linear_decay(steps, last)
    assert str(caught.value) == message
