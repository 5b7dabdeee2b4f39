import numpy as np

from tests.widgets.language_model_explorer.conftest import (
    SIZES,
    bring,
    weights_of,
    write,
)

HEADS = SIZES["head_count"]


def cells(page):
    found = page.locator(".bw-grid .bw-cell").evaluate_all(
        "(all) => all.map((e) => Number(e.style.fillOpacity))"
    )
    return np.array(found)


def test_cells_are_the_weights_of_all_heads_on_one_token(opened, in_torch):
    bring(opened)
    write(opened, "the cat in the hat")
    weights = weights_of(in_torch, "the cat in the hat")
    t = weights.shape[-1]
    places = {"first": 0, "before": t - 2, "own": t - 1}
    for name, place in places.items():
        opened.get_by_label("a cell: the weight on").select_option(name)
        np.testing.assert_allclose(cells(opened), weights[:, -1, place], atol=1e-4)
    opened.locator(".bw-passage span").nth(3).click()
    opened.get_by_label("a cell: the weight on").select_option("before")
    opened.wait_for_function(
        "document.querySelectorAll('.bw-passage .bw-later').length"
    )
    np.testing.assert_allclose(cells(opened), weights[:, 3, 2], atol=1e-4)
