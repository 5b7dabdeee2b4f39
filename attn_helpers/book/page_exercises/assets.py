"""What lies beside the pages for their exercises, and who loads it when.

A page loads ``begin.js``, which counts among its own scripts. That one loads, after the
page, ``data.js`` with the editor and all that it does, and its style sheet. A verdict
loads what lies in ``_static/python``.
"""

import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from attn_helpers.book.page_exercises import judge, python_files
from attn_helpers.widgets.kit import bundle
from attn_helpers.widgets.kit.javascript import bare

FOLDER = "exercise_editor"
VENDORED = f"{FOLDER}/vendor/prism_code_editor"
PLACE = 'data-exercise="'


def first_script() -> str:
    """What a page with exercises loads at once."""
    return bare(f"{{\n{bundle.read(f'{FOLDER}/begin.js')}}}\n")


def later_script(sizes: dict[str, int]) -> str:
    """What it loads then; ``sizes`` are those of the files of Python, by name."""
    held = bundle.later(FOLDER, {"sizes": sizes, "judge": judge.NAME})
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
    sizes = write_python(app, static / "python")
    texts = {
        "begin.js": first_script(),
        "data.js": later_script(sizes),
        "style.css": style_sheet(),
    }
    folder = static / "widgets" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def write_python(app: Sphinx, target: Path) -> dict[str, int]:
    """The sizes of the files in the folder, by name; no folder where there are none."""
    wanted, named = app.config.book_page_python, app.config.book_page_python_folder
    folders = python_files.places(named) if wanted else []
    sizes = python_files.copy_python(folders, target)
    if not sizes:
        shutil.rmtree(target, ignore_errors=True)
        return {}
    packed = judge.archive()
    (target / judge.NAME).write_bytes(packed)
    return {**sizes, judge.NAME: len(packed)}


def add_the_first_script(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    if PLACE in context.get("body", ""):
        app.add_js_file(f"widgets/{FOLDER}/begin.js", loading_method="defer")
