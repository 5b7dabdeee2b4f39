"""Sphinx extension: of the theme's icons a page loads only those that the book shows.

The theme brings three fonts of Font Awesome, 300 kB for some twenty icons. The icons
are found by their names in the built pages and scripts, and by their characters in the
style sheets. The fonts are under the SIL Open Font License 1.1, which reserves their
name, so what is left of them bears another one.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from sphinx.application import Sphinx

from attn_helpers.book.faces import cut, installed

FAMILY = "Book Icons"
NAMED = re.compile(r"\bfa-([a-z][a-z0-9-]*)")
WRITTEN = re.compile(r"\\(f[0-9a-f]{3})\b")  # in a style sheet
RULE = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')


def characters_of(sheet: str) -> dict[str, int]:
    """The character of each icon, by its name, from the style sheet of the icons."""
    return {
        name: int(code, 16)
        for names, code in RULE.findall(sheet)
        for name in NAMED.findall(names)
    }


def shown(
    texts: Iterable[str], sheets: Iterable[str], characters: dict[str, int]
) -> set[int]:
    """The characters of the icons that pages name, and that style sheets write."""
    names = {name for text in texts for name in NAMED.findall(text)}
    written = {int(code, 16) for sheet in sheets for code in WRITTEN.findall(sheet)}
    return written | {characters[name] for name in names & set(characters)}


def cut_icons(app: Sphinx, exception: Exception | None) -> None:
    """Write each font of the icons anew, with those that are shown."""
    static = Path(app.outdir, "_static")
    if exception or app.builder.format != "html" or not installed(["brotli"]):
        return
    for sheet in static.glob("vendor/fontawesome/*/css/all.min.css"):
        pages = _texts(Path(app.outdir), "**/*.html", "_static/**/*.js")
        sheets = _texts(static, "*.css", "styles/*.css", "widgets/**/*.css")
        wanted = shown(pages, sheets, characters_of(sheet.read_text("utf-8")))
        for font in sheet.parents[1].glob("webfonts/*.ttf"):
            left = cut(font, FAMILY, font.stem, wanted)
            font.with_suffix(".woff2").write_bytes(left)


def _texts(folder: Path, *kinds: str) -> Iterator[str]:
    for kind in kinds:
        for path in folder.glob(kind):
            yield path.read_text("utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("build-finished", cut_icons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
