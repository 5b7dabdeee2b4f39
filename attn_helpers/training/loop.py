"""The loop, and what it is told and tells."""

import math
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from attn_helpers._checks import (
    check_at_least,
    check_at_most,
    check_callable,
    check_count,
    check_positive,
    complaint,
)
from attn_helpers.training import checkpoint, trouble
from attn_helpers.training.progress import ProgressLine
from attn_helpers.training.seeds import seeded


@dataclass(frozen=True)
class Settings:
    """How to train, apart from the model, the data and the optimiser.

    Attributes:
        seed: of the batches and of dropout.
        clip: largest length of the whole gradient; None leaves it as it is.
        schedule: function of the step, from 0, that returns a factor on the optimiser's
            own learning rate; None keeps the rate.
        validate: function of the model that returns a loss on held-out data. The model
            ends with the weights that did best; None keeps the last weights.
        every: steps between two validations, and between two checkpoints.
        checkpoint: file to save to. If it exists, training goes on from there and
            takes the very steps it would have taken without the break, on a CPU and
            with batches that draw from their generator alone.
        progress: whether to show a line with the time left, if somebody is looking.
    """

    seed: int = 0
    clip: float | None = 1.0
    schedule: Callable[[int], float] | None = None
    validate: Callable[[nn.Module], float] | None = None
    every: int = 100
    checkpoint: str | Path | None = None
    progress: bool = True

    def __post_init__(self) -> None:
        check_count(self.seed, function="Settings", argument="seed", least=0)
        check_count(self.every, function="Settings", argument="every")
        if self.clip is not None:
            check_positive(self.clip, function="Settings", argument="clip")
        for argument in ("schedule", "validate"):
            if (value := getattr(self, argument)) is not None:
                check_callable(value, function="Settings", argument=argument)


@dataclass
class History:
    """What happened: a loss for each step, and ``(step, loss)`` of each validation."""

    losses: list[float] = field(default_factory=list)
    validations: list[tuple[int, float]] = field(default_factory=list)

    @property
    def best(self) -> tuple[int, float] | None:
        """The first of the lowest validations, or None; NaN is never the lowest."""
        numbers = [pair for pair in self.validations if not math.isnan(pair[1])]
        return min(numbers, key=lambda pair: pair[1], default=None)


def fit(
    model: nn.Module,
    batches: Callable[[np.random.Generator], Iterator],
    loss: Callable[..., Tensor],
    *,
    optimizer: torch.optim.Optimizer,
    steps: int,
    settings: Settings | None = None,
) -> History:
    """Train ``model`` for a number of steps; the clock has no say in the result.

    Args:
        model: its parameters are changed in place.
        batches: function of a random generator that yields batches without end.
        loss: function of the model and a batch.
        optimizer: over the model's parameters. It has its own learning rate back in
            the end, whatever the schedule did.
        steps: how many batches to learn from.
        settings: the rest, see ``Settings``.

    Returns:
        the history. However the training ends, the model is in ``eval()`` mode then.

    Raises:
        ValueError: before the first step, if a part of the model would not learn, or
            the checkpoint could not be saved or is that of another run.
        FloatingPointError: before a loss or a gradient that is not finite can reach the
            weights. The message says where it first shows.
    """
    check_count(steps, function="fit", argument="steps")
    check_callable(batches, function="fit", argument="batches")
    check_callable(loss, function="fit", argument="loss")
    settings = settings or Settings()
    # Gradients are on, also where the caller has put them off.
    with torch.inference_mode(False), seeded(settings.seed):
        run = _Run(model, optimizer, settings)
        run.resume(steps)
        done = len(run.history.losses)
        stream = islice(batches(np.random.default_rng(settings.seed)), done, None)
        line = ProgressLine(steps, done, settings.progress)
        with closing(run), closing(line):
            for step in range(done, steps):
                batch = next(stream, None)
                trouble.check_batch(batch, step, steps)
                run.learn(step, loss, batch)
                line.update(step + 1, run.history.losses[-1])
                if (step + 1) % settings.every == 0 or step + 1 == steps:
                    run.look(step + 1)
            run.keep_best()
    return run.history


