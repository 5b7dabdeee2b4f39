"""The recipe of every complaint: one sentence, and perhaps a second with the cure."""


def complaint(function, rule, got, fix=""):
    """Word what is wrong with what a reader passed.

    Args:
        function: the public name that the reader called.
        rule: what must hold, in axis names.
        got: what was found instead.
        fix: a sentence with the likely cure.

    Returns:
        ``{function}: {rule}; got {got}. {fix}``

    Example:
        >>> complaint("split_heads", "d_model must be a multiple of 5", "d_model=12")
        'split_heads: d_model must be a multiple of 5; got d_model=12.'
    """
    return f"{function}: {rule}; got {got}.{fix and ' ' + fix}"


def shapes(**arrays):
    """Name each array with its shape: ``q (2, 3, 5), k (2, 3, 7) and v (2, 3, 7)``."""
    return listed([f"{name} {tuple(array.shape)}" for name, array in arrays.items()])


def listed(words):
    """``a``, ``a and b``, ``a, b and c``."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def not_boolean(function, argument, dtype):
    """The complaint about a mask of the wrong kind, with the cure."""
    rule = f"{argument} must be boolean, True where the query may attend"
    fix = (
        f"Write {argument} != 0 for a mask of 0 and 1, "
        f"{argument} == 0 for an additive mask of 0 and -inf."
    )
    return complaint(function, rule, f"{argument} of dtype {dtype}", fix)


def not_whole(function, argument, dtype):
    """The complaint about numbers that must be whole."""
    rule = f"{argument} must hold whole numbers"
    return complaint(function, rule, f"{argument} of dtype {dtype}")
