"""Make runs.npz, what StabilityLab shows: many small language models, trained.

``nice python -m tests.widgets.stability_runs`` trains 288 of them, in about ten minutes
of one core, and writes ``attn_helpers/widgets/stability_lab/runs.npz``. All runs of one
kind of network are trained at once: their weights are stacked, and ``vmap`` takes them
through the network side by side.
"""

import math
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn import functional

import attn_helpers
from attn_helpers.data.characters import Characters, all_windows, random_windows
from attn_helpers.data.scripture import scripture
from attn_helpers.inspection.scores import entropy, scores_recorded
from attn_helpers.layers.embedding import Embedding, tied
from attn_helpers.layers.feed_forward import FeedForward
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.norm import QKNorm
from attn_helpers.layers.positions import Rotary
from attn_helpers.layers.residual import PostNorm, PreNorm
from attn_helpers.models.language_model import LanguageModel
from attn_helpers.models.transformer import EncoderBlock
from attn_helpers.training import seeded

FILE = Path(attn_helpers.__file__).parent / "widgets/stability_lab/runs.npz"
NORMS, QK_NORM = ("post", "pre"), (False, True)
WARM, LAYERS, RATES = (0, 80), (2, 4, 8), (0.001, 0.004, 0.016, 0.064)
SEEDS = (0, 1, 2)
LENGTH, BATCH, D_MODEL, HEADS, STEPS, EVERY = 32, 8, 32, 2, 160, 4
BETAS, EPS, DECAY, LAST = (0.9, 0.999), 1e-8, 0.01, 0.05
# loss, gradient, largest score, entropy, distance: the range of their codes 0 … 254
SCALES = np.array([[1.8, 18], [1e-4, 1e4], [0.1, 1e4], [0, 1], [1e-5, 1]])
LINEAR = 3  # the entropy; the others are on a logarithmic scale


class Text:
    """Windows to train on, to look at and to measure with, ``(b, LENGTH + 1)``."""

    def __init__(self):
        text = scripture()
        letters = Characters(text.train)
        self.vocab = len(letters)
        self.train = letters.encode(text.train)
        held_back = all_windows(letters.encode(text.validation), LENGTH)
        held_back = torch.from_numpy(held_back[:256].copy())
        self.probe, self.measured = held_back[:8], held_back
        share = np.bincount(self.train, minlength=self.vocab) / len(self.train)
        self.unigram = -(share[share > 0] * np.log(share[share > 0])).sum()

    def batches(self, seed):
        rng = np.random.default_rng(seed)
        return map(torch.from_numpy, random_windows(self.train, LENGTH, BATCH, rng))