class _Run:
    """A model, its optimiser and what is known about them so far."""

    def __init__(self, model, optimizer, settings):
        trouble.check_optimizer(optimizer, model)
        self.model, self.optimizer, self.settings = model, optimizer, settings
        self.rates = [group["lr"] for group in optimizer.param_groups]
        self.history, self.best_weights = History(), None

    def learn(self, step, loss, batch):
        if self.settings.schedule is not None:
            factor = self.settings.schedule(step)
            check_at_least(factor, 0, function="fit", argument=f"schedule({step})")
            self.set_rates(factor)
        self.model.train()
        self.optimizer.zero_grad()
        value = loss(self.model, batch)
        trouble.check_loss(value)
        self.check_finite(value, "the loss", batch)
        value.backward()
        learning = [p for p in trouble.parameters(self.optimizer) if p.grad is not None]
        trouble.check_gradients(learning)
        limit = math.inf if self.settings.clip is None else self.settings.clip
        norm = nn.utils.clip_grad_norm_(learning, limit)
        self.check_finite(norm, "the length of the gradient", batch)
        self.optimizer.step()
        self.history.losses.append(value.item())

    def check_finite(self, value, what, batch):
        """Stop before a step that would spoil the weights, and say what spoilt it."""
        if math.isfinite(value.item()):
            return
        losses = self.history.losses
        step = len(losses)
        before = f"; the loss was {losses[-1]:.4g} at step {step - 1}" if losses else ""
        fix = (
            f"Training stopped before the weights of step {step} were changed. "
            f"{trouble.likely_cause(self.model, batch, first=not losses)}"
        )
        got = f"{value.item()} at step {step}{before}"
        rule = f"{what} must be finite"
        raise FloatingPointError(complaint("fit", rule, got, fix))

    def look(self, step):
        """Validate, remember the best weights, and save."""
        if self.settings.validate is not None:
            self.model.eval()
            with torch.no_grad():
                self.history.validations.append(
                    (step, float(self.settings.validate(self.model)))
                )
            if self.history.best and self.history.best[0] == step:
                self.best_weights = deepcopy(self.model.state_dict())
        if self.settings.checkpoint is not None:
            checkpoint.save(self.state(), Path(self.settings.checkpoint))

    def state(self):
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rates": self.rates,
            "history": asdict(self.history),
            "best_weights": self.best_weights,
            "dice": torch.get_rng_state(),
            "seed": self.settings.seed,
        }

    def resume(self, steps):
        """Go on from the checkpoint, if there is one; all is checked, then loaded."""
        if self.settings.checkpoint is None:
            return
        path = Path(self.settings.checkpoint)
        if not os.path.isfile(path):  # whatever may be wrong with the path
            checkpoint.check_place(path, function="fit")
            return
        state = checkpoint.load(path, set(self.state()), function="fit")
        trouble.check_same_run(state, self.state())
        done, names = len(state["history"]["losses"]), ("saved steps", "steps")
        check_at_most(done, steps, function="fit", arguments=names)
        if done < steps:
            checkpoint.check_place(path, function="fit")
        self.optimizer.load_state_dict(state["optimizer"])
        self.model.load_state_dict(state["model"])
        self.rates = state["rates"]
        self.history = History(**state["history"])
        self.best_weights = state["best_weights"]
        torch.set_rng_state(state["dice"])

    def set_rates(self, factor):
        """Let the optimiser learn at this multiple of its own rates."""
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor

    def keep_best(self):
        if self.best_weights is not None:
            self.model.load_state_dict(self.best_weights)

    def close(self):
        """Leave no traces: the optimiser's own rates, and a model without dropout."""
        self.set_rates(1)
        self.model.eval()
