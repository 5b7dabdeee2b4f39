"""How to learn from a choice: sample one key, and still have a gradient."""

import math

import torch
from torch import Tensor

from attn_helpers._checks import (
    check_axes,
    check_positive,
    complaint,
    spread,
    takes_tensors,
)
from attn_helpers.layers.precision import widened
from attn_helpers.layers.softmax import masked_softmax
from attn_helpers.layers.values import found

SCORES, COSTS, ROWS = "(..., t_k)", spread("(..., t_k)"), spread("(...)")


@takes_tensors(scores=SCORES)
def sample(scores: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw one key for each row, with the probabilities of the softmax.

    Args:
        scores: ``(..., t_k)``; -inf means that a key is never drawn.
        generator: torch's dice; None takes the common ones.

    Returns:
        choice, ``(..., t_k)``, one-hot: 1 for the key drawn. It has no gradient.

    Example:
        >>> sample(torch.tensor([[0.0, 50.0], [50.0, 0.0]]))
        tensor([[0., 1.],
                [1., 0.]])
    """
    shares = widened(scores.detach()).softmax(-1)
    _require_shares("sample", shares)
    shares = shares.reshape(-1, scores.shape[-1])
    drawn = torch.multinomial(shares, 1, generator=generator)
    return one_hot(drawn.reshape(scores.shape[:-1]), scores)


def one_hot(index: Tensor, scores: Tensor) -> Tensor:
    """Weights that give everything to the key ``index`` of each row.

    Args:
        index: ``(...)``, whole numbers below ``t_k``.
        scores: ``(..., t_k)``, whose shape and dtype the weights take.

    Returns:
        weights, ``(..., t_k)``.

    Example:
        >>> one_hot(torch.tensor([2]), torch.zeros(1, 3))
        tensor([[0., 0., 1.]])
    """
    return torch.zeros_like(scores).scatter(-1, index[..., None], 1.0)


@takes_tensors(scores=SCORES)
def entropy(scores: Tensor) -> Tensor:
    """How undecided a choice is: the entropy of its probabilities, in nats.

    Args:
        scores: ``(..., t_k)``; -inf means that a key is never drawn.

    Returns:
        entropy, ``(...)``: 0 if one key is certain, log(t_k) if all are alike, and 0
        for a row of nothing but -inf.

    Example:
        >>> entropy(torch.zeros(3)).exp().round().item()
        3.0
    """
    wide = widened(scores)
    weights = masked_softmax(wide)
    alive = weights.any(-1, keepdim=True)
    logs = torch.where(alive, wide, 0.0).log_softmax(-1)
    surprises = 0.0 - logs.masked_fill(weights == 0, 0.0)  # 0 log 0 counts as 0
    return (weights * surprises).sum(-1).to(scores.dtype)


@takes_tensors(scores=SCORES, costs=SCORES)
def expected_cost(scores: Tensor, costs: Tensor) -> Tensor:
    """Average the costs of all choices, each weighed with its probability.

    This is what a hard choice should make small. Where every cost can be computed, its
    gradient is exact, and the estimators below can be compared with it.

    Args:
        scores: ``(..., t_k)``; -inf means that a key is never drawn.
        costs: ``(..., t_k)``, what each choice would cost; ``(t_k,)`` for all rows.
            That of a key that is never drawn may be anything.

    Returns:
        cost, ``(...)``.

    Example:
        >>> expected_cost(torch.zeros(2), torch.tensor([1.0, 5.0])).item()
        3.0
    """
    check_axes("expected_cost", scores=(scores, SCORES), costs=(costs, COSTS))
    costs = torch.where(scores == -math.inf, 0.0, costs)
    return (masked_softmax(scores) * costs).sum(-1)


@takes_tensors(scores=SCORES, choice=SCORES, cost=ROWS)
def reinforce(
    scores: Tensor, choice: Tensor, cost: Tensor, baseline: Tensor | float = 0.0
) -> Tensor:
    """A number whose gradient estimates that of the expected cost, from one draw.

    The gradient makes the choice less likely if it cost more than the baseline, more
    likely if it cost less. On average it is right for every baseline that does not
    depend on the draw; how far single draws scatter does depend on it. The value of
    this number means nothing.

    Args:
        scores: ``(..., t_k)``.
        choice: ``(..., t_k)``, one-hot, drawn by ``sample(scores)``.
        cost: ``(...)``, what that choice cost; its own gradient is not used.
        baseline: broadcasts to ``cost``; a guess of the cost before the draw.

    Returns:
        surrogate, ``(...)``, to be added to the loss.

    Example:
        >>> scores = torch.zeros(2, requires_grad=True)
        >>> choice, cost = torch.tensor([1.0, 0.0]), torch.tensor(5.0)
        >>> reinforce(scores, choice, cost, baseline=3.0).backward()
        >>> scores.grad
        tensor([ 1., -1.])

    Source: Williams (1992), doi:10.1007/BF00992696.
    """
    if isinstance(baseline, Tensor):
        check_axes("reinforce", scores=(scores, SCORES), baseline=(baseline, ROWS))
        baseline = baseline.detach()
    # what was not chosen is left out, as 0 · -inf would be NaN
    logs = scores.log_softmax(-1).masked_fill(choice == 0, 0.0)
    log_probability = (choice * logs).sum(-1)
    return (cost.detach() - baseline) * log_probability


@takes_tensors(scores=SCORES, temperature=check_positive)
def gumbel_softmax(
    scores: Tensor, temperature: float = 1.0, generator: torch.Generator | None = None
) -> Tensor:
    """Draw weights that are nearly one-hot, as a smooth function of the scores.

    Noise with the Gumbel distribution is added to each score. Whichever is then largest
    is a fair draw from the softmax; a softmax at a low temperature comes close to it
    and has a gradient.

    Args:
        scores: ``(..., t_k)``; -inf means weight 0.
        temperature: low is nearly one-hot, high is nearly equal shares.
        generator: torch's dice; None takes the common ones.

    Returns:
        weights, ``(..., t_k)``.

    Example:
        >>> weights = gumbel_softmax(torch.tensor([0.0, 50.0]), temperature=0.5)
        >>> weights.round()
        tensor([0., 1.])

    Source: Jang, Gu and Poole (2016), arXiv:1611.01144; Maddison, Mnih and Teh (2016),
    arXiv:1611.00712.
    """
    wide = widened(scores)
    exponential = torch.empty_like(wide).exponential_(generator=generator)
    noisy = wide - exponential.log()
    # gaps to the largest, at most 0: whatever the temperature, none becomes +inf
    peak = noisy.detach().amax(-1, keepdim=True)
    gaps = noisy - peak.masked_fill(peak == -math.inf, 0.0)
    # what the dtype would round to 0 makes NaN of the gap 0
    temperature = max(temperature, torch.finfo(wide.dtype).tiny)
    return masked_softmax(gaps / temperature).to(scores.dtype)


@takes_tensors(weights=SCORES)
def straight_through(weights: Tensor) -> Tensor:
    """Give everything to the largest weight; on the way back, pretend it was not so.

    Args:
        weights: ``(..., t_k)``.

    Returns:
        choice, ``(..., t_k)``, one-hot, with the gradient of ``weights``.

    Example:
        >>> straight_through(torch.tensor([0.2, 0.7, 0.1]))
        tensor([0., 1., 0.])

    Source: Bengio, Léonard and Courville (2013), arXiv:1308.3432.
    """
    hard = one_hot(weights.argmax(-1), weights)
    return hard + (weights - weights.detach())  # the bracket is 0 and has a gradient


def _require_shares(function, shares):
    """Refuse NaN among the shares that a softmax made, naming the first row."""
    bad = shares.isnan().any(-1)
    if found(bad):
        index = bad.nonzero()[0].tolist()
        rule = "each row of scores must hold a number above -inf, no NaN, no +inf"
        row = f"scores{index}" if index else "scores"
        raise ValueError(complaint(function, rule, f"shares of NaN for {row}"))
