"""What a function takes, said above it and executed before it.

The body below can then be read as a definition::

    @takes(q="(..., t_q, d_k)", k="(..., t_k, d_k)", bandwidth=check_positive)
    def gaussian_score(q, k, bandwidth=1.0):
        ...
"""

import functools
import inspect

from attn_helpers._checks.arrays import read_arrays
from attn_helpers._checks.axes import Spec


def takes(**contract):
    """Let a function see its arguments only after they have been read and checked.

    Args:
        contract: argument to its axes, as in ``read_arrays``, or to a checker of single
            values such as ``check_positive``. None passes where it is the default.
    """

    def executed(function):
        name = function.__name__
        parameters = inspect.signature(function).parameters
        optional = {word for word, p in parameters.items() if p.default is None}

        @functools.wraps(function)
        def read(*args, **kwargs):
            by_place = dict(zip(parameters, args, strict=False))
            given = by_place | kwargs
            arrays = {}
            for argument, rule in contract.items():
                value = given.get(argument)
                if argument not in given or (value is None and argument in optional):
                    continue
                if isinstance(rule, (str, Spec)):
                    arrays[argument] = value, rule
                else:
                    given[argument] = rule(value, function=name, argument=argument)
            given.update(zip(arrays, read_arrays(name, **arrays), strict=True))
            # as many as there were: it is Python that complains of the number
            in_place = [given[argument] for argument in by_place]
            by_name = {argument: given[argument] for argument in kwargs}
            return function(*in_place, *args[len(by_place) :], **by_name)

        return read

    return executed
