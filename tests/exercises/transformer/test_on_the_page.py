"""What the questions of the page claim."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from attn_helpers.exercises.transformer.beam_step import beam_step
from attn_helpers.reference.masks import causal_mask
from attn_helpers.widgets.block_xray import SENTENCE, BlockXray

WIDTH, BLOCKS = 64, 12


def block(norm_first, **sizes):
    return torch.nn.TransformerEncoderLayer(
        WIDTH, 4, 256, dropout=0.0, norm_first=norm_first, batch_first=True
    ).eval()


@torch.no_grad()
def test_other_tokens_feel_a_token_through_attention_alone():
    torch.manual_seed(0)
    layer = block(norm_first=True)
    x = torch.randn(1, 5, WIDTH)
    other = x.clone()
    other[0, 2] += torch.randn(WIDTH)

    def feed(x):
        return layer.linear2(functional.relu(layer.linear1(x)))

    felt = {
        name: (part(x) != part(other)).any(-1)[0].tolist()
        for name, part in {
            "norm": layer.norm1,
            "attention": lambda x: layer.self_attn(x, x, x)[0],
            "feed": feed,
        }.items()
    }
    alone = [False, False, True, False, False]
    assert felt == {"norm": alone, "attention": [True] * 5, "feed": alone}


@pytest.mark.parametrize("heads", [8, 1])
def test_a_third_of_a_blocks_matrices_is_attentions(heads):
    layer = torch.nn.TransformerEncoderLayer(512, heads, 2048)
    sizes = {name: p.numel() for name, p in layer.named_parameters() if p.ndim == 2}
    attention = sum(n for name, n in sizes.items() if "attn" in name)
    assert 3 * attention == sum(sizes.values())


@torch.no_grad()
def lengths(norm_first):
    """The mean length of a token before the first block and behind each."""
    found = []
    for seed in range(5):
        torch.manual_seed(seed)
        x = torch.randn(8, 11, WIDTH)
        stack = [block(norm_first) for _ in range(BLOCKS)]
        stream = [x]
        for layer in stack:
            stream.append(layer(stream[-1]))
        found.append([token.square().sum(-1).mean().sqrt().item() for token in stream])
    return np.mean(found, axis=0)


def test_the_stream_of_pre_norm_blocks_grows_by_smaller_and_smaller_factors():
    start, middle, end = lengths(norm_first=True)[[0, BLOCKS // 2, BLOCKS]]
    assert 1 < end / middle < middle / start
    even = (end**2 - middle**2) / (middle**2 - start**2)
    assert 0.8 < even < 1.25
    np.testing.assert_allclose(lengths(norm_first=False)[1:], WIDTH**0.5, rtol=1e-3)


def test_a_place_may_look_at_itself_under_the_causal_mask():
    assert np.diagonal(causal_mask(5)).all()


def test_the_lowest_smoothed_loss_of_ten_words():
    target = torch.tensor([3])
    q = torch.full((1, 10), 0.01, dtype=torch.float64)
    q[0, 3] = 0.91

    def loss(p):
        return functional.cross_entropy(p.log(), target, label_smoothing=0.1).item()

    assert round(loss(q), 2) == 0.50
    rng = np.random.default_rng(0)
    others = torch.tensor(rng.dirichlet(20 * q[0].numpy() + 1e-3, size=(200, 1)))
    assert min(map(loss, others.clamp(min=1e-12))) > loss(q)
    assert loss((1e6 * torch.eye(10)[[3]]).softmax(-1).double()) == torch.inf
    assert [round(-np.log(p), 2) for p in (0.91, 0.01)] == [0.09, 4.61]


def test_with_a_length_penalty_of_1_the_long_text_wins():
    totals, tokens = np.array([-4.0, -5.0]), np.array([4, 10])
    assert (totals / tokens**1.0).tolist() == [-1.0, -0.5]
    assert (totals / tokens**0.0).argmax() == 0


def after(*words):
    """The chances of the next word: a good beginning of which little comes."""
    return {
        (): [0.40, 0.35, 0.25, 0.0],
        (0,): [0.3, 0.25, 0.25, 0.2],
        (1,): [0.5, 0.5, 0.0, 0.0],
        (0, 0): [1.0, 0.0, 0.0, 0.0],
    }.get(words, [0.25] * 4)


def search(width):
    texts, scores = [()], np.zeros(1)
    for _ in range(3):
        with np.errstate(divide="ignore"):
            log_p = np.log([after(*text) for text in texts])
        beam, token, scores = beam_step(log_p, scores, width)
        texts = [(*texts[b], int(t)) for b, t in zip(beam, token, strict=True)]
    return texts[0], np.exp(scores[0])


def test_a_beam_of_2_may_end_below_greedy_search():
    (greedy, chance), (found, less) = search(width=1), search(width=2)
    assert greedy == (0, 0, 0)
    assert found != greedy
    assert less < chance / 2


def test_the_lengths_of_the_challenge_are_those_of_the_figure():
    verb = SENTENCE.index("fall")
    growth = [lengths[verb] for lengths in BlockXray().growth]
    assert [f"{growth[0]:.2f}", f"{growth[3]:.2f}"] == ["2.83", "6.38"]


def test_no_other_switch_tells_the_verb_of_its_noun():
    verb, known = SENTENCE.index("fall"), 6
    alone = BlockXray(attention=False, feed_forward=True).stations[6][verb]
    assert alone[known] == 0
