from functools import partial
from itertools import repeat

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from attn_helpers.layers.embedding import Embedding, tied
from attn_helpers.layers.feed_forward import FeedForward, GatedFeedForward
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.positions import Rotary, SinusoidalPositions
from attn_helpers.layers.residual import PostNorm, PreNorm
from attn_helpers.models.seq2seq import PADDING, Seq2Seq, next_token_loss
from attn_helpers.models.transformer import (
    DecoderBlock,
    EncoderBlock,
    TransformerDecoder,
    TransformerEncoder,
)
from attn_helpers.optim import AdamW
from attn_helpers.reference.masks import causal_mask, padding_mask
from attn_helpers.training import Settings, fit, seeded

B, T_Q, T_K, HEADS, D_MODEL, D_FF = 3, 5, 7, 2, 28, 13
SOURCE_WORDS, TARGET_WORDS = 17, 19
START, END = 1, 2
AROUND = {"pre": PreNorm, "post": PostNorm}
BENDS = {"relu": functional.relu, "gelu": functional.gelu}
each_around = pytest.mark.parametrize("place", AROUND)


# --- a block is torch's --------------------------------------------------------------


def around(place, norm=nn.LayerNorm):
    return lambda: AROUND[place](norm(D_MODEL))


def heads():
    return MultiHeadAttention(D_MODEL, HEADS)


def blocks(place, bend):
    """Our two blocks, with biases and norms that do not begin at 0 and 1."""
    with seeded(0):
        feed = partial(FeedForward, D_MODEL, D_FF, BENDS[bend])
        both = (
            EncoderBlock(heads(), feed(), around(place)),
            DecoderBlock(heads(), heads(), feed(), around(place)),
        )
        for parameter in nn.ModuleList(both).parameters():
            nn.init.normal_(parameter, std=0.5)
    return [block.double() for block in both]


def pairs(ours, theirs):
    """Each parameter of torch's layer with those of ours that it is made of."""
    attentions = {"self_attn": getattr(ours, "self_attention", None)}
    arounds = ["attention", "feed_forward"]
    if attentions["self_attn"] is None:
        attentions = {"self_attn": ours.attention}
    else:
        attentions["multihead_attn"] = ours.cross_attention
        arounds = ["self_attention", "cross_attention", "feed_forward"]
    parts = {"linear1": ours.feed_forward.widen, "linear2": ours.feed_forward.narrow}
    for number, name in enumerate(arounds, start=1):
        parts[f"norm{number}"] = getattr(ours, f"around_{name}").norm
    table = {}
    for name, attention in attentions.items():
        three = attention.q_proj, attention.k_proj, attention.v_proj
        table[f"{name}.in_proj_weight"] = [p.weight for p in three]
        table[f"{name}.in_proj_bias"] = [p.bias for p in three]
        parts[f"{name}.out_proj"] = attention.out_proj
    for name, part in parts.items():
        table[f"{name}.weight"], table[f"{name}.bias"] = [part.weight], [part.bias]
    named = dict(theirs.named_parameters())
    assert table.keys() == named.keys()
    return [(named[name], mine) for name, mine in table.items()]


def torchs(kind, ours, place, bend):
    """torch's layer with our weights."""
    theirs = kind(
        D_MODEL, HEADS, D_FF, 0.0, bend, batch_first=True, norm_first=place == "pre"
    ).double()
    with torch.no_grad():
        for parameter, mine in pairs(ours, theirs):
            parameter.copy_(torch.cat(mine))
    return theirs


def rows(t, seed):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(B, t, D_MODEL, dtype=torch.float64, generator=generator)
    return x.requires_grad_()


def assert_same(ours, theirs, got, expected, inputs):
    """Outputs, and the gradients of inputs and of all weights."""
    assert_close(got, expected, atol=1e-12, rtol=1e-10)
    both = pairs(ours, theirs)
    mine = [p for _, parts in both for p in parts]
    slopes = torch.autograd.grad(got.sin().sum(), [*inputs, *mine])
    theirs_all = [*inputs, *(p for p, _ in both)]
    expected_slopes = torch.autograd.grad(expected.sin().sum(), theirs_all)
    for x, slope, wanted in zip(inputs, slopes, expected_slopes, strict=False):
        assert wanted.abs().sum() > 0
        assert_close(slope, wanted, atol=1e-12, rtol=1e-10, msg=f"{x.shape}")
    left = iter(slopes[len(inputs) :])
    for (_, parts), wanted in zip(both, expected_slopes[len(inputs) :], strict=True):
        slope = torch.cat([next(left) for _ in parts])
        assert_close(slope, wanted, atol=1e-12, rtol=1e-10)


