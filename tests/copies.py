"""The book in another folder, where a tool may change it or a fault may break it."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]


def copied(folder, root=ROOT):
    """All of the book but git's own folder and what git is told to ignore."""
    lines = (root / ".gitignore").read_text(encoding="utf-8").split()
    ignored = shutil.ignore_patterns(".git", *(line.strip("/") for line in lines))
    return Path(shutil.copytree(root, folder, ignore=ignored))
