import math

import pytest
import torch
from torch.testing import assert_close

from attn_helpers.inspection.scores import entropy, largest_score, scores_recorded
from attn_helpers.layers.attention import ScoreAttention
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.norm import QKNorm
from attn_helpers.layers.positions import Rotary, rope
from attn_helpers.layers.relative_positions import offsets
from attn_helpers.layers.scoring import SoftCappedScore
from attn_helpers.models.language_model import llama
from attn_helpers.training import seeded

B, T, HEADS, WIDTH = 2, 7, 3, 10
IDS = torch.arange(B * T).view(B, T) % 11


@pytest.fixture
def x():
    with seeded(1):
        return torch.randn(B, T, HEADS * WIDTH)


def test_the_scores_are_those_that_the_weights_are_made_of():
    with seeded(0):
        model = llama(11, 30, num_heads=3, num_kv_heads=1, num_layers=2, d_ff=13)
    expected = model.read(IDS, need_weights=True)
    with scores_recorded(model) as seen:
        got = model.read(IDS, need_weights=True)
    assert_close(got, expected)
    assert_close([scores.softmax(-1) for scores in seen], expected[1])
    model(IDS)  # after the block nothing is noted
    assert len(seen) == 2 and not seen[0].requires_grad
    assert torch.equal(seen[0] == -math.inf, (offsets(T, T) > 0).expand(B, 3, T, T))


@pytest.mark.parametrize(
    "attend, turn",
    [
        (None, lambda x: x),
        (Rotary(), rope),
        (Rotary(ScoreAttention(SoftCappedScore(0.01))), rope),
    ],
)
def test_by_hand(x, attend, turn):
    with seeded(0):
        how = {} if attend is None else {"attend": attend}
        layer = MultiHeadAttention(HEADS * WIDTH, HEADS, **how)
    with scores_recorded(layer) as seen:
        layer(x)
    q, k = (
        turn(proj(x).unflatten(-1, (HEADS, WIDTH)).transpose(1, 2))
        for proj in (layer.q_proj, layer.k_proj)
    )
    assert_close(seen, [(q @ k.mT / WIDTH**0.5).detach()])


def test_layers_that_share_what_attends_are_noted_once_each(x):
    shared = QKNorm(WIDTH)
    layers = torch.nn.ModuleList(
        MultiHeadAttention(HEADS * WIDTH, HEADS, attend=shared) for _ in range(2)
    )
    with scores_recorded(layers) as seen:
        for layer in layers:
            layer(x)
    assert len(seen) == 2
    assert max(largest_score(scores).max() for scores in seen) <= WIDTH**0.5


def test_a_model_that_fails_is_left_as_it_was(x):
    layer = MultiHeadAttention(HEADS * WIDTH, HEADS)
    call = layer.call
    with pytest.raises(RuntimeError, match="stop"), scores_recorded(layer):
        raise RuntimeError("stop")
    assert layer.call is call


def test_gradients_flow_on_while_scores_are_noted(x):
    layer = MultiHeadAttention(HEADS * WIDTH, HEADS)
    with scores_recorded(layer):
        layer(x)[0].square().sum().backward()
    assert layer.q_proj.weight.grad.abs().max() > 0


def test_what_is_hidden_is_not_the_largest():
    scores = torch.full((2, 3, 5), -math.inf)
    scores[0, 1, 2], scores[0, 0, 0] = -7.0, 3.0
    assert_close(largest_score(scores), torch.tensor([7.0, 0.0]))


def test_entropy_of_even_and_of_hard_weights():
    weights = torch.eye(5).roll(2, dims=0)
    weights[0] = torch.tensor([0.25, 0.25, 0.5, 0.0, 0.0])
    expected = torch.tensor([1.5 * math.log(2), 0.0, 0.0, 0.0, 0.0])
    assert_close(entropy(weights), expected)
    assert_close(entropy(torch.full((1, 7), 1 / 7)), torch.tensor([math.log(7)]))


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="largest_score: scores"):
        largest_score(torch.ones(3))
    with pytest.raises(ValueError, match="entropy: weights"):
        entropy(torch.tensor(1.0))
