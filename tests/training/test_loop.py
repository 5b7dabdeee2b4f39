import math

import numpy as np
import pytest
import torch
from torch import nn

from attn_helpers.optim import AdamW
from attn_helpers.training import History, Settings, fit, linear_decay
from tests.training.small import (
    STEPS,
    batches,
    loss,
    power_cut,
    same,
    small_model,
    train,
)

# --- the loop ---


def test_it_takes_the_steps_of_a_loop_written_out():
    ours, by_hand = small_model(), small_model()
    history = train(ours, clip=0.5, schedule=linear_decay(STEPS), seed=3)
    optimizer = torch.optim.AdamW(by_hand.parameters(), lr=0.05)
    stream, losses = batches(np.random.default_rng(3)), []
    with torch.random.fork_rng():
        torch.manual_seed(3)
        for step in range(STEPS):
            optimizer.param_groups[0]["lr"] = 0.05 * (1 - 0.95 * step / STEPS)
            optimizer.zero_grad()
            value = loss(by_hand, next(stream))
            value.backward()
            nn.utils.clip_grad_norm_(by_hand.parameters(), 0.5)
            optimizer.step()
            losses.append(value.item())
    np.testing.assert_allclose(history.losses, losses, rtol=1e-4)
    for a, b in zip(ours.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


def test_the_same_seed_gives_the_same_run_and_another_another():
    one, two, other = small_model(), small_model(), small_model()
    assert train(one, seed=2) == train(two, seed=2)
    assert same(one, two)
    train(other, seed=5)
    assert not same(one, other)


def test_the_dice_outside_are_left_as_they_were():
    before = torch.get_rng_state()
    train(small_model())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("clip", [0.01, None])
def test_the_gradient_is_clipped_or_left(clip):
    model, lengths = small_model(), []

    class Spy(torch.optim.SGD):
        def step(self):
            gradients = [p.grad.flatten() for p in model.parameters()]
            lengths.append(torch.cat(gradients).norm().item())

    settings = Settings(clip=clip, progress=False)
    optimizer = Spy(model.parameters(), lr=0.1)
    fit(model, batches, loss, optimizer=optimizer, steps=3, settings=settings)
    assert all(length <= 0.01001 for length in lengths) == (clip is not None)


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("before", [True, False])
def test_dropout_is_on_while_learning_and_off_afterwards(before, validated):
    model, modes = small_model().train(before), []

    def spy(model, batch):
        modes.append(model.training)
        return loss(model, batch)

    def look(model):
        modes.append(model.training)
        return 1.0

    validate = look if validated else None
    train(model, loss=spy, validate=validate, every=20)
    learning = [True] * 20 + [False] + [True] * 3 + [False]
    assert modes == (learning if validated else [True] * STEPS)
    assert not any(module.training for module in model.modules())


@pytest.mark.parametrize("where", ["loss", "batches", "validate"])
def test_dropout_is_off_and_the_rate_restored_however_the_training_breaks(where):
    def breaks(*_):
        raise KeyboardInterrupt

    model = small_model()
    optimizer = AdamW(model.parameters(), lr=0.1)
    settings = {"schedule": linear_decay(STEPS), "every": 5}
    with pytest.raises(KeyboardInterrupt):
        run = {"optimizer": optimizer, **settings, where: breaks}
        if where == "batches":
            run["batches"] = power_cut(7)
        train(model, **run)
    assert not any(module.training for module in model.modules())
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_a_refused_training_leaves_the_model_in_its_mode():
    model = small_model().train()
    with pytest.raises(ValueError, match="optimizer must hold the parameters"):
        train(model, optimizer=AdamW(small_model().parameters()))
    assert model.training


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_learns_the_same_where_gradients_are_off(mode):
    ours, expected = small_model(), small_model()
    history = train(expected)
    with mode():
        assert train(ours) == history
        assert torch.is_inference_mode_enabled() == (mode is torch.inference_mode)
        assert not torch.is_grad_enabled()
    assert same(ours, expected)
    ours(torch.ones(3)).backward()  # and it may go on learning


def test_the_gradients_of_a_frozen_part_do_not_count_in_the_length():
    ours, expected = small_model(), small_model()
    for model in (ours, expected):
        model[0].requires_grad_(False)
    ours[0].weight.grad = torch.full((7, 3), 1e6)  # from before it was frozen
    train(ours, clip=0.1, optimizer=AdamW(ours[2].parameters()))
    train(expected, clip=0.1, optimizer=AdamW(expected[2].parameters()))
    assert same(ours, expected)


def test_it_stops_reading_with_the_last_step():
    asked = []

    def counted(rng):
        for batch in batches(rng):
            asked.append(batch)
            yield batch

    train(small_model(), batches=counted)
    assert len(asked) == STEPS


def test_as_many_batches_as_steps_are_enough():
    def enough(rng):
        yield from [next(batches(rng)) for _ in range(STEPS)]

    assert len(train(small_model(), batches=enough).losses) == STEPS


def test_one_step_is_enough():
    assert len(train(small_model(), steps=1).losses) == 1


def test_no_steps_are_refused():
    with pytest.raises(ValueError, match="fit: steps must be at least 1; got steps=0"):
        train(small_model(), steps=0)


def test_a_schedule_is_a_factor_on_each_groups_own_rate():
    model, rates = small_model(), []

    def spy(model, batch):
        rates.append([group["lr"] for group in optimizer.param_groups])
        return loss(model, batch)

    first, last = ({"params": model[i].parameters()} for i in (0, 2))
    optimizer = AdamW([{**first, "lr": 0.4}, {**last, "lr": 0.1}])
    train(model, steps=3, loss=spy, optimizer=optimizer, schedule=lambda step: step / 2)
    assert rates == [[0.0, 0.0], [0.2, 0.05], [0.4, 0.1]]
    assert [group["lr"] for group in optimizer.param_groups] == [0.4, 0.1]


@pytest.mark.parametrize("factor", [-0.5, math.nan])
def test_a_schedule_that_climbs_or_is_nan_is_stopped_at_its_step(factor):
    model, seen = small_model(), []

    def schedule(step):
        seen.append([p.clone() for p in model.parameters()])
        return 1.0 if step < 3 else factor

    with pytest.raises(ValueError, match=r"fit: schedule\(3\) must be "):
        train(model, schedule=schedule)
    for weight, kept in zip(model.parameters(), seen[-1], strict=True):
        assert torch.equal(weight, kept)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"clip": 0.0}, "Settings: clip must be greater than 0; got clip=0.0."),
        ({"every": 0}, "Settings: every must be at least 1; got every=0."),
        ({"seed": -1}, "Settings: seed must be at least 0; got seed=-1."),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError) as caught:
        Settings(**settings)
    assert str(caught.value) == message


