"""Translate by keeping several beginnings at a time, not only the likeliest one."""

import math
from functools import partial

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from attn_helpers._checks import check_at_least, check_axes, check_count
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.tables import wide
from attn_helpers.models.seq2seq import PADDING, SOURCE, Seq2Seq


def length_penalty(length: int, alpha: float) -> float:
    """What a log-probability is divided by, ((5 + ``length``) / 6)^``alpha``.

    Each further token makes a sentence less likely, so short ones win unless something
    is done about it. With ``alpha`` = 0 nothing is done.

    Example:
        >>> [round(length_penalty(7, alpha), 2) for alpha in (0, 0.5, 1)]
        [1.0, 1.41, 2.0]

    Source: Wu et al. (2016), arXiv:1609.08144, equation 14.
    """
    return ((5 + length) / 6) ** alpha


@torch.no_grad()
def beam_search(
    model: Seq2Seq,
    source: Tensor,
    *,
    start: int,
    end: int,
    most: int,
    width: int,
    alpha: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Write the best sentences found with ``width`` beginnings kept at each step.

    At each step all next tokens of all beginnings are ranked by the log-probability of
    what has been written. A sentence that ends among the first ``width`` is kept, with
    its score: its log-probability over the ``length_penalty`` of its own length, the
    end token counted. The first ``width`` that have not ended are gone on from. The
    search is over when none of these can come to a better score than all that are kept.

    Sentences that have not ended after ``most`` tokens stand behind all that have: what
    they score is the probability of everything that may follow, and no fair match.

    Put the model into ``eval()`` first, or dropout has a hand in what is written.

    Args:
        model: a ``Seq2Seq`` with any decoder of its protocol.
        source: token numbers, 0 for padding, ``(b, t_k)``.
        start: token that the decoder reads first.
        end: token after which a sentence is complete.
        most: how many tokens to write at most.
        width: how many beginnings to keep. With 1, and ``alpha`` = 0, this is
            ``Seq2Seq.translate``.
        alpha: how much longer sentences are favoured; 0 favours none.

    Returns:
        tokens ``(b, width, t_q)``, the best sentence first, 0 after the end; and scores
        ``(b, width)``, -inf where there are not so many sentences.

    Source: Wu et al. (2016), arXiv:1609.08144, section 7, without its coverage penalty.
    """
    check_axes("beam_search", source=(source, SOURCE))
    for argument, value in {"most": most, "width": width}.items():
        check_count(value, function="beam_search", argument=argument)
    check_at_least(alpha, 0, function="beam_search", argument="alpha")
    b, penalty = len(source), partial(length_penalty, alpha=alpha)
    state = _begun(model, source, width)
    token = source.new_full((b * width,), start)
    written = kept = source.new_full((b, width, most), PADDING)
    log_p = torch.full((b, width), -math.inf, device=source.device)
    scores, log_p[:, 0] = log_p.clone(), 0.0  # one beginning, which is empty
    for t in range(1, most + 1):
        logits, _, state = model.decoder.step(token, state)
        grown = log_p[..., None] + _log_odds(logits).unflatten(0, (b, width))
        ranked, place = _first(2 * width, grown.flatten(1))
        parent, token = place // logits.shape[-1], place % logits.shape[-1]
        written = _rows(written, parent)  # (b, 2 width, most)
        written[..., t - 1] = token
        ended = token == end
        # what ends now takes its place among what has ended before
        fresh = ranked.masked_fill(~ended, -math.inf)[:, :width] / penalty(t)
        scores, best = _first(width, torch.cat([scores, fresh], dim=1))
        kept = _rows(torch.cat([kept, written[:, :width]], dim=1), best)
        # what goes on
        log_p, on = _first(width, ranked.masked_fill(ended, -math.inf))
        written, token = _rows(written, on), token.gather(1, on).flatten()
        state = _picked(state, parent.gather(1, on))
        if (scores[:, -1] >= log_p[:, 0] / penalty(most)).all():
            break
    # what has not ended fills the places that are left
    scores = torch.cat([scores, log_p / penalty(t)], dim=1)
    nothing = scores == -math.inf
    kept = torch.cat([kept, written], dim=1).masked_fill(nothing[..., None], PADDING)
    order = nothing.int().sort(dim=1, stable=True).indices[:, :width]
    return _rows(kept, order)[..., :t], scores.gather(1, order)


def _begun(model, source, width):
    """The state before the first token, each sentence ``width`` times."""
    memory = model.encoder(source)
    repeated = tree_map(lambda part: part.repeat_interleave(width, dim=0), memory)
    return model.decoder.begin(repeated)


def _log_odds(logits):
    """Log-probabilities, with digits enough to add up many."""
    return logits.to(wide(logits)).log_softmax(dim=-1)


def _first(count, numbers):
    """The largest of each row in falling order, and where they stand."""
    return numbers.topk(min(count, numbers.shape[1]), dim=1)


def _rows(tokens, which):
    """Of each sentence the rows ``which``, ``(b, n)``, of tokens ``(b, m, t)``."""
    return tokens.gather(1, which[..., None].expand(-1, -1, tokens.shape[-1]))


def _picked(state, parent):
    """The state with the beginnings ``parent``, ``(b, width)``, of each sentence.

    All beginnings of a sentence have one source, so what depends on that alone stays.
    """
    first = torch.arange(len(parent), device=parent.device) * parent.shape[1]
    rows = (first[:, None] + parent).flatten()

    def pick(part):
        return part[rows] if isinstance(part, Tensor | KVCache) else part

    return tree_map(pick, state)
