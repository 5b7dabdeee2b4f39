"""Give every chapter's file the number of its place in ``_toc.yml``.

python -m attn_helpers.book.numbering    rename, and mend what names the files

The order of ``_toc.yml`` is what counts: move a line there, run this, and links, cell
ids and file names follow. No code and no output changes, so no chapter runs again.
"""

import re
import sys
from pathlib import Path

from attn_helpers.book.contents import (
    ROOT,
    BookError,
    chapters,
    misplaced,
    numbered_name,
    pages,
    topic_of,
)
from attn_helpers.book.rewriting import rewrite


def main() -> int:
    try:
        moved = renumber()
    except BookError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(moved) or "Every chapter has the number of its place.")
    return 0


def renumber(root: Path = ROOT) -> list[str]:
    """Rename what is out of place; return a line for each file that moved."""
    pages(root)  # each page of the list must be there
    names = _names(root)
    number = re.compile(
        rf"(?<!\w)\d\d_({'|'.join(re.escape(name) for name in names)})(?!\w)"
    )

    def renamed(text):
        return number.sub(lambda found: names[found[1]], text)

    moves = {
        path: path.with_name(renamed(path.name))
        for path in sorted((root / "chapters").rglob("*"))
        if path.is_file() and renamed(path.name) != path.name
    }
    for target in moves.values():
        if target.exists():
            raise BookError(f"{target.name} is there already: rename or delete it.")
    rewrite(root, renamed, moves)
    for path, target in moves.items():
        path.rename(target)
    return [f"{path.name} -> {target.name}" for path, target in moves.items()]


def _names(root):
    """The file name that each topic should have."""
    names = {}
    for place, page in enumerate(chapters(root), start=1):
        topic = topic_of(page)
        if topic == Path(page).name:
            raise BookError("\n".join(misplaced(root)))
        if topic in names:
            raise BookError(f"_toc.yml lists two chapters about {topic}.")
        names[topic] = numbered_name(topic, place)
    return names


if __name__ == "__main__":
    sys.exit(main())
