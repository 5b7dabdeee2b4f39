import pytest
import torch
from torch.testing import assert_close

from attn_helpers.models.language_model import surprisal
from attn_helpers.models.ngram import NGram

VOCAB = 5


def text(n, seed=0):
    generator = torch.Generator().manual_seed(seed)
    # token 4 never comes up
    return torch.randint(VOCAB - 1, (n,), generator=generator)


def share(ids, context, token, prior):
    """p(token | context), counted in a loop; leans on the context without its first."""
    if context is None:
        return 1 / VOCAB
    n = len(context)
    starts = [i for i in range(len(ids) - n) if ids[i : i + n] == context]
    followed = sum(ids[i + n] == token for i in starts)
    leaning = share(ids, context[1:] if n else None, token, prior)
    return (followed + prior * leaning) / (len(starts) + prior)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("prior", [1.0, 2.5])
def test_shares_are_those_counted_in_a_loop(order, prior):
    ids, tokens = text(67), torch.tensor([[3, 1, 4, 0, 2, 2], [0, 0, 1, 3, 4, 4]])
    got = NGram(ids, VOCAB, order, prior)(tokens).exp()
    for b, row in enumerate(tokens.tolist()):
        for i in range(len(row)):
            context = row[max(0, i + 1 - (order - 1)) : i + 1]
            for token in range(VOCAB):
                expected = share(ids.tolist(), context, token, prior)
                assert got[b, i, token].item() == pytest.approx(expected, abs=1e-6)


def test_a_bigram_by_hand():
    """In 01010 the 0 is followed by 1 both times, and 1 by 0 both times.

    Alone, 0 has (3 + 1/2) of 6 and 1 has (2 + 1/2) of 6.
    """
    shares = NGram(torch.tensor([0, 1, 0, 1, 0]), vocab=2, order=2)(
        torch.tensor([[0, 1]])
    ).exp()[0]
    after_0 = [(0 + 3.5 / 6) / 3, (2 + 2.5 / 6) / 3]
    after_1 = [(2 + 3.5 / 6) / 3, (0 + 2.5 / 6) / 3]
    assert_close(shares, torch.tensor([after_0, after_1]))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_shares_sum_to_one_and_none_is_zero(order):
    shares = NGram(text(31), VOCAB, order)(text(7)[None]).exp()
    assert shares.shape == (1, 7, VOCAB)
    assert_close(shares.sum(dim=-1), torch.ones(1, 7))
    assert (shares > 0).all()


def test_a_context_never_seen_is_the_shorter_one():
    ids = torch.tensor([0, 1, 2, 3, 0, 1, 2, 3])
    unseen, shorter = torch.tensor([[4, 2]]), torch.tensor([[2]])
    trigram, bigram = NGram(ids, VOCAB, 3), NGram(ids, VOCAB, 2)
    assert_close(trigram(unseen)[:, -1], bigram(shorter)[:, -1])


def test_a_longer_context_helps_where_the_text_has_one():
    """A text in which each token is the sum of the two before it, modulo 5."""
    ids = [1, 1]
    while len(ids) < 500:
        ids.append((ids[-1] + ids[-2]) % VOCAB)
    ids = torch.tensor(ids)
    losses = [surprisal(NGram(ids, VOCAB, n), ids[None]).mean() for n in (1, 2, 3)]
    assert losses[0] > 1.5 and losses[1] > 1.2 and losses[2] < 0.1


def test_nothing_is_learnt_and_everything_moves_along():
    model = NGram(text(31), VOCAB, 3)
    assert list(model.parameters()) == []
    sizes = [buffer.numel() for buffer in model.buffers()]
    assert sizes == [VOCAB, VOCAB**2, VOCAB**3]
    assert model.to("meta")(text(7)[None].to("meta")).is_meta


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda: NGram(torch.ones(7), VOCAB, 2),
            TypeError,
            "NGram: ids must hold whole numbers; got ids of dtype torch.float32.",
        ),
        (
            lambda: NGram(text(7), VOCAB, 0),
            ValueError,
            "NGram: order must be at least 1; got order=0.",
        ),
        (
            lambda: NGram(text(7), VOCAB, 8),
            ValueError,
            "NGram: order must be at most n; got order=8 and n=7.",
        ),
        (
            lambda: NGram(text(7), VOCAB, 2, prior=0),
            ValueError,
            "NGram: prior must be greater than 0; got prior=0.",
        ),
        (
            lambda: NGram(text(7), VOCAB, 2)(text(7)),
            ValueError,
            "NGram: tokens must have the axes (b, t); got tokens (7,).",
        ),
    ],
)
def test_wrong_input_is_refused_in_our_words(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == message
