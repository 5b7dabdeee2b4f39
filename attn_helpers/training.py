"""One loop that trains every model of this book, and stops when it should."""

import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from attn_helpers._checks import (
    check_at_most,
    check_batch_left,
    check_count,
    check_gradient,
    check_loss,
    check_positive,
    check_same_seed,
)


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

    def __post_init__(self):
        check_count(self.seed, function="Settings", argument="seed", least=0)
        check_count(self.every, function="Settings", argument="every")
        if self.clip is not None:
            check_positive(self.clip, function="Settings", argument="clip")


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
        the history. A loss or a gradient that is not finite stops the training with a
        FloatingPointError before it can reach the weights.
    """
    check_count(steps, function="fit", argument="steps")
    settings = settings or Settings()
    run = _Run(model, optimizer, settings)
    with seeded(settings.seed):
        run.resume(steps)
        done = len(run.history.losses)
        stream = islice(batches(np.random.default_rng(settings.seed)), done, None)
        line = _ProgressLine(steps, done, settings.progress)
        with closing(line), closing(run):
            for step in range(done, steps):
                batch = next(stream, None)
                check_batch_left(batch, step, steps, function="fit")
                run.learn(step, loss, batch)
                line.update(step + 1, run.history.losses[-1])
                if (step + 1) % settings.every == 0 or step + 1 == steps:
                    run.look(step + 1)
    run.keep_best()
    return run.history


@contextmanager
def seeded(seed: int):
    """Give torch's own dice a seed for a while, and then their old state back.

    These are the dice of the CPU, on which everything in this book is computed.

    Example:
        >>> with seeded(0):
        ...     layer = nn.Linear(2, 3)
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def linear_decay(steps: int, last: float = 0.05) -> Callable[[int], float]:
    """A schedule that falls on a straight line from 1 to ``last`` after ``steps``.

    Example:
        >>> [round(linear_decay(4, last=0.2)(step), 2) for step in (0, 2, 4, 9)]
        [1.0, 0.6, 0.2, 0.2]
    """
    check_count(steps, function="linear_decay", argument="steps")
    return lambda step: 1.0 - (1.0 - last) * min(step / steps, 1.0)


class _Run:
    """A model, its optimiser and what is known about them so far."""

    def __init__(self, model, optimizer, settings):
        self.model, self.optimizer, self.settings = model, optimizer, settings
        self.rates = [group["lr"] for group in optimizer.param_groups]
        self.history, self.best_weights = History(), None

    def learn(self, step, loss, batch):
        if self.settings.schedule is not None:
            factor = self.settings.schedule(step)
            for group, rate in zip(
                self.optimizer.param_groups, self.rates, strict=True
            ):
                group["lr"] = rate * factor
        self.model.train()
        self.optimizer.zero_grad()
        value = loss(self.model, batch)
        check_loss(value.item(), self.history.losses, function="fit")
        value.backward()
        limit = math.inf if self.settings.clip is None else self.settings.clip
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), limit)
        check_gradient(norm.item(), self.history.losses, function="fit")
        self.optimizer.step()
        self.history.losses.append(value.item())

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
            self.save(Path(self.settings.checkpoint))

    def save(self, path):
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rates": self.rates,
            "history": asdict(self.history),
            "best_weights": self.best_weights,
            "dice": torch.get_rng_state(),
            "seed": self.settings.seed,
        }
        unfinished = path.with_name(path.name + ".part")
        torch.save(state, unfinished)
        os.replace(unfinished, path)  # a break while saving leaves the old file whole

    def resume(self, steps):
        path = self.settings.checkpoint
        if path is None or not Path(path).exists():
            return
        state = torch.load(path, weights_only=True, map_location="cpu")
        check_same_seed(state["seed"], self.settings.seed, function="fit")
        done, names = len(state["history"]["losses"]), ("saved steps", "steps")
        check_at_most(done, steps, function="fit", arguments=names)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.rates = state["rates"]
        self.history = History(**state["history"])
        self.best_weights = state["best_weights"]
        torch.set_rng_state(state["dice"])

    def close(self):
        """Give the optimiser its own learning rates back."""
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate

    def keep_best(self):
        self.model.eval()
        if self.best_weights is not None:
            self.model.load_state_dict(self.best_weights)


class _ProgressLine:
    """One line on stderr that overwrites itself: how far, how well, how long still.

    Nothing is written unless somebody is looking, so no stored output holds a bar.
    """

    WIDTH, PAUSE = 24, 0.2  # characters; seconds between two drawings

    def __init__(self, steps, done, wanted):
        self.steps, self.first = steps, done
        self.begun = self.drawn = time.monotonic()
        self.shown = wanted and done < steps and _somebody_is_looking()

    def update(self, step, loss):
        now = time.monotonic()
        if self.shown and (now - self.drawn > self.PAUSE or step == self.steps):
            self.drawn = now
            print(
                "\r" + self.text(step, loss, now), end="", file=sys.stderr, flush=True
            )

    def text(self, step, loss, now):
        share = step / self.steps
        bar = ("█" * round(share * self.WIDTH)).ljust(self.WIDTH, "·")
        pace = (now - self.begun) / (step - self.first)
        minutes, seconds = divmod(round(pace * (self.steps - step)), 60)
        return (
            f"{bar} {step}/{self.steps}  loss {loss:.3f}  {minutes}:{seconds:02d} left"
        )

    def close(self):
        if self.shown:
            print(file=sys.stderr)


def _somebody_is_looking():
    """Whether stderr is a terminal, or a notebook whose front end can ask questions.

    A notebook that is run by a tool cannot, and would store the line for good.
    """
    if sys.stderr is None:  # a program without a console
        return False
    if sys.stderr.isatty():
        return True
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython and ipython.get_ipython(), "kernel", None)
    if kernel is None:
        return False
    return bool(kernel.get_parent("shell")["content"].get("allow_stdin", False))
