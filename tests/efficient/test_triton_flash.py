"""The kernels in Triton's interpreter, which conftest.py asks for: a CPU is enough."""

import importlib.util
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from attn_helpers.efficient import triton_flash
from attn_helpers.efficient.triton_flash import flash_attention
from attn_helpers.layers.attention import attention
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.reference.masks import causal_mask, padding_mask

ELSEWHERE = pytest.mark.skip(reason="Triton is built for Linux alone")
with_triton = pytest.mark.needs("triton") if sys.platform == "linux" else ELSEWHERE
NEAR = {torch.float32: 1e-5, torch.float16: 2e-3}

random = torch.Generator().manual_seed(1)
by_head = torch.rand(3, 7, 7, generator=random) > 0.5
late = torch.rand(71, 131, generator=random) > 0.7
late[3::7] = False  # dead rows
late[5::7, :101] = False  # nothing to see in the first tiles
padded = torch.from_numpy(padding_mask([3, 0], 7))[:, None]

# batch, t_q, t_k, d_k, d_v and what is said beside
SMALL = {
    "one": ((), 1, 1, 1, 1, {}),
    "heads": ((2, 3), 5, 7, 11, 13, {}),
    "wide": ((), 5, 7, 128, 127, {}),
    "first alone": ((), 5, 7, 11, 13, {"first": 3}),
    "mask of no axis": ((2,), 5, 7, 11, 13, {"mask": torch.tensor(False)}),
    "mask of keys": ((2,), 5, 7, 11, 13, {"mask": torch.arange(7) == 4}),
    "padding": ((2, 3), 5, 7, 11, 13, {"mask": padded}),
    "mask by head": ((2, 3), 7, 7, 11, 13, {"mask": by_head}),
    "causal, newest": ((2,), 5, 71, 19, 23, {"causal": True, "first": 66}),
    "causal, before keys": ((), 131, 37, 5, 3, {"causal": True, "first": -71}),
    "causal, mask": ((), 71, 131, 5, 3, {"mask": late, "causal": True, "first": 43}),
}
# a program owns 64 rows and walks in steps of 32 in float32, 128 and 64 in float16
TILES = {
    "just tiles": ((), 128, 64, 16, 32, {}),
    "many queries": ((), 131, 71, 17, 43, {}),
    "many keys": ((), 71, 131, 17, 43, {}),
    "causal": ((), 131, 131, 19, 23, {"causal": True}),
    "dead rows": ((), 71, 131, 17, 43, {"mask": late}),
}
RUNS = [(torch.float32, SMALL | TILES), (torch.float16, TILES)]


def rows(batch, t_q, t_k, d_k, d_v, dtype=torch.float32, size=1.0):
    generator = torch.Generator().manual_seed(0)
    shapes = (t_q, d_k), (t_k, d_k), (t_k, d_v)
    drawn = (torch.randn(*batch, *shape, generator=generator) for shape in shapes)
    return [(size * x).to(dtype).requires_grad_() for x in drawn]


def outcome(attend, inputs):
    """The output, and the gradients that some weighted sum of it has."""
    output, weights = attend(*inputs)
    assert weights is None
    steps = torch.arange(output.numel()).reshape(output.shape).cos().half()
    return output, *torch.autograd.grad(output, inputs, steps.to(output.dtype))


def expected(inputs, mask=None, causal=False, first=0):
    if causal:
        t_q, t_k = inputs[0].shape[-2], inputs[1].shape[-2]
        seen = torch.from_numpy(causal_mask(t_q, t_k, first))
        mask = seen if mask is None else mask & seen
    wide = [x.detach().double().requires_grad_() for x in inputs]
    return outcome(partial(attention, mask=mask), wide)


def assert_near(found, wanted, near=1e-5):
    for one, other in zip(found, wanted, strict=True):
        assert_close(one.double(), other.double(), atol=near, rtol=0)


@with_triton
@pytest.mark.parametrize(
    ("dtype", "case"),
    [
        pytest.param(dtype, case, id=f"{dtype}, {name}".removeprefix("torch."))
        for dtype, cases in RUNS
        for name, case in cases.items()
    ],
)
def test_output_and_gradients_are_those_of_attention_in_float64(dtype, case):
    *sizes, how = case
    inputs = rows(*sizes, dtype)
    found = outcome(partial(flash_attention, **how), inputs)
    assert {x.dtype for x in found} == {dtype}
    assert_near(found, expected(inputs, **how), NEAR[dtype])


@with_triton
def test_batches_broadcast_and_gradients_are_summed_over_them():
    (q, _, _), (_, k, v) = rows((2, 3), 5, 7, 11, 13), rows((3,), 5, 7, 11, 13)
    inputs = q, k, v[:1].detach().requires_grad_()
    assert_near(outcome(flash_attention, inputs), expected(inputs))


