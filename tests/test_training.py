import contextlib
import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from attn_helpers.optim import AdamW
from attn_helpers.training import (
    History,
    Settings,
    _ProgressLine,
    fit,
    linear_decay,
    seeded,
)

STEPS = 23


def small_model(seed=0):
    with seeded(seed):
        return nn.Sequential(nn.Linear(3, 7), nn.Dropout(0.5), nn.Linear(7, 1))


def batches(rng):
    while True:
        x = torch.from_numpy(rng.standard_normal((5, 3), dtype=np.float32))
        yield x, x.sum(dim=-1, keepdim=True)


def loss(model, batch):
    x, y = batch
    return (model(x) - y).pow(2).mean()


def train(model, steps=STEPS, batches=batches, loss=loss, **settings):
    optimizer = AdamW(model.parameters(), lr=0.05)
    settings = Settings(progress=False, **settings)
    return fit(
        model, batches, loss, optimizer=optimizer, steps=steps, settings=settings
    )


def same(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


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


def test_dropout_is_on_while_learning_and_off_afterwards():
    model, modes = small_model(), []

    def spy(model, batch):
        modes.append(model.training)
        return loss(model, batch)

    train(model, loss=spy, validate=lambda model: modes.append(model.training) or 1.0)
    assert modes == [True] * STEPS + [False]
    assert not model.training


def test_batches_that_run_out_are_named():
    def few(rng):
        yield from [next(batches(rng)) for _ in range(7)]

    with pytest.raises(ValueError) as caught:
        train(small_model(), batches=few)
    assert str(caught.value) == (
        "fit: batches must yield one for every step; got 7 batches for 23 steps."
    )


def test_no_steps_are_refused():
    with pytest.raises(ValueError, match="fit: steps must be at least 1; got steps=0"):
        train(small_model(), steps=0)


@pytest.mark.parametrize("after", [STEPS, 5])
def test_the_optimiser_has_its_own_rate_back_at_the_end_and_after_a_break(after):
    model, rates = small_model(), []

    def spy(model, batch):
        rates.append(optimizer.param_groups[0]["lr"])
        return loss(model, batch)

    optimizer = AdamW(model.parameters(), lr=0.1)
    settings = Settings(schedule=linear_decay(STEPS), progress=False)
    run = {"optimizer": optimizer, "steps": STEPS, "settings": settings}
    with contextlib.suppress(KeyboardInterrupt):
        fit(model, power_cut(after), spy, **run)
    assert rates[0] == 0.1 and rates[-1] < 0.09
    assert optimizer.param_groups[0]["lr"] == 0.1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"clip": -1.0}, "Settings: clip must be greater than 0; got clip=-1.0."),
        ({"every": 0}, "Settings: every must be at least 1; got every=0."),
        ({"seed": -2}, "Settings: seed must be at least 0; got seed=-2."),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError) as caught:
        Settings(**settings)
    assert str(caught.value) == message


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


def test_a_gradient_that_is_not_finite_stops_it_too():
    def bad(model, batch):
        return loss(model, batch) + (model[0].bias * 0.0).clamp(min=0).sqrt().sum()

    with pytest.raises(FloatingPointError, match="length of the gradient must be fin"):
        train(small_model(), loss=bad)


# --- validation and checkpoints ---


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


def power_cut(after):
    def stream(rng):
        for number, batch in enumerate(batches(rng)):
            if number == after:
                raise KeyboardInterrupt
            yield batch

    return stream


def validate(model):
    return model[0].weight.abs().sum().item()  # its lowest value is not the last


@pytest.mark.parametrize("after", [5, 9, 14])
def test_a_run_that_was_cut_off_goes_on_bit_for_bit(after, tmp_path):
    settings = {"validate": validate, "every": 4, "schedule": linear_decay(STEPS)}
    whole, broken = small_model(), small_model()
    expected = train(whole, **settings)
    file = tmp_path / "run.pt"
    with pytest.raises(KeyboardInterrupt):
        train(broken, batches=power_cut(after), checkpoint=file, **settings)
    resumed = small_model(seed=9)  # its own weights and rate do not matter
    optimizer = AdamW(resumed.parameters(), lr=0.7)
    settings = Settings(checkpoint=file, progress=False, **settings)
    again = fit(
        resumed, batches, loss, optimizer=optimizer, steps=STEPS, settings=settings
    )
    assert again == expected
    assert same(resumed, whole)
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"]


