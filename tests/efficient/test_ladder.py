"""Every form of attention on one table of cases: output and gradient."""

import math
from functools import partial

import numpy as np
import pytest
import torch

from attn_helpers.cost import peak_bytes
from attn_helpers.layers.attention import attention
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.reference.attention import scaled_dot_product_attention
from tests.efficient import ladder
from tests.efficient.ladder import APPROXIMATE, CASES, EXACT, TOLERANCE

by_name = {"ids": lambda x: x.name}
IN_TORCH = [form for form in EXACT if form.training is not None]


def expected(case, steps):
    """Output and gradients of the definition, in float64."""

    def ask(q, k, v):
        return attention(q, k, v, case.whole_mask(), need_weights=True)[0]

    return ladder.answers(ask, [x.double() for x in case.numbers()], steps)


@pytest.mark.parametrize("case", CASES, **by_name)
def test_the_definition_is_that_of_numpy(case):
    mask = case.whole_mask()
    q, k, v = (x.double().nan_to_num().numpy() for x in case.numbers())
    want, _ = scaled_dot_product_attention(
        q, k, v, None if mask is None else mask.numpy()
    )
    np.testing.assert_allclose(expected(case, None)[0], want, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", CASES, **by_name)
@pytest.mark.parametrize("form", EXACT, **by_name)
def test_an_exact_form_gives_the_output_and_the_gradients_of_the_definition(form, case):
    steps = None if form.training is None else ladder.steps_of(case)
    numbers = case.numbers()
    got = ladder.answers(lambda *x: form.ask(case, *x), numbers, steps)
    assert all(x.dtype == case.dtype for x in got)
    worst = max(ladder.errors(got, expected(case, steps)))
    right = worst <= case.allowed()
    assert right is (case.name not in form.fails), worst


@pytest.mark.parametrize("form", EXACT, **by_name)
def test_a_query_that_may_attend_to_nothing_gets_zeros(form):
    case = next(c for c in CASES if c.name == "a query that may attend to nothing")
    output = form.ask(case, *case.numbers())
    assert (output[..., 5, :] == 0).all()
    assert (output[..., :5, :] != 0).all()


@pytest.mark.parametrize("form", IN_TORCH, **by_name)
def test_any_form_goes_into_a_layer_of_heads(form):
    torch.manual_seed(0)
    layer, x = MultiHeadAttention(15, 3), torch.randn(2, 11, 15)
    mask = torch.ones(11, 11).tril() > 0
    want, _ = layer(x, mask=mask)
    other = MultiHeadAttention(15, 3, attend=form.function)
    other.load_state_dict(layer.state_dict())
    torch.testing.assert_close(other(x, mask=mask)[0], want)


@pytest.mark.parametrize(("name", "form"), ladder.rows_of_layers())
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_form_of_a_layer_gives_what_its_plain_form_gives(name, form, dtype):
    plain, layer = ladder.latent_layer(torch.float64), ladder.latent_layer(dtype)
    cases = [c for c in CASES if c.t_q == c.t_k and c.dtype == torch.float64]
    for case in cases:
        rows, mask = case.numbers()[0][:, 0].to(dtype), case.whole_mask()
        steps = torch.linspace(-1, 1, rows.numel(), dtype=torch.float64).view(
            rows.shape
        )

        def ask(layer, mask=mask):
            return lambda x: layer(x, mask)[0]

        got = ladder.answers(ask(form(layer)), [rows], steps)
        want = ladder.answers(ask(plain), [rows.double()], steps)
        assert max(ladder.errors(got, want)) <= TOLERANCE[dtype], case.name


def power(function, pieces):
    """How the most bytes at once grow with the length, as a power of it."""
    pieces = {name: 16 * size for name, size in pieces.items()}
    few, many = (
        peak_bytes(partial(function, *numbers(length), **pieces))
        for length in (512, 1024)
    )
    return math.log2(many / few)


def numbers(length):  # four axes: of three, torch's fused kernel takes another path
    return [torch.randn(1, 1, length, 64, requires_grad=True) for _ in range(3)]


@pytest.mark.parametrize("form", IN_TORCH, **by_name)
def test_memory_grows_as_the_page_says(form):
    def forward(*x, **pieces):
        with torch.no_grad():
            form.function(*x, **pieces)

    def training(*x, **pieces):
        form.function(*x, **pieces)[0].sum().backward()

    assert power(forward, form.pieces) == pytest.approx(form.memory, abs=0.3)
    assert power(training, form.pieces) == pytest.approx(form.training, abs=0.3)


@pytest.mark.parametrize("form", APPROXIMATE, **by_name)
def test_memory_of_an_approximate_form_grows_as_the_page_says(form):
    assert power(form.function, {}) == pytest.approx(form.memory, abs=0.3)


def distances(form, make):
    """Mean squared errors of a form, and of the mean of the values, over 20 draws."""
    ours, mean = [], []
    for seed in range(20):
        q, k, v = make(torch.Generator().manual_seed(seed))
        want, _ = attention(q, k, v)
        ours.append((form.function(q, k, v)[0] - want).square().mean())
        mean.append((v.mean(0) - want).square().mean())
    return float(sum(ours)), float(sum(mean))


@pytest.mark.parametrize("form", APPROXIMATE, **by_name)
def test_an_approximate_form_is_near_where_the_page_says_so_and_only_there(form):
    ours, mean = distances(form, form.near)
    assert ours * form.least <= mean
    ours, mean = distances(form, form.far)
    assert ours >= mean


def test_the_page_is_written_from_the_table():
    assert ladder.PAGE.read_text("utf-8") == ladder.page()
