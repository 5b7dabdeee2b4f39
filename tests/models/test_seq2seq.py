from itertools import repeat

import pytest
import torch
from torch.testing import assert_close

from attn_helpers.data import vocabulary
from attn_helpers.layers.attention import ScoreAttention
from attn_helpers.layers.local import LocalMAttention
from attn_helpers.layers.scoring import AdditiveScore, BilinearScore, DotScore
from attn_helpers.models.seq2seq import (
    PADDING,
    BahdanauDecoder,
    Encoder,
    FixedVectorDecoder,
    LuongDecoder,
    Seq2Seq,
    next_token_loss,
)
from attn_helpers.optim import AdamW
from attn_helpers.training import Settings, fit, seeded

B, T_Q, T_K, D, E = 3, 5, 7, 22, 13
SOURCE_WORDS, TARGET_WORDS = 17, 19
START, END = 1, 2

DECODERS = {
    "fixed": lambda size: FixedVectorDecoder(*size),
    "bahdanau": lambda size: BahdanauDecoder(
        *size, ScoreAttention(AdditiveScore(D, D, 11))
    ),
    "luong dot": lambda size: LuongDecoder(*size, ScoreAttention(DotScore())),
    "luong bilinear": lambda size: LuongDecoder(
        *size, ScoreAttention(BilinearScore(D, D))
    ),
    "luong local": lambda size: LuongDecoder(*size, LocalMAttention(DotScore(), 2)),
}
each_decoder = pytest.mark.parametrize("name", DECODERS)
looking = pytest.mark.parametrize("name", [n for n in DECODERS if n != "fixed"])


def model_of(name):
    with seeded(0):
        decoder = DECODERS[name]((TARGET_WORDS, E, D))
        return Seq2Seq(Encoder(SOURCE_WORDS, E, D), decoder).double().eval()


def sentences():
    generator = torch.Generator().manual_seed(1)
    source = torch.randint(3, SOURCE_WORDS, (B, T_K), generator=generator)
    source[0, 4:], source[2, 2:] = PADDING, PADDING
    target = torch.randint(3, TARGET_WORDS, (B, T_Q), generator=generator)
    target[:, 0] = START
    return source, target


def test_the_padding_is_that_of_the_data():
    assert vocabulary.PAD_ID == PADDING


# --- what a prediction may depend on ---


@each_decoder
def test_shapes_and_rows_that_sum_to_one(name):
    logits, weights = model_of(name)(*sentences())
    assert logits.shape == (B, T_Q, TARGET_WORDS)
    if name == "fixed":
        assert weights is None
    elif name != "luong local":  # whose window may leave a short source
        assert weights.shape == (B, T_Q, T_K)
        assert_close(weights.sum(dim=-1), torch.ones(B, T_Q).double())


@each_decoder
def test_stepping_through_a_target_is_reading_it_at_once(name):
    model, (source, target) = model_of(name), sentences()
    expected, expected_weights = model(source, target)
    state, rows, tables = model.decoder.begin(model.encoder(source)), [], []
    for token in target.unbind(dim=1):
        logits, weights, state = model.decoder.step(token, state)
        rows.append(logits)
        tables.append(weights)
    assert_close(torch.stack(rows, dim=1), expected)
    if expected_weights is not None:
        assert_close(torch.stack(tables, dim=1), expected_weights)


@each_decoder
def test_no_prediction_knows_a_later_target_token(name):
    model, (source, target) = model_of(name), sentences()
    before, _ = model(source, target)
    target[:, 3] = (target[:, 3] + 1) % TARGET_WORDS
    after, _ = model(source, target)
    assert torch.equal(before[:, :3], after[:, :3])
    assert (before[:, 3:] != after[:, 3:]).all()


@each_decoder
def test_a_sentence_alone_is_translated_as_in_a_batch(name):
    model, (source, target) = model_of(name), sentences()
    logits, weights = model(source, target)
    for i, length in enumerate((4, 7, 2)):
        alone, row = model(source[i : i + 1, :length], target[i : i + 1])
        assert_close(logits[i : i + 1], alone)
        if row is not None:
            assert_close(weights[i : i + 1, :, :length], row)
            assert (weights[i, :, length:] == 0).all()


@each_decoder
def test_every_prediction_depends_on_the_source(name):
    model, (source, target) = model_of(name), sentences()
    before, _ = model(source, target)
    source[1, 6] = 3 + (source[1, 6] - 2) % (SOURCE_WORDS - 3)
    after, _ = model(source, target)
    assert (before[1] != after[1]).any(dim=-1).all()
    assert torch.equal(before[[0, 2]], after[[0, 2]])


