"""Put a new chapter between two others.

python -m attn_helpers.book.insert TOPIC AT    or: make insert TOPIC=… AT=…

The new chapter is a draft: a title, and the cell that hosted notebooks need. It joins
the part of the chapter that stood at AT; that one and all after it move on by one.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat.v4 as v4

from attn_helpers.book.bootstrap import bootstrap_cell
from attn_helpers.book.contents import (
    ROOT,
    BookError,
    chapters,
    misplaced,
    numbered_name,
    topic_of,
)
from attn_helpers.book.files import write
from attn_helpers.book.notebooks import normalise, update
from attn_helpers.book.numbering import renumber

EXAMPLE = "as in: make insert TOPIC=long_texts AT=12"
DRAFT = """\
# {title}

:::{{admonition}} Draft
:class: warning
This chapter is not written yet.
:::"""
NEXT = """\
{path} stands at place {at}.
Write it, its exercises in attn_helpers/exercises/{topic}/, then: make notebooks"""


def main(arguments: Sequence[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        topic, at = _understood(arguments)
        path = insert(topic, at)
    except BookError as error:
        print(error, file=sys.stderr)
        return 1
    print(NEXT.format(path=path.relative_to(ROOT), at=at, topic=topic))
    return 0


def insert(topic: str, at: int, root: Path = ROOT) -> Path:
    """Add a draft about ``topic`` at place ``at``, counted from 1; return its file."""
    listed = _checked(topic, at, root)
    page = f"chapters/{numbered_name(topic, at)}"
    toc = (root / "_toc.yml").read_text("utf-8")
    write(root / f"{page}.ipynb", _draft(topic, root))
    write(root / "_toc.yml", _with_page(toc, page, at, listed))
    renumber(root)
    update(root / f"{page}.ipynb", root=root)
    return root / f"{page}.ipynb"


def _understood(arguments):
    topic, at = [*arguments, "", ""][:2]
    if not topic or not at.isdecimal():
        raise BookError(
            f"insert: say the topic and the place, {EXAMPLE}; "
            f"got TOPIC={topic!r} and AT={at!r}."
        )
    return topic, int(at)


def _checked(topic, at, root):
    """The chapters there are, where all is well for one more."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", topic):
        raise BookError(
            "insert: a topic is a name in small letters, digits and single "
            f"underscores, {EXAMPLE}; got {topic!r}."
        )
    if wrong := misplaced(root):
        raise BookError("\n".join(wrong))
    listed = chapters(root)
    if topic in map(topic_of, listed):
        raise BookError(f"insert: there is a chapter about {topic} already.")
    if not 1 <= at <= len(listed) + 1:
        raise BookError(
            f"insert: AT must be from 1 to {len(listed) + 1}, one more than there "
            f"are chapters; got {at}."
        )
    return listed


def _draft(topic, root):
    title = topic.replace("_", " ").capitalize()
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell(DRAFT.format(title=title))])
    notebook.cells.append(bootstrap_cell(notebook, root))
    normalise(notebook, topic)
    return v4.writes(notebook) + "\n"


def _with_page(toc, page, at, listed):
    """The table of contents with one more line, all others as they were."""
    last = at > len(listed)
    neighbour = re.escape(listed[-1] if last else listed[at - 1])
    line = re.compile(rf"^( *- file: *){neighbour}\b.*\n", re.M)
    if not line.search(toc):
        raise BookError(f"_toc.yml: no line `- file: {neighbour}` of its own.")

    def more(found):
        new = f"{found[1]}{page}\n"
        return found[0] + new if last else new + found[0]

    return line.sub(more, toc, count=1)


if __name__ == "__main__":
    sys.exit(main())
