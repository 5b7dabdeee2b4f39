"""The book's faces are cut out of installed fonts, and bear names of their own."""

import io
import os
import re
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import pytest
from fontTools.ttLib import TTFont

from attn_helpers.book import budgets, faces

WHOLE = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
RESERVED = "Source"
NAMES = (faces.FAMILY, faces.STYLE, faces.FULL, faces.POSTSCRIPT)


def opened(font):
    return TTFont(io.BytesIO(font))


@pytest.fixture(scope="module")
def small():
    return faces.cut(WHOLE, "Book Test", "Italic", map(ord, "abcfi☃\U000e0001"))


def test_a_cut_font_has_the_characters_that_are_asked_for_and_there(small):
    assert set(opened(small).getBestCmap()) == set(map(ord, "abcfi☃"))
    assert len(small) < WHOLE.stat().st_size / 50


def test_a_cut_font_bears_another_name_inside_and_its_licence(small):
    before, font = TTFont(WHOLE), opened(small)
    names = {record.nameID: str(record) for record in font["name"].names}
    assert [names[name_id] for name_id in NAMES] == [
        "Book Test",
        "Italic",
        "Book Test Italic",
        "Book-Test-Italic",
    ]
    kept = {faces.COPYRIGHT, faces.LICENCE, faces.LICENCE_URL}
    assert set(names) <= {*kept, *NAMES}
    for name_id in kept & set(names):
        assert names[name_id] == before["name"].getDebugName(name_id)


def test_the_same_font_is_cut_each_time(small):
    assert faces.cut(WHOLE, "Book Test", "Italic", map(ord, "abcfi☃")) == small


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What a build writes for its faces."""
    folder = tmp_path_factory.mktemp("html")
    builder = SimpleNamespace(format="html")
    faces.write_faces(SimpleNamespace(builder=builder, outdir=folder))
    return folder / "_static"


def test_the_faces_keep_within_their_budget(written):
    fonts = list(written.glob("fonts/*.woff2"))
    assert {font.name for font in fonts} == {face.file for face in faces.FACES}
    assert sum(font.stat().st_size for font in fonts) <= budgets.FONTS


def test_no_face_bears_a_reserved_name_and_each_can_say_what_the_book_says(written):
    for face in faces.FACES:
        font = TTFont(written / "fonts" / face.file)
        names = [font["name"].getDebugName(name_id) for name_id in NAMES]
        assert names[0] == face.family
        assert not any(RESERVED in name for name in names)
        assert {*map(ord, "aZ9–’ é½×"), 0x2212} <= set(font.getBestCmap())


def test_a_licence_stands_beside_the_fonts_of_each_package(written):
    for package in faces.PACKAGES:
        licence = (written / "fonts" / f"{package}-LICENSE.txt").read_text("utf-8")
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence


def test_the_style_sheet_names_each_file_with_its_family_weight_and_style(written):
    sheet = (written / "faces.css").read_text("utf-8")
    rules = re.findall(r"@font-face \{(.+?)\}", sheet, re.DOTALL)
    assert len(rules) == len(faces.FACES)
    for rule, face in zip(rules, faces.FACES, strict=True):
        assert f'font-family: "{face.family}";' in rule
        assert f'url("fonts/{face.file}")' in rule
        assert f"font-weight: {face.weight};" in rule
        assert f"font-style: {face.style};" in rule
    italics = [face.file for face in faces.FACES if face.style == "italic"]
    assert italics == ["slanted.woff2"]
    book = Path(faces.__file__).with_name("book.css").read_text("utf-8")
    families = {face.family for face in faces.FACES}
    assert families == set(re.findall('"(Book [^"]+)"', book))


def test_a_face_is_made_again_when_the_code_is_younger(tmp_path):
    font, code = tmp_path / "font", tmp_path / "code"
    code.touch()
    assert faces.is_older(font, code)
    font.touch()
    assert not faces.is_older(font, code)
    code.touch()
    later = font.stat().st_mtime + 5
    os.utime(code, (later, later))
    assert faces.is_older(font, code)


def test_without_the_packages_a_build_has_the_faces_of_the_system(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(faces, "find_spec", lambda name: None)
    app = SimpleNamespace(builder=SimpleNamespace(format="html"), outdir=tmp_path)
    faces.write_faces(app)
    assert (tmp_path / "_static" / "faces.css").read_text("utf-8") == ""
    assert list((tmp_path / "_static" / "fonts").iterdir()) == []
    with pytest.raises(ModuleNotFoundError, match="font_source_sans_pro is not inst"):
        faces.folder_of("font_source_sans_pro")


def test_only_pages_get_faces(tmp_path):
    app = SimpleNamespace(builder=SimpleNamespace(format="latex"), outdir=tmp_path)
    faces.write_faces(app)
    assert list(tmp_path.iterdir()) == []