@looking
def test_the_weights_depend_on_the_source(name):
    model, (source, target) = model_of(name), sentences()
    before = model(source, target)[1]
    source[1] = source[1].flip(0)
    assert not torch.equal(before[1], model(source, target)[1][1])


# --- in which order: look, then step; or step, then look ---


def test_bahdanau_asks_before_it_has_read_the_token_and_luong_after():
    source, target = sentences()
    other = target.clone()
    other[:, 2] = 3 + (other[:, 2] - 2) % (TARGET_WORDS - 3)
    moved = {}
    for name in ("bahdanau", "luong dot"):
        model = model_of(name)
        rows = [model(source, tokens)[1] for tokens in (target, other)]
        changed = (rows[0] - rows[1]).abs().amax(dim=(0, 2)) > 0
        moved[name] = changed.tolist()
    assert moved["bahdanau"] == [False, False, False, True, True]
    assert moved["luong dot"] == [False, False, True, True, True]


def test_a_step_of_bahdanau_is_that_of_the_paper():
    model, (source, target) = model_of("bahdanau"), sentences()
    memory, d = model.encoder(source), model.decoder
    s = torch.tanh(d.first(memory.summary))  # s_{i-1}
    context, weights = d.attention(
        s[:, None], memory.states, memory.states, memory.mask
    )
    embedded = d.embed(target[:, 0])
    s = d.cell(torch.cat([embedded, context[:, 0]], dim=-1), s)  # s_i
    logits = d.out_proj(torch.cat([embedded, context[:, 0], s], dim=-1))
    got, got_weights = model(source, target[:, :1])
    assert_close(got[:, 0], logits)
    assert_close(got_weights, weights)


# --- writing ---


@each_decoder
def test_translate_writes_what_reading_its_own_words_makes_likeliest(name):
    model, (source, _) = model_of(name), sentences()
    tokens, weights = model.translate(source, start=START, end=END, most=T_Q)
    begun = torch.cat([torch.full((B, 1), START), tokens[:, :-1]], dim=1)
    logits, read_weights = model(source, begun)
    ended = torch.cumsum(tokens == END, dim=1) - (tokens == END).long() > 0
    assert (logits.argmax(dim=-1) == tokens)[~ended].all()
    if weights is not None:
        assert_close(weights[~ended], read_weights[~ended])


class Counting(torch.nn.Module):
    """Writes 5, 6, 7, … and the end once it has come to the sentence's summary."""

    def begin(self, memory):
        return memory

    def step(self, token, memory):
        following = torch.where(token == START, 5, token + 1)
        following = torch.where(token == memory, END, following)
        return torch.nn.functional.one_hot(following, 11).float(), None, memory


def test_a_sentence_that_has_ended_is_filled_with_padding():
    model = Seq2Seq(lambda source: source[:, 0], Counting())
    source = torch.tensor([[7], [5], [8]])
    tokens, weights = model.translate(source, start=START, end=END, most=13)
    assert tokens.tolist() == [[5, 6, 7, 2, 0], [5, 2, 0, 0, 0], [5, 6, 7, 8, 2]]
    assert weights is None


def test_a_sentence_that_does_not_end_is_cut():
    model = Seq2Seq(lambda source: source[:, 0], Counting())
    tokens, _ = model.translate(torch.tensor([[9]]), start=START, end=END, most=3)
    assert tokens.tolist() == [[5, 6, 7]]


def test_translating_keeps_no_gradient():
    model, (source, _) = model_of("bahdanau"), sentences()
    _, weights = model.translate(source, start=START, end=END, most=2)
    assert not weights.requires_grad


# --- learning ---


def test_the_loss_is_the_mean_surprise_at_real_tokens():
    model, (source, target) = model_of("luong dot"), sentences()
    target[0, 3:], target[2, 2:] = PADDING, PADDING
    logits, _ = model(source, target[:, :-1])
    surprises = [
        -logits[i, t].log_softmax(-1)[target[i, t + 1]]
        for i in range(B)
        for t in range(T_Q - 1)
        if target[i, t + 1] != PADDING
    ]
    assert len(surprises) == 7
    for batch in [(source, target), (source.numpy(), target.numpy())]:
        assert_close(next_token_loss(model, batch), sum(surprises) / 7)


class Saying(torch.nn.Module):
    """Gives the logits that it was made of, whatever it reads."""

    def __init__(self, logits):
        super().__init__()
        self.logits = logits

    def forward(self, source, tokens):
        return self.logits.expand(*tokens.shape, -1), None


