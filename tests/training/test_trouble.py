"""What would train nothing is refused before the first step, in words."""

import math

import pytest
import torch
from torch import nn

from attn_helpers.optim import AdamW
from tests.training.small import batches, loss, same, small_model, train


def refused(model, optimizer):
    """The complaint, after no step and no change."""
    before, steps = [weight.clone() for weight in model.parameters()], []

    def spy(model, batch):
        steps.append(batch)
        return loss(model, batch)

    with pytest.raises((ValueError, TypeError)) as caught:
        train(model, loss=spy, optimizer=optimizer)
    assert steps == []
    for weight, kept in zip(model.parameters(), before, strict=True):
        assert torch.equal(weight, kept)
    return str(caught.value)


# --- an optimiser and its model ---


def test_an_optimiser_of_another_model():
    message = refused(small_model(), AdamW(small_model().parameters()))
    rule = "fit: optimizer must hold the parameters of model"
    assert message == f"{rule}; got an optimizer of 4 others."


def test_an_optimiser_that_was_made_before_a_part_was_put_in():
    model = small_model()
    optimizer = AdamW(model.parameters())
    model[2] = nn.Linear(7, 1)
    rule = "fit: optimizer must hold every parameter of model that requires a gradient"
    message = refused(model, optimizer)
    assert message == f"{rule}; got an optimizer without 2.weight, 2.bias."


def test_an_optimiser_that_lacks_much_names_three():
    model = nn.Sequential(*(nn.Linear(3, 3, bias=False) for _ in range(6)))
    message = refused(model, AdamW(model[5].parameters()))
    assert message.endswith("without 0.weight, 1.weight, 2.weight and 2 more.")


def test_a_part_may_be_frozen_and_the_optimiser_may_hold_more():
    model, scale = small_model(), nn.Parameter(torch.ones(()))
    model[0].requires_grad_(False)
    before = model[0].weight.clone()

    def scaled(model, batch):
        return loss(model, batch) * scale.square()

    held = [*model.parameters(), scale]
    train(model, loss=scaled, optimizer=AdamW(held, lr=0.05))
    assert scale.item() != 1
    assert torch.equal(model[0].weight, before)
    assert not torch.equal(model[2].weight, small_model()[2].weight)


@pytest.mark.parametrize(
    ("model", "got"),
    [
        (small_model().requires_grad_(False), "a model of 4 frozen parameters"),
        (nn.ReLU(), "a model of 0 frozen parameters"),
    ],
)
def test_a_model_in_which_nothing_can_learn(model, got):
    message = refused(model, AdamW(small_model().parameters()))
    rule = "fit: model must have a parameter that requires a gradient"
    assert message == f"{rule}; got {got}."


def test_a_model_of_inference_mode():
    with torch.inference_mode():
        model = small_model()
    assert refused(model, AdamW(model.parameters())) == (
        "fit: model must be made outside of torch.inference_mode; got parameters that "
        "can never have a gradient."
    )


def test_an_optimiser_that_stands_still():
    model = small_model()
    message = refused(model, torch.optim.SGD(model.parameters(), lr=0.0))
    assert message == "fit: optimizer must have a learning rate other than 0; got lr=0."


def test_one_group_may_stand_still():
    model = small_model()
    groups = [{"params": model[0].parameters(), "lr": 0.0}]
    groups.append({"params": model[2].parameters()})
    train(model, optimizer=torch.optim.SGD(groups, lr=0.1))
    assert torch.equal(model[0].weight, small_model()[0].weight)
    assert not torch.equal(model[2].weight, small_model()[2].weight)


def test_what_is_no_optimiser():
    message = refused(small_model(), AdamW)
    rule = "fit: optimizer must be one of torch.optim's kind"
    assert message == f"{rule}; got optimizer of type type."


# --- a loss and its model ---


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        (
            lambda model, batch: loss(model, batch).item(),
            TypeError,
            "fit: the loss must be a torch tensor; got the loss of type float.",
        ),
        (
            lambda model, batch: (model(batch[0]) - batch[1]).square().mean(-1),
            ValueError,
            "fit: the loss must be one number; got a loss (5,).",
        ),
        (
            lambda model, batch: loss(model, batch).detach(),
            ValueError,
            "fit: the loss must be computed from the parameters, with gradients on; "
            "got a loss with no grad_fn.",
        ),
        (
            lambda model, batch: loss(small_model(), batch),
            ValueError,
            "fit: the loss must be computed from model; got a loss that reaches none "
            "of its parameters.",
        ),
    ],
    ids=["a number", "one a sample", "no way back", "of another model"],
)
def test_a_loss_from_which_nothing_can_be_learnt(wrong, kind, message):
    model = small_model()
    with pytest.raises(kind) as caught:
        train(model, loss=wrong)
    assert str(caught.value) == message
    assert same(model, small_model())


def test_a_loss_with_one_entry_is_one_number():
    train(small_model(), loss=lambda model, batch: loss(model, batch)[None])


# --- batches ---


@pytest.mark.parametrize("number", [0, 7, 22])
def test_batches_that_run_out_are_counted(number):
    def few(rng):
        yield from [next(batches(rng)) for _ in range(number)]

    with pytest.raises(ValueError) as caught:
        train(small_model(), batches=few)
    rule = "fit: batches must yield one for every step"
    assert str(caught.value) == f"{rule}; got {number} batches for 23 steps."


# --- what is not finite, and where it first shows ---


def stopped(model=None, batches=batches, loss=loss):
    with pytest.raises(FloatingPointError) as caught:
        train(small_model() if model is None else model, batches=batches, loss=loss)
    return str(caught.value).partition(" were changed. ")[2]


def test_at_the_first_step_the_learning_rate_is_not_blamed():
    nothing = torch.zeros(0)
    advice = stopped(loss=lambda model, batch: loss(model, batch) + nothing.mean())
    assert advice == (
        "No weight has been changed yet, so look at this batch and at the loss: a mean "
        "over nothing, such as targets that are all padding, is NaN."
    )


def test_nor_where_the_first_gradient_is_not_finite():
    def steep(model, batch):
        return loss(model, batch) + (model[0].bias * 0.0).clamp(min=0).sqrt().sum()

    assert stopped(loss=steep).startswith("No weight has been changed yet")


def test_weights_that_came_so_are_named():
    model = small_model()
    with torch.no_grad():
        model[2].bias.fill_(math.inf)
    advice = "The model came with weights that are not finite: 2.bias."
    assert stopped(model) == advice


@pytest.mark.parametrize("step", [0, 6])
@pytest.mark.parametrize(
    "wrap",
    [lambda x, y: (x, y), lambda x, y: {"x": [x], "y": y}],
    ids=["a pair", "a table with a list in it"],
)
def test_a_batch_that_holds_nan_is_named_at_any_step(step, wrap):
    def one_bad(rng):
        for number, (x, y) in enumerate(batches(rng)):
            yield wrap(x, y * math.nan if number == step else y)

    def unwrapped(model, batch):
        pair = (batch["x"][0], batch["y"]) if isinstance(batch, dict) else batch
        return loss(model, pair)

    advice = "This batch holds numbers that are not finite."
    assert stopped(batches=one_bad, loss=unwrapped) == advice


def test_later_the_learning_rate_may_be_too_high():
    seen = []

    def bad(model, batch):
        seen.append(batch)
        return loss(model, batch) * (math.nan if len(seen) == 2 else 1)

    assert stopped(loss=bad) == "Lower the learning rate, or look at this batch."
