"""Sphinx extension: where a chapter is shared, one of its own figures is shown.

Sites that show a link crop the picture to about 1.91 : 1 and choose the ground behind
it. So the first picture that a chapter stores is laid on the book's own ground, in that
shape. Pages without one show the picture of the front page.
"""

import base64
import io
import json
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx

from attn_helpers.book.contents import chapters

SIZE = (1200, 630)  # points of a card, as the sites recommend
MARGIN = 45
GROUND = "#fffefb"  # that of the pages in light
FOLDER = "_static/cards"
LARGE = '<meta name="twitter:card" content="summary_large_image" />'


def first_picture(notebook: Path) -> tuple[bytes, str] | None:
    """The first stored PNG of a notebook, and what is said of it to those who hear."""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            if png := output.get("data", {}).get("image/png"):
                image = cell["metadata"].get("mystnb", {}).get("image", {})
                return base64.b64decode(png), image.get("alt", "")
    return None


def card(png: bytes) -> Image.Image:
    """The picture as large as it fits, in the middle of a card."""
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    room = [length - 2 * MARGIN for length in SIZE]
    scale = min(r / p for r, p in zip(room, picture.size, strict=True))
    picture = picture.resize(
        (round(picture.width * scale), round(picture.height * scale)),
        Image.Resampling.LANCZOS,
    )
    whole = Image.new("RGB", SIZE, GROUND)
    place = [(s - p) // 2 for s, p in zip(SIZE, picture.size, strict=True)]
    whole.paste(picture, (place[0], place[1]), picture)
    return whole


def add_card(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Draw the card of a chapter, and name it for what writes the tags."""
    root = Path(app.srcdir)
    notebook = root / f"{pagename}.ipynb"
    if pagename not in chapters(root) or not notebook.exists():
        return
    if found := first_picture(notebook):
        png, alt = found
        path = Path(app.outdir, FOLDER, f"{notebook.stem}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        card(png).save(path, optimize=True)
        shown = {"og:image": f"{FOLDER}/{path.name}", "og:image:alt": alt}
        context["meta"] = {**(context.get("meta") or {}), **shown}


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension; the tags are written after it."""
    app.config.ogp_custom_meta_tags = [LARGE]
    app.connect("html-page-context", add_card, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