@with_triton
@pytest.mark.parametrize(("dtype", "size"), [(torch.float16, 40), (torch.float32, 1e4)])
def test_large_scores_do_not_overflow(dtype, size):
    inputs = rows((), 5, 71, 11, 13, dtype, size)
    output, _ = flash_attention(*inputs)
    assert_close(output, expected(inputs)[0].to(dtype), atol=0, rtol=2e-3)


@with_triton
def test_heads_can_attend_with_it():
    torch.manual_seed(0)
    layer, x = MultiHeadAttention(15, 3), torch.randn(2, 7, 15)
    mask = torch.from_numpy(padding_mask([3, 7], 7)) & torch.from_numpy(causal_mask(7))
    wanted = outcome(lambda *_: layer(x, mask=mask), [*layer.parameters()])
    layer.attend = flash_attention
    assert_near(outcome(lambda *_: layer(x, mask=mask), [*layer.parameters()]), wanted)


@with_triton
def test_with_a_cache_it_is_told_where_the_queries_stand():
    torch.manual_seed(0)
    layer, x = MultiHeadAttention(15, 3), torch.randn(2, 7, 15)
    wanted, _ = layer(x, mask=torch.from_numpy(causal_mask(7)))
    in_parts = MultiHeadAttention(15, 3, attend=partial(flash_attention, causal=True))
    in_parts.load_state_dict(layer.state_dict())
    cache = KVCache()
    parts = [in_parts(part, cache=cache)[0] for part in x.split([4, 3], dim=1)]
    assert_near(parts, wanted.split([4, 3], dim=1))


@with_triton
@pytest.mark.parametrize("odd", [torch.nan, torch.inf])
def test_what_nobody_may_see_may_be_anything(odd):
    q, k, v = rows((2,), 5, 71, 11, 13)
    for how in ({"causal": True, "first": 31}, {"mask": torch.arange(71) < 36}):
        hidden = torch.arange(71)[:, None] >= 36

        def attend(q, k, v, how=how, hidden=hidden):
            k, v = (x.masked_fill(hidden, odd) for x in (k, v))
            return flash_attention(q, k, v, **how)

        assert_near(outcome(attend, (q, k, v)), expected((q, k, v), **how))


@with_triton
def test_it_keeps_one_number_a_query_beside_what_comes_in_and_goes_out():
    q, k, v = rows((2, 3), 5, 7, 16, 16)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x) or x, id):
        output, _ = flash_attention(q, k, v)
    numbers = sum(x.numel() for x in kept)
    assert numbers == q.numel() + k.numel() + v.numel() + output.numel() + 2 * 3 * 5


# --- refusals ------------------------------------------------------------------------


def refusal(kind, *inputs, **how):
    with pytest.raises(kind) as caught:
        flash_attention(*inputs, **how)
    return str(caught.value)


def test_without_triton_it_says_what_to_install_and_can_be_imported(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    path = Path(triton_flash.__file__)
    spec = importlib.util.spec_from_file_location("without_triton", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(ModuleNotFoundError) as caught:
        module.flash_attention(*rows((), 5, 7, 11, 13))
    assert str(caught.value) == (
        "flash_attention: the kernels are written in Triton, which is not installed; "
        "get it with `pip install triton`, or call tiled_attention."
    )


@with_triton
def test_without_a_gpu_it_says_what_else_will_do(monkeypatch):
    import triton

    compiled = object.__new__(triton.JITFunction)
    monkeypatch.setattr(triton_flash, "forward", compiled)
    assert refusal(TypeError, *rows((), 5, 7, 11, 13)) == (
        "flash_attention: the kernels run on a GPU; got q on cpu. Set "
        "TRITON_INTERPRET=1 before Python is started, or call tiled_attention."
    )


@with_triton
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_numbers_that_the_interpreter_cannot_multiply_are_refused(dtype):
    assert refusal(TypeError, *rows((), 5, 7, 11, 13, dtype)) == (
        "flash_attention: in the interpreter q, k and v must be of dtype "
        f"torch.float32, torch.float16; got q of dtype {dtype}."
    )


@with_triton
@pytest.mark.parametrize(("d_k", "d_v", "name"), [(129, 13, "d_k"), (11, 131, "d_v")])
def test_heads_that_are_too_wide_are_refused(d_k, d_v, name):
    assert refusal(ValueError, *rows((), 5, 7, d_k, d_v)) == (
        f"flash_attention: {name} must be at most 128, so that tiles fit on the chip; "
        f"got {name}={max(d_k, d_v)}."
    )


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"first": 0.5}, "first must be a whole number; got first of type float."),
        (
            {"mask": torch.ones(5, 3) > 0},
            "mask must broadcast to the scores (2, 5, 7); got mask (5, 3).",
        ),
    ],
)
def test_what_does_not_fit_is_refused(how, message):
    found = refusal((TypeError, ValueError), *rows((2,), 5, 7, 11, 13), **how)
    assert found == f"flash_attention: {message}"


@with_triton
def test_there_is_no_second_derivative():
    inputs = rows((), 5, 7, 11, 13)
    output, _ = flash_attention(*inputs)
    (slope,) = torch.autograd.grad(output.sin().sum(), inputs[:1], create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()
