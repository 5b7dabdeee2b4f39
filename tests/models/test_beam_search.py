import math
from itertools import product

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from attn_helpers.layers.attention import ScoreAttention
from attn_helpers.layers.embedding import Embedding, tied
from attn_helpers.layers.feed_forward import FeedForward
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.positions import SinusoidalPositions
from attn_helpers.layers.residual import PreNorm
from attn_helpers.layers.scoring import AdditiveScore, DotScore
from attn_helpers.models.beam_search import beam_search, length_penalty
from attn_helpers.models.seq2seq import (
    PADDING,
    BahdanauDecoder,
    Encoder,
    FixedVectorDecoder,
    LuongDecoder,
    Seq2Seq,
)
from attn_helpers.models.transformer import (
    DecoderBlock,
    EncoderBlock,
    TransformerDecoder,
    TransformerEncoder,
)
from attn_helpers.training import seeded

START, END = 1, 2
ENDS = {"start": START, "end": END}
B, T_K, D, E, WORDS = 3, 7, 14, 11, 17
ALPHAS = [0, 0.6, 1, 2]


def transformer(vocab):
    heads, feed = MultiHeadAttention, FeedForward

    def stand():
        return PreNorm(nn.LayerNorm(D))

    embed = Embedding(vocab, D, SinusoidalPositions(D))
    written = DecoderBlock(heads(D, 2), heads(D, 2), feed(D, 13), stand)
    return Seq2Seq(
        TransformerEncoder(
            Embedding(WORDS, D, SinusoidalPositions(D)),
            [EncoderBlock(heads(D, 2), feed(D, 13), stand)],
        ),
        TransformerDecoder(embed, [written], tied(embed)),
    )


def recurrent(decoder, *attention):
    def make(vocab):
        return Seq2Seq(Encoder(WORDS, E, D), decoder(vocab, E, D, *attention))

    return make


MODELS = {
    "fixed": recurrent(FixedVectorDecoder),
    "bahdanau": recurrent(BahdanauDecoder, ScoreAttention(AdditiveScore(D, D, 5))),
    "luong": recurrent(LuongDecoder, ScoreAttention(DotScore())),
    "transformer": transformer,
}
each_model = pytest.mark.parametrize("name", MODELS)


def model_of(name, vocab=11):
    """A model that is less even-handed than one that has just been made."""
    with seeded(3):
        model = MODELS[name](vocab).double().eval()
        for layer in model.modules():
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.5)
    return model


def sources():
    generator = torch.Generator().manual_seed(1)
    source = torch.randint(3, WORDS, (B, T_K), generator=generator)
    source[0, 4:], source[2, 2:] = PADDING, PADDING
    return source


def surprises(model, source, sentences):
    """Log-probability of each sentence, read at once and not step by step."""
    longest = max(map(len, sentences))
    tokens = torch.tensor([[*s, *[PADDING] * (longest - len(s))] for s in sentences])
    begun = torch.cat([torch.full((len(tokens), 1), START), tokens[:, :-1]], dim=1)
    logits, _ = model(source.expand(len(tokens), -1), begun)
    picked = logits.log_softmax(-1).gather(-1, tokens[..., None])[..., 0]
    return [
        row[: len(s)].sum().item() for row, s in zip(picked, sentences, strict=True)
    ]


def all_sentences(vocab, most):
    others = [token for token in range(vocab) if token != END]
    for length in range(most):
        yield from ((*start, END) for start in product(others, repeat=length))
    yield from product(others, repeat=most)


def ranked(model, source, vocab, most, alpha):
    """Every sentence there is with its score; what has not ended comes last."""
    sentences = list(all_sentences(vocab, most))
    scored = [
        (tokens[-1] == END, log_p / ((5 + len(tokens)) / 6) ** alpha, tokens)
        for tokens, log_p in zip(
            sentences, surprises(model, source, sentences), strict=True
        )
    ]
    return sorted(scored, reverse=True)


@each_model
@pytest.mark.parametrize("alpha", ALPHAS)
def test_wide_enough_it_ranks_every_sentence_there_is(name, alpha):
    vocab, most, width = 5, 3, 97
    model, source = model_of(name, vocab), sources()
    tokens, scores = beam_search(
        model, source, **ENDS, most=most, width=width, alpha=alpha
    )
    for i, length in enumerate((4, 7, 2)):
        expected = ranked(model, source[i : i + 1, :length], vocab, most, alpha)
        assert len(expected) == 1 + 4 + 16 + 64
        for got, score, (_, its_score, its_tokens) in zip(
            tokens[i].tolist(), scores[i].tolist(), expected, strict=False
        ):
            padded = [*its_tokens, *[PADDING] * (most - len(its_tokens))]
            assert got == padded
            assert score == pytest.approx(its_score, abs=1e-10)
        assert (scores[i, 85:] == -math.inf).all() and (tokens[i, 85:] == 0).all()


