"""A meter of memory: the most bytes that a function holds at once while it runs."""

import gc
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from attn_helpers._checks import check_callable


def peak_bytes(function: Callable[[], object]) -> int:
    """Run ``function`` once: the most bytes that its new tensors took at one time.

    What stood before the call is not counted, and neither is a view, nor what is
    written in place. A tensor counts from the operation that makes it until nothing
    refers to it any more; what ``function`` returns counts to the end. What autograd
    keeps for the way back counts, too. Every run of a function counts the same.

    What a kernel needs inside one operation is not seen, nor the memory of numpy.

    Example:
        >>> x = torch.ones(3, 5)  # float32: 4 bytes a number
        >>> peak_bytes(lambda: x @ x.T)  # 3 · 3 numbers
        36
        >>> peak_bytes(lambda: (x @ x.T).exp().sum())  # two such tables at once
        72
    """
    check_callable(function, function="peak_bytes", argument="function")
    meter = _Meter()
    with _no_collector(), meter:
        result = function()  # kept until the meter stops
    meter.forget()
    del result
    return meter.peak


@contextmanager
def _no_collector() -> Generator[None]:
    """Without the garbage collector, which comes when it likes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Meter(TorchDispatchMode):
    """Sees each operation of torch, what goes in and what comes out."""

    def __init__(self):
        super().__init__()
        self.live = self.peak = 0
        self.watched = {}  # the address of a storage: what happens when it is freed

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func is not torch.ops.aten.lift_fresh.default:  # torch.tensor(...): new
            self._watch((args, kwargs), new=False)
        result = func(*args, **kwargs)
        self._watch(result, new=True)
        return result

    def _watch(self, tree, new):
        for leaf in tree_leaves(tree):
            if isinstance(leaf, torch.Tensor):
                self._watch_storage(leaf.untyped_storage(), new)

    def _watch_storage(self, storage, new):
        address = storage._cdata
        if address in self.watched:
            return
        size = storage.nbytes() if new else 0
        freed = weakref.finalize(storage, self._freed, address, size)
        self.watched[address] = freed
        self.live += size
        self.peak = max(self.peak, self.live)

    def _freed(self, address, size):
        del self.watched[address]
        self.live -= size

    def forget(self):
        """Let go of everything that is still alive."""
        for freed in self.watched.values():
            freed.detach()
        self.watched.clear()
