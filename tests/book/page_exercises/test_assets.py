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
        builder=SimpleNamespace(format="html"),
        config=config,
        scripts=scripts,
        add_js_file=lambda name, loading_method: scripts.append((name, loading_method)),
    )


@pytest.fixture
def files(monkeypatch):
    """Python can be had, and is two bytes long."""

    def copied(folders, target):
        if not folders:
            return {}
        target.mkdir(parents=True)
        (target / "python.wasm").write_bytes(b"py")
        return {"python.wasm": 2}

    monkeypatch.setattr(python_files, "places", lambda named: ["here"])
    monkeypatch.setattr(python_files, "copy_python", copied)


def sizes_in(app):
    script = app.outdir / "_static/widgets/exercise_editor/data.js"
    return json.loads(re.search(r'"sizes": (\{.*?\})', script.read_text("utf-8"))[1])


def test_the_script_knows_the_files_of_python_that_lie_there(app, files):
    assets.write(app)
    packed = (app.outdir / "_static/python" / judge.NAME).read_bytes()
    assert packed == judge.archive()
    assert sizes_in(app) == {"python.wasm": 2, judge.NAME: len(packed)}


def test_without_python_there_are_none_and_the_editors_are_still_there(app, files):
    assets.write(app)
    app.config.book_page_python = False
    assets.write(app)
    assert sizes_in(app) == {}
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
    assert len(assets.first_script()) < 250
