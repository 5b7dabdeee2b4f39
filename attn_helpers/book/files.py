"""The text files of the book, and a way to write one that cannot leave half a file."""

import os
from pathlib import Path

BUILT = {"_build", "build", "dist", "node_modules", "__pycache__"}
DOTTED = {".ci", ".github"}  # of the folders whose name starts with a dot


def text_files(root: Path) -> list[Path]:
    """Every text file that somebody wrote, sorted; nothing built or installed."""
    found = []
    for folder, inner, names in os.walk(root):
        inner[:] = [name for name in inner if _is_source(Path(folder, name))]
        found += [path for name in names if _is_text(path := Path(folder, name))]
    return sorted(found)


def write(path: Path, text: str) -> None:
    """Put ``text`` in place of what the file holds, whole or not at all."""
    path = Path(path)
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(text.encode())
        if path.exists():
            beside.chmod(path.stat().st_mode)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _is_source(folder):
    hidden = folder.name.startswith(".") and folder.name not in DOTTED
    return not (
        hidden
        or folder.name in BUILT
        or folder.suffix == ".egg-info"
        or (folder / "pyvenv.cfg").exists()
    )


def _is_text(path):
    try:
        path.read_bytes().decode()
    except (UnicodeDecodeError, OSError):
        return False
    return True
