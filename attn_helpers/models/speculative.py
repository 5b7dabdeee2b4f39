"""Write faster: a small model guesses ahead, a large one checks the guesses at once.

The large model is the target. It reads several guessed tokens in one call, which costs
little more than to read one. What is written has its distribution, whatever the small
model, the draft, has guessed.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from attn_helpers._checks import (
    check_axes,
    check_count,
    check_natural,
    check_probability,
    complaint,
    shapes,
    whole,
)
from attn_helpers.layers.tables import wide
from attn_helpers.layers.values import found
from attn_helpers.models.language_model import TOKENS, LanguageModel
from attn_helpers.models.sampling import sample

P, Q, DRAFTED = "(n_and_one, vocab)", "(n, vocab)", whole("(n,)")


def acceptance(p: Tensor, q: Tensor) -> Tensor:
    """How likely a token drawn from ``q`` is to be accepted by ``p``: Σ min(p, q).

    It is 1 where both are the same, and 0 where no token is possible under both.

    Args:
        p: the target's distribution, ``(..., vocab)``.
        q: the draft's, ``(..., vocab)``.

    Returns:
        ``(...)``.

    Example:
        >>> acceptance(torch.tensor([0.5, 0.5]), torch.tensor([0.75, 0.25])).item()
        0.75

    Source: Leviathan, Kalman and Matias (2023), arXiv:2211.17192, section 3.2.
    """
    check_axes("acceptance", p=(p, "(..., vocab)"), q=(q, "(..., vocab)"))
    return torch.minimum(p, q).sum(dim=-1)


def expected_tokens(alpha: float, ahead: int) -> float:
    """How many tokens a call of the target yields on average.

    Args:
        alpha: how likely each guess is to be accepted, whatever came before.
        ahead: how many tokens are guessed.

    Returns:
        1 + alpha + … + alpha^``ahead``, which is (1 - alpha^(``ahead`` + 1)) / (1 -
        alpha).

    Example:
        >>> expected_tokens(0.5, ahead=3)
        1.875

    Source: Leviathan, Kalman and Matias (2023), arXiv:2211.17192, equation 1.
    """
    names = {"function": "expected_tokens", "argument": "alpha"}
    alpha = check_probability(alpha, **names)
    ahead = check_natural(ahead, function="expected_tokens", argument="ahead")
    return sum(alpha**accepted for accepted in range(ahead + 1))


def outcomes(p: Tensor, q: Tensor, drafted: Tensor) -> tuple[Tensor, Tensor]:
    """All that may come of a draft, and how likely it is.

    Token by token, x is accepted with probability min(1, p(x) / q(x)). At the first
    one that is not, the draft ends, and another token is drawn from what ``q`` gives
    too little: from max(0, p - q), made to sum to 1. If all are accepted, one more
    token is drawn from the last ``p``.

    Args:
        p: the target's distributions, each after the drafted tokens before it, ``(n +
            1, vocab)``.
        q: the draft's, from which the tokens were drawn, ``(n, vocab)``.
        drafted: the tokens, ``(n,)``.

    Returns:
        how likely it is that 0, 1, …, n tokens are accepted, ``(n + 1,)``; and for each
        number the distribution of the token that follows, ``(n + 1, vocab)``.

    Example:
        >>> p, q = torch.tensor([[0.5, 0.5], [0.5, 0.5]]), torch.tensor([[0.8, 0.2]])
        >>> shares, follow = outcomes(p, q, drafted=torch.tensor([0]))
        >>> shares, follow[0]
        (tensor([0.3750, 0.6250]), tensor([0., 1.]))

    Source: Leviathan, Kalman and Matias (2023), arXiv:2211.17192, algorithm 1; Chen et
    al. (2023), arXiv:2302.01318, algorithm 2.
    """
    _check("outcomes", p, q, drafted)
    of_drafted = drafted[:, None]
    ratio = p[:-1].gather(1, of_drafted) / q.gather(1, of_drafted)
    accepted, one = ratio.flatten().clamp(max=1), p.new_ones(1)
    shares = torch.cat([one, accepted.cumprod(0)]) * torch.cat([1 - accepted, one])
    lacking = (p[:-1] - q).clamp(min=0)
    total = lacking.sum(dim=-1, keepdim=True)
    rest = torch.where(total > 0, lacking / total, p[:-1])  # 0: nothing is refused
    return shares, torch.cat([rest, p[-1:]])


def accept(p: Tensor, q: Tensor, drafted: Tensor, generator: torch.Generator) -> Tensor:
    """Keep the first tokens of a draft, as many as the target accepts, and add one.

    Args:
        p: the target's distributions, ``(n + 1, vocab)``, see ``outcomes``.
        q: the draft's, ``(n, vocab)``.
        drafted: the tokens, ``(n,)``.
        generator: draws.

    Returns:
        from 1 to n + 1 tokens, ``(m,)``; each has the distribution of the target.

    Example:
        >>> p = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
        >>> q = torch.tensor([[0.5, 0.5]])
        >>> dice = torch.Generator().manual_seed(0)
        >>> accept(p, q, torch.tensor([1]), dice), accept(p, q, torch.tensor([0]), dice)
        (tensor([1, 0]), tensor([1]))
    """
    shares, follow = outcomes(p, q, drafted)
    kept = sample(shares.log(), generator)
    return torch.cat([drafted[:kept], sample(follow[kept].log(), generator)[None]])


@torch.no_grad()
def speculate(
    target: LanguageModel,
    draft: LanguageModel,
    tokens: Tensor,
    *,
    new: int,
    ahead: int,
    generator: torch.Generator,
    adjust: Callable[[Tensor], Tensor] = lambda logits: logits,
) -> tuple[Tensor, list[int]]:
    """Go on with a text as the target would, in fewer calls of it.

    Put both models into ``eval()`` first.

    Args:
        target: the model whose distribution counts.
        draft: a cheaper one, of the same vocabulary, which guesses.
        tokens: the prompt, ``(1, t)``; one text, as each keeps its own number of
            guesses.
        new: how many tokens to write.
        ahead: how many tokens the draft guesses at a time.
        generator: draws.
        adjust: from logits to logits, for both models alike, such as
            ``lambda logits: keep_top_p(with_temperature(logits, 0.7), 0.9)``.

    Returns:
        prompt and continuation, ``(1, t + new)``; and how many guesses were accepted in
        each call of the target.

    Example:
        >>> from attn_helpers.models.language_model import gpt
        >>> model = gpt(11, max_length=7, d_model=12, num_heads=3, num_layers=2)
        >>> text, accepted = speculate(
        ...     model,
        ...     model,
        ...     torch.tensor([[3, 1]]),
        ...     new=5,
        ...     ahead=2,
        ...     generator=torch.Generator().manual_seed(0),
        ... )
        >>> text.shape, accepted  # it agrees with itself
        (torch.Size([1, 7]), [2, 1])
    """
    _check_text(tokens)
    check_count(new, function="speculate", argument="new")
    check_count(ahead, function="speculate", argument="ahead")
    last, accepted = tokens.shape[1] + new, []
    checks, guesses = target.new_caches(), draft.new_caches()
    while tokens.shape[1] < last:
        n = min(ahead, last - tokens.shape[1] - 1)
        guessed, q = tokens, []
        for _ in range(n):
            q.append(_odds(draft, guessed, guesses, adjust)[-1])
            token = sample(q[-1].log(), generator)
            guessed = torch.cat([guessed, token.view(1, 1)], dim=1)
        p = _odds(target, guessed, checks, adjust)[-n - 1 :]
        if n:
            drafted = guessed[0, -n:]
            fresh = accept(p, torch.stack(q), drafted, generator)
        else:
            fresh = sample(p.log(), generator)
        tokens = torch.cat([tokens, fresh[None]], dim=1)
        accepted.append(len(fresh) - 1)
        # no cache may know the guesses that were refused, nor the newest token
        for cache in (*checks, *guesses):
            cache.truncate(min(len(cache), tokens.shape[1] - 1))
    return tokens, accepted


def _odds(model, tokens, caches, adjust):
    """Read what the caches have not read; distributions of the next, ``(t, vocab)``."""
    logits = adjust(model(tokens[:, len(caches[0]) :], caches)[0])
    return logits.to(wide(logits)).softmax(dim=-1)


def _check(function, p, q, drafted):
    check_axes(function, p=(p, P), q=(q, Q), drafted=(drafted, DRAFTED))
    if len(p) != len(q) + 1:
        rule = "p must have one row more than q, for the token after the last guess"
        raise ValueError(complaint(function, rule, shapes(p=p, q=q)))
    if found(q.gather(1, drafted[:, None]) <= 0):
        rule = "each drafted token must be possible under q, from which it was drawn"
        raise ValueError(complaint(function, rule, "one with q = 0"))


def _check_text(tokens):
    check_axes("speculate", tokens=(tokens, TOKENS))
    if len(tokens) > 1:
        rule = "tokens must be one text, as each text keeps its own number of guesses"
        raise ValueError(complaint("speculate", rule, shapes(tokens=tokens)))
