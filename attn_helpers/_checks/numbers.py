"""Single values: numbers, and choices that are none.

What comes back is a Python number, which widens no array and forgets no digit as a
``np.uint8`` would. The symbolic sizes of ``torch.export`` pass as they are.
"""

import math
import numbers

import numpy as np

from attn_helpers._checks.message import complaint


def check_number(value, *, function, argument):
    """Return one finite real number as a Python float."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        rule = f"{argument} must be one real number"
        got = f"{argument} of type {type(value).__name__}"
        raise TypeError(complaint(function, rule, got))
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        number = math.inf
    if not math.isfinite(number):
        rule = f"{argument} must be finite"
        raise ValueError(complaint(function, rule, f"{argument}={number}"))
    return number


def check_positive(value, *, function, argument):
    """Return a number above 0 as a Python float."""
    number = check_number(value, function=function, argument=argument)
    if number <= 0:
        rule = f"{argument} must be greater than 0"
        raise ValueError(complaint(function, rule, f"{argument}={value}"))
    return number


def check_at_least(value, least, *, function, argument):
    """Return a number of at least ``least`` as a Python float."""
    number = check_number(value, function=function, argument=argument)
    if number < least:
        rule = f"{argument} must be at least {least}"
        raise ValueError(complaint(function, rule, f"{argument}={value}"))
    return number


def check_between(value, low, high, *, function, argument):
    """Return a number in [low, high] as a Python float."""
    number = check_number(value, function=function, argument=argument)
    if not low <= number <= high:
        rule = f"{argument} must be from {low} to {high}"
        raise ValueError(complaint(function, rule, f"{argument}={value}"))
    return number


def check_probability(value, *, function, argument):
    """Return a number in [0, 1] as a Python float."""
    return check_between(value, 0, 1, function=function, argument=argument)


def check_integer(value, *, function, argument):
    """Return a whole number, below 0 too, as an int."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return int(value)
    if type(value).__name__ == "SymInt":  # torch's, which is not imported for it
        return value
    rule = f"{argument} must be a whole number"
    got = f"{argument} of type {type(value).__name__}"
    raise TypeError(complaint(function, rule, got))


def check_count(value, *, function, argument, least=1):
    """Return a whole number of at least ``least`` as an int."""
    number = check_integer(value, function=function, argument=argument)
    if number < least:
        rule = f"{argument} must be at least {least}"
        raise ValueError(complaint(function, rule, f"{argument}={value}"))
    return number


def check_natural(value, *, function, argument):
    """Return a whole number, 0 or more, as an int."""
    return check_count(value, function=function, argument=argument, least=0)


def check_at_most(value, most, *, function, arguments):
    """Require a size that is no larger than another; ``arguments`` names the two."""
    if value > most:
        one, two = arguments
        rule = f"{one} must be at most {two}"
        raise ValueError(complaint(function, rule, f"{one}={value} and {two}={most}"))


def check_even(value, *, function, argument, least=2):
    """Return an even number of at least ``least`` as an int."""
    number = check_count(value, function=function, argument=argument, least=least)
    if number % 2:
        rule = f"{argument} must be even, as its numbers are taken in pairs"
        raise ValueError(complaint(function, rule, f"{argument}={number}"))
    return number


def check_multiple(whole, part, *, function, arguments):
    """Require two counts, the first a multiple of the second."""
    one, other = arguments
    check_count(whole, function=function, argument=one)
    check_count(part, function=function, argument=other)
    if whole % part:
        rule = f"{one} must be a multiple of {other}"
        raise ValueError(complaint(function, rule, f"{one}={whole}, {other}={part}"))


def check_choice(value, choices, *, function, argument):
    """Require one of the named ``choices``."""
    if value not in tuple(choices):
        rule = f"{argument} must be one of {', '.join(map(repr, choices))}"
        raise ValueError(complaint(function, rule, f"{argument}={value!r}"))
    return value


def check_callable(value, *, function, argument):
    """Return a function."""
    if not callable(value):
        rule = f"{argument} must be a function"
        got = f"{argument} of type {type(value).__name__}"
        raise TypeError(complaint(function, rule, got))
    return value


def check_generator(value, *, function, argument="rng"):
    """Return a numpy random generator, so that every draw has a local seed."""
    if not isinstance(value, np.random.Generator):
        rule = f"{argument} must be a numpy random generator"
        got = f"{argument} of type {type(value).__name__}"
        fix = "Write np.random.default_rng(0)."
        raise TypeError(complaint(function, rule, got, fix))
    return value
