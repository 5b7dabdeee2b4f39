import math
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from attn_helpers.layers.positions import rope, rope_half_split
from attn_helpers.models.language_model import LanguageModel, gpt, llama
from attn_helpers.training import seeded

B, T, VOCAB, LONGEST, LAYERS = 2, 7, 17, 23, 3
MODELS = {
    "gpt": lambda: gpt(VOCAB, LONGEST, d_model=10, num_heads=5, num_layers=LAYERS),
    "llama": lambda: llama(
        VOCAB, d_model=24, num_heads=6, num_kv_heads=2, num_layers=LAYERS, d_ff=13
    ),
}


def model_of(name, dtype=torch.float64):
    """A model whose biases and norms do not begin at 0 and 1."""
    with seeded(0):
        model = MODELS[name]()
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=0.5)
    return model.to(dtype).eval()


@pytest.fixture(params=MODELS)
def model(request):
    return model_of(request.param)


def text(b=B, t=T, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(VOCAB, (b, t), generator=generator)


def read_in_parts(model, tokens, parts):
    caches = model.new_caches()
    logits = [model(part, caches) for part in tokens.split(parts, dim=1)]
    return torch.cat(logits, dim=1), caches


# --- the two kinds, written out ------------------------------------------------------


def by_hand(model, tokens, norm, feed, rotate, kv_heads, heads):
    """One text, token by token and head by head, with the weights of ``model``."""
    rows = [model.embed.tokens.weight[token] for token in tokens]
    if rotate is None:
        table = model.embed.positions.table
        rows = [row + table[place] for place, row in enumerate(rows)]
    for block in model.blocks:
        attention = block.attention
        read = [norm(block.around_attention.norm, row) for row in rows]
        q, k, v = (
            torch.stack([layer(row) for row in read]).unflatten(-1, (n, -1))
            for layer, n in (
                (attention.q_proj, heads),
                (attention.k_proj, kv_heads),
                (attention.v_proj, kv_heads),
            )
        )
        for i in range(len(rows)):
            mixed = []
            for head in range(heads):
                shared = head // (heads // kv_heads)
                query, keys = q[: i + 1, head], k[: i + 1, shared]
                if rotate is not None:
                    query, keys = rotate(query), rotate(keys)
                scores = keys @ query[i] / query.shape[-1] ** 0.5
                mixed.append(scores.softmax(0) @ v[: i + 1, shared])
            rows[i] = rows[i] + attention.out_proj(torch.cat(mixed))
        rows = [
            row + feed(block.feed_forward, norm(block.around_feed_forward.norm, row))
            for row in rows
        ]
    last = torch.stack([norm(model.norm, row) for row in rows])
    return last @ model.embed.tokens.weight.T


def layer_norm(norm, row):
    spread = ((row - row.mean()) ** 2).mean()
    return (row - row.mean()) / (spread + 1e-5).sqrt() * norm.weight + norm.bias


def rms_norm(norm, row):
    return row / ((row**2).mean() + 1e-5).sqrt() * norm.weight


def bent_by_tanh(feed, row):
    x = feed.widen(row)
    slope = (2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)
    return feed.narrow(0.5 * x * (1 + slope.tanh()))


def gated(feed, row):
    x = feed.gate(row)
    return feed.narrow(x * x.sigmoid() * feed.widen(row))


def test_gpt_is_what_it_is_written_out():
    model, tokens = model_of("gpt"), text()
    expected = by_hand(model, tokens[1], layer_norm, bent_by_tanh, None, 5, 5)
    assert_close(model(tokens)[1], expected)


@pytest.mark.parametrize("rotate", [rope, partial(rope_half_split, base=500.0)])
def test_llama_is_what_it_is_written_out(rotate):
    model, tokens = model_of("llama"), text()
    for block in model.blocks:
        block.attention.attend.rotate = rotate
    expected = by_hand(model, tokens[1], rms_norm, gated, rotate, 2, 6)
    assert_close(model(tokens)[1], expected)


def test_the_rotation_can_be_chosen():
    with seeded(0):
        one = llama(VOCAB, 12, 3, 1, 1, 5)
    with seeded(0):
        other = llama(VOCAB, 12, 3, 1, 1, 5, partial(rope, base=7.0))
    assert not torch.allclose(one(text()), other(text()))


def test_sizes_of_gpt_2_and_of_a_llama():
    with torch.device("meta"):
        gpt_2 = gpt(50_257, 1024, d_model=768, num_heads=12, num_layers=12)
        smol = llama(49_152, 576, 9, 3, num_layers=30, d_ff=1536)
    assert sum(p.numel() for p in gpt_2.parameters()) == 124_439_808  # as published
    assert sum(p.numel() for p in smol.parameters()) == 134_515_008


@pytest.mark.parametrize("name", MODELS)
def test_what_has_learnt_nothing_guesses_nearly_at_random(name):
    with seeded(3):
        model = MODELS[name]()
    tokens = text(5, 11)
    guesses = model(tokens)[:, :-1].flatten(0, 1)
    loss = functional.cross_entropy(guesses, tokens[:, 1:].flatten())
    assert abs(loss.item() - math.log(VOCAB)) < 1.0


# --- causal, in one go or in parts ---------------------------------------------------


def test_no_prediction_knows_a_later_token(model):
    tokens = text()
    before = model(tokens)
    tokens[:, 4] = (tokens[:, 4] + 1) % VOCAB
    after = model(tokens)
    assert torch.equal(before[:, :4], after[:, :4])
    assert (before[:, 4:] != after[:, 4:]).any(dim=-1).all()


@pytest.mark.parametrize("parts", [1, 3, [4, 1, 2]])
@pytest.mark.parametrize(
    ("dtype", "most"), [(torch.float64, 1e-12), (torch.float32, 1e-5)]
)
@pytest.mark.parametrize("name", MODELS)
def test_a_text_in_parts_is_the_text_at_once(name, dtype, most, parts):
    model, tokens = model_of(name, dtype), text()
    got, caches = read_in_parts(model, tokens, parts)
    assert (got - model(tokens)).abs().max() < most
    assert [len(cache) for cache in caches] == [T] * LAYERS


def test_each_row_is_projected_once(model):
    counts = []
    for block in model.blocks:
        block.attention.k_proj.register_forward_hook(
            lambda _, given, got: counts.append(given[0].shape[-2])
        )
    read_in_parts(model, text(), [4, 1, 2])
    assert counts == [4] * LAYERS + [1] * LAYERS + [2] * LAYERS


def test_weights_are_there_when_asked_for(model):
    tokens, caches = text(), model.new_caches()
    rows, weights = model.read(tokens, need_weights=True)
    assert_close(model.out_proj(rows), model(tokens))
    assert len(weights) == LAYERS
    for its_weights in weights:
        assert_close(its_weights.sum(-1), torch.ones_like(its_weights[..., 0]))
        assert (its_weights.triu(1) == 0).all()
    model.read(tokens[:, :4], caches)
    _, later = model.read(tokens[:, 4:], caches, need_weights=True)
    for its_weights, expected in zip(later, weights, strict=True):
        assert_close(its_weights, expected[..., 4:, :])
    assert model.read(tokens)[1] == [None] * LAYERS


def test_one_row_reads_all_before_it(model):
    caches, tokens = model.new_caches(), text()
    model(tokens[:, :-1], caches)
    _, weights = model.read(tokens[:, -1:], caches, need_weights=True)
    assert all((its_weights > 0).all() for its_weights in weights)


# --- learning, edges, refusals -------------------------------------------------------


def test_the_last_layer_is_tied(model):
    assert model.out_proj.weight is model.embed.tokens.weight


def test_gradients_reach_every_parameter(model):
    model(text()).sin().sum().backward()
    for name, parameter in model.named_parameters():
        # what is added to all keys alike changes no weight
        if not name.endswith("k_proj.bias"):
            assert parameter.grad.abs().sum() > 0, name


def test_without_a_norm_the_last_rows_are_projected_as_they_are():
    model, tokens = model_of("gpt"), text()
    bare = LanguageModel(model.embed, model.blocks, model.out_proj)
    seen = []
    model.norm.register_forward_hook(lambda _, given, got: seen.extend(given))
    model(tokens)
    assert_close(bare(tokens), model.out_proj(seen[0]))


def test_a_text_of_one_token(model):
    assert_close(model(text(t=1)), model(torch.cat([text(t=1), text()], 1))[:, :1])


def test_on_another_device_everything_stays_there(model):
    model = model.to("meta")
    assert model(text().to("meta")).is_meta
    caches = model.new_caches()
    assert model(text().to("meta"), caches).is_meta and caches[0].k.is_meta


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", MODELS)
def test_in_half_precision_it_stays_there(name, dtype):
    with seeded(0):
        model = MODELS[name]()
    expected = model(text())
    got = model.to(dtype)(text())
    assert got.dtype == dtype
    assert_close(got.float(), expected, atol=0.1, rtol=0.05)


def test_a_text_beyond_the_learnt_positions_is_refused():
    model = model_of("gpt")
    caches = model.new_caches()
    model(text(t=LONGEST - 1), caches)
    message = rf"first \+ t must be at most max_length; got first \+ t={LONGEST + 1} "
    with pytest.raises(ValueError, match=message):
        model(text(t=2), caches)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda model: model(torch.ones(2, 3)),
            TypeError,
            "LanguageModel: tokens must hold whole numbers; "
            "got tokens of dtype torch.float32.",
        ),
        (
            lambda model: model(torch.ones(3, dtype=torch.int64)),
            ValueError,
            "LanguageModel: tokens must have the axes (b, t); got tokens (3,).",
        ),
        (
            lambda model: model(text(t=0)),
            ValueError,
            "LanguageModel: no axis of tokens (b, t) may be empty; got tokens (2, 0).",
        ),
        (
            lambda model: model(text(), model.new_caches()[:2]),
            ValueError,
            "LanguageModel: caches must hold one for each block; "
            "got 2 caches and 3 blocks.",
        ),
    ],
)
def test_wrong_input_is_refused_in_our_words(call, kind, message):
    with pytest.raises(kind) as caught:
        call(model_of("llama"))
    assert str(caught.value) == message
