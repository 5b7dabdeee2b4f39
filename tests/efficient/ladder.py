"""The ladder: all forms of attention on one table of cases, and the page of it.

A new form is a line in ``EXACT`` or in ``APPROXIMATE``; a new case is a line in
``CASES``. ``python -m tests.efficient.ladder`` writes the page anew.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from attn_helpers.efficient.chunked import chunked_attention
from attn_helpers.efficient.latent import Absorbed, LatentAttention
from attn_helpers.efficient.tiled import tiled_attention
from attn_helpers.layers.attention import attention
from attn_helpers.layers.local import LocalMAttention
from attn_helpers.layers.scoring import ScaledDotScore
from attn_helpers.reference import online_softmax
from attn_helpers.reference.blocked_attention import blocked_attention
from attn_helpers.reference.masks import causal_mask, padding_mask

B, H, D_K, D_V = 2, 3, 11, 13
PAGE = Path(__file__).parents[2] / "chapters" / "ladder.md"

# The largest error that is allowed, as a share of the largest right number.
TOLERANCE = {
    torch.float64: 1e-13,
    torch.float32: 3e-6,
    torch.float16: 4e-3,
    torch.bfloat16: 3e-2,
}


@dataclass(frozen=True)
class Case:
    """Queries, keys, values and who may attend; numbers are random, and the same.

    Args:
        name: as the page shows it.
        t_q: queries.
        t_k: keys.
        dtype: of all three.
        mask: boolean, broadcasts to ``(B, H, t_q, t_k)``.
        causal: whether a query sees only its own place and what came before it.
        first: the place of query 0 among the keys.
        size: standard deviation of queries and keys.
        hidden: whether a key and a value that the mask hides are NaN.
    """

    name: str
    t_q: int = 17
    t_k: int = 23
    dtype: torch.dtype = torch.float64
    mask: Tensor | None = None
    causal: bool = False
    first: int = 0
    size: float = 1.0
    hidden: bool = False

    def numbers(self) -> tuple[Tensor, Tensor, Tensor]:
        """``q``, ``k``, ``v``, ``(B, H, t, d)`` each."""
        generator = torch.Generator().manual_seed(0)
        shapes = (self.t_q, D_K), (self.t_k, D_K), (self.t_k, D_V)
        q, k, v = (
            torch.randn(B, H, *shape, generator=generator, dtype=torch.float64)
            for shape in shapes
        )
        q, k, v = (x.to(self.dtype) for x in (self.size * q, self.size * k, v))
        if self.hidden:
            k[..., 4, :], v[..., 4, :] = torch.nan, torch.nan
        return q, k, v

    def allowed(self) -> float:
        """The largest error allowed: a score's rounding error grows with the score."""
        return TOLERANCE[self.dtype] * max(1.0, self.size**2)

    def whole_mask(self) -> Tensor | None:
        """The mask together with the causal one."""
        if not self.causal:
            return self.mask
        past = torch.from_numpy(causal_mask(self.t_q, self.t_k, self.first))
        return past if self.mask is None else past & self.mask


def _random_mask(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1)) < 0.6


def _dead(t_q, t_k):
    return _random_mask(t_q, t_k) & (torch.arange(t_q) != 5)[:, None]


CASES = [
    Case("all pairs"),
    Case("as many queries as keys", t_q=19, t_k=19),
    Case("one query", t_q=1),
    Case("one key", t_k=1),
    Case("one query, one key", t_q=1, t_k=1),
    Case("causal", t_q=19, t_k=19, causal=True),
    Case("causal, queries stand at the end", first=6, causal=True),
    Case("causal, some queries before all keys", first=-4, causal=True),
    Case("one query, causal, with a cache", t_q=1, first=22, causal=True),
    Case("a mask of pairs", mask=_random_mask(17, 23)),
    Case("a mask for each head", mask=_random_mask(H, 17, 23)),
    Case("a mask for each text", mask=_random_mask(B, 1, 17, 23)),
    Case("padding", mask=torch.from_numpy(padding_mask([3, 20], 23))[:, None]),
    Case("a mask of one axis", mask=torch.arange(23) < 9),
    Case("a mask and causal", mask=_random_mask(17, 23), causal=True, first=6),
    Case("a query that may attend to nothing", mask=_dead(17, 23)),
    Case("no query may attend", mask=torch.zeros(17, 23, dtype=torch.bool)),
    Case("large scores", size=30.0),
    Case("float32", dtype=torch.float32),
    Case(
        "float32, large scores, dead row",
        dtype=torch.float32,
        size=10.0,
        mask=_dead(17, 23),
    ),
    Case("float16", dtype=torch.float16),
    Case("bfloat16", dtype=torch.bfloat16),
    Case(
        "float16, causal, dead row",
        dtype=torch.float16,
        mask=_dead(17, 23),
        causal=True,
    ),
    Case("hidden NaN", mask=torch.arange(23) != 4, hidden=True),
    Case("hidden NaN, causal", t_q=4, causal=True, hidden=True),
]


