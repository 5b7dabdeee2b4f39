"""Traits whose values are a widget's own: plain for JSON, and never changed unnoticed.

A page is handed its widget's state as JSON, so numbers of numpy become Python's on the
way in, wherever they stand. What comes in is copied: neither a default nor a caller's
list is ever shared. An entry that is changed in place, as in ``widget.Q[0][1] = 2``,
counts as assigning the whole trait: it is checked, and results and views hear of it.
"""

import functools
import math
import operator
from typing import Any

import numpy as np
import traitlets

from attn_helpers.widgets.kit.validation import TraitRefused

NUMPY_KINDS = (
    (np.bool_, bool),
    (np.integer, int),
    (np.floating, float),
    (np.str_, str),
)


class _Noticing:
    """A container inside a trait's value."""

    place: tuple  # (widget, trait, steps to it)

    def _take(self, value):
        """Hold another value from now on."""
        raise NotImplementedError

    def _edit(self, method, *args, **kwargs):
        widget, trait, steps = self.place
        whole = plain(getattr(widget, trait))
        part = _at(whole, steps)
        if part != self:
            raise RuntimeError(
                f"{type(widget).__name__}: {trait} has changed since this part of it "
                f"was taken; take it again from widget.{trait}."
            )
        result = getattr(part, method)(*args, **kwargs)
        setattr(widget, trait, whole)
        self._take(_at(getattr(widget, trait), steps))
        return self if method.startswith("__i") else result

    def __reduce__(self):  # a copy is an ordinary container
        value = plain(self)
        return type(value), (value,)


def _at(value, steps):
    return functools.reduce(operator.getitem, steps, value)


def _edits(*methods):
    """A class decorator: these methods edit the whole trait."""

    def decorate(cls):
        for method in methods:
            setattr(cls, method, functools.partialmethod(cls._edit, method))
        return cls

    return decorate


@_edits(
    *"append extend insert remove pop clear sort reverse".split(),
    *"__setitem__ __delitem__ __iadd__ __imul__".split(),
)
class NoticingList(list, _Noticing):
    def _take(self, value):
        super().__init__(value)


@_edits(
    *"update setdefault pop popitem clear".split(),
    *"__setitem__ __delitem__ __ior__".split(),
)
class NoticingDict(dict, _Noticing):
    def _take(self, value):
        dict.clear(self)
        dict.update(self, value)


def plain(value: Any) -> Any:
    """A copy with Python's own numbers and lists for numpy's, at any depth.

    A masked array stays what it is, for the trait to refuse: a list has no mask.

    Example:
        >>> plain({"rt": np.float32(400), "sizes": (np.int64(4), np.array([8.0]))})
        {'rt': 400.0, 'sizes': [4, [8.0]]}
    """
    if isinstance(value, dict):
        return {plain(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    for theirs, ours in NUMPY_KINDS:
        if isinstance(value, theirs):
            return ours(value)
    if hasattr(value, "tolist") and not isinstance(value, np.ma.MaskedArray):
        return plain(value.tolist())
    return value


def noticing(
    value: object, widget: traitlets.HasTraits, trait: str | None, steps: tuple = ()
) -> Any:
    """The same in lists and dictionaries that notice when they are changed in place."""
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    else:
        return value
    parts = {
        step: noticing(entry, widget, trait, (*steps, step)) for step, entry in entries
    }
    is_list = isinstance(value, list)
    container = NoticingList(parts.values()) if is_list else NoticingDict(parts)
    container.place = widget, trait, steps
    return container


def check_json(value: object, where: str) -> None:
    """Refuse what JSON has no word for; ``where`` names the trait."""
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        value = list(value.values())
    if isinstance(value, list):
        for entry in value:
            check_json(entry, where)
    elif isinstance(value, float) and not math.isfinite(value):
        raise TraitRefused(f"{where} must be finite, or None; got {value}.")
    elif not (value is None or isinstance(value, str | int | float)):
        raise TraitRefused(
            f"{where} must hold numbers, texts, None, and lists and dictionaries "
            f"(by names) of these; got {value!r}."
        )


class _Plain(traitlets.TraitType):
    """Takes a plain copy in, and notices when it is changed in place."""

    def _validate(self, obj, value):
        try:
            taken = super()._validate(obj, plain(value))
        except traitlets.TraitError as error:
            raise TraitRefused(str(error)) from None
        return noticing(taken, obj, self.name)

    def _cross_validate(self, obj, value):
        checked = super()._cross_validate(obj, value)
        check_json(checked, f"{type(obj).__name__}: {self.name}")
        return checked


class Bool(_Plain, traitlets.Bool):
    pass


class Int(_Plain, traitlets.Int):
    pass


class Float(_Plain, traitlets.Float):
    pass


class Unicode(_Plain, traitlets.Unicode):
    pass


class Enum(_Plain, traitlets.Enum):
    pass


class List(_Plain, traitlets.List):
    pass


class Dict(_Plain, traitlets.Dict):
    pass
