"""Of the theme's icons a page loads those that the book shows."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pydata_sphinx_theme
import pytest
from fontTools.ttLib import TTFont

from attn_helpers.book import icons

STATIC = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
SHEET = """\
.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}.fa-0:before{content:"\\30"}
.fa-sun:before{content:"\\f185"}.fa-moon:before{content:"\\f186"}"""


def test_the_character_of_an_icon_stands_in_the_style_sheet():
    assert icons.characters_of(SHEET) == {
        "bars": 0xF0C9,
        "navicon": 0xF0C9,
        "sun": 0xF185,
        "moon": 0xF186,
    }


def test_icons_are_found_in_pages_by_name_and_in_style_sheets_by_character():
    pages = ['<i class="fa-solid fa-bars"></i>', 'icon = "fa-unknown"', "sofa-moon"]
    sheets = ['a::after { content: "\\f078"; }', ":root{--icon:'\\f111'} b{c:'\\fab'}"]
    found = icons.shown(pages, sheets, icons.characters_of(SHEET))
    assert found == {0xF0C9, 0xF078, 0xF111}


@pytest.fixture
def site(tmp_path):
    """A built page with the theme's icons beside it."""
    vendor = "vendor/fontawesome"
    shutil.copytree(STATIC / vendor, tmp_path / "_static" / vendor)
    (tmp_path / "index.html").write_text('<i class="fa-brands fa-github"></i>', "utf-8")
    (tmp_path / "_static" / "a.js").write_text("add('fa-solid', 'fa-sun')", "utf-8")
    return tmp_path


def characters(site, name):
    (font,) = site.glob(f"_static/vendor/fontawesome/*/webfonts/{name}.woff2")
    return set(TTFont(font).getBestCmap()), font.stat().st_size


def cut(site, exception=None, kind="html"):
    app = SimpleNamespace(outdir=site, builder=SimpleNamespace(format=kind))
    icons.cut_icons(app, exception)


def test_each_font_keeps_the_icons_that_are_shown(site):
    cut(site)
    assert characters(site, "fa-brands-400")[0] == {0xF09B}
    for name in ("fa-solid-900", "fa-regular-400"):
        left, weight = characters(site, name)
        assert 0xF185 in left and 0xF186 not in left and weight < 1_500
    (font,) = site.glob("_static/vendor/fontawesome/*/webfonts/fa-solid-900.woff2")
    names = [str(record) for record in TTFont(font)["name"].names if record.nameID]
    assert "Book Icons" in names
    assert not any("Awesome" in name for name in names if len(name) < 40)


def test_nothing_is_cut_after_a_failed_build_or_for_no_page(site):
    before = characters(site, "fa-solid-900")
    cut(site, exception=ValueError())
    cut(site, kind="latex")
    assert characters(site, "fa-solid-900") == before
