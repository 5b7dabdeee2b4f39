"""A figure as one picture that needs nothing beside it."""

import io

import numpy as np
import pytest
from PIL import Image

from attn_helpers.widgets.alignment_viewer import AlignmentViewer
from attn_helpers.widgets.query_key_playground import QueryKeyPlayground
from tests.widgets.conftest import THEMES
from tests.widgets.reader.conftest import opened, opener


def saved(page, tools, name):
    """The bytes and the name of a picture that a tool saves."""
    with page.expect_download() as download:
        tools.get_by_role("button", name=name).click()
    return download.value.path().read_bytes(), download.value.suggested_filename


def shown_alone(new_context, svg):
    """What a browser makes of a saved SVG with nothing beside it."""
    page = new_context(viewport={"width": 900, "height": 1200}).new_page()
    page.set_content(f"<body style='margin:0'>{svg.decode()}</body>")
    return pixels(page.locator("body > svg").screenshot())


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), float)


def coarse(picture, side=6):
    """Means of squares, so that half a pixel to the side is no difference."""
    rows, columns = (length // side for length in picture.shape[:2])
    cut = picture[: rows * side, : columns * side]
    return cut.reshape(rows, side, columns, side, 3).mean((1, 3))


def differs(seen, picture):
    """Share of squares that differ, wherever within a pixel the picture stands."""
    rows, columns, _ = map(min, zip(seen.shape, picture.shape, strict=True))
    wanted = coarse(seen[:rows, :columns])
    moved = [
        np.roll(picture[:rows, :columns], (down, across), (0, 1))
        for down in (-1, 0, 1)
        for across in (-1, 0, 1)
    ]
    apart = [np.abs(wanted - coarse(each)).max(-1) for each in moved]
    return np.mean(np.min(apart, axis=0) > 30)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("widget", [QueryKeyPlayground, AlignmentViewer])
def test_a_saved_picture_shows_what_is_seen_and_needs_nothing(
    open_page, new_context, widget, theme
):
    page = open_page(widget(), theme=theme, device_scale_factor=1)
    tools = opened(page)
    svg, name = saved(page, tools, "Save picture as SVG")
    assert (
        name
        == {"Q": "query-key-playground.svg", "A": "alignment-viewer.svg"}[
            widget.__name__[0]
        ]
    )
    text = svg.decode()
    assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "class=" not in text and "var(" not in text and "foreignObject" not in text
    png, name = saved(page, tools, "Save picture as PNG")
    assert name.endswith(".png")
    opener(page).click()
    page.add_style_tag(
        content=".bw :is(.bw-row, .bw-corner, input, select) { visibility: hidden; }"
        ".bw-token::after { display: none; }"  # no script knows where it stands
    )
    seen = pixels(page.locator(".bw").screenshot())
    alone, drawn = shown_alone(new_context, svg), pixels(png)[::2, ::2]
    for picture in (alone, drawn):
        assert np.abs(np.subtract(seen.shape, picture.shape)).max() <= 2
        assert differs(seen, picture) < 0.01
    ground = drawn[drawn.shape[0] // 2, 4]
    assert (ground.mean() < 60) == (theme == "dark")
