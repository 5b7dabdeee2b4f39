"""Read a pickle without trusting who wrote it.

A pickle is a program: it may name any function of any installed module and have it
called, ``os.system`` included, while it is being *read*. What may be named is decided
in one method, and here it is a list that the caller writes.
"""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class _Sealed(type):
    """A class whose attributes nobody sets: a pickle may try that on what it names."""

    def __setattr__(cls, name, value):
        raise pickle.UnpicklingError(
            f"load_restricted: a pickle may change objects, never a class; "
            f"got {cls.__name__}.{name}."
        )


class Record(metaclass=_Sealed):
    """An empty object to hang attributes on, in place of a class we do not want."""


class _Reader(pickle.Unpickler):
    def __init__(self, file, allowed):
        super().__init__(file)
        self._allowed = allowed

    def find_class(self, module, name):
        # the whole of the name must stand on the list, so no attribute is reached by a
        # dotted name; what is not there is not even imported
        try:
            return self._allowed[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"load_restricted: a pickle may name only what is on the list of "
                f"allowed names; got {module}.{name}. Nothing was called."
            ) from None


def load_restricted(path: str | Path, allowed: Mapping) -> Any:
    """Read one object from a pickle that may name only what is listed.

    It protects from code that would run, not from a file that fills the memory.

    Args:
        path: the file.
        allowed: from ``(module, name)`` as the pickle writes them to what is put in
            their place: a harmless class such as ``dict``, or :class:`Record`. List no
            function that could be of use to an attacker, and no other class written
            in Python: a pickle could set attributes on it for good.

    Returns:
        the object, built of plain containers, numbers, texts and the listed classes.

    Raises:
        pickle.UnpicklingError: the pickle names something else; the message says what.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "words.pkl")
        ...     _ = path.write_bytes(pickle.dumps({"angkor": 6}))
        ...     load_restricted(path, allowed={})
        {'angkor': 6}
    """
    with Path(path).open("rb") as file:
        return _Reader(file, dict(allowed)).load()
