"""Sphinx extension: a page's pictures in 256 colours, a quarter of their size.

matplotlib stores four bytes for each point of a drawing that has a few dozen colours.
The notebooks keep their pictures as they are.
"""

import io
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx


def in_few_colours(png: bytes) -> bytes:
    """A PNG with a table of its 256 most useful colours, or as it is if that is less.

    Source: the PNG specification, third edition, section 11.2.2, colour type 3.
    """
    with Image.open(io.BytesIO(png)) as picture:
        if picture.mode not in ("RGB", "RGBA"):
            return png
        few = picture.quantize(
            256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        small = io.BytesIO()
        few.save(small, "PNG", optimize=True)
    return min(png, small.getvalue(), key=len)


def shrink(app: Sphinx, exception: Exception | None) -> None:
    """Write each picture of the built pages anew."""
    if exception or app.builder.format != "html":
        return
    for path in Path(app.outdir, app.builder.imagedir).glob("*.png"):
        path.write_bytes(in_few_colours(path.read_bytes()))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("build-finished", shrink)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
