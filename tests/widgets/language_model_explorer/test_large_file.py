import pytest
from playwright.sync_api import expect

from attn_helpers.pretrained.smollm import FILE
from tests.widgets.language_model_explorer.conftest import bring, offer


def test_it_is_kept_until_it_is_removed(opened):
    asked = []
    opened.on("request", lambda request: asked.append(request.url.endswith(FILE)))
    remove = opened.get_by_role("button", name="Remove it from this browser")
    bring(opened)
    expect(remove).to_be_visible()
    assert sum(asked) == 1
    opened.reload()
    expect(offer(opened)).to_have_text(
        "Bring in a real model, 0 MB, kept in this browser"
    )
    bring(opened)
    assert sum(asked) == 1
    remove.click()
    expect(remove).to_be_hidden()
    offer(opened).click()
    expect(offer(opened)).to_have_text("Bring in a real model, 0 MB, from this site")
    bring(opened)
    assert sum(asked) == 2


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (
            {"status": 404, "body": ""},
            "It did not come: the site answered 404 for http",
        ),
        ({"body": b"GGUF"}, "It did not come: only 4 of "),
        ({"body": bytes(300_000)}, "It did not come: the site sent another file."),
    ],
)
def test_what_is_wrong_is_said_and_not_kept(opened, answer, fault):
    opened.route(f"**/{FILE}", lambda route: route.fulfill(**answer))
    offer(opened).click()
    opened.get_by_text(fault).wait_for()
    expect(offer(opened)).to_have_text("Bring in a real model, 0 MB, from this site")
    opened.unroute(f"**/{FILE}")
    bring(opened)
    expect(opened.locator(".bw-large .bw-note")).to_have_text("")


def test_without_its_script_it_does_not_come(opened):
    opened.route("**/smollm.js", lambda route: route.abort())
    offer(opened).click()
    opened.get_by_text("smollm.js could not be loaded.").wait_for()


def test_a_file_of_another_kind_is_refused(opened):
    size = opened.evaluate(
        "document.querySelector('meta[name=book-model]').dataset.bytes"
    )
    opened.route(f"**/{FILE}", lambda route: route.fulfill(body=bytes(int(size))))
    offer(opened).click()
    opened.get_by_text(
        "This is not a whole GGUF file: it does not begin with"
    ).wait_for()
