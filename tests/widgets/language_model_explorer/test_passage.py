import numpy as np
from playwright.sync_api import expect

from tests.widgets.language_model_explorer.conftest import (
    SIZES,
    bring,
    weights_of,
    write,
)

HEADS = SIZES["head_count"]


def bars(page):
    found = page.locator(".bw-passage span").evaluate_all(
        "(all) => all.map((e) => parseFloat(e.style.getPropertyValue('--weight')))"
    )
    return np.array(found) / 100


def test_bars_are_the_weights_of_the_framed_head(opened, in_torch):
    bring(opened)
    write(opened, "the cat in the hat")
    weights = weights_of(in_torch, "the cat in the hat")
    for layer, head in ((1, 4), (2, 0), (0, 5)):
        n = layer * HEADS + head
        opened.locator(".bw-grid .bw-cell").nth(n).click()
        np.testing.assert_allclose(bars(opened), weights[n, -1], atol=1e-4)
        said = opened.inner_text(".bw-more p >> nth=0")
        most = weights[n, -1].max()
        assert said.startswith(f"Layer {layer + 1} head {head + 1}, from “t”: most at")
        assert f"({most:.2f})" in said
    heads = opened.get_by_role("slider", name="head whose weights the text shows")
    heads.press("ArrowRight")
    np.testing.assert_allclose(bars(opened), weights[HEADS + 5, -1], atol=1e-4)
    heads.press("ArrowUp")
    np.testing.assert_allclose(bars(opened), weights[HEADS + 4, -1], atol=1e-4)
    share = round(100 * weights[:, -1, 0].mean())
    assert f"the first token {share} % of" in opened.inner_text(".bw-more p >> nth=0")


def test_a_token_to_look_from_is_chosen_by_key(opened):
    bring(opened)
    write(opened, "the cat")
    text = opened.get_by_role("slider", name="token to look from")
    count = int(text.get_attribute("aria-valuemax"))
    assert text.get_attribute("aria-valuenow") == str(count)
    text.press("ArrowLeft")
    text.press("ArrowLeft")
    expect(text).to_have_attribute("aria-valuenow", str(count - 2))
    text.press("ArrowRight")
    expect(text).to_have_attribute("aria-valuetext", f"“a”, {count - 1} of {count}")
