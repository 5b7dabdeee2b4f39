"""Axes by name: a name that stands twice means one size, and that is executed.

Only ``.shape`` is read here, so that numpy arrays and torch tensors are served alike,
under ``torch.vmap`` and with the symbolic sizes of ``torch.export``, too.
"""

from attn_helpers._checks.message import complaint, listed, shapes

PLACES = {-1: "last", -2: "second-to-last", -3: "third-to-last"}


class Spec:
    """What an argument must be, written once and read once.

    Args:
        axes: as in ``"(..., t_q, d_k)"``; a leading ``...`` stands for any batch axes,
            and those of all arguments of a call broadcast.
        kind: "numbers", "whole", "boolean" or "anything".
        rules: what each entry must be, pairs of words and a test for bad ones.
        broadcasts: whether it is enough to broadcast to the sizes known so far.
    """

    def __init__(self, axes, kind="numbers", rules=(), broadcasts=False):
        names = [name.strip() for name in axes.strip("()").split(",") if name.strip()]
        self.batched = names[:1] == ["..."]
        self.names = tuple(names[self.batched :])
        self.axes, self.kind, self.rules = axes, kind, rules
        self.broadcasts = broadcasts
        self.is_mask = broadcasts and kind == "boolean"


SPECS = {}  # what was written as a text, read


def read_spec(spec):
    """The ``Spec`` that a text stands for: numbers with the axes it names."""
    if isinstance(spec, str):
        if spec not in SPECS:
            SPECS[spec] = Spec(spec)
        return SPECS[spec]
    return spec


def match(function, arrays, fixed=None):
    """Require that each array has its axes and that each name has one size.

    The way to the end is short, as a decoder comes by for every token and layer: no
    text is made before something is wrong.

    Args:
        function: the public name that the reader called.
        arrays: argument to ``(array, Spec)``, those that broadcast last.
        fixed: sizes that are given beforehand, by name, as a layer's own.

    Returns:
        the size of each name, and under ``"..."`` the shape of the batch.
    """
    sizes = {} if fixed is None else dict(fixed)
    batch = ()
    for argument, (array, spec) in arrays.items():
        if spec.broadcasts:
            whole = _sizes_of(spec, sizes, batch)
            if not fits(array.shape, whole):
                raise ValueError(_too_wide(function, argument, arrays, whole))
            continue
        shape = tuple(array.shape)  # torch's own is slow to slice
        at = extra = len(shape) - len(spec.names)
        if extra < 0 or (extra and not spec.batched):
            raise ValueError(_other_axes(function, argument, arrays))
        for name in spec.names:
            size = shape[at]
            at += 1
            if size == 0:
                raise ValueError(_empty(function, argument, arrays))
            if sizes.setdefault(name, size) != size:
                raise ValueError(_unequal(function, argument, name, arrays, fixed))
        if extra and shape[:extra] != batch:
            batch = _joined(batch, shape[:extra]) if batch else shape[:extra]
            if batch is None:
                raise ValueError(_apart(function, argument, arrays))
    sizes["..."] = batch
    return sizes


def _joined(one, other):
    """The shape to which two batches broadcast, or None."""
    if len(one) < len(other):
        one, other = other, one
    joined = list(one)
    for i, size in enumerate(other, start=len(one) - len(other)):
        if joined[i] == 1:
            joined[i] = size
        elif size != 1 and size != joined[i]:
            return None
    return tuple(joined)


def _sizes_of(spec, sizes, batch):
    """The shape that the axes of ``spec`` have, as far as their sizes are known."""
    return batch * spec.batched + tuple(sizes[name] for name in spec.names)


def fits(shape, whole):
    """Whether an array of ``shape`` broadcasts to ``whole`` without widening it."""
    extra = len(whole) - len(shape)
    return extra >= 0 and all(
        size == 1 or size == other
        for size, other in zip(shape, whole[extra:], strict=True)
    )


def _other_axes(function, argument, arrays):
    array, spec = arrays[argument]
    rule = f"{argument} must have the axes {spec.axes}"
    return complaint(function, rule, shapes(**{argument: array}))


def _empty(function, argument, arrays):
    array, spec = arrays[argument]
    rule = f"no axis of {argument} {spec.axes} may be empty"
    return complaint(function, rule, shapes(**{argument: array}))


def _too_wide(function, argument, arrays, whole):
    array, spec = arrays[argument]
    axes = "the scores" if spec.is_mask else f"{spec.axes} ="
    rule = f"{argument} must broadcast to {axes} {whole}"
    return complaint(function, rule, shapes(**{argument: array}))


def _unequal(function, argument, name, arrays, fixed):
    """The complaint about a name with two sizes: where is it, in which arrays?"""
    array, spec = arrays[argument]
    at = -1 - spec.names[::-1].index(name)
    place = PLACES.get(at, f"{-at}th-to-last")
    if fixed and name in fixed:
        rule = f"{argument} must have {name}={fixed[name]} for its {place} axis"
        return complaint(function, rule, shapes(**{argument: array}))
    other = next(word for word, (_, spec) in arrays.items() if name in spec.names)
    if other == argument:
        rule = f"{argument} must be as long in each of its axes called {name}"
        return complaint(function, rule, shapes(**{argument: array}))
    there = -1 - arrays[other][1].names[::-1].index(name)
    where = f"their {place} axis"
    if at != there:
        there = PLACES.get(there, f"{-there}th-to-last")
        where = f"the {there} axis of {other} and the {place} of {argument}"
    rule = f"{other} and {argument} must share {name}, {where}"
    both = {other: arrays[other][0], argument: array}
    return complaint(function, rule, shapes(**both))


def _apart(function, argument, arrays):
    """The complaint about batches that do not broadcast, up to the one that fails."""
    names = list(arrays)[: list(arrays).index(argument) + 1]
    batched = [name for name in names if arrays[name][1].batched]
    rule = f"the batch axes of {listed(batched)} must be equal or 1"
    return complaint(
        function, rule, shapes(**{name: arrays[name][0] for name in batched})
    )