def test_the_longer_sentence_wins_where_length_is_made_up_for():
    """The control of the test above: the penalty changes who is first."""
    model, source = model_of("transformer", 5), sources()
    lengths = []
    for alpha in (0, 2):
        tokens, _ = beam_search(model, source, **ENDS, most=3, width=97, alpha=alpha)
        lengths.append((tokens[:, 0] != PADDING).sum().item())
    assert lengths[0] < lengths[1]


@each_model
def test_one_beginning_and_no_penalty_is_greedy_decoding(name):
    model, source = model_of(name), sources()
    expected, _ = model.translate(source, **ENDS, most=9)
    tokens, scores = beam_search(model, source, **ENDS, most=9, width=1)
    assert torch.equal(tokens[:, 0], expected)
    assert tokens.shape[1] == scores.shape[1] == 1


@each_model
@pytest.mark.parametrize("alpha", [0, 1])
def test_a_score_is_what_reading_the_sentence_at_once_gives(name, alpha):
    """So the states of those that go on are their own."""
    model, source = model_of(name), sources()
    tokens, scores = beam_search(model, source, **ENDS, most=6, width=4, alpha=alpha)
    for i, length in enumerate((4, 7, 2)):
        assert len({tuple(row) for row in tokens[i].tolist()}) == 4
        for row, score in zip(tokens[i].tolist(), scores[i].tolist(), strict=True):
            row = row[: row.index(END) + 1] if END in row else row
            (log_p,) = surprises(model, source[i : i + 1, :length], [row])
            assert score == pytest.approx(log_p / length_penalty(len(row), alpha))


@each_model
def test_a_sentence_alone_is_searched_as_in_a_batch(name):
    model, source = model_of(name), sources()
    tokens, scores = beam_search(model, source, **ENDS, most=6, width=4, alpha=1)
    for i, length in enumerate((4, 7, 2)):
        alone, its_scores = beam_search(
            model, source[i : i + 1, :length], **ENDS, most=6, width=4, alpha=1
        )
        assert torch.equal(tokens[i : i + 1, :, : alone.shape[-1]], alone)
        assert (tokens[i, :, alone.shape[-1] :] == PADDING).all()
        assert_close(scores[i : i + 1], its_scores)


def test_the_source_is_encoded_and_projected_once():
    model, source, calls = model_of("transformer"), sources(), []
    attention = model.decoder.blocks[0].cross_attention
    for layer in (model.encoder, attention.k_proj, attention.v_proj):
        layer.register_forward_hook(lambda _, given, got: calls.append(len(given[0])))
    beam_search(model, source, **ENDS, most=5, width=4)
    assert calls == [B, 4 * B, 4 * B]


# --- by hand -------------------------------------------------------------------------


class Chain(nn.Module):
    """Writes by a table of odds that knows the last token alone."""

    def __init__(self, odds, vocab=7):
        super().__init__()
        self.odds = torch.full((vocab, vocab), 1e-30, dtype=torch.float64)
        for token, followers in odds.items():
            for following, chance in followers.items():
                self.odds[token, following] = chance
        self.steps = 0

    def begin(self, memory):
        self.steps = 0
        return memory

    def step(self, token, memory):
        self.steps += 1
        return self.odds[token].log(), None, memory


def search(odds, **how):
    model = Seq2Seq(lambda source: source, Chain(odds))
    tokens, scores = beam_search(model, torch.tensor([[9]]), **ENDS, **how)
    return tokens[0].tolist(), scores[0].tolist(), model.decoder.steps


GARDEN_PATH = {
    START: {3: 0.6, 4: 0.4},
    3: {END: 0.5, 5: 0.5},
    4: {END: 0.9, 5: 0.1},
    5: {END: 1.0},
}


def test_two_beginnings_see_what_one_does_not():
    """The likelier first token leads to 0.3 at most, the other to 0.36."""
    tokens, score, _ = search(GARDEN_PATH, most=5, width=1)
    assert tokens[0][0] == 3 and score == pytest.approx([math.log(0.3)])
    both, scores, _ = search(GARDEN_PATH, most=5, width=2)
    assert both[0][:2] == [4, END]
    assert math.exp(scores[0]) == pytest.approx(0.36)
    assert math.exp(scores[1]) == pytest.approx(0.3)


