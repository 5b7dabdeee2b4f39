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


def test_a_group_without_any_gradient_stays():
    ours, theirs = start(), start()
    for kind, parameters in ((AdamW, ours), (torch.optim.AdamW, theirs)):
        optimizer = kind([{"params": [p]} for p in parameters], lr=0.1)
        (parameters[1] ** 3).sum().backward()
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


def test_a_parameter_that_was_frozen_stays_though_it_has_a_gradient_left():
    frozen, moving = (torch.nn.Parameter(torch.ones(3)) for _ in range(2))
    (frozen * moving).sum().backward()
    frozen.requires_grad_(False)
    AdamW([frozen, moving], lr=0.1).step()  # torch's own moves both
    assert torch.equal(frozen, torch.ones(3))
    assert not torch.equal(moving, torch.ones(3))


# --- complex numbers, half precision, sparse gradients ---


def complex_start():
    generator = torch.Generator().manual_seed(0)
    numbers = torch.randn(2, 5, dtype=torch.complex128, generator=generator)
    return torch.nn.Parameter(numbers)


@pytest.mark.parametrize("settings", [{}, {"lr": 0.1, "weight_decay": 0.7}])
def test_complex_numbers_are_two_numbers_each_as_in_torch(settings):
    ours, theirs = complex_start(), complex_start()
    for kind, z in ((AdamW, ours), (torch.optim.AdamW, theirs)):
        optimizer = kind([z], **settings)
        for step in range(23):
            optimizer.zero_grad()
            (z * (z + step).cos()).abs().pow(2).sum().backward()
            optimizer.step()
    assert_close(ours, theirs, atol=1e-12, rtol=0)


def test_a_gradient_that_is_stored_as_its_conjugate_is_read_rightly():
    ours, theirs = complex_start(), complex_start()
    for kind, z in ((AdamW, ours), (torch.optim.AdamW, theirs)):
        gradient = torch.full_like(z, 2 + 1j)
        z.grad = gradient.conj() if kind is AdamW else torch.full_like(z, 2 - 1j)
        kind([z], lr=0.1).step()
    assert_close(ours, theirs, atol=1e-12, rtol=0)


HALF = pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])


def small_steps(kind, dtype, steps=200, lr=1e-4):
    """Down a gentle slope, in steps that half precision cannot write at 1."""
    weights = torch.nn.Parameter(torch.tensor([1.0, -1.0, 0.0], dtype=dtype))
    optimizer = kind([weights], lr=lr, weight_decay=0.0)
    for _ in range(steps):
        optimizer.zero_grad()
        (weights * torch.tensor([1e-4, 1e-4, 0.0], dtype=dtype)).sum().backward()
        optimizer.step()
    return weights, optimizer


@HALF
def test_small_steps_in_half_precision_add_up_where_torch_loses_them(dtype):
    ours, _ = small_steps(AdamW, dtype)
    exact, _ = small_steps(torch.optim.AdamW, torch.float32)
    assert_close(ours.float(), exact, atol=torch.finfo(dtype).eps / 2, rtol=0)
    theirs, _ = small_steps(torch.optim.AdamW, dtype)
    assert not torch.allclose(theirs.float(), exact, atol=torch.finfo(dtype).eps / 2)


@HALF
def test_weights_that_somebody_else_changed_go_on_from_there(dtype):
    weights, optimizer = small_steps(AdamW, dtype, steps=3)
    with torch.no_grad():
        weights.fill_(0.5)
    optimizer.step()
    assert_close(weights.float(), torch.tensor([0.5, 0.5, 0.5]), atol=1e-3, rtol=0)


@HALF
def test_a_run_in_half_precision_goes_on_from_its_saved_state_bit_for_bit(dtype):
    whole, _ = small_steps(AdamW, dtype, steps=40)
    weights, first = small_steps(AdamW, dtype, steps=17)
    second = AdamW([weights], lr=1e-4, weight_decay=0.0)
    second.load_state_dict(first.state_dict())
    assert second.state[weights]["mean_square"].dtype == torch.float32
    for _ in range(23):
        second.step()  # with the same gradient, which is still there
    assert torch.equal(weights, whole)


def test_a_loaded_state_is_a_copy():
    parameters = start()
    first, second = AdamW(parameters), AdamW(parameters)
    descend(first, parameters, 2)
    second.load_state_dict(first.state_dict())
    mean = first.state[parameters[0]]["mean"].clone()
    descend(second, parameters, 1)
    assert torch.equal(first.state[parameters[0]]["mean"], mean)
    assert first.state[parameters[0]]["step"] == 2


def test_a_sparse_gradient_is_refused_before_anything_moves():
    table = torch.nn.Embedding(7, 3, sparse=True)
    other = torch.nn.Parameter(torch.ones(3))
    (table(torch.tensor([2, 5])) * other).sum().backward()
    with pytest.raises(TypeError) as caught:
        AdamW([other, table.weight]).step()
    assert str(caught.value) == (
        "AdamW: gradients must be dense, as every weight takes a step; got a sparse "
        "gradient of a parameter (7, 3). Make the layer without sparse=True."
    )
    assert torch.equal(other, torch.ones(3))


def test_the_state_of_another_optimiser_is_refused():
    parameters = start()
    theirs = torch.optim.AdamW(parameters)
    descend(theirs, parameters, 1)
    with pytest.raises(ValueError) as caught:
        AdamW(parameters).load_state_dict(theirs.state_dict())
    assert str(caught.value) == (
        "AdamW: the state must be one that AdamW has saved; "
        "got entries ['exp_avg', 'exp_avg_sq', 'step']."
    )


# --- settings ---


OUT_OF_RANGE = pytest.mark.parametrize(
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
        ({"betas": (0.9,)}, "AdamW: betas must be two numbers; got (0.9,)."),
        ({"betas": 0.9}, "AdamW: betas must be two numbers; got 0.9."),
        (
            {"betas": (-0.1, 0.9)},
            "AdamW: betas must be at least 0 and below 1; got betas=-0.1.",
        ),
    ],
)


@OUT_OF_RANGE
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError) as caught:
        AdamW(start(), **settings)
    assert str(caught.value) == message


@OUT_OF_RANGE
def test_a_group_out_of_range_is_refused_too(settings, message):
    a, b, c = start()
    with pytest.raises(ValueError) as caught:
        AdamW([{"params": [a]}, {"params": [b, c], **settings}])
    assert str(caught.value) == message
    optimizer = AdamW([a, b])
    with pytest.raises(ValueError) as caught:
        optimizer.add_param_group({"params": [c], **settings})
    assert str(caught.value) == message
    assert len(optimizer.param_groups) == 1


@pytest.mark.parametrize("word", ["weightdecay", "amsgrad", "foreach"])
def test_a_setting_that_would_do_nothing_is_refused(word):
    with pytest.raises(ValueError) as caught:
        AdamW([{"params": start(), word: 0.5}])
    assert str(caught.value) == (
        f"AdamW: a group may set betas, eps, lr, weight_decay; got {word}."
    )


def test_a_group_may_have_a_name_and_a_scheduler_its_mark():
    named = [("a", torch.nn.Parameter(torch.ones(2)))]
    AdamW([{"params": start(), "name": "decoder", "initial_lr": 0.1}])
    assert AdamW(named).param_groups[0]["param_names"] == ["a"]


def test_the_edges_of_every_setting_are_taken():
    AdamW(start(), lr=1e-12, betas=(0, 0.999999), eps=1e-30, weight_decay=0)
