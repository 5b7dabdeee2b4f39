"""A cache in pages: memory that many texts share, and their common beginning once."""

from typing import Self

import torch
from torch import Tensor

from attn_helpers._checks import (
    check_at_most,
    check_count,
    check_natural,
    complaint,
    shapes,
)


class PagePool:
    """A stock of pages, each with room for the keys and values of some rows.

    The first rows that are written decide of what shape all of them are.

    Args:
        pages: how many pages there are.
        page: how many rows a page has room for.

    Example:
        >>> PagePool(pages=5, page=2).free
        5
    """

    def __init__(self, pages: int, page: int):
        pages = check_count(pages, function="PagePool", argument="pages")
        self.page = check_count(page, function="PagePool", argument="page")
        self.users = [0] * pages  # how many caches hold each page
        self.kept: dict[str, Tensor] = {}  # "k" and "v", (pages, ..., page, d)

    @property
    def free(self) -> int:
        """How many pages no cache holds."""
        return self.users.count(0)

    def take(self) -> int:
        """The number of a free page, which from now on has one user."""
        number = self.users.index(0)
        self.users[number] = 1
        return number

    def fit(self, **rows: Tensor) -> None:
        """Have pages for rows of this shape, ``(..., t_new, d)``, or refuse them."""
        for name, new in rows.items():
            if new.requires_grad and torch.is_grad_enabled():
                rule = f"{name} is written into pages, which keep no gradient"
                fix = "Read the text under torch.no_grad()."
                got = f"{name} that requires one"
                raise ValueError(complaint("PagedCache", rule, got, fix))
            pages = len(self.users), *new.shape[:-2], self.page, new.shape[-1]
            if name not in self.kept:
                with torch.inference_mode(False):  # so that they serve everywhere
                    self.kept[name] = new.new_zeros(pages)
            kept = self.kept[name]
            if kept.shape != pages or kept.dtype != new.dtype:
                rule = f"{name} must fit the pages, in dtype and in all axes but t"
                got = f"{shapes(page=kept[0], new=new)}, {kept.dtype} and {new.dtype}"
                raise ValueError(complaint("PagedCache", rule, got))


class PagedCache:
    """A cache that writes its rows into pages of a pool, wherever one is free.

    Its table says which page comes first, which second, and so on. A text that grows
    takes one more page now and then, and needs no memory beside that which it has. Two
    texts with one beginning share its pages, as ``copy.copy`` copies the table alone.
    A page that several caches hold is written into by none of them: who wants to write
    there copies the page first. A cache that is deleted gives its pages back.

    The rows are put together anew at each call. Programs that serve many readers have
    an attention that reads the rows where they lie.

    Args:
        pool: where the pages come from.

    Example:
        >>> from copy import copy
        >>> pool, rows = PagePool(pages=5, page=2), torch.ones(3, 7)
        >>> cache = PagedCache(pool)
        >>> k, v, first = cache.append(rows, rows)
        >>> other = copy(cache)
        >>> cache.table, other.table, pool.free
        ([0, 1], [0, 1], 3)
        >>> k, v, first = other.append(rows, rows)  # page 1 had room, but is shared
        >>> cache.table, other.table, pool.free
        ([0, 1], [0, 2, 3], 1)

    Source: Kwon et al. (2023), arXiv:2309.06180, section 4.
    """

    def __init__(self, pool: PagePool):
        self.table: list[int] = []
        self.length, self.pool = 0, pool

    def __len__(self) -> int:
        """How many rows it holds: the place of the row that comes next."""
        return self.length

    @property
    def nbytes(self) -> int:
        """How many bytes its pages take, with those that it shares."""
        return len(self.table) * sum(kept[0].nbytes for kept in self.pool.kept.values())

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, int]:
        """Take in new rows, as ``KVCache`` does. What fails has changed nothing."""
        self.pool.fit(k=k, v=v)
        first, length = self.length, self.length + k.shape[-2]
        self._make_room(length)
        k, v = self._write("k", k), self._write("v", v)
        self.length = length
        return k, v, first

    def truncate(self, length: int) -> None:
        """Forget all rows but the first ``length``, and give back the pages behind."""
        check_natural(length, function="PagedCache", argument="length")
        names = ("length", "len(cache)")
        check_at_most(length, len(self), function="PagedCache", arguments=names)
        self._give_back(self._pages(length))
        self.length = length

    def __copy__(self) -> Self:
        """A cache of the same rows that goes its own way from here."""
        other = type(self)(self.pool)
        other.table, other.length = self.table.copy(), self.length
        for number in self.table:
            self.pool.users[number] += 1
        return other

    def __del__(self):
        self._give_back(0)

    def _pages(self, length):
        """How many pages so many rows fill, the last one perhaps in part."""
        return -(-length // self.pool.page)

    def _make_room(self, length):
        """Have pages enough for so many rows, and the first to write into alone."""
        pool, more = self.pool, self._pages(length) - len(self.table)
        goes_on = length > self.length and self.length % pool.page > 0
        copies = goes_on and pool.users[self.table[-1]] > 1
        if more + copies > pool.free:
            rule = "the pool must have pages enough for all new rows"
            got = f"{more + copies} wanted and {pool.free} free"
            fix = "Delete a cache that is no longer needed."
            raise MemoryError(complaint("PagedCache", rule, got, fix))
        if copies:
            shared, self.table[-1] = self.table[-1], pool.take()
            pool.users[shared] -= 1
            for kept in pool.kept.values():
                kept[self.table[-1]] = kept[shared]
        self.table += [pool.take() for _ in range(more)]

    def _give_back(self, pages):
        """Hold the first ``pages`` pages only."""
        for number in self.table[pages:]:
            self.pool.users[number] -= 1
        del self.table[pages:]

    def _write(self, name, new):
        """Put new rows behind those held; all of them together, ``(..., t, d)``."""
        kept, page = self.pool.kept[name], self.pool.page
        length = self.length + new.shape[-2]
        places = torch.arange(self.length, length, device=new.device)
        table = torch.tensor(self.table, dtype=torch.long, device=new.device)
        kept[table[places // page], ..., places % page, :] = new.movedim(-2, 0)
        rows = kept[table].movedim(0, -3).flatten(-3, -2)
        return rows[..., :length, :]
