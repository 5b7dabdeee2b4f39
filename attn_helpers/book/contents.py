"""The table of contents: which chapters there are, and in which order.

A chapter is a file ``NN_topic`` that a numbered part of ``_toc.yml`` lists; NN is its
place among all of them.

python -m attn_helpers.book.contents 07    say which page that is
"""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = re.compile(r"\d\d_(?P<topic>\w+)")


class BookError(Exception):
    """What an author has to mend, in words."""


class Part(NamedTuple):
    """A part of the book whose chapters are counted."""

    caption: str
    chapters: list[str]


def pages(root: Path = ROOT) -> list[str]:
    """Every page that ``_toc.yml`` lists, such as ``chapters/index``, in order."""
    listed = list(_entries(_read(root)))
    for page in listed:
        if not any((root / f"{page}{kind}").exists() for kind in (".ipynb", ".md")):
            raise BookError(
                f"_toc.yml lists {page}, but there is neither {page}.ipynb nor "
                f"{page}.md: add the page or take it off the list."
            )
    return listed


def chapter_notebooks(root: Path = ROOT) -> list[Path]:
    """Every notebook that ``_toc.yml`` lists, in order."""
    notebooks = (root / f"{page}.ipynb" for page in pages(root))
    return [path for path in notebooks if path.exists()]


def parts(root: Path = ROOT) -> list[Part]:
    """The parts whose pages are counted, in order."""
    toc = _read(root)
    counted = toc.get("defaults", {}).get("numbered", False)
    return [
        Part(part.get("caption", ""), list(_entries(part)))
        for part in toc.get("parts", [])
        if part.get("numbered", counted)
    ]


def chapters(root: Path = ROOT) -> list[str]:
    """The pages that are counted, in order."""
    return [page for part in parts(root) for page in part.chapters]


def question_of(page: str, root: Path = ROOT) -> str:
    """What a chapter asks: the line ``question`` in the metadata of its notebook."""
    return _said_of(page, root).get("question", "")


def recalled_by(page: str, root: Path = ROOT) -> list[str]:
    """Terms that a chapter defines once more: ``recall`` in the same metadata."""
    return _said_of(page, root).get("recall", [])


def topic_of(page: str) -> str:
    """``chapters/04_kinds`` is about ``kinds``."""
    name = Path(page).stem
    found = CHAPTER.fullmatch(name)
    return found["topic"] if found else name


def numbered_name(topic: str, place: int) -> str:
    """The file name, without its kind, of the chapter that stands at ``place``."""
    return f"{place:02d}_{topic}"


def misplaced(root: Path = ROOT) -> list[str]:
    """A sentence for each chapter whose file does not have the number of its place."""
    return [
        f"{page} stands at place {place} in _toc.yml: {_cure(page, wanted)}"
        for place, page in enumerate(chapters(root), start=1)
        if Path(page).name != (wanted := numbered_name(topic_of(page), place))
    ]


def _cure(page, wanted):
    if CHAPTER.fullmatch(Path(page).name):
        return f"`make renumber` calls it {wanted} and mends what links to it."
    return f"call it {wanted}, in that line, too."


def find_chapter(name: str, root: Path = ROOT) -> str:
    """The page meant by ``7``, ``07``, ``kinds`` or ``07_kinds``."""
    listed = chapters(root)
    for page in listed:
        number, _, topic = Path(page).name.partition("_")
        if name in (number, number.lstrip("0"), topic, Path(page).name):
            return page
    known = ", ".join(Path(page).name for page in listed)
    raise BookError(f"There is no chapter {name!r}; there are {known}.")


def _said_of(page, root):
    """What authors say of a page beside its text."""
    notebook = root / f"{page}.ipynb"
    if not notebook.exists():
        return {}
    return json.loads(notebook.read_text("utf-8"))["metadata"].get("book", {})


def _read(root):
    toc = root / "_toc.yml"
    if not toc.exists():
        raise BookError(f"{toc}: no such file; run this from a clone of the book.")
    return yaml.safe_load(toc.read_text("utf-8"))


def _entries(node):
    """The ``root`` and ``file`` values of a table of contents, in order."""
    if isinstance(node, list):
        for item in node:
            yield from _entries(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("root", "file"):
                yield value
            else:
                yield from _entries(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page of a chapter; return the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        print(find_chapter(arguments[0] if arguments else ""))
    except BookError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
