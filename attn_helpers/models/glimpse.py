"""A reader that sees a scene in a blur, and may then look sharply at one place."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from attn_helpers._checks import check_at_most, check_axes, check_multiple
from attn_helpers.layers.values import found

SCENES = "(b, size, size)"


class Looks(NamedTuple):
    """What a reader saw, and what it made of it.

    Attributes:
        answer: logits, ``(b, classes)``.
        scores: of the places, ``(b, places)``.
        weights: what became of the scores, ``(b, places)``.
        guess: of the cost of the answer, made before the second look, ``(b,)``.
    """

    answer: Tensor
    scores: Tensor
    weights: Tensor
    guess: Tensor


class GlimpseReader(nn.Module):
    """Name the digit in a scene from a blurred view and one sharp window.

    In the words of attention: the blur asks the query, every place where the window can
    be put has a learned key, and the values are the windows. What becomes of the
    scores, a mixture of all windows or a choice of one, is left to the caller.

    Args:
        size: side of the scenes, a multiple of 4, the side of a square of the blur.
        window: side of the sharp window.
        stride: step from one place of the window to the next.
        d_model: width of the hidden layers.
        classes: how many names there are.
    """

    blur = 4  # side of the squares that the first look averages

    def __init__(
        self,
        size: int = 16,
        window: int = 8,
        stride: int = 2,
        d_model: int = 64,
        classes: int = 10,
    ):
        super().__init__()
        names = {"function": "GlimpseReader", "arguments": ("size", "blur")}
        check_multiple(size, self.blur, **names)
        names["arguments"] = ("window", "size")
        check_at_most(window, size, **names)
        self.size, self.window, self.stride = size, window, stride
        self.side = (size - window) // stride + 1  # places along one side
        self.blur_proj = nn.Linear((size // self.blur) ** 2, d_model)
        self.q_proj = nn.Linear(d_model, d_model // 2)
        self.places = nn.Parameter(0.1 * torch.randn(self.side**2, d_model // 2))
        self.window_proj = nn.Linear(window**2, d_model)
        self.hidden_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(2 * d_model, classes)
        self.baseline_proj = nn.Linear(d_model, 1)

    def first_look(self, scenes: Tensor) -> tuple[Tensor, Tensor]:
        """Take in the blur, and say which place looks promising.

        Args:
            scenes: ``(b, size, size)``.

        Returns:
            memory ``(b, d_model)``, what was seen, and scores ``(b, places)``.
        """
        check_axes("first_look", {"size": self.size}, scenes=(scenes, SCENES))
        blurred = functional.avg_pool2d(scenes[:, None], self.blur).flatten(1)
        memory = torch.relu(self.blur_proj(blurred))
        return memory, self.q_proj(memory) @ self.places.T

    def windows(self, scenes: Tensor) -> Tensor:
        """Cut out the window at every place, row by row.

        Args:
            scenes: ``(b, size, size)``.

        Returns:
            windows, ``(b, places, window * window)``.
        """
        check_axes("windows", {"size": self.size}, scenes=(scenes, SCENES))
        cut = scenes.unfold(1, self.window, self.stride)
        cut = cut.unfold(2, self.window, self.stride)  # (b, side, side, window, window)
        return cut.flatten(3).flatten(1, 2)

    def answer(self, memory: Tensor, glimpse: Tensor) -> Tensor:
        """Name the digit.

        Args:
            memory: ``(..., d_model)``, from the first look.
            glimpse: ``(..., window * window)``, one window or a mixture.

        Returns:
            logits, ``(..., classes)``.
        """
        seen = torch.relu(self.hidden_proj(torch.relu(self.window_proj(glimpse))))
        memory = memory.expand(*seen.shape[:-1], memory.shape[-1])
        return self.out_proj(torch.cat([memory, seen], dim=-1))

    def forward(self, scenes: Tensor, weigh: Callable[[Tensor], Tensor]) -> Looks:
        """Look at the blur, then through the windows that ``weigh`` gives weight to.

        Args:
            scenes: ``(b, size, size)``.
            weigh: from scores to weights, both ``(b, places)``.

        Returns:
            the answer, and what led to it.
        """
        memory, scores = self.first_look(scenes)
        weights = weigh(scores)
        answer = self.answer(memory, mix(weights, self.windows(scenes)))
        return Looks(answer, scores, weights, self.baseline(memory))

    def baseline(self, memory: Tensor) -> Tensor:
        """Guess, before the second look, what the answer is going to cost.

        Args:
            memory: ``(..., d_model)``; the guess does not change what is remembered.

        Returns:
            cost, ``(...)``.
        """
        return self.baseline_proj(memory.detach()).squeeze(-1)


def mix(weights: Tensor, windows: Tensor) -> Tensor:
    """The glimpse that the weights give: a mixture, or with one-hot weights a choice.

    Args:
        weights: ``(..., places)``.
        windows: ``(..., places, window * window)``.

    Returns:
        glimpse, ``(..., window * window)``.

    Example:
        >>> windows = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> mix(torch.tensor([0.25, 0.75]), windows)
        tensor([0.2500, 0.7500])
    """
    strange = ~windows.detach().isfinite()
    if found(strange):  # a window that is given no weight is not seen
        hidden = (weights == 0)[..., None]
        windows = torch.where(hidden & strange, 0.0, windows)
    return (weights[..., None, :] @ windows).squeeze(-2)
