import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from attn_helpers.layers.attention import ScoreAttention, attention
from attn_helpers.layers.positions import (
    LearnedPositions,
    Rotary,
    SinusoidalPositions,
)
from attn_helpers.layers.relative_positions import (
    AlibiBias,
    BiasedScore,
    BucketBias,
    ShawScore,
)
from attn_helpers.models.price_reader import (
    D_MODEL,
    HEAD_DIM,
    NUM_HEADS,
    PriceReader,
)
from attn_helpers.reference.masks import causal_mask
from attn_helpers.tasks.price_lists import GOODS, PRICES, UNKNOWN, WORDS, running_boards
from attn_helpers.training import seeded

B, T = 3, 17


def by_score(make):
    """What makes attention by a score, from what makes the score."""
    return lambda: ScoreAttention(make())


PARTS = {
    "none": (nn.Identity, lambda: attention),
    "sinusoidal": (lambda: SinusoidalPositions(D_MODEL), lambda: attention),
    "learned": (lambda: LearnedPositions(T, D_MODEL), lambda: attention),
    "Shaw": (nn.Identity, by_score(lambda: ShawScore(HEAD_DIM, 3))),
    "T5": (nn.Identity, by_score(lambda: BiasedScore(BucketBias(NUM_HEADS, 4, 5)))),
    "ALiBi": (nn.Identity, by_score(lambda: BiasedScore(AlibiBias(NUM_HEADS)))),
    "RoPE": (nn.Identity, Rotary),
}
each_kind = pytest.mark.parametrize("kind", PARTS)
CAUSAL = torch.from_numpy(causal_mask(T))


def reader(kind, seed=0):
    positions, attend = PARTS[kind]
    sizes = len(GOODS), len(WORDS), len(PRICES)
    with seeded(seed):
        return PriceReader(*sizes, positions(), attend)


def board(seed=0, boards=B):
    boards = running_boards(np.random.default_rng(seed), boards, T)
    return [torch.from_numpy(x) for x in (boards.goods, boards.words, boards.answers)]


@each_kind
def test_it_scores_each_price_for_each_line(kind):
    goods, words, _ = board()
    assert reader(kind)(goods, words, CAUSAL).shape == (B, T, len(PRICES))


@each_kind
def test_under_a_causal_mask_a_later_line_changes_nothing_before_it(kind):
    goods, words, _ = board()
    model, changed = reader(kind), words.clone()
    changed[:, -1] = (changed[:, -1] + 1) % len(WORDS)
    before, after = model(goods, words, CAUSAL), model(goods, changed, CAUSAL)
    assert_close(before[:, :-1], after[:, :-1])
    assert not torch.allclose(before[:, -1], after[:, -1])


@each_kind
def test_only_without_positions_and_mask_does_order_not_matter(kind):
    goods, words, _ = board()
    order = torch.randperm(T, generator=torch.Generator().manual_seed(0))
    model = reader(kind).double()
    shuffled = model(goods[:, order], words[:, order])
    same = torch.allclose(shuffled, model(goods, words)[:, order])
    assert same == (kind == "none")


def test_a_causal_mask_alone_breaks_the_symmetry():
    goods, words, _ = board()
    order = torch.arange(T).flip(0)
    model = reader("none").double()
    shuffled = model(goods[:, order], words[:, order], CAUSAL)
    assert not torch.allclose(shuffled, model(goods, words, CAUSAL)[:, order])


@each_kind
def test_it_can_learn_a_handful_of_boards_by_heart(kind):
    goods, words, answers = board(boards=2)
    model = reader(kind)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(60):
        scores = model(goods, words, CAUSAL)
        loss = functional.cross_entropy(
            scores.flatten(0, 1), answers.flatten(), ignore_index=UNKNOWN
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.1
    asked = answers != UNKNOWN
    assert (scores.argmax(-1) == answers)[asked].all()


def test_every_part_learns():
    goods, words, _ = board()
    model = reader("T5")
    model(goods, words, CAUSAL).cos().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


def test_embed_is_good_plus_word_plus_position():
    goods, words, _ = board()
    model = reader("sinusoidal")
    blind = (model.goods(goods) + model.words(words)) / 2**0.5
    assert_close(model.embed(goods, words), SinusoidalPositions(D_MODEL)(blind))


def test_a_layer_adds_to_what_a_line_knows():
    goods, words, _ = board()
    model = reader("sinusoidal")
    for layer in model.layers:
        nn.init.zeros_(layer.attention.out_proj.weight)
    expected = model.answer(model.norm(model.embed(goods, words)))
    assert_close(model(goods, words, CAUSAL), expected)
