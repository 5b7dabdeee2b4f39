"""What a function takes, said above it and executed before it.

The body below can then be read as a definition::

    @takes(q="(..., t_q, d_k)", k="(..., t_k, d_k)", bandwidth=check_positive)
    def gaussian_score(q, k, bandwidth=1.0):
        ...
"""

import functools
from collections.abc import Callable
from inspect import Parameter, signature
from typing import TypeVar

from attn_helpers._checks.arrays import read_arrays
from attn_helpers._checks.axes import Spec
from attn_helpers._checks.tensors import check_axes

F = TypeVar("F", bound=Callable)


def takes(**contract: str | Spec | Callable) -> Callable[[F], F]:
    """Let a function see its arguments only after they have been read and checked.

    Args:
        contract: argument to its axes, as in ``read_arrays``, or to a checker of single
            values such as ``check_positive``. None passes where it is the default.

    Above a class it is the arguments of ``__init__`` that are read.
    """

    def read(caller, arrays):
        return zip(arrays, read_arrays(caller[0], **arrays), strict=True)

    return functools.partial(_executed, contract, read)


def takes_tensors(**contract: str | Spec | Callable) -> Callable[[F], F]:
    """The same for torch: tensors are checked by ``check_axes`` and passed as they are.

    Above a method the name in a complaint is that of the class, and ``self.sizes``, if
    there is such a thing, has the sizes that the layer was built for.
    """

    def check(caller, arrays):
        check_axes(*caller, **arrays)
        return ()

    return functools.partial(_executed, contract, check)


def _executed(contract, look, function):
    """``function`` behind its contract; ``look`` is what arrays or tensors go through.

    How many arguments there are is left to Python to complain of.
    """
    if isinstance(function, type):
        function.__init__ = _executed(contract, look, function.__init__)
        return function
    parameters = signature(function).parameters
    may_be_none = {
        n for n, parameter in parameters.items() if parameter.default is None
    }
    is_method = next(iter(parameters)) == "self"
    axes = {n: rule for n, rule in contract.items() if isinstance(rule, (str, Spec))}
    defaults = {
        n: parameters[n].default
        for n in axes
        if n not in may_be_none and parameters[n].default is not Parameter.empty
    }

    @functools.wraps(function)
    def behind_the_contract(*args, **kwargs):
        by_place = dict(zip(parameters, args, strict=False))
        by_name = {n: v for n, v in defaults.items() if n not in by_place} | kwargs
        given = by_place | by_name
        caller = function.__name__, None
        if is_method:
            caller = type(args[0]).__name__, getattr(args[0], "sizes", None)
        arrays = {}
        for n, rule in contract.items():
            if n not in given or (given[n] is None and n in may_be_none):
                continue
            if n in axes:
                arrays[n] = given[n], rule
            else:
                given[n] = rule(given[n], function=caller[0], argument=n)
        given.update(look(caller, arrays))
        in_place = [given[n] for n in by_place]
        by_name = {n: given[n] for n in by_name}
        return function(*in_place, *args[len(by_place) :], **by_name)

    vars(behind_the_contract)["contract"] = contract
    return behind_the_contract
