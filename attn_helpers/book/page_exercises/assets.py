"""What lies beside the pages for their exercises, and who loads it when.

A page loads ``begin.js``, which counts among its own scripts. That one loads, after the
page, ``data.js`` with the editor and all that it does, and its style sheet. A verdict
loads what lies in ``_static/python``.
"""

import hashlib
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

from attn_helpers.book.page_exercises import judge, python_files
from attn_helpers.widgets.kit import bundle
from attn_helpers.widgets.kit.javascript import bare

FOLDER = "exercise_editor"
VENDORED = f"{FOLDER}/vendor/prism_code_editor"
PLACE = 'data-exercise="'
LOGGER = getLogger(__name__)
WITHOUT_PYTHON = (
    "The pages are built without Python, so their exercises are for the notebooks: no "
    f"folder has the files of Pyodide that the book knows. `{python_files.MODULE}`, or "
    "the folder that `book_page_python_folder` names in _config.yml, may bring them."
)


def first_script(version: str) -> str:
    """What a page with exercises loads at once; ``version`` is the later script's."""
    script = bundle.read(f"{FOLDER}/begin.js").replace("VERSION", version)
    return bare(f"{{\n{script}}}\n")


def later_script(files: dict[str, dict]) -> str:
    """What it loads then; ``files`` are those of Python, by name, as ``told`` has them.

    Its own version stands for the style sheet, too.
    """
    held = bundle.later(FOLDER, {"files": files, "judge": judge.NAME})
    start = (
        f'bookData["{FOLDER}"].more('
        f'{{ script: document.currentScript, ...bookData["{FOLDER}"] }});\n'
    )
    return bundle.read(f"{VENDORED}.js") + held + start


def style_sheet() -> str:
    """The one sheet: the library's layout, then how the exercises look."""
    return bundle.read(f"{VENDORED}.css") + bundle.read(f"{FOLDER}/style.css")


def write(app: Sphinx) -> None:
    """Put it all there, and Python if it is wanted and can be had."""
    if app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    later = later_script(write_python(app, static / "python"))
    texts = {
        "begin.js": first_script(version((later + style_sheet()).encode())),
        "data.js": later,
        "style.css": style_sheet(),
    }
    folder = static / "widgets" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def write_python(app: Sphinx, target: Path) -> dict[str, dict]:
    """What is told of the files in the folder; no folder where there are none."""
    wanted, named = app.config.book_page_python, app.config.book_page_python_folder
    place = str(Path(app.srcdir, named)) if named else ""
    folders = python_files.places(place) if wanted else []
    names = python_files.copy_python(folders, target)
    if not names:
        shutil.rmtree(target, ignore_errors=True)
        if wanted:
            LOGGER.log("WARNING" if named else "INFO", WITHOUT_PYTHON)
        return {}
    (target / judge.NAME).write_bytes(judge.archive())
    return {name: told((target / name).read_bytes()) for name in (*names, judge.NAME)}


def told(content: bytes) -> dict:
    """What a page knows of a file before it asks for it."""
    return {"bytes": len(content), "version": version(content)}


def version(content: bytes) -> str:
    """Part of the address, so that no browser takes what it kept of another edition."""
    return hashlib.sha256(content).hexdigest()[:8]


def add_the_first_script(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    if PLACE in context.get("body", ""):
        app.add_js_file(f"widgets/{FOLDER}/begin.js", loading_method="defer")
