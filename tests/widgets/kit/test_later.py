"""What a view loads once it is seen."""

import base64

import pytest

from attn_helpers.widgets.kit import bundle

SCROLLED = """() => {
  main.innerHTML = '<div style="height: 4000px"></div><p>here</p>';
  window.begun = 0;
  const begin = () => { window.begun += 1; };
  window.stop = later.whenSeen(main.querySelector("p"), begin);
}"""
FRAMES = "new Promise((ready) => setTimeout(ready, 60))"


def test_it_begins_once_when_the_element_comes_near(page):
    page.evaluate(SCROLLED)
    page.evaluate(FRAMES)
    assert page.evaluate("begun") == 0
    for top in (3400, 0, 4000):
        page.evaluate(f"scrollTo(0, {top})")
        page.evaluate(FRAMES)
        assert page.evaluate("begun") == 1


def test_a_view_that_is_gone_begins_nothing(page):
    page.evaluate(SCROLLED)
    page.evaluate("stop()")
    page.evaluate("scrollTo(0, 4000)")
    page.evaluate(FRAMES)
    assert page.evaluate("begun") == 0


@pytest.mark.parametrize("data", [b"", b"\x00", bytes(range(256))])
def test_bytes_come_back_from_base64(page, data):
    got = page.evaluate(
        "(text) => [...later.bytesOf(text)]", base64.b64encode(data).decode()
    )
    assert bytes(got) == data


def test_data_that_is_there_is_taken(page):
    page.evaluate("() => { globalThis.bookData = { some_figure: { n: 7 } }; }")
    assert page.evaluate("later.dataOf('some_figure')") == {"n": 7}


def test_data_lies_beside_the_view(new_context, tmp_path):
    """In a page that is opened from a file."""
    folder = tmp_path / "_static/widgets/some_figure"
    folder.mkdir(parents=True)
    (folder / "view.js").write_text(bundle.classic(*bundle.modules_of("kit/later.js")))
    (folder / "data.js").write_text("globalThis.bookData = { some_figure: { n: 7 } };")
    (tmp_path / "chapters").mkdir()
    file = tmp_path / "chapters/page.html"
    file.write_text(
        "<!doctype html>"
        '<script src="../_static/widgets/some_figure/view.js?v=1"></script>'
    )
    page = new_context(viewport={"width": 400, "height": 300}).new_page()
    page.goto(file.as_uri())
    of = "(name) => bookModules['kit/later.js'].dataOf(name).catch((e) => e.message)"
    assert page.evaluate(of, "some_figure") == {"n": 7}
    assert page.evaluate(of, "another") == "This page has no data for another."
    (folder / "data.js").unlink()
    page.reload()
    assert page.evaluate(of, "some_figure").endswith("data.js could not be loaded.")