@dataclass(frozen=True)
class Exact:
    """A form that equals the definition in output and gradient, up to rounding.

    Args:
        name: as the page shows it.
        function: ``(q, k, v, mask)`` and by keyword what ``takes`` names.
        where: the module, below ``attn_helpers``, or the name in torch.
        memory: how the most bytes at once grow with the length: its power, forward.
        training: the same for forward and backward; None: it has no gradient.
        pieces: sizes of its pieces by keyword, small ones, as lengths are.
        takes: which of ``causal`` and ``first`` it takes by keyword.
        fails: names of the cases that it does not stand.
    """

    name: str
    function: Callable
    where: str
    memory: int
    training: int | None
    pieces: dict = field(default_factory=dict)
    takes: frozenset = frozenset()
    fails: frozenset = frozenset()

    def ask(self, case: Case, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Its output in this case."""
        how, mask = self.pieces, case.whole_mask()
        if self.takes:
            how, mask = how | {"causal": case.causal, "first": case.first}, case.mask
        return self.function(q, k, v, mask, **how)[0]


@dataclass(frozen=True)
class Approximate:
    """A form that computes something else, on purpose.

    Args:
        name: as the page shows it.
        function: ``(q, k, v)`` to output and weights.
        where: the module, below ``attn_helpers``.
        memory: how the most bytes at once grow with the length: its power, forward.
        regime: where it comes near, as the page says it.
        near: a function of a generator that makes ``q, k, v`` of that regime.
        least: it must be so many times nearer than the mean of ``v``.
        fails: where it is no better, as the page says it.
        far: the same for where it fails.
    """

    name: str
    function: Callable
    where: str
    memory: int
    regime: str
    near: Callable
    least: float
    fails: str
    far: Callable


def _fused(q, k, v, mask=None):
    mask = None if mask is None else torch.atleast_2d(mask)
    return scaled_dot_product_attention(q, k, v, attn_mask=mask), None


def _in_numpy(function):
    def attend(q, k, v, mask=None, **how):
        half = q.dtype == torch.bfloat16  # numpy has no such dtype
        arrays = [(x.float() if half else x).numpy() for x in (q, k, v)]
        output, _ = function(*arrays, None if mask is None else mask.numpy(), **how)
        return torch.from_numpy(output).to(q.dtype), None

    return attend


BOTH = frozenset({"causal", "first"})
NAN = frozenset({"hidden NaN", "hidden NaN, causal"})
TILES, CHUNK, BLOCK = {"tile_q": 4, "tile_k": 5}, {"chunk": 4}, {"block": 4}
EXACT = [
    Exact("the definition", partial(attention, need_weights=True), "layers.attention",
          2, 2),
    Exact("torch's fused kernel", _fused, "torch.nn.functional", 1, 1, fails=NAN),
    Exact("fused, and hidden NaN stays hidden", attention, "layers.attention", 1, 1),
    Exact("tiled", tiled_attention, "efficient.tiled", 1, 1, TILES, BOTH),
    Exact("chunks of queries", chunked_attention, "efficient.chunked",
          1, 2, CHUNK, BOTH),
    Exact("chunks, made anew on the way back",
          partial(chunked_attention, recompute=True), "efficient.chunked",
          1, 1, CHUNK, BOTH),
    Exact("blocks of queries, numpy", _in_numpy(blocked_attention),
          "reference.blocked_attention", 1, None, BLOCK),
    Exact("tiled, numpy", _in_numpy(online_softmax.tiled_attention),
          "reference.online_softmax", 1, None, TILES),
]  # fmt: skip


def _neighbours(generator):
    """Rows that change little from one place to the next, so that near keys match."""
    walk = torch.randn(66, 17, generator=generator).cumsum(0)
    q = 6 * torch.nn.functional.normalize(walk[5:] - walk[:-5], dim=-1)
    return q, q, torch.randn(61, 7, generator=generator)


def _strangers(generator):
    q, k, v = (3 * torch.randn(61, 7, generator=generator) for _ in range(3))
    return q, k, v


APPROXIMATE = [
    Approximate(
        "a window of 7 keys to either side",
        LocalMAttention(ScaledDotScore(), radius=7), "layers.local", 2,
        "neighbouring rows are alike", _neighbours, 2.0,
        "the key that is wanted may stand anywhere", _strangers,
    ),
]  # fmt: skip


def rows_of_layers() -> list[tuple[str, Callable]]:
    """Forms of a whole layer, on rows: (name, from the plain layer to the form)."""
    return [("latent attention, absorbed", Absorbed)]


def latent_layer(dtype: torch.dtype) -> LatentAttention:
    """The plain layer, with weights of a size at which heads differ."""
    torch.manual_seed(0)
    layer = LatentAttention(D_K, num_heads=H, head_dim=5, d_latent=7, d_rope=4)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return layer.to(dtype)


def page() -> str:
    """The page of the ladder, in Markdown."""
    return "".join(_page())


def _page():
    yield _HEAD
    yield "| form | in | memory, forward | memory, training | cases |\n"
    yield "|---|---|---|---|---|\n"
    for form in EXACT:
        training = "no gradient" if form.training is None else _grows(form.training)
        stands = f"{len(CASES) - len(form.fails)} of {len(CASES)}"
        row = form.name, f"`{form.where}`", _grows(form.memory), training, stands
        yield f"| {' | '.join(row)} |\n"
    yield _BETWEEN
    yield "| error at most | " + " | ".join(str(d)[6:] for d in TOLERANCE) + " |\n"
    yield "|---|" + "---|" * len(TOLERANCE) + "\n"
    shares = (f"{share:.0e}".replace("e-0", "e-") for share in TOLERANCE.values())
    yield "| share of the largest number | " + " | ".join(shares) + " |\n"
    yield _CASES
    for case in CASES:
        failing = [form.name for form in EXACT if case.name in form.fails]
        but = f" (not: {', '.join(failing)})" if failing else ""
        yield f"- {case.name}{but}\n"
    yield _LAYERS
    for name, _ in rows_of_layers():
        yield f"- {name}\n"
    yield _APPROXIMATE
    for form in APPROXIMATE:
        yield (
            f"| {form.name} | `{form.where}` | {_grows(form.memory)} | {form.regime}: "
            f"{form.least:g} times nearer, or more | {form.fails} |\n"
        )


def _grows(power):
    return {1: "as the length", 2: "as its square"}[power]


_HEAD = """\
# The equivalence ladder

Each form of attention in this book stands on the same table of cases. A form that is
called *exact* must give the output of the definition, and its gradients for queries,
keys and values, in each case. The definition is computed in float64. An error is a
share of the largest right number, so that a gradient of zero does not pass for a small
one. The tests walk the whole table, and this page is written from it.

## Exact forms

The multiplications of all exact forms grow as the square of the length. What differs is
memory: the most bytes that stand at once, measured at two lengths, inputs left out.

"""
_BETWEEN = """
`efficient.triton_flash`, for a GPU, has cases of its own, in the interpreter of Triton.

The allowed error depends on the precision. In the cases with large scores it is larger
by the factor by which the scores are: the rounding error of a score grows with it.

"""
_CASES = """
## The cases

Here a tile has 4 queries and 5 keys, and a chunk has 4 queries: most lengths are no
multiple of that.

"""
_LAYERS = """
## Forms of a whole layer

These take rows, not queries and keys. They are compared with the plain form of their
layer in the cases that have as many queries as keys:

"""
_APPROXIMATE = """
## Approximate forms

These compute something else on purpose. Each has a kind of numbers for which it must
come nearer to the definition than the mean of the values does, and a kind for which it
does not.

| form | in | memory, forward | comes near where | is no better where |
|---|---|---|---|---|
"""


def errors(got: list[Tensor], expected: list[Tensor]) -> list[float]:
    """The largest error of each tensor, as a share of the largest right number.

    A tensor that should be zero is measured by a hundredth of the largest of all.
    """
    sizes = [float(x.abs().max()) for x in expected]
    least = max(sizes) / 100
    return [
        float((a.double() - b).abs().max()) / max(size, least, 1e-30)
        for a, b, size in zip(got, expected, sizes, strict=True)
    ]


def answers(ask: Callable, numbers: tuple, steps: Tensor | None) -> list[Tensor]:
    """The output of ``ask``, and its gradients, if there are ``steps`` for a loss."""
    if steps is None:
        return [ask(*numbers)]
    inputs = [x.clone().requires_grad_() for x in numbers]
    output = ask(*inputs)
    grads = torch.autograd.grad((output.double() * steps).sum(), inputs)
    return [output.detach(), *grads]


def steps_of(case: Case) -> Tensor:
    """By what the outputs are multiplied before they are summed to a loss."""
    generator = np.random.default_rng(2)
    return torch.from_numpy(generator.standard_normal((B, H, case.t_q, D_V)))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
