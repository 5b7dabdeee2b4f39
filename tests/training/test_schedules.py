import pytest

from attn_helpers.training import inverse_square_root, linear_decay, warm_up


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


def test_a_warm_up_rises_on_a_line_from_the_first_step_and_stays():
    schedule = warm_up(5)
    assert [schedule(step) for step in range(7)] == [0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0]


def test_what_comes_after_a_warm_up_counts_from_its_end():
    seen = []
    schedule = warm_up(3, then=lambda step: seen.append(step) or 0.5)
    assert [schedule(step) for step in range(6)] == [1 / 3, 2 / 3, 1.0, 0.5, 0.5, 0.5]
    assert seen == [0, 1, 2]


def test_the_schedule_of_the_paper_is_its_equation():
    d_model, warmup = 512, 4000
    schedule, peak = inverse_square_root(warmup), (d_model * warmup) ** -0.5
    for number in (1, 2, 3999, 4000, 4001, 100_000):  # the paper counts from 1
        rate = d_model**-0.5 * min(number**-0.5, number * warmup**-1.5)
        assert peak * schedule(number - 1) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda: warm_up(0),
            ValueError,
            "warm_up: steps must be at least 1; got steps=0.",
        ),
        (
            lambda: warm_up(3, then=0.5),
            TypeError,
            "warm_up: then must be a function; got then of type float.",
        ),
        (
            lambda: inverse_square_root(0),
            ValueError,
            "inverse_square_root: warmup must be at least 1; got warmup=0.",
        ),
    ],
)
def test_a_warm_up_that_never_comes_to_one_is_refused(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == message
