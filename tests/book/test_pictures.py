"""Pictures of the pages have few colours, and look as they did."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from attn_helpers.book.pictures import in_few_colours, shrink


def drawn(transparent):
    figure = Figure(figsize=(5, 3))
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    ax.imshow(np.add.outer(np.arange(7), np.arange(11)), cmap="Purples")
    ax.plot([0, 10], [0, 6], color="#D55E00")
    png = io.BytesIO()
    figure.savefig(png, transparent=transparent)
    return png.getvalue()


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), float)


@pytest.mark.parametrize("transparent", [False, True])
def test_a_drawing_looks_as_before_and_takes_half_of_the_bytes(transparent):
    before = drawn(transparent)
    after = in_few_colours(before)
    assert len(after) < len(before) / 2
    seen, meant = pixels(after), pixels(before)
    assert (seen[..., 3] == 0).any() == transparent
    apart = np.abs(seen - meant)[meant[..., 3] > 0]
    assert apart.mean() < 1 and np.mean(apart > 24) < 0.01


def test_what_would_grow_and_what_has_few_colours_stays():
    once = in_few_colours(drawn(False))
    assert in_few_colours(once) == once
    tiny = io.BytesIO()
    Image.new("RGB", (2, 3), "#D55E00").save(tiny, "PNG", optimize=True)
    assert in_few_colours(tiny.getvalue()) == tiny.getvalue()


@pytest.mark.parametrize(
    "exception, kind, shrinks",
    [(None, "html", True), (ValueError(), "html", False), (None, "latex", False)],
)
def test_pictures_of_finished_pages_are_written_anew(
    tmp_path, exception, kind, shrinks
):
    (tmp_path / "_images").mkdir()
    path = tmp_path / "_images/a.png"
    path.write_bytes(drawn(False))
    builder = SimpleNamespace(format=kind, imagedir="_images")
    shrink(SimpleNamespace(outdir=tmp_path, builder=builder), exception)
    assert (path.stat().st_size < len(drawn(False))) == shrinks
