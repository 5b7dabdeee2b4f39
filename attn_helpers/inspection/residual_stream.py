"""The rows between the blocks of a model, as it is or with parts of it taken away."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial

from torch import Tensor, nn

from attn_helpers._checks import complaint
from attn_helpers.models.transformer import EncoderBlock


def blocks_of(model: nn.Module) -> list[EncoderBlock]:
    """The blocks of a model, in the order in which it holds them."""
    return [part for part in model.modules() if isinstance(part, EncoderBlock)]


def _some_blocks_of(function, model):
    if blocks := blocks_of(model):
        return blocks
    rule = "model must hold at least one EncoderBlock"
    raise ValueError(complaint(function, rule, f"a {type(model).__name__}"))


def streams(model: nn.Module, run: Callable[[nn.Module], object]) -> list[Tensor]:
    """The rows that reach the first block, and those that each block hands on.

    Args:
        model: any model with ``EncoderBlock`` in it, such as ``LanguageModel`` or
            ``Bert``.
        run: calls the model, once.

    Returns:
        for each block and one more ``(..., t, d_model)``.

    Example:
        >>> import torch
        >>> from attn_helpers.models.language_model import gpt
        >>> model = gpt(11, max_length=7, d_model=12, num_heads=3, num_layers=2)
        >>> seen = streams(model, lambda model: model(torch.tensor([[3, 1, 4]])))
        >>> len(seen), seen[0].shape
        (3, torch.Size([1, 3, 12]))
    """
    blocks, seen = _some_blocks_of("streams", model), []
    handles = [
        blocks[0].register_forward_pre_hook(lambda _, given: seen.append(given[0])),
        *(
            b.register_forward_hook(lambda _, __, out: seen.append(out[0]))
            for b in blocks
        ),
    ]
    try:
        run(model)
    finally:
        for handle in handles:
            handle.remove()
    return [x.detach() for x in seen]


def changes(
    model: nn.Module, run: Callable[[nn.Module], object]
) -> list[tuple[Tensor, Tensor]]:
    """What each sublayer adds to the rows, and the rows to which it is added.

    Args:
        model: any model with ``EncoderBlock`` in it.
        run: calls the model, once.

    Returns:
        for each sublayer, in the order in which they come, a pair of
        ``(..., t, d_model)``: the rows, and the change. A norm in front of the sublayer
        or behind the sum is in neither.

    Example:
        >>> import torch
        >>> from attn_helpers.models.language_model import gpt
        >>> model = gpt(11, max_length=7, d_model=12, num_heads=3, num_layers=2)
        >>> seen = changes(model, lambda model: model(torch.tensor([[3, 1, 4]])))
        >>> rows, change = seen[0]
        >>> len(seen), rows.shape, change.shape
        (4, torch.Size([1, 3, 12]), torch.Size([1, 3, 12]))
    """
    seen = []
    _some_blocks_of("changes", model)
    with _around(model, {name: partial(_Noting, seen) for name in SUBLAYERS}):
        run(model)
    return [(rows.detach(), change.detach()) for rows, change in seen]


@contextmanager
def without_skips(model: nn.Module) -> Generator[nn.Module]:
    """Within the block, a sublayer's output takes the place of its input.

    The norms stay where they are: ``sublayer(norm(x))`` in place of
    ``x + sublayer(norm(x))``, and ``norm(sublayer(x))`` of ``norm(x + sublayer(x))``.

    Example:
        >>> import torch
        >>> from attn_helpers.models.language_model import gpt
        >>> model = gpt(11, max_length=7, d_model=12, num_heads=3, num_layers=2)
        >>> with without_skips(model):
        ...     logits = model(torch.tensor([[3, 1, 4]]))
    """
    with _around(model, {name: _WithoutSkip for name in SUBLAYERS}):
        yield model


@contextmanager
def without_feed_forward(model: nn.Module) -> Generator[nn.Module]:
    """Within the block, rows pass by the feed-forward networks and their norms."""
    with _around(model, {"around_feed_forward": _PassBy}):
        yield model


SUBLAYERS = "around_attention", "around_feed_forward"


@contextmanager
def _around(model, others):
    """Within the block, put something else around sublayers of all blocks."""
    before = [(b, name, getattr(b, name)) for b in blocks_of(model) for name in others]
    try:
        for block, name, around in before:
            setattr(block, name, others[name](around))
        yield
    finally:
        for block, name, around in before:
            setattr(block, name, around)


class _WithoutSkip(nn.Module):
    """As what it stands for, which adds the input: it is subtracted beforehand."""

    def __init__(self, around):
        super().__init__()
        self.around = around

    def forward(self, x, sublayer):
        def change(rows):
            given = sublayer(rows)
            if isinstance(given, tuple):
                return given[0] - x, *given[1:]
            return given - x

        return self.around(x, change)


class _Noting(nn.Module):
    def __init__(self, seen, around):
        super().__init__()
        self.seen, self.around = seen, around

    def forward(self, x, sublayer):
        def noted(rows):
            given = sublayer(rows)
            self.seen.append((x, given[0] if isinstance(given, tuple) else given))
            return given

        return self.around(x, noted)


class _PassBy(nn.Module):
    def __init__(self, around):
        super().__init__()

    def forward(self, x, sublayer):
        return x
