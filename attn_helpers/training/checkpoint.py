"""A file to go on from, which a break while saving never destroys."""

import os
from pathlib import Path

import torch

from attn_helpers._checks import complaint


def check_place(path: Path, *, function: str) -> None:
    """Require a place for a file, by making it: before hours of work, not after."""
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        unfinished(path).open("wb").close()
        unfinished(path).unlink()
    except OSError as error:
        rule = "checkpoint must be a file that can be written"
        got = f"checkpoint={str(path)!r} ({error.strerror or error})"
        raise type(error)(complaint(function, rule, got)) from None


def save(state: dict, path: Path) -> None:
    """Write beside the old file, down to the disk, and only then in its place."""
    try:
        with unfinished(path).open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished(path), path)
    finally:
        unfinished(path).unlink(missing_ok=True)


def load(path: Path, entries: set[str], *, function: str) -> dict:
    """What was saved, on the CPU; it must have the ``entries`` named."""
    with path.open("rb") as file:
        try:
            state = torch.load(file, weights_only=True, map_location="cpu")
        except Exception:  # torch has many kinds for a file that is cut or not its own
            state = None
    if not isinstance(state, dict) or set(state) != entries:
        rule = f"checkpoint must be a whole file that {function} has saved"
        raise ValueError(complaint(function, rule, f"checkpoint={str(path)!r}"))
    return state


def unfinished(path: Path) -> Path:
    """The name of the file while it is being written."""
    return path.with_name(path.name + ".part")
