"""A training of a few milliseconds, with dropout, for the tests of this folder."""

import numpy as np
import torch
from torch import nn

from attn_helpers.optim import AdamW
from attn_helpers.training import Settings, fit, seeded

STEPS = 23


def small_model(seed=0):
    with seeded(seed):
        return nn.Sequential(nn.Linear(3, 7), nn.Dropout(0.5), nn.Linear(7, 1))


def batches(rng):
    while True:
        x = torch.from_numpy(rng.standard_normal((5, 3), dtype=np.float32))
        yield x, x.sum(dim=-1, keepdim=True)


def loss(model, batch):
    x, y = batch
    return (model(x) - y).pow(2).mean()


def train(model, steps=STEPS, batches=batches, loss=loss, optimizer=None, **settings):
    optimizer = AdamW(model.parameters(), lr=0.05) if optimizer is None else optimizer
    settings = Settings(progress=False, **settings)
    return fit(
        model, batches, loss, optimizer=optimizer, steps=steps, settings=settings
    )


def same(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def power_cut(after):
    """Batches that are broken off before step ``after``, as at the keyboard."""

    def stream(rng):
        for number, batch in enumerate(batches(rng)):
            if number == after:
                raise KeyboardInterrupt
            yield batch

    return stream
