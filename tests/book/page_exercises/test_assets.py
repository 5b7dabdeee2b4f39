import json
import re
from types import SimpleNamespace

import pytest

from attn_helpers.book.page_exercises import assets, judge, python_files


@pytest.fixture
def app(tmp_path):
    config = SimpleNamespace(book_page_python=True, book_page_python_folder="")
    scripts = []
    return SimpleNamespace(
        outdir=tmp_path,
        srcdir=tmp_path / "book",
        builder=SimpleNamespace(format="html"),
        config=config,
        scripts=scripts,
        add_js_file=lambda name, loading_method: scripts.append((name, loading_method)),
    )


@pytest.fixture
def files(monkeypatch):
    """Python can be had, and is two bytes long."""

    def copied(folders, target):
        if folders != ["here"]:
            return []
        target.mkdir(parents=True, exist_ok=True)
        (target / "python.wasm").write_bytes(b"py")
        return ["python.wasm"]

    monkeypatch.setattr(python_files, "places", lambda named: [named or "here"])
    monkeypatch.setattr(python_files, "copy_python", copied)


def own(app, name):
    path = app.outdir / "_static/widgets/exercise_editor" / name
    return path.read_text("utf-8")


def files_in(app):
    _, _, rest = own(app, "data.js").partition('"files": ')
    return json.JSONDecoder().raw_decode(rest)[0]


def asked_for(app):
    """The script that `begin.js` loads, with its version."""
    return re.search(r'"(data.js\?v=[0-9a-f]{8})"', own(app, "begin.js"))[1]


def test_the_script_knows_the_files_of_python_that_lie_there(app, files):
    assets.write(app)
    packed = (app.outdir / "_static/python" / judge.NAME).read_bytes()
    assert packed == judge.archive()
    known = files_in(app)
    assert known["python.wasm"] == {"bytes": 2, "version": "6e491c02"}
    assert known[judge.NAME]["bytes"] == len(packed)


def test_what_changed_gets_another_address(app, files, monkeypatch):
    assets.write(app)
    before, known = asked_for(app), files_in(app)
    assets.write(app)
    assert asked_for(app) == before
    monkeypatch.setattr(judge, "archive", lambda: b"another")
    assets.write(app)
    assert asked_for(app) != before
    changed = {name for name in known if files_in(app)[name] != known[name]}
    assert changed == {judge.NAME}


def test_another_style_sheet_gets_another_address(app, files, monkeypatch):
    assets.write(app)
    before = asked_for(app)
    monkeypatch.setattr(assets, "style_sheet", lambda: "a {}")
    assets.write(app)
    assert asked_for(app) != before
    assert own(app, "style.css") == "a {}"


@pytest.mark.parametrize(
    ("wanted", "named", "kind"),
    [(True, "", "INFO"), (True, "there", "WARNING"), (False, "there", None)],
)
def test_the_builder_hears_that_there_is_no_python(
    app, files, monkeypatch, wanted, named, kind
):
    heard = []
    monkeypatch.setattr(python_files, "places", lambda place: [place])
    monkeypatch.setattr(assets.LOGGER, "log", lambda *said: heard.append(said))
    app.config.book_page_python, app.config.book_page_python_folder = wanted, named
    assets.write(app)
    assert heard == ([(kind, assets.WITHOUT_PYTHON)] if kind else [])


def test_a_folder_is_named_from_where_the_book_lies(app, files, monkeypatch):
    asked = []
    monkeypatch.setattr(python_files, "places", lambda place: asked.append(place) or [])
    app.config.book_page_python_folder = "there"
    assets.write(app)
    assert asked == [str(app.srcdir / "there")]


def test_without_python_there_are_none_and_the_editors_are_still_there(app, files):
    assets.write(app)
    app.config.book_page_python = False
    assets.write(app)
    assert files_in(app) == {}
    assert not (app.outdir / "_static/python").exists()
    folder = app.outdir / "_static/widgets/exercise_editor"
    assert {path.name for path in folder.iterdir()} == {
        "begin.js",
        "data.js",
        "style.css",
    }


def test_only_pages_in_html_get_them(app):
    app.builder.format = "latex"
    assets.write(app)
    assert list(app.outdir.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "scripts"),
    [
        (
            '<div data-exercise="softmax">',
            [("widgets/exercise_editor/begin.js", "defer")],
        ),
        ("<p>no exercise</p>", []),
    ],
)
def test_a_page_with_an_exercise_loads_one_small_script(app, body, scripts):
    assets.add_the_first_script(app, "page", "", {"body": body}, None)
    assert app.scripts == scripts
    assert len(assets.first_script("0a1b2c3d")) < 250
