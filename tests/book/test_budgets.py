"""What a page may cost is promised to readers, so a budget does not grow unnoticed."""

import pytest

from attn_helpers.book import budgets

PROMISED = {
    "SCRIPTS": 60_000,
    "SCRIPTS_COMPRESSED": 20_000,
    "STYLES": 20_000,
    "STYLES_COMPRESSED": 6_000,
    "PAGE_COMPRESSED": 1_200_000,
    "LIVE_AFTER_LOAD_MS": 500,
    "DRAG_TO_FRAME_MS": 33,  # two frames of a screen that shows sixty a second
}


@pytest.mark.parametrize("name", PROMISED)
def test_a_budget_is_at_most_what_was_promised(name):
    assert 0 < getattr(budgets, name) <= PROMISED[name]


def test_every_budget_has_a_promise():
    assert {name for name in vars(budgets) if name.isupper()} == set(PROMISED)
