import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from attn_helpers.inspection.learning import gradient_lengths, noted
from attn_helpers.optim import AdamW
from attn_helpers.training import Settings, fit


def loss(model, x):
    return model(x).square().sum()


def batches(rng):
    while True:
        yield torch.from_numpy(rng.standard_normal((3, 2), dtype=np.float32))


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 1))


@pytest.mark.parametrize("make", [AdamW, torch.optim.AdamW, torch.optim.SGD])
def test_fit_and_a_plain_loop_are_noted_alike(model, make):
    other = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 1))
    other.load_state_dict(model.state_dict())
    optimizer = make(model.parameters(), lr=0.1)
    settings = Settings(clip=None, progress=False)
    how = {"optimizer": optimizer, "steps": 5, "settings": settings}
    with noted(optimizer, lambda: gradient_lengths(model), every=2) as seen:
        fit(model, batches, loss, **how)
    optimizer, expected = make(other.parameters(), lr=0.1), []
    stream = batches(np.random.default_rng(0))
    for step in range(5):
        optimizer.zero_grad()
        loss(other, next(stream)).backward()
        if step % 2 == 0:
            first, last = other[0], other[2]
            pairs = [(p.weight.grad, p.bias.grad) for p in (first, last)]
            sizes = [torch.cat([a.flatten(), b]).norm() for a, b in pairs]
            expected.append(torch.stack([sizes[0], torch.tensor(0.0), sizes[1]]))
        optimizer.step()
    assert len(seen) == 3
    assert_close(seen, expected)


def test_after_the_block_nothing_is_noted(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(RuntimeError), noted(optimizer, lambda: 1) as seen:
        raise RuntimeError
    optimizer.step()
    assert seen == []


def test_measuring_leaves_no_graph(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with noted(optimizer, lambda: model(torch.ones(1, 2))) as seen:
        optimizer.step()
    assert not seen[0].requires_grad


def test_a_part_without_gradients_counts_as_0(model):
    model[0].weight.grad = torch.full((5, 2), 3.0)
    assert_close(gradient_lengths(model), torch.tensor([90.0**0.5, 0.0, 0.0]))


def test_what_cannot_be_asked_is_refused(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(TypeError, match="noted: measure"), noted(optimizer, 3):
        pass
    with (
        pytest.raises(ValueError, match="noted: every"),
        noted(optimizer, lambda: 1, every=0),
    ):
        pass
