"""Which pages to build again: those that show what has changed since they were built.

Sphinx itself sees a page whose text changed and one that includes a changed file. Here
it learns of the widgets on a page, of what makes every page, and of titles, which
stand in the contents at the side of all pages.
"""

from pathlib import Path

from attn_helpers.book.imports import files_of_code, files_of_page, fingerprint

EVERY_PAGE = "import attn_helpers.book.sphinxext"


def pages_that_show_a_change(app, env, added, changed, removed):
    """For ``env-get-outdated``: the pages to read and write again."""
    before = getattr(env, "book_shown", {})
    env.book_shown = shown(Path(app.srcdir), env.found_docs, env.doc2path)
    now = env.book_shown
    return [page for page in now if before.get(page) != now[page]]


def pages_that_list_a_change(app, env):
    """For ``env-updated``: all pages to write again, where a title changed."""
    before = getattr(env, "book_titles", {})
    env.book_titles = {page: title.astext() for page, title in env.titles.items()}
    return [] if env.book_titles == before else sorted(env.found_docs)


def shown(root, pages, source_of):
    """A fingerprint for each page of what it shows of the package."""
    book = root / "attn_helpers" / "book"
    own = [*book.glob("*.js"), *book.glob("*.css")]
    every = {*files_of_code([EVERY_PAGE], root), *own}
    return {
        page: fingerprint(sorted(every | set(_shown_by(source_of(page), root))), root)
        for page in pages
    }


def _shown_by(source, root):
    return files_of_page(Path(source).read_text("utf-8"), root)