@pytest.mark.parametrize("setting", ["schedule", "validate"])
def test_settings_that_are_no_functions_are_refused(setting):
    message = f"Settings: {setting} must be a function; got {setting} of type float."
    with pytest.raises(TypeError) as caught:
        Settings(**{setting: 0.5})
    assert str(caught.value) == message


@pytest.mark.parametrize("argument", ["batches", "loss"])
def test_batches_and_loss_that_are_no_functions_are_refused(argument):
    with pytest.raises(TypeError, match=f"fit: {argument} must be a function; got"):
        train(small_model(), **{argument: [1.0]})


def test_the_smallest_settings_are_taken():
    train(small_model(), seed=0, every=1, steps=2, clip=1e-9)


# --- a stop that says why ---


def test_a_loss_that_is_nan_stops_the_training_and_leaves_the_weights():
    model, seen = small_model(), []

    def bad(model, batch):
        value = loss(model, batch)
        seen.append(value.item())
        if len(seen) < 6:
            return value
        seen.append([p.clone() for p in model.parameters()])
        return value * math.nan

    with pytest.raises(FloatingPointError) as caught:
        train(model, loss=bad)
    assert str(caught.value) == (
        "fit: the loss must be finite; got nan at step 5; "
        f"the loss was {seen[4]:.4g} at step 4. Training stopped before the weights of "
        "step 5 were changed. Lower the learning rate, or look at this batch."
    )
    for weight, kept in zip(model.parameters(), seen[-1], strict=True):
        assert torch.equal(weight, kept)


def test_a_gradient_that_is_not_finite_stops_it_too_and_leaves_the_weights():
    model = small_model()

    def bad(model, batch):
        return loss(model, batch) + (model[0].bias * 0.0).clamp(min=0).sqrt().sum()

    with pytest.raises(FloatingPointError, match="length of the gradient must be fin"):
        train(model, loss=bad)
    assert same(model, small_model())


# --- validation ---


def test_the_model_ends_with_its_best_weights():
    model, answers, kept = small_model(), iter([3.0, 1.0, 2.0, 1.0]), []

    def validate(model):
        assert not torch.is_grad_enabled()
        kept.append([p.clone() for p in model.parameters()])
        return next(answers)

    history = train(model, steps=8, validate=validate, every=2)
    assert history.validations == [(2, 3.0), (4, 1.0), (6, 2.0), (8, 1.0)]
    assert history.best == (4, 1.0)
    for weight, best in zip(model.parameters(), kept[1], strict=True):
        assert torch.equal(weight, best)


def test_a_validation_that_is_nan_is_never_the_best():
    model, answers = small_model(), iter([math.nan, 2.0, math.nan])
    history = train(model, steps=6, validate=lambda model: next(answers), every=2)
    assert history.best == (4, 2.0)


def test_without_validation_the_last_weights_stay():
    assert train(small_model()).best is None


def test_it_validates_after_every_so_many_steps_and_after_the_last():
    history = train(small_model(), steps=7, validate=lambda model: 1, every=3)
    assert [step for step, _ in history.validations] == [3, 6, 7]
    history = train(small_model(), steps=6, validate=lambda model: 1, every=3)
    assert [step for step, _ in history.validations] == [3, 6]
    history = train(small_model(), steps=2, validate=lambda model: 1, every=3)
    assert [step for step, _ in history.validations] == [2]


def test_a_history_compares_by_what_happened():
    assert History([1.0], [(1, 2.0)]) == History([1.0], [(1, 2.0)])
    assert History([1.0]) != History([2.0])
