"""Sphinx extension: the book's faces, cut out of installed fonts while it is built.

The fonts are Source Serif Pro and Source Sans Pro of Adobe, under the SIL Open Font
License 1.1. It reserves the name "Source" for the whole fonts, so what is cut out of
them bears another name, inside too, and their licences stand beside it. Where the
packages are not installed, the style sheet's next faces are used, those of the system.
"""

import io
import shutil
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

PACKAGES = ("font_source_serif_pro", "font_source_sans_pro")
NEEDED = ("brotli", *PACKAGES)  # brotli packs what a browser unpacks
FEATURES = ["ccmp", "kern", "liga", "locl", "lnum", "mark", "mkmk", "tnum"]
COPYRIGHT, LICENCE, LICENCE_URL = 0, 13, 14  # names of a font that stay
FAMILY, STYLE, FULL, POSTSCRIPT = 1, 2, 4, 6  # names that it gets
LATIN = (*range(0x20, 0x7F), *range(0xA0, 0x180))
GREEK = range(0x370, 0x400)
SIGNS = "‐‑–—‘’‚“”„†•…′″‹›⁄€™←↑→↓−√∞≈≠≤≥ ⁴⁵⁶⁷⁸⁹₀₁₂₃₄⅓⅔"
CHARACTERS = frozenset({*LATIN, *GREEK, *map(ord, SIGNS)})


class Face(NamedTuple):
    """One file of a family: what it is cut from, and what the style sheet says."""

    file: str
    package: str
    source: str
    family: str
    weight: int
    style: str = "normal"


SERIF, SANS = PACKAGES
FACES = (
    Face("serif.woff2", SERIF, "SourceSerifPro-Regular.ttf", "Book Serif", 400),
    Face("slanted.woff2", SERIF, "SourceSerifPro-It.ttf", "Book Serif", 400, "italic"),
    Face("serif-bold.woff2", SERIF, "SourceSerifPro-Semibold.ttf", "Book Serif", 600),
    Face("sans.woff2", SANS, "SourceSansPro-Regular.ttf", "Book Sans", 400),
    Face("sans-bold.woff2", SANS, "SourceSansPro-Semibold.ttf", "Book Sans", 600),
)  # fmt: skip
RULE = """\
@font-face {{
  font-family: "{family}";
  src: url("fonts/{file}") format("woff2");
  font-weight: {weight};
  font-style: {style};
  font-display: swap;
}}
"""


def cut(source: Path, family: str, style: str, characters: Iterable[int]) -> bytes:
    """A WOFF2 font with these characters of another, under a name of its own."""
    options = subset.Options(
        layout_features=FEATURES,
        name_IDs=[COPYRIGHT, LICENCE, LICENCE_URL],
        hinting=False,
        notdef_outline=True,
    )
    font = TTFont(source, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=set(characters) & set(font.getBestCmap() or {}))
    cutter.subset(font)
    full = f"{family} {style}"
    named = {
        FAMILY: family,
        STYLE: style,
        FULL: full,
        POSTSCRIPT: full.replace(" ", "-"),
    }
    for name_id, text in named.items():
        font["name"].setName(text, name_id, 3, 1, 0x409)  # Windows, Unicode, English
    font.flavor = "woff2"
    packed = io.BytesIO()
    font.save(packed)
    return packed.getvalue()


def installed(packages: Iterable[str] = NEEDED) -> bool:
    """Whether the fonts can be cut here."""
    return all(find_spec(name) for name in packages)


def folder_of(package: str) -> Path:
    """Where a package of fonts keeps its files."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"folder_of: {package} is not installed.")
    return Path(spec.origin).with_name("files")


def is_older(path: Path, code: Path) -> bool:
    """Whether a file has to be made, or made again, because the code is younger."""
    return not path.exists() or path.stat().st_mtime < code.stat().st_mtime


def style_sheet(faces: Iterable[Face]) -> str:
    """What tells a page of these faces."""
    return "\n".join(RULE.format(**face._asdict()) for face in faces)


def write_faces(app: Sphinx) -> None:
    """Put fonts, licences and style sheet beside the pages."""
    if app.builder.format != "html":
        return
    faces = FACES if installed() else ()
    fonts = Path(app.outdir, "_static", "fonts")
    fonts.mkdir(parents=True, exist_ok=True)
    fonts.with_name("faces.css").write_text(style_sheet(faces), "utf-8")
    for face in faces:
        if is_older(fonts / face.file, Path(__file__)):
            style = "Italic" if face.style == "italic" else f"Weight {face.weight}"
            source = folder_of(face.package) / face.source
            font = cut(source, face.family, style, CHARACTERS)
            (fonts / face.file).write_bytes(font)
    for package in {face.package for face in faces}:
        licence = folder_of(package) / "LICENSE.txt"
        shutil.copyfile(licence, fonts / f"{package}-LICENSE.txt")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_css_file("faces.css")
    app.connect("builder-inited", write_faces, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
