import copy

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from attn_helpers.inspection.residual_stream import (
    blocks_of,
    changes,
    streams,
    without_feed_forward,
    without_skips,
)
from attn_helpers.layers.feed_forward import FeedForward
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.residual import PostNorm, PreNorm
from attn_helpers.models.bert import Bert
from attn_helpers.models.language_model import llama
from attn_helpers.models.transformer import EncoderBlock

B, T, D_MODEL, H, LAYERS = 2, 5, 12, 3, 3


class Stack(nn.Module):
    def __init__(self, around):
        super().__init__()
        self.blocks = nn.ModuleList(
            EncoderBlock(
                MultiHeadAttention(D_MODEL, H),
                FeedForward(D_MODEL, 17),
                around=lambda: around(nn.LayerNorm(D_MODEL)),
            )
            for _ in range(LAYERS)
        )

    def forward(self, x):
        for block in self.blocks:
            x, _ = block(x)
        return x


def stack_and_rows(around):
    torch.manual_seed(0)
    model = Stack(around).double().requires_grad_(False)
    for parameter in model.parameters():
        parameter.copy_(torch.randn_like(parameter) / 3)
    return model, torch.randn(B, T, D_MODEL, dtype=torch.float64)


def by_hand(model, x, around, skips, feed_forward):
    """The sum with or without its first term, and the norm on the side where it is."""
    seen = [x]
    for block in model.blocks:
        sublayers = [(block.around_attention, lambda x, b=block: b.attention(x)[0])]
        if feed_forward:
            sublayers.append((block.around_feed_forward, block.feed_forward))
        for about, sublayer in sublayers:
            kept = x if skips else torch.zeros_like(x)
            if around is PreNorm:
                x = kept + sublayer(about.norm(x))
            else:
                x = about.norm(kept + sublayer(x))
        seen.append(x)
    return seen


@pytest.mark.parametrize("around", [PreNorm, PostNorm])
@pytest.mark.parametrize("feed_forward", [True, False])
@pytest.mark.parametrize("skips", [True, False])
def test_the_stream_with_and_without_parts_is_that_of_a_loop(
    around, feed_forward, skips
):
    model, x = stack_and_rows(around)
    expected = by_hand(model, x, around, skips, feed_forward)
    parts = [without_skips] * (not skips) + [without_feed_forward] * (not feed_forward)
    for order in (parts, parts[::-1]):
        entered = [part(model) for part in order]
        for part in entered:
            part.__enter__()
        seen = streams(model, lambda model: model(x))
        for part in entered[::-1]:
            part.__exit__(None, None, None)
        assert len(seen) == LAYERS + 1
        for got, wanted in zip(seen, expected, strict=True):
            assert_close(got, wanted)


@pytest.mark.parametrize("part", [without_skips, without_feed_forward])
def test_afterwards_the_model_is_as_it_was_also_after_an_error(part):
    model, x = stack_and_rows(PreNorm)
    before, twin = model(x), copy.deepcopy(model)
    with pytest.raises(KeyError), part(model) as inside:
        assert not torch.equal(inside(x), before)
        raise KeyError
    assert torch.equal(model(x), before)
    assert str(model) == str(twin)
    assert model.state_dict().keys() == twin.state_dict().keys()


def test_models_of_the_book_hand_on_their_rows():
    torch.manual_seed(0)
    model = llama(11, 12, num_heads=3, num_kv_heads=1, num_layers=2, d_ff=17)
    tokens = torch.randint(11, (B, T))
    seen = streams(model, lambda model: model(tokens))
    assert torch.equal(seen[0], model.embed(tokens))
    assert torch.equal(model.out_proj(model.norm(seen[-1])), model(tokens))
    bert = Bert(2, 12, 3, 17, vocab=11, length=T).eval()
    seen = streams(bert, lambda bert: bert(tokens, tokens >= 0))
    assert len(seen) == 3 and torch.equal(seen[-1], bert(tokens, tokens >= 0)[0])


def test_nothing_is_left_hanging_on_the_blocks():
    model, x = stack_and_rows(PreNorm)

    def fail(model):
        model(x)
        raise KeyError

    with pytest.raises(KeyError):
        streams(model, fail)
    for block in blocks_of(model):
        assert not block._forward_hooks and not block._forward_pre_hooks


@pytest.mark.parametrize("look", [streams, changes])
def test_a_model_without_blocks_is_refused(look):
    with pytest.raises(ValueError) as caught:
        look(nn.Linear(3, 5), lambda model: None)
    assert str(caught.value) == (
        f"{look.__name__}: model must hold at least one EncoderBlock; got a Linear."
    )


@pytest.mark.parametrize("around", [PreNorm, PostNorm])
def test_rows_and_changes_are_those_of_a_loop(around):
    model, x = stack_and_rows(around)
    expected = []
    for block in model.blocks:
        for about, sublayer in (
            (block.around_attention, lambda x, b=block: b.attention(x)[0]),
            (block.around_feed_forward, block.feed_forward),
        ):
            change = sublayer(about.norm(x) if around is PreNorm else x)
            expected.append((x, change))
            x = x + change if around is PreNorm else about.norm(x + change)
    seen = changes(model, lambda model: model(expected[0][0]))
    assert len(seen) == 2 * LAYERS
    for pair, wanted in zip(seen, expected, strict=True):
        assert_close(pair, wanted)


def test_the_model_is_as_before_when_its_changes_have_been_noted():
    model, x = stack_and_rows(PostNorm)
    before = list(model.modules())
    changes(model, lambda model: model(x))
    assert list(model.modules()) == before
