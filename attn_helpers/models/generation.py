"""Write on: predict a token, choose it, read it, predict the next."""

from collections.abc import Callable, Iterator
from itertools import islice

import torch
from torch import Tensor

from attn_helpers._checks import check_count
from attn_helpers.models.language_model import LanguageModel


def generate(
    model: LanguageModel,
    tokens: Tensor,
    new: int,
    choose: Callable[[Tensor], Tensor],
    cached: bool = True,
) -> Tensor:
    """Go on with a text by a number of tokens.

    Put the model into ``eval()`` first, or dropout has a hand in what is written.

    Args:
        model: a ``LanguageModel``.
        tokens: the prompts, ``(b, t)``.
        new: how many tokens to write.
        choose: from logits ``(b, vocab)`` to tokens ``(b,)``: for example
            ``lambda logits: logits.argmax(-1)``, or one that draws by ``sample``.
        cached: whether to keep keys and values. Without, the whole text is read again
            for each token, which gives the same and costs more.

    Returns:
        prompt and continuation, ``(b, t + new)``.

    Example:
        >>> from attn_helpers.models.language_model import gpt
        >>> model = gpt(11, max_length=7, d_model=12, num_heads=3, num_layers=2)
        >>> prompt = torch.tensor([[3, 1, 4]])
        >>> generate(model, prompt, 4, lambda logits: logits.argmax(-1)).shape
        torch.Size([1, 7])
    """
    check_count(new, function="generate", argument="new")
    written = islice(stream(model, tokens, choose, cached), new)
    return torch.cat([tokens, *(token[:, None] for token in written)], dim=1)


@torch.no_grad()
def stream(
    model: LanguageModel,
    tokens: Tensor,
    choose: Callable[[Tensor], Tensor],
    cached: bool = True,
) -> Iterator[Tensor]:
    """The same token by token, for as long as one asks; see ``generate``.

    Yields:
        the next token of each text, ``(b,)``.
    """
    caches = model.new_caches() if cached else None
    unread = tokens
    while True:
        token = choose(model(unread, caches)[:, -1])
        yield token
        new = token[:, None]
        unread = new if cached else torch.cat([unread, new], dim=1)