def network(vocab, norm, layers, qk_norm, seed):
    around = {"post": PostNorm, "pre": PreNorm}[norm]
    with seeded(seed):
        embed = Embedding(vocab, D_MODEL, scale=1.0)
        blocks = [
            EncoderBlock(
                MultiHeadAttention(
                    D_MODEL,
                    HEADS,
                    attend=QKNorm(D_MODEL // HEADS, Rotary()) if qk_norm else Rotary(),
                ),
                FeedForward(D_MODEL, 4 * D_MODEL, functional.gelu),
                around=lambda: around(nn.LayerNorm(D_MODEL)),
            )
            for _ in range(layers)
        ]
        last = nn.LayerNorm(D_MODEL) if norm == "pre" else None
        return LanguageModel(embed, blocks, tied(embed), last)


def loss(model, weights, windows):
    logits = functional_call(model, weights, (windows[:, :-1],))
    return functional.cross_entropy(logits.mT, windows[:, 1:])


@contextmanager
def last_rows(model):
    """What the last block gives, one tensor a call."""
    rows = []
    handle = model.blocks[-1].register_forward_hook(lambda *x: rows.append(x[-1][0]))
    try:
        yield rows
    finally:
        handle.remove()


def look(model, windows, weights):
    """Largest score, entropy of the lowest layer, and distance of the last rows."""
    with scores_recorded(model) as scores, last_rows(model) as rows:
        functional_call(model, weights, (windows[:, :-1],))
    scores = torch.stack(scores)  # (layers, b, h, t, t)
    seen = torch.where(scores == -math.inf, 0.0, scores).abs().amax()
    most = torch.arange(1, LENGTH + 1).log()  # the entropy of even weights
    share = (entropy(scores.softmax(-1)) / most)[..., 1:].mean((1, 2, 3)).amin()
    [x] = rows
    apart = torch.linalg.vector_norm(x - x.mean(1, keepdim=True), dim=(1, 2))
    distance = (apart / torch.linalg.vector_norm(x, dim=(1, 2))).mean()
    return torch.stack([seen, share, distance])


def factor(step, warm):
    """Up on a line for ``warm`` steps, then down to LAST; for each run."""
    falling = 1 - (1 - LAST) * (step - warm) / (STEPS - warm)
    return torch.where(step < warm, (step + 1) / warm.clamp(min=1), falling)


class Adam:
    """AdamW for runs side by side, each with a rate of its own, ``(runs,)``."""

    def __init__(self, weights):
        self.weights, self.steps = weights, 0
        self.means = [torch.zeros_like(w) for w in weights]
        self.squares = [torch.zeros_like(w) for w in weights]

    @torch.no_grad()
    def step(self, gradients, rates):
        self.steps += 1
        keep, keep_square = BETAS
        groups = zip(self.weights, gradients, self.means, self.squares, strict=True)
        for weights, gradient, mean, square in groups:
            rate = rates.view(-1, *[1] * (weights.ndim - 1))
            mean.lerp_(gradient, 1 - keep)
            square.mul_(keep_square).addcmul_(gradient, gradient, value=1 - keep_square)
            root = (square / (1 - keep_square**self.steps)).sqrt_().add_(EPS)
            weights.mul_(1 - rate * DECAY)
            weights.sub_(rate / (1 - keep**self.steps) * mean / root)


def train(text, norm, layers, qk_norm, runs, steps=STEPS):
    """Train ``runs``, triples (warm, rate, seed), of one kind of network.

    Returns:
        the series, ``(runs, 5, steps / EVERY)``, and the last losses, ``(runs,)``.
    """
    make = partial(network, text.vocab, norm, layers, qk_norm)
    model = make(0)
    weights, _ = stack_module_state([make(seed) for _, _, seed in runs])
    streams = {seed: text.batches(seed) for _, _, seed in runs}
    warm, rates = (torch.tensor([run[i] for run in runs]) for i in (0, 1))
    losses_of = vmap(partial(loss, model))
    looks_of = vmap(partial(look, model, text.probe))
    adam = Adam(list(weights.values()))
    series, since = [], []
    for step in range(steps):
        drawn = {seed: next(stream) for seed, stream in streams.items()}
        losses = losses_of(weights, torch.stack([drawn[seed] for _, _, seed in runs]))
        gradients = torch.autograd.grad(losses.sum(), adam.weights)
        length = sum(g.square().flatten(1).sum(1) for g in gradients).sqrt()
        since.append(torch.stack([losses.detach(), length]))
        adam.step(gradients, rates * factor(step, warm))
        if (step + 1) % EVERY == 0:
            with torch.no_grad():
                looks = looks_of(weights).T
            series.append(torch.cat([torch.stack(since).mean(0), looks]))
            since = []
    with torch.no_grad():
        last = [
            loss(model, {n: w[i] for n, w in weights.items()}, text.measured).item()
            for i in range(len(runs))
        ]
    series = torch.stack(series, dim=-1).transpose(0, 1).numpy()
    return series, np.nan_to_num(last, nan=np.inf)


def codes(series):
    """Numbers as codes 0 … 254 on their scales, and 255 where they are not finite."""
    low, high = SCALES.T[..., None]
    known = np.clip(np.nan_to_num(series), low, high)
    share = known.copy()  # right where the scale is from 0 to 1
    logarithmic = np.arange(len(SCALES)) != LINEAR
    low, high, known = low[logarithmic], high[logarithmic], known[:, logarithmic]
    share[:, logarithmic] = np.log(known / low) / np.log(high / low)
    found = np.rint(254 * share).astype(np.uint8)
    return np.where(np.isfinite(series), found, np.uint8(255))


def main():
    text = Text()
    shape = [len(axis) for axis in (NORMS, WARM, LAYERS, RATES, QK_NORM, SEEDS)]
    kept = np.zeros((*shape, len(SCALES), STEPS // EVERY), np.uint8)
    validation = np.zeros(shape, np.float32)
    runs = list(product(WARM, RATES, SEEDS))
    places = list(product(*map(range, (len(WARM), len(RATES), len(SEEDS)))))
    for n, c, qk in product(*map(range, (len(NORMS), len(LAYERS), len(QK_NORM)))):
        series, last = train(text, NORMS[n], LAYERS[c], QK_NORM[qk], runs)
        for (w, r, s), code, value in zip(places, codes(series), last, strict=True):
            kept[n, w, c, r, qk, s], validation[n, w, c, r, qk, s] = code, value
    np.savez_compressed(
        FILE,
        runs=kept,
        validation=validation,
        scales=SCALES,
        unigram=text.unigram,
        warm=WARM,
        layers=LAYERS,
        rates=RATES,
        seeds=SEEDS,
        steps=np.arange(EVERY, STEPS + 1, EVERY),
    )


if __name__ == "__main__":
    main()
