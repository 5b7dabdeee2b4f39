"""Sphinx extension: the exercises of a page can be done in the page.

Where a chapter has the stub of an exercise and the cell that checks it, the page gets
an editor, and a button that runs the reader's function through the same ``check``.
Without scripts the two cells stay as they are. What the editors need is loaded once the
page is there, and Python itself, 17 MB, when a reader first asks for a verdict.

Python is built in where ``python_files`` finds it. ``book_page_python = False`` among
the settings leaves it out; the editors then say so.
"""

from sphinx.application import Sphinx

from attn_helpers.book.page_exercises import assets, cells


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("book_page_python", True, "html", bool)
    app.add_config_value("book_page_python_folder", "", "html", str)
    app.connect("builder-inited", assets.write, priority=910)
    app.connect("doctree-read", cells.mark)
    app.connect("doctree-read", cells.mark_scratch)
    app.connect("html-page-context", cells.add_launch_links, priority=900)
    app.connect("html-page-context", assets.add_the_first_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
