"""The table of contents: which chapters there are, and in which order.

A chapter is a file ``NN_topic`` that a numbered part of ``_toc.yml`` lists; NN is its
place among all of them.
"""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = re.compile(r"(?P<number>\d+)_(?P<topic>\w+)")


class BookError(Exception):
    """What an author has to mend, in words."""


def pages(root=ROOT):
    """Every page that ``_toc.yml`` lists, such as ``chapters/index``, in order."""
    listed = list(_entries(_read(root)))
    for page in listed:
        if not any((root / f"{page}{kind}").exists() for kind in (".ipynb", ".md")):
            raise BookError(
                f"_toc.yml lists {page}, but there is neither {page}.ipynb nor "
                f"{page}.md: add the page or take it off the list."
            )
    return listed


def chapter_notebooks(root=ROOT):
    """Every notebook that ``_toc.yml`` lists, in order."""
    notebooks = (root / f"{page}.ipynb" for page in pages(root))
    return [path for path in notebooks if path.exists()]


def chapters(root=ROOT):
    """The pages that are counted, in order."""
    toc = _read(root)
    counted = toc.get("defaults", {}).get("numbered", False)
    return [
        page
        for part in toc.get("parts", [])
        if part.get("numbered", counted)
        for page in _entries(part)
    ]


def topic_of(page):
    """``chapters/04_alignment`` is about ``alignment``."""
    name = Path(page).stem
    found = CHAPTER.fullmatch(name)
    return found["topic"] if found else name


def numbered_name(topic, place):
    """The file name, without its kind, of the chapter that stands at ``place``."""
    return f"{place:02d}_{topic}"


def misplaced(root=ROOT):
    """A sentence for each chapter whose file does not have the number of its place."""
    return [
        f"{page} stands at place {place} in _toc.yml: `make renumber` gives every "
        f"chapter the number of its place, here {numbered_name(topic_of(page), place)}."
        for place, page in enumerate(chapters(root), start=1)
        if Path(page).name != numbered_name(topic_of(page), place)
    ]


def find_chapter(name, root=ROOT):
    """The page meant by ``7``, ``07``, ``position`` or ``07_position``."""
    listed = chapters(root)
    for page in listed:
        number, _, topic = Path(page).name.partition("_")
        if name in (number, number.lstrip("0"), topic, Path(page).name):
            return page
    known = ", ".join(Path(page).name for page in listed)
    raise BookError(f"There is no chapter {name!r}; there are {known}.")


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
