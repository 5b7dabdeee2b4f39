"""A learnt sink: weight that a head may give away, so that it need not read."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from attn_helpers._checks import check_axes, check_count, spread
from attn_helpers._checks import mask as broadcasts
from attn_helpers.layers.attention import ScoreAttention
from attn_helpers.layers.scoring import ScaledDotScore, Score
from attn_helpers.layers.softmax import masked_softmax

SCORES, MASK = "(..., t_q, t_k)", broadcasts("(..., t_q, t_k)")
SINK = spread("(..., t_q)")


def sink_softmax(scores: Tensor, sink: Tensor, mask: Tensor | None = None) -> Tensor:
    """Share out each row among its keys and a sink, and leave out the sink's share.

    The weights are exp(s_j) / (exp(b) + Σ exp(s)), with the logit b of the sink. They
    are those of the softmax, times the sigmoid of logsumexp(s) - b.

    Args:
        scores: ``(..., t_q, t_k)``; -inf means weight 0.
        sink: logits b, broadcasts to ``(..., t_q)``. -inf makes the plain softmax, and
            0 the softmax plus one.
        mask: boolean, broadcasts to ``scores``; True = may attend.

    Returns:
        weights, ``(..., t_q, t_k)``; each row sums to at most 1.

    Example:
        >>> sink_softmax(torch.zeros(1, 3), torch.tensor(0.0))
        tensor([[0.2500, 0.2500, 0.2500]])

    Source: OpenAI (2025), arXiv:2508.10925, section 2.2; with b = 0 Miller (2023),
    *Attention is off by one*.
    """
    axes = {"scores": (scores, SCORES), "mask": (mask, MASK)}
    check_axes("sink_softmax", **axes, sink=(sink, SINK))
    return _unchecked(scores, sink, mask)


def _unchecked(scores, sink, mask):
    column = sink.expand(scores.shape[:-1])[..., None]
    if mask is not None:  # the sink is never hidden
        mask = functional.pad(mask.expand(scores.shape), (0, 1), value=True)
    return masked_softmax(torch.cat([scores, column], dim=-1), mask)[..., :-1]


class SinkAttention(ScoreAttention):
    """Attention whose heads may give away a part of their weight, or nearly all.

    It is attention with one more key for each head, whose score is the same for all
    queries and whose value is zero. So a head whose query finds no match adds little.

    Args:
        num_heads: how many heads ``h``; each learns one logit, which is 0 at first.
        score: a ``Score``; scaled dot products by default.

    Example:
        >>> q = k = v = torch.zeros(2, 3, 4)  # two heads, three rows
        >>> _, weights = SinkAttention(num_heads=2)(q, k, v)
        >>> weights[0, 0]  # the sink has a fourth, as each of the three keys
        tensor([0.2500, 0.2500, 0.2500], grad_fn=<SelectBackward0>)

    Source: OpenAI (2025), arXiv:2508.10925, section 2.2.
    """

    def __init__(self, num_heads: int, score: Score | None = None):
        super().__init__(ScaledDotScore() if score is None else score)
        check_count(num_heads, function="SinkAttention", argument="num_heads")
        self.sink = nn.Parameter(torch.zeros(num_heads))

    def normalise(
        self, scores: Tensor, q: Tensor, mask: Tensor | None, first: int
    ) -> Tensor:
        """Weights of the scores ``(..., h, t_q, t_k)``; a row sums to less than 1."""
        sizes = {"h": len(self.sink)}
        check_axes("SinkAttention", sizes, scores=(scores, "(..., h, t_q, t_k)"))
        return _unchecked(scores, self.sink[:, None], mask)
