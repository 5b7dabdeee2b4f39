"""The same contract for torch tensors, of which only shape and dtype are read.

Values stay unread: to look at them would wait for the device, and stop a compiler.
"""

from attn_helpers._checks.axes import SPECS, match, read_spec
from attn_helpers._checks.message import complaint, not_boolean, not_whole

KINDS = {}  # dtype to "boolean", "whole" or neither: its name is read once


def check_axes(function, fixed=None, /, **tensors):
    """Require tensors with their axes, a name that stands twice being one size.

    Args:
        function: the public name that the reader called.
        fixed: sizes that are given beforehand, by name, as a layer's own.
        tensors: argument to ``(value, axes)``, masks last; no mask, None, is left out.
            Those described by axes alone share one floating dtype.

    Returns:
        the size of each name, and under ``"..."`` the shape of the batch.

    Example:
        >>> import torch
        >>> q, k = torch.ones(2, 5, 11), torch.ones(7, 11)
        >>> check_axes("f", q=(q, "(..., t_q, d_k)"), k=(k, "(..., t_k, d_k)"))
        {'t_q': 5, 'd_k': 11, 't_k': 7, '...': (2,)}
    """
    dtype, read = None, {}
    for argument, (value, axes) in tensors.items():
        spec = SPECS.get(axes) or read_spec(axes)
        if value is None and spec.is_mask:
            continue
        read[argument] = value, spec
        if not hasattr(value, "is_floating_point"):
            check_tensor(value, function=function, argument=argument)
        if spec.kind != "numbers":
            _require_kind(value, spec.kind, function, argument)
        elif value.dtype is not dtype and not spec.broadcasts:
            if dtype is not None or not value.dtype.is_floating_point:
                raise TypeError(_mixed(function, tensors))
            dtype = value.dtype
    return match(function, read, fixed)


def check_tensor(value, *, function, argument):
    """Require a torch tensor, without importing torch."""
    if not hasattr(value, "is_floating_point"):
        rule = f"{argument} must be a torch tensor"
        got = f"{argument} of type {type(value).__name__}"
        raise TypeError(complaint(function, rule, got))


def _require_kind(tensor, kind, function, argument):
    if kind == "anything":
        return
    if tensor.dtype not in KINDS:
        name = str(tensor.dtype).removeprefix("torch.")
        is_whole = name.startswith(("int", "uint"))
        KINDS[tensor.dtype] = "boolean" if name == "bool" else "whole" * is_whole
    if KINDS[tensor.dtype] != kind:
        say = not_boolean if kind == "boolean" else not_whole
        raise TypeError(say(function, argument, tensor.dtype))


def _mixed(function, tensors):
    """The complaint about dtypes that differ, or that hold no fractions."""
    dtypes = {
        name: value.dtype
        for name, (value, axes) in tensors.items()
        if value is not None and read_spec(axes).kind == "numbers"
    }
    *most, last = dtypes
    rule = f"{last} must have a floating dtype"
    if most:
        rule = f"{', '.join(most)} and {last} must share one floating dtype"
    got = ", ".join(f"{name} {dtype}" for name, dtype in dtypes.items())
    return complaint(function, rule, got)
