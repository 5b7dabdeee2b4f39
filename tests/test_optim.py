import pytest
import torch
from torch.testing import assert_close

from attn_helpers.optim import AdamW

SHAPES = (2, 3), (5,), (7, 1)


def start():
    generator = torch.Generator().manual_seed(0)
    return [
        torch.nn.Parameter(torch.randn(shape, generator=generator).double())
        for shape in SHAPES
    ]


def descend(optimizer, parameters, steps, first=0):
    """Some steps whose gradients differ in size by factors of ten."""
    for step in range(first, first + steps):
        optimizer.zero_grad()
        loss = sum(
            10.0**i * (p * (p + step).cos()).sum() for i, p in enumerate(parameters)
        )
        loss.backward()
        optimizer.step()


def groups(parameters):
    a, b, c = parameters
    return [
        {"params": [a], "lr": 0.03, "betas": (0.5, 0.7)},
        {"params": [b, c], "weight_decay": 0.5, "eps": 1e-2},
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"lr": 0.1},
        {"betas": (0.8, 0.9)},
        {"eps": 0.3},
        {"weight_decay": 0.0},
        {"lr": 0.1, "weight_decay": 0.7},
    ],
)
def test_every_setting_does_what_it_does_in_torch(settings):
    ours, theirs = start(), start()
    descend(AdamW(ours, **settings), ours, 23)
    descend(torch.optim.AdamW(theirs, **settings), theirs, 23)
    assert_close(ours, theirs, atol=1e-12, rtol=0)


def test_groups_keep_their_own_settings():
    ours, theirs = start(), start()
    descend(AdamW(groups(ours), lr=0.01), ours, 23)
    descend(torch.optim.AdamW(groups(theirs), lr=0.01), theirs, 23)
    assert_close(ours, theirs, atol=1e-12, rtol=0)


def test_float32_agrees_too():
    ours, theirs = ([torch.nn.Parameter(p.float()) for p in start()] for _ in range(2))
    descend(AdamW(ours, lr=0.01), ours, 23)
    descend(torch.optim.AdamW(theirs, lr=0.01), theirs, 23)
    assert_close(ours, theirs, atol=1e-6, rtol=0)


def test_a_parameter_without_a_gradient_stays_and_does_not_age():
    ours, theirs = start(), start()
    for kind, parameters in ((AdamW, ours), (torch.optim.AdamW, theirs)):
        optimizer = kind(parameters, lr=0.1)
        for active in ([0, 1, 2], [1], [1], [0, 2]):
            optimizer.zero_grad()
            sum((parameters[i] ** 3).sum() for i in active).backward()
            optimizer.step()
    assert_close(ours, theirs, atol=1e-12, rtol=0)


def test_the_first_step_is_the_learning_rate_against_the_sign_of_the_gradient():
    parameter = torch.nn.Parameter(torch.tensor([5.0, 5.0]))
    optimizer = AdamW([parameter], lr=0.25, weight_decay=0.0)
    (parameter * torch.tensor([1e-4, -1e4])).sum().backward()
    optimizer.step()
    assert_close(parameter.data, torch.tensor([4.75, 5.25]), atol=1e-4, rtol=0)


def test_the_decay_shrinks_weights_and_never_enters_the_means():
    parameter = torch.nn.Parameter(torch.tensor([8.0]))
    optimizer = AdamW([parameter], lr=0.5, weight_decay=0.25)
    parameter.grad = torch.zeros(1)
    optimizer.step()
    assert parameter.item() == 7.0
    assert optimizer.state[parameter]["mean"].item() == 0.0


def test_a_run_goes_on_from_its_saved_state():
    whole, broken = start(), start()
    descend(AdamW(whole, lr=0.05), whole, 11)
    first = AdamW(broken, lr=0.05)
    descend(first, broken, 4)
    second = AdamW(broken)
    second.load_state_dict(first.state_dict())
    descend(second, broken, 7, first=4)
    assert all(torch.equal(a, b) for a, b in zip(whole, broken, strict=True))


def test_a_closure_is_asked_with_gradients_on():
    parameter = torch.nn.Parameter(torch.tensor([3.0]))
    optimizer = AdamW([parameter], lr=0.1, weight_decay=0.0)

    def closure():
        optimizer.zero_grad()
        loss = parameter.pow(2).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 9.0
    assert parameter.item() == pytest.approx(2.9)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": 0.0}, "AdamW: lr must be greater than 0; got lr=0.0."),
        ({"eps": -1.0}, "AdamW: eps must be greater than 0; got eps=-1.0."),
        (
            {"betas": (0.9, 1.5)},
            "AdamW: betas must be at least 0 and below 1; got betas=1.5.",
        ),
        (  # a mean that keeps everything never moves, and its correction is 0 / 0
            {"betas": (0.9, 1.0)},
            "AdamW: betas must be at least 0 and below 1; got betas=1.0.",
        ),
        (
            {"weight_decay": -0.1},
            "AdamW: weight_decay must be at least 0; got weight_decay=-0.1.",
        ),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError) as caught:
        AdamW(start(), **settings)
    assert str(caught.value) == message
