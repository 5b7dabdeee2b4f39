"""The one place where the package words a complaint about its input.

``message`` has the recipe, ``axes`` executes the names of axes, ``arrays`` reads numpy
arrays by them, ``tensors`` does the same for torch without reading a value, ``numbers``
knows single values, and ``contract`` puts it all above a function as ``@takes(...)``.

``TypeError`` is for the wrong kind of thing, ``ValueError`` for a wrong shape or value,
before any arithmetic, with ``function`` the public name that the reader called.
A check with one caller stands beside its caller and takes the recipe from here.
"""

from attn_helpers._checks.arrays import (
    anything,
    as_array,
    boolean,
    check_array,
    mask,
    minus_inf,
    not_negative,
    read_arrays,
    rising,
    shares,
    spread,
    whole,
    within,
)
from attn_helpers._checks.contract import takes, takes_tensors
from attn_helpers._checks.message import complaint, shapes
from attn_helpers._checks.numbers import (
    check_at_least,
    check_at_most,
    check_between,
    check_callable,
    check_choice,
    check_count,
    check_even,
    check_generator,
    check_integer,
    check_multiple,
    check_natural,
    check_number,
    check_positive,
    check_probability,
)
from attn_helpers._checks.packages import MissingPackageError, check_package
from attn_helpers._checks.tensors import check_axes, check_tensor

__all__ = [
    "MissingPackageError",
    "anything",
    "as_array",
    "boolean",
    "check_array",
    "check_at_least",
    "check_at_most",
    "check_axes",
    "check_between",
    "check_callable",
    "check_choice",
    "check_count",
    "check_even",
    "check_generator",
    "check_integer",
    "check_multiple",
    "check_natural",
    "check_number",
    "check_package",
    "check_positive",
    "check_probability",
    "check_tensor",
    "complaint",
    "mask",
    "minus_inf",
    "not_negative",
    "read_arrays",
    "rising",
    "shapes",
    "shares",
    "spread",
    "takes",
    "takes_tensors",
    "whole",
    "within",
]