@each_around
@pytest.mark.parametrize("bend", BENDS)
@pytest.mark.parametrize("masked", ["nothing", "padding", "the future", "both"])
def test_an_encoder_block_is_torchs(place, bend, masked):
    ours = blocks(place, bend)[0]
    theirs = torchs(nn.TransformerEncoderLayer, ours, place, bend)
    x = rows(T_K, seed=1)
    real = torch.from_numpy(padding_mask([4, 7, 2], T_K))
    causal = torch.from_numpy(causal_mask(T_K))
    masks = {
        "nothing": (None, None, None),
        "padding": (real, None, ~real[:, 0]),
        "the future": (causal, ~causal, None),
        "both": (real & causal, ~causal, ~real[:, 0]),
    }
    mask, blocked, padding = masks[masked]
    expected = theirs(x, src_mask=blocked, src_key_padding_mask=padding)
    got, weights = ours(x, mask)
    assert weights is None
    assert_same(ours, theirs, got, expected, [x])


@each_around
@pytest.mark.parametrize("bend", BENDS)
@pytest.mark.parametrize("padded", [False, True])
def test_a_decoder_block_is_torchs(place, bend, padded):
    ours = blocks(place, bend)[1]
    theirs = torchs(nn.TransformerDecoderLayer, ours, place, bend)
    x, memory = rows(T_Q, seed=1), rows(T_K, seed=2)
    causal = torch.from_numpy(causal_mask(T_Q))
    real = torch.from_numpy(padding_mask([4, 7, 2], T_K)) if padded else None
    blocked = None if real is None else ~real[:, 0]
    expected = theirs(x, memory, tgt_mask=~causal, memory_key_padding_mask=blocked)
    look = ours.cross_attention.prepare(memory, real)
    got, _ = ours(x, look, causal)
    assert_same(ours, theirs, got, expected, [x, memory])


@each_around
def test_a_block_says_who_was_read(place):
    ours, x = blocks(place, "relu")[0], rows(T_K, seed=1)
    read = x if place == "post" else ours.around_attention.norm(x)
    _, expected = ours.attention(read, need_weights=True)
    assert_close(ours(x, need_weights=True)[1], expected)


def test_with_a_cache_an_encoder_block_reads_row_by_row():
    ours, x = blocks("pre", "gelu")[0], rows(T_K, seed=1)
    expected, _ = ours(x, torch.from_numpy(causal_mask(T_K)))
    cache = KVCache()
    got = [ours(row, cache=cache)[0] for row in x.split(1, dim=1)]
    assert_close(torch.cat(got, dim=1), expected)


# --- the whole -----------------------------------------------------------------------

FEEDS = {
    "plain": partial(FeedForward, D_MODEL, D_FF),
    "gated": partial(GatedFeedForward, D_MODEL, D_FF),
}


def model_of(name="pre", dtype=torch.float64):
    """Two blocks on each side: pre or post, or the parts of models of today."""
    modern = name == "modern"
    place = "pre" if modern else name
    norm = nn.RMSNorm if modern else nn.LayerNorm
    feed = FEEDS["gated" if modern else "plain"]
    waves = None if modern else SinusoidalPositions(D_MODEL)
    last = norm if place == "pre" else lambda _: None
    attention = partial(
        MultiHeadAttention,
        D_MODEL,
        HEADS,
        **({"num_kv_heads": 1, "attend": Rotary()} if modern else {}),
    )
    stand = around(place, norm)
    with seeded(0):
        encoder = TransformerEncoder(
            Embedding(SOURCE_WORDS, D_MODEL, waves),
            [EncoderBlock(attention(), feed(), stand) for _ in range(2)],
            last(D_MODEL),
        )
        embed = Embedding(TARGET_WORDS, D_MODEL, waves)
        layers = [
            DecoderBlock(attention(), attention(), feed(), stand) for _ in range(2)
        ]
        decoder = TransformerDecoder(embed, layers, tied(embed), last(D_MODEL))
    return Seq2Seq(encoder, decoder).to(dtype).eval()


@pytest.fixture(params=["pre", "post", "modern"])
def model(request):
    return model_of(request.param)


def sentences():
    generator = torch.Generator().manual_seed(1)
    source = torch.randint(3, SOURCE_WORDS, (B, T_K), generator=generator)
    source[0, 4:], source[2, 2:] = PADDING, PADDING
    target = torch.randint(3, TARGET_WORDS, (B, T_Q), generator=generator)
    target[:, 0] = START
    return source, target


def stepped(model, source, target):
    """Logits and weights of a target that is read token by token."""
    state, rows = model.decoder.begin(model.encoder(source)), []
    for token in target.unbind(dim=1):
        logits, weights, state = model.decoder.step(token, state)
        rows.append((logits, weights))
    return [torch.stack(parts, dim=1) for parts in zip(*rows, strict=True)]


