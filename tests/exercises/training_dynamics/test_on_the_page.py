"""What the questions of the page claim."""

import numpy as np
import torch
from torch import nn

from attn_helpers.exercises.training_dynamics.qk_norm_scores import qk_norm_scores
from attn_helpers.layers.feed_forward import FeedForward
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.residual import PostNorm, PreNorm
from attn_helpers.models.transformer import EncoderBlock
from attn_helpers.widgets.stability_lab import StabilityLab


def gradient_of_the_last_block(around, layers, d=32):
    """Its length, with fresh weights and targets at random; a mean of three seeds."""
    found = []
    for seed in range(3):
        torch.manual_seed(seed)
        blocks = [
            EncoderBlock(
                MultiHeadAttention(d, 2),
                FeedForward(d, 4 * d),
                around=lambda: around(nn.LayerNorm(d)),
            )
            for _ in range(layers)
        ]
        x, targets = torch.randn(8, 16, d), torch.randint(29, (8 * 16,))
        for block in blocks:
            x, _ = block(x)
        norm = nn.LayerNorm(d) if around is PreNorm else nn.Identity()
        logits = nn.Linear(d, 29)(norm(x)).flatten(0, 1)
        nn.functional.cross_entropy(logits, targets).backward()
        grads = [p.grad for p in blocks[-1].parameters() if p.grad is not None]
        found.append(torch.cat([grad.flatten() for grad in grads]).norm().item())
    return np.mean(found)


def test_the_gradient_of_the_last_block_gets_smaller_with_depth_in_pre_norm_alone():
    pre = [gradient_of_the_last_block(PreNorm, layers) for layers in (2, 12, 24)]
    assert pre[0] > pre[1] > pre[2]
    post = [gradient_of_the_last_block(PostNorm, layers) for layers in (2, 24)]
    assert post[1] >= post[0]


@torch.no_grad()
def test_twenty_layers_of_attention_alone_return_one_row():
    for seed in range(3):
        torch.manual_seed(seed)
        x = torch.randn(8, 32)
        for _ in range(20):
            x, _ = MultiHeadAttention(32, 4, bias=False)(x)
        assert (x - x.mean(0)).norm() < 1e-6 * x.norm()


def test_70000_in_float16_makes_the_row_nan():
    def softmax(scores):
        grown = np.exp(scores - scores.max())
        return grown / grown.sum()

    scores = [70_000, 10, 11, 9]
    with np.errstate(over="ignore", invalid="ignore"):
        half = np.array(scores).astype(np.float16)
        assert np.isnan(softmax(half)).all()
    assert torch.tensor(scores).half().softmax(-1).isnan().all()
    assert softmax(np.array(scores, np.float32)).tolist() == [1, 0, 0, 0]
    assert torch.tensor(scores).bfloat16().softmax(-1).tolist() == [1, 0, 0, 0]
    cut = np.minimum(scores, 65504).astype(np.float16)
    assert softmax(cut).tolist() == [1, 0, 0, 0]


def test_a_query_twice_as_long_has_the_same_scores_and_gains_make_them_large():
    rng = np.random.default_rng(0)
    q, k, ones = rng.normal(size=(1, 2, 7)), rng.normal(size=(1, 5, 7)), np.ones(7)
    scores = qk_norm_scores(q, k, ones, ones, 0.0)
    np.testing.assert_allclose(qk_norm_scores(2 * q, k, ones, ones, 0.0), scores)
    assert np.abs(scores).max() <= 7**0.5
    np.testing.assert_allclose(
        qk_norm_scores(q, k, 3 * ones, 3 * ones, 0.0), 9 * scores
    )


def test_all_seeds_of_the_first_challenge_are_stuck_and_a_warm_up_rescues_them():
    runs = {"norm": "post-norm", "layers": 8, "rate": 0.004}
    learnt = {warmup: StabilityLab(warmup=warmup, **runs).learnt for warmup in (0, 80)}
    assert learnt == {0: 0, 80: 3}


def test_a_warm_up_alone_leaves_the_scores_of_the_second_challenge_large():
    runs = {"norm": "pre-norm", "layers": 8, "rate": 0.064}
    largest = {}
    for warmup, qk_norm in ((0, False), (80, False), (80, True)):
        lab = StabilityLab(warmup=warmup, qk_norm=qk_norm, **runs)
        largest[warmup, qk_norm] = lab.learnt, max(lab.values[3])
    assert largest[0, False][0] < 3
    assert largest[80, False][0] == 3 and largest[80, False][1] > 400
    assert largest[80, True][0] == 3 and largest[80, True][1] < 100
