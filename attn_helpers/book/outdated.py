"""Which pages to build again: those that show what has changed since they were built.

Sphinx itself sees a page whose text changed and one that includes a changed file. Here
it learns of the widgets on a page, of what makes every page, and of titles, which
stand in the contents at the side of all pages.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from attn_helpers.book.imports import (
    PACKAGE,
    files_of_code,
    files_of_page,
    fingerprint,
)


def pages_that_show_a_change(
    app: Sphinx,
    env: Any,
    added: set[str],
    changed: set[str],
    removed: set[str],
) -> list[str]:
    """For ``env-get-outdated``: the pages to read and write again."""
    before = getattr(env, "book_shown", {})
    ours = [name for name in app.extensions if name.startswith(f"{PACKAGE}.")]
    sources = {page: Path(env.doc2path(page)) for page in env.found_docs}
    env.book_shown = now = shown(Path(app.srcdir), sources, ours)
    return [page for page in now if before.get(page) != now[page]]


def pages_that_list_a_change(app: Sphinx, env: Any) -> list[str]:
    """For ``env-updated``: all pages to write again, where a title changed."""
    before = getattr(env, "book_titles", {})
    env.book_titles = {page: title.astext() for page, title in env.titles.items()}
    return [] if env.book_titles == before else sorted(env.found_docs)


def shown(
    root: Path, sources: Mapping[str, Path], extensions: Iterable[str]
) -> dict[str, str]:
    """A fingerprint for each page of what it shows of the package."""
    book = root / PACKAGE / "book"
    code = [f"import {name}" for name in extensions]
    kinds = ("*.js", "*.css", "motifs/*.py", "templates/**/*.html")
    assets = [path for kind in kinds for path in book.glob(kind)]
    every = {*files_of_code(code, root), *assets}
    return {
        page: fingerprint(sorted(every | _shown_by(source, root)), root)
        for page, source in sources.items()
    }


def _shown_by(source, root):
    return set(files_of_page(source.read_text("utf-8"), root))