def test_logits_and_rows_that_sum_to_one(model):
    logits, weights = model(*sentences())
    assert logits.shape == (B, T_Q, TARGET_WORDS)
    assert_close(weights.sum(dim=-1), torch.ones(B, T_Q).double())
    assert (weights[0, :, 4:] == 0).all()


def test_the_weights_are_the_mean_over_the_heads_of_the_last_block(model):
    seen = []
    source, target = sentences()
    block = model.decoder.blocks[-1]
    block.register_forward_hook(lambda _, given, got: seen.append(got[1]))
    _, weights = model(source, target)
    assert seen[0].shape == (B, HEADS, T_Q, T_K)
    assert_close(weights, seen[0].mean(dim=1))


@pytest.mark.parametrize("name", ["pre", "post", "modern"])
@pytest.mark.parametrize(
    ("dtype", "most"), [(torch.float64, 1e-10), (torch.float32, 1e-5)]
)
def test_stepping_through_a_target_is_reading_it_at_once(name, dtype, most):
    model, (source, target) = model_of(name, dtype), sentences()
    for got, expected in zip(
        stepped(model, source, target), model(source, target), strict=True
    ):
        assert (got - expected).abs().max() < most


def test_the_source_is_projected_once_a_sentence_and_each_new_row_once(model):
    counts = {}

    def counted(name):
        def note(_, given, got):
            counts.setdefault(name, []).append(given[0].shape[-2])

        return note

    for number, block in enumerate(model.decoder.blocks):
        for attention in ("self_attention", "cross_attention"):
            for kind in ("k_proj", "v_proj"):
                layer = getattr(getattr(block, attention), kind)
                layer.register_forward_hook(counted((number, attention, kind)))
    stepped(model, *sentences())
    for (_, attention, _), lengths in counts.items():
        once = attention == "cross_attention"
        assert lengths == ([T_K] if once else [1] * T_Q)
    assert len(counts) == 8


def test_a_state_stays_as_it_is(model):
    """Two continuations of one beginning, as in a search over beams."""
    source, target = sentences()
    state = model.decoder.begin(model.encoder(source))
    _, _, state = model.decoder.step(target[:, 0], state)
    first, _, _ = model.decoder.step(target[:, 1], state)
    model.decoder.step(target[:, 2], state)
    again, _, _ = model.decoder.step(target[:, 1], state)
    assert torch.equal(again, first)
    assert [len(cache) for cache in state.caches] == [1, 1]


def test_no_prediction_knows_a_later_target_token(model):
    source, target = sentences()
    before, _ = model(source, target)
    target[:, 3] = (target[:, 3] + 1) % TARGET_WORDS
    after, _ = model(source, target)
    assert torch.equal(before[:, :3], after[:, :3])
    assert (before[:, 3:] != after[:, 3:]).any(dim=-1).all()


def test_every_prediction_depends_on_every_token_of_the_source(model):
    source, target = sentences()
    before, _ = model(source, target)
    for place in range(T_K):
        nudged = source.clone()
        nudged[1, place] = 3 + (source[1, place] - 2) % (SOURCE_WORDS - 3)
        after, _ = model(nudged, target)
        assert (before[1] != after[1]).any(dim=-1).all()
        assert torch.equal(before[[0, 2]], after[[0, 2]])


def test_a_sentence_alone_is_read_as_in_a_batch(model):
    source, target = sentences()
    logits, weights = model(source, target)
    summary = model.encoder(source).summary
    for i, length in enumerate((4, 7, 2)):
        one = source[i : i + 1, :length]
        alone, its_weights = model(one, target[i : i + 1])
        assert_close(logits[i : i + 1], alone)
        assert_close(weights[i : i + 1, :, :length], its_weights)
        assert_close(summary[i : i + 1], model.encoder(one).summary)


@pytest.mark.parametrize("name", ["pre", "post"])
def test_padding_may_stand_anywhere(name):
    model, (_, target) = model_of(name), sentences()
    words = torch.tensor([[5, 11, 3, 7]])
    spread = torch.tensor([[PADDING, 5, PADDING, 11, 3, PADDING, 7]])
    expected, its_weights = model(words, target[:1])
    got, weights = model(spread, target[:1])
    assert_close(got, expected)
    assert_close(weights[..., spread[0] != PADDING], its_weights)


@pytest.mark.parametrize("odd", [torch.nan, torch.inf, 1e100])
def test_padding_may_be_anything(model, odd):
    batch = sentences()
    expected = next_token_loss(model, batch)
    expected.backward()
    slopes = [p.grad.clone() for p in model.parameters()]
    with torch.no_grad():
        model.encoder.embed.tokens.weight[PADDING] = odd
    model.zero_grad()
    loss = next_token_loss(model, batch)
    loss.backward()
    assert_close(loss, expected)
    for parameter, slope in zip(model.parameters(), slopes, strict=True):
        assert_close(parameter.grad, slope)