def test_a_finished_run_is_not_run_again(tmp_path):
    file, model, again = tmp_path / "run.pt", small_model(), small_model(seed=9)
    history = train(model, checkpoint=str(file))
    assert train(again, batches=power_cut(0), checkpoint=file) == history
    assert same(again, model)


def test_a_checkpoint_of_another_seed_is_refused(tmp_path):
    train(small_model(), checkpoint=tmp_path / "run.pt", seed=1)
    with pytest.raises(ValueError, match="got seed=2, not 1"):
        train(small_model(), checkpoint=tmp_path / "run.pt", seed=2)


def test_a_checkpoint_that_is_further_on_is_refused_and_leaves_the_model(tmp_path):
    train(small_model(), steps=8, checkpoint=tmp_path / "run.pt")
    model = small_model(seed=9)
    with pytest.raises(ValueError) as caught:
        train(model, steps=5, checkpoint=tmp_path / "run.pt")
    assert str(caught.value) == (
        "fit: saved steps must be at most steps; got saved steps=8 and steps=5."
    )
    assert same(model, small_model(seed=9))


# --- seeds and schedules ---


def test_a_seed_holds_for_its_block_alone():
    with seeded(4):
        one = torch.rand(3)
    between = torch.get_rng_state()
    with seeded(4):
        assert torch.equal(torch.rand(3), one)
    assert torch.equal(torch.get_rng_state(), between)


def test_linear_decay_falls_on_a_line_and_stays():
    schedule = linear_decay(10, last=0.5)
    assert [schedule(step) for step in (0, 5, 10, 99)] == [1.0, 0.75, 0.5, 0.5]


def test_a_decay_over_no_steps_is_refused():
    with pytest.raises(ValueError, match="linear_decay: steps must be at least 1; got"):
        linear_decay(0)


# --- the progress line ---


class Stream:
    def __init__(self, terminal):
        self.text, self.terminal = "", terminal

    def isatty(self):
        return self.terminal

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def shown(monkeypatch, terminal, **settings):
    monkeypatch.setattr(sys, "stderr", Stream(terminal))
    optimizer = AdamW((model := small_model()).parameters())
    settings = Settings(**settings)
    fit(model, batches, loss, optimizer=optimizer, steps=STEPS, settings=settings)
    return sys.stderr.text


def test_a_terminal_sees_one_line_that_ends_complete(monkeypatch):
    text = shown(monkeypatch, terminal=True)
    last = text.split("\r")[-1]
    assert "23/23" in last and "0:00 left" in last and last.count("\n") == 1
    assert "█" * 24 in last


def test_a_pipe_and_a_reader_who_asks_for_quiet_see_nothing(monkeypatch):
    assert shown(monkeypatch, terminal=False) == ""
    assert shown(monkeypatch, terminal=True, progress=False) == ""


def test_a_finished_run_shows_nothing(monkeypatch, tmp_path):
    file = tmp_path / "run.pt"
    assert "23/23" in shown(monkeypatch, terminal=True, checkpoint=file)
    assert shown(monkeypatch, terminal=True, checkpoint=file) == ""


def test_a_program_without_a_console_trains_in_silence(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    optimizer = AdamW((model := small_model()).parameters())
    assert len(fit(model, batches, loss, optimizer=optimizer, steps=3).losses) == 3


@pytest.mark.parametrize("asks", [True, False])
def test_a_notebook_shows_the_line_only_if_somebody_sits_before_it(monkeypatch, asks):
    request = {"content": {"allow_stdin": asks}}
    kernel = SimpleNamespace(get_parent=lambda channel: request)
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=kernel))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert ("23/23" in shown(monkeypatch, terminal=False)) == asks


def test_the_time_left_follows_from_the_pace():
    line = _ProgressLine(steps=100, done=20, wanted=True)
    text = line.text(60, 0.12345, line.begun + 80.0)  # 40 steps in 80 s, 40 to go
    assert text == "██████████████·········· 60/100  loss 0.123  1:20 left"


def test_a_history_compares_by_what_happened():
    assert History([1.0], [(1, 2.0)]) == History([1.0], [(1, 2.0)])
    assert History([1.0]) != History([2.0])
