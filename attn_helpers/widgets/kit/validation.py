"""Refuse a bad trait in the words of ``_checks``, and leave the old value in place.

traitlets takes back the changes made inside ``hold_trait_notifications`` only when the
error is a ``TraitError``, so a plain ``ValueError`` would leave the bad value behind.
"""

import contextlib
from collections.abc import Generator, Mapping

import traitlets


class TraitRefused(traitlets.TraitError, ValueError):
    """A value that a widget does not take; a notebook shows it as one line."""

    def _render_traceback_(self):
        """What IPython shows in place of sixty lines from inside traitlets."""
        return [f"{type(self).__name__}: {self}"]


@contextlib.contextmanager
def refusing() -> Generator[None]:
    """Turn a complaint of ``_checks`` into one that traitlets takes back."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise TraitRefused(str(error)) from None


def refuse_unless_paired(function: str, sizes: Mapping[str, int]) -> None:
    """Require lists of equal length, given as ``{name: length}`` for two of them."""
    (first, a), (second, b) = sizes.items()
    if a != b:
        raise TraitRefused(
            f"{function}: {first} and {second} must be equally long; "
            f"got {first} ({a},) and {second} ({b},). "
            "Set both inside `with widget.hold_trait_notifications():`."
        )