def test_a_source_of_padding_alone_makes_no_nan(model):
    source, target = sentences()
    source[1] = PADDING
    logits, weights = model(source, target)
    assert logits.isfinite().all()
    assert (weights[1] == 0).all()
    assert (model.encoder(source).summary[1] == 0).all()
    next_token_loss(model, (source, target)).backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())


@each_around
def test_without_positions_the_encoder_knows_no_order(place):
    model, (source, _) = model_of(place), sentences()
    model.encoder.embed.positions = None
    order = torch.tensor([3, 1, 5, 0, 4, 2, 6])
    states, summary, _ = model.encoder(source)
    shuffled = model.encoder(source[:, order])
    assert_close(shuffled.states, states[:, order])
    assert_close(shuffled.summary, summary)


def test_with_positions_or_rotation_it_knows_the_order(model):
    source, _ = sentences()
    order = torch.tensor([3, 1, 5, 0, 4, 2, 6])
    states = model.encoder(source[1:2]).states
    shuffled = model.encoder(source[1:2, order]).states
    assert not torch.allclose(shuffled, states[:, order])


def test_what_the_first_block_gets_are_tokens_that_stand_from_place_0_on():
    model, (source, target) = model_of(), sentences()
    states = TransformerEncoder(model.encoder.embed, [])(source).states
    assert_close(states[0, :4], model.encoder.embed(source[0, :4]))
    assert (states[0, 4:] == 0).all()
    decoder, seen = model.decoder, []
    decoder.blocks[0].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    model(source, target)
    assert_close(seen[0], decoder.embed(target))


def test_the_summary_is_the_mean_of_the_tokens(model):
    source, _ = sentences()
    states, summary, mask = model.encoder(source)
    assert mask.shape == (B, 1, T_K)
    assert_close(summary[0], states[0, :4].mean(dim=0))
    assert_close(summary[1], states[1].mean(dim=0))


def test_gradients_reach_every_parameter(model):
    next_token_loss(model, sentences()).backward()
    silent = [n for n, p in model.named_parameters() if not p.grad.abs().sum() > 0]
    # what is added to all keys alike changes no weight
    assert [n for n in silent if not n.endswith("k_proj.bias")] == []


def test_translate_writes_what_reading_its_own_words_makes_likeliest(model):
    source, _ = sentences()
    tokens, weights = model.translate(source, start=START, end=END, most=T_Q)
    begun = torch.cat([torch.full((B, 1), START), tokens[:, :-1]], dim=1)
    logits, read_weights = model(source, begun)
    ended = torch.cumsum(tokens == END, dim=1) - (tokens == END).long() > 0
    assert (logits.argmax(dim=-1) == tokens)[~ended].all()
    assert_close(weights[~ended], read_weights[~ended])


def test_it_learns_a_few_sentences_by_heart(model):
    model = model.float()
    source, target = sentences()
    batch = source, torch.cat([target, torch.full((B, 1), END)], dim=1)
    history = fit(
        model,
        lambda rng: repeat(batch),
        next_token_loss,
        optimizer=AdamW(model.parameters(), lr=0.01),
        steps=61,
        settings=Settings(progress=False),
    )
    assert history.losses[0] > 2.5 and history.losses[-1] < 0.05
    tokens, _ = model.translate(source, start=START, end=END, most=9)
    assert torch.equal(tokens, batch[1][:, 1:])


def test_on_another_device_everything_stays_there(model):
    model = model.to("meta")
    source, target = (tokens.to("meta") for tokens in sentences())
    logits, weights = model(source, target)
    assert logits.is_meta and weights.is_meta
    state = model.decoder.begin(model.encoder(source))
    logits, _, state = model.decoder.step(target[:, 0], state)
    assert logits.shape == (B, TARGET_WORDS) and state.first == 1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_in_half_precision_it_stays_there(model, dtype):
    expected, _ = model(*sentences())
    got, _ = model.to(dtype)(*sentences())
    assert got.dtype == dtype
    assert_close(got.double(), expected, atol=0.2, rtol=0.1)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda model: model.encoder(torch.ones(2, 3)),
            TypeError,
            "TransformerEncoder: source must hold whole numbers; "
            "got source of dtype torch.float32.",
        ),
        (
            lambda model: model.decoder(
                torch.ones(3, dtype=torch.int64),
                model.encoder(torch.ones(2, 3, dtype=torch.int64)),
            ),
            ValueError,
            "TransformerDecoder: tokens must have the axes (b, t_q); got tokens (3,).",
        ),
    ],
)
def test_wrong_input_is_refused_in_our_words(call, kind, message):
    with pytest.raises(kind) as caught:
        call(model_of())
    assert str(caught.value) == message