def test_smoothing_spreads_a_share_of_the_answer_over_the_vocabulary():
    """Odds 1 : 2 : 4 : 8 : 1 and the answer 3: 1 - e + e/5 there, e/5 elsewhere."""
    odds = torch.tensor([1.0, 2.0, 4.0, 8.0, 1.0], dtype=torch.float64)
    target = torch.tensor([[1, 3, PADDING], [1, 3, 3]])
    loss = next_token_loss(Saying(odds.log()), (target, target), smoothing=0.1)
    # by hand: log 16 - 0.92 log 8 - 0.02 (log 1 + log 2 + log 4 + log 1)
    assert_close(
        loss.item(), 2.772589 - 0.92 * 2.079442 - 0.02 * 2.079442, atol=1e-6, rtol=0
    )


def test_under_smoothing_a_perfect_model_has_the_entropy_of_the_answer():
    target = torch.tensor([[1, 3, 3, PADDING]])
    smoothed = torch.full((5,), 0.1 / 5, dtype=torch.float64)
    smoothed[3] += 0.9
    best = torch.distributions.Categorical(smoothed).entropy()
    model = Saying(smoothed.log())
    assert_close(next_token_loss(model, (target, target), smoothing=0.1), best)
    sure = Saying(torch.tensor([0.0, 0, 0, 50, 0]).double())
    assert next_token_loss(sure, (target, target)) < 1e-12
    assert next_token_loss(sure, (target, target), smoothing=0.1) > best + 1


def test_more_than_the_whole_answer_cannot_be_spread():
    batch = sentences()
    with pytest.raises(ValueError) as caught:
        next_token_loss(model_of("fixed"), batch, smoothing=1.5)
    assert str(caught.value) == (
        "next_token_loss: smoothing must be from 0 to 1; got smoothing=1.5."
    )


@each_decoder
def test_gradients_reach_every_parameter(name):
    model = model_of(name).train()
    next_token_loss(model, sentences()).backward()
    silent = [n for n, p in model.named_parameters() if not p.grad.abs().sum() > 0]
    assert silent == []


@each_decoder
def test_dropout_acts_in_training_alone(name):
    model, (source, target) = model_of(name), sentences()
    for layer in model.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.5
    assert torch.equal(model(source, target)[0], model(source, target)[0])
    model.train()
    assert not torch.equal(model(source, target)[0], model(source, target)[0])


@pytest.mark.parametrize("name", ["fixed", "bahdanau", "luong bilinear"])
def test_it_learns_a_few_sentences_by_heart(name):
    model = model_of(name).float()
    batch = sentences()
    ended = torch.full((B, 1), END)
    batch = batch[0], torch.cat([batch[1], ended], dim=1)
    history = fit(
        model,
        lambda rng: repeat(batch),
        next_token_loss,
        optimizer=AdamW(model.parameters(), lr=0.02),
        steps=61,
        settings=Settings(progress=False),
    )
    assert history.losses[0] > 2.5 and history.losses[-1] < 0.05
    tokens, _ = model.translate(batch[0], start=START, end=END, most=9)
    assert torch.equal(tokens, batch[1][:, 1:])


# --- wrong input ---


@pytest.mark.parametrize(
    ("source", "tokens", "kind", "message"),
    [
        (
            torch.ones(2, 3),
            torch.ones(2, 5, dtype=torch.int64),
            TypeError,
            "Seq2Seq: source must hold whole numbers; "
            "got source of dtype torch.float32.",
        ),
        (
            torch.ones(2, 3, dtype=torch.int64),
            torch.ones(3, 5, dtype=torch.int64),
            ValueError,
            "Seq2Seq: source and tokens must share b, their second-to-last axis; got "
            "source (2, 3) and tokens (3, 5).",
        ),
        (
            torch.ones(3, dtype=torch.int64),
            torch.ones(3, 5, dtype=torch.int64),
            ValueError,
            "Seq2Seq: source must have the axes (b, t_k); got source (3,).",
        ),
        (
            torch.tensor([[3, 4], [0, 0]]),
            torch.ones(2, 5, dtype=torch.int64),
            ValueError,
            "BidirectionalGRU: lengths must be from 1 to t=2; got 0 at lengths[1].",
        ),
    ],
)
def test_wrong_input_is_refused_in_our_words(source, tokens, kind, message):
    with pytest.raises(kind) as caught:
        model_of("luong dot")(source, tokens)
    assert str(caught.value) == message


def test_no_tokens_to_write_are_refused():
    with pytest.raises(ValueError, match="translate: most must be at least 1"):
        model_of("fixed").translate(sentences()[0], start=START, end=END, most=0)
