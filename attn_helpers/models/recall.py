"""Two ways to answer a question about what came before: carry it, or look it up.

All sequences of a batch have one length: the last step is the question.
"""

import torch
from torch import Tensor, nn

from attn_helpers._checks import check_axes
from attn_helpers.layers.attention import attention


class RecurrentReader(nn.Module):
    """Read step by step into a state of fixed size, and answer from the last state.

    Args:
        d_in: width of a step.
        d_model: width of the state.
        answers: how many there are to choose from.
        cell: ``nn.GRU`` or ``nn.RNN``.
    """

    def __init__(
        self,
        d_in: int,
        d_model: int,
        answers: int,
        cell: type[nn.GRU | nn.RNN] = nn.GRU,
    ):
        super().__init__()
        self.sizes = {"d_in": d_in}
        self.steps = cell(d_in, d_model, batch_first=True)
        self.out_proj = nn.Linear(d_model, answers)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the answers, ``(b, answers)``, from steps ``(b, t, d_in)``."""
        check_axes("RecurrentReader", self.sizes, x=(x, "(b, t, d_in)"))
        states, _ = self.steps(x)
        return self.out_proj(states[:, -1])


class AttentiveReader(nn.Module):
    """Let the last step ask all steps, itself included, and answer from what it reads.

    One head, no positions: a step is found by what it says, never by where it stands.

    Args:
        d_in: width of a step.
        d_model: width of queries, keys and values.
        answers: how many there are to choose from.
    """

    def __init__(self, d_in: int, d_model: int, answers: int):
        super().__init__()
        self.sizes = {"d_in": d_in}
        self.q_proj = nn.Linear(d_in, d_model, bias=False)
        self.k_proj = nn.Linear(d_in, d_model, bias=False)
        self.v_proj = nn.Linear(d_in, d_model, bias=False)
        self.out_proj = nn.Linear(d_model, answers)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the answers, ``(b, answers)``, from steps ``(b, t, d_in)``."""
        check_axes("AttentiveReader", self.sizes, x=(x, "(b, t, d_in)"))
        last = x[:, -1:]
        read, _ = attention(self.q_proj(last), self.k_proj(x), self.v_proj(x))
        return self.out_proj(read[:, 0])


def accuracy(model: nn.Module, x: Tensor, answer: Tensor) -> float:
    """The share of sequences that a model answers rightly.

    Args:
        model: returns scores ``(b, answers)``.
        x: ``(b, t, d_in)``.
        answer: which one is right, ``(b,)``.
    """
    with torch.no_grad():
        return (model(x).argmax(-1) == answer).double().mean().item()