def test_a_sentence_that_ends_takes_no_place_from_those_that_go_on():
    """The end is first, then 3 and 4: both are gone on from, and 4 leads to more."""
    odds = {START: {END: 0.5, 3: 0.3, 4: 0.2}, 3: {END: 0.5, 5: 0.5}, 4: {END: 1.0}}
    tokens, scores, _ = search({**odds, 5: {END: 1.0}}, most=5, width=2)
    assert [row[:2] for row in tokens] == [[END, 0], [4, END]]
    assert [math.exp(score) for score in scores] == pytest.approx([0.5, 0.2])


LONG_OR_SHORT = {
    START: {3: 0.5, END: 0.5 - 1e-9},
    3: {4: 0.9, END: 0.1},
    4: {5: 1.0},
    5: {END: 1.0},
}


@pytest.mark.parametrize(("alpha", "best"), [(0, [END, 0, 0, 0]), (2, [3, 4, 5, END])])
def test_the_penalty_of_each_sentence_is_that_of_its_own_length(alpha, best):
    """log 0.5 over 1 against log 0.45 over (9/6)^alpha: -0.69 against -0.80 or -0.35"""
    tokens, scores, _ = search(LONG_OR_SHORT, most=9, width=2, alpha=alpha)
    assert [row[:4] for row in tokens].index(best) == 0
    expected = {1: math.log(0.5), 4: math.log(0.45) / 1.5**alpha}
    for row, score in zip(tokens, scores, strict=True):
        assert score == pytest.approx(expected[row.index(END) + 1], abs=1e-8)


def test_it_stops_when_nothing_better_can_come_and_not_before():
    odds = {START: {END: 0.6, 3: 0.4}, 3: {3: 0.9, END: 0.1}}
    _, _, steps = search(odds, most=50, width=1)
    assert steps == 1
    # under a penalty 0.4 · 0.9^… may come to more, and is followed to where it cannot
    tokens, _, steps = search(odds, most=50, width=2, alpha=1)
    assert steps > 2 and [END] == [t for t in tokens[0] if t]


def test_a_penalty_to_come_is_waited_for():
    """log 0.51 is -0.67; log 0.49 is -0.71 at first, and over 9/6 in the end -0.48."""
    odds = {START: {END: 0.51, 3: 0.49}, 3: {4: 1.0}, 4: {5: 1.0}, 5: {END: 1.0}}
    tokens, scores, _ = search(odds, most=6, width=1, alpha=1)
    assert tokens[0][:4] == [3, 4, 5, END]
    assert scores == pytest.approx([math.log(0.49) / 1.5])


def test_what_has_not_ended_stands_behind_all_that_has():
    odds = {START: {3: 0.9, 4: 0.1}, 3: {3: 1.0}, 4: {END: 1.0}}
    tokens, scores, _ = search(odds, most=4, width=2)
    assert tokens == [[4, END, 0, 0], [3, 3, 3, 3]]
    assert [math.exp(score) for score in scores] == pytest.approx([0.1, 0.9])


def test_a_sentence_that_can_only_end_ends():
    tokens, scores, steps = search({START: {END: 1.0}}, most=4, width=3)
    assert tokens[0][0] == END and scores[0] == pytest.approx(0)
    assert steps <= 4


def test_no_gradient_is_kept():
    _, scores = beam_search(model_of("luong"), sources(), **ENDS, most=2, width=2)
    assert not scores.requires_grad


def test_the_penalty_is_that_of_the_paper():
    assert length_penalty(7, 1) == 2.0
    assert length_penalty(1, 5) == 1.0
    assert length_penalty(19, 0.5) == 2.0
    assert {length_penalty(length, 0) for length in range(1, 9)} == {1.0}


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"width": 0}, "beam_search: width must be at least 1; got width=0."),
        ({"most": 0}, "beam_search: most must be at least 1; got most=0."),
        ({"alpha": -1}, "beam_search: alpha must be at least 0; got alpha=-1."),
    ],
)
def test_a_search_for_nothing_is_refused(how, message):
    with pytest.raises(ValueError) as caught:
        beam_search(
            model_of("fixed"), sources(), **{**ENDS, "most": 3, "width": 2, **how}
        )
    assert str(caught.value) == message


def test_a_source_that_is_no_sentence_is_refused():
    with pytest.raises(ValueError, match=r"beam_search: source must have the axes \(b"):
        beam_search(model_of("fixed"), sources()[0], **ENDS, most=3, width=2)
