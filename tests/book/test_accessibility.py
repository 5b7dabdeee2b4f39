"""The page about accessibility claims nothing that no test holds."""

import re

from tests.copies import ROOT

PAGE = (ROOT / "chapters" / "accessibility.md").read_text("utf-8")
TESTED, _, NOT_TESTED = PAGE.partition("## What was not")
ROWS = [line for line in TESTED.splitlines() if line.startswith("|")][2:]


def test_each_claim_names_a_test_that_is_there():
    assert len(ROWS) >= 10
    for row in ROWS:
        *_, where, _ = row.split("|")
        texts = [
            (ROOT / name).read_text("utf-8")
            for name in re.findall(r"`(tests/[\w/]+\.py)`", where)
        ]
        tests = re.findall(r"`(test_\w+)`", where)
        assert texts and tests, row
        for test in tests:
            assert any(f"def {test}(" in text for text in texts), test


def test_what_axe_is_told_to_leave_out_is_said():
    pages = (ROOT / "tests" / "book" / "test_pages.py").read_text("utf-8")
    left_out = re.search(r"THEME_FINDINGS = \{(.+?)\}", pages)[1]
    for rule in re.findall(r'"([\w-]+)"', left_out):
        assert f"`{rule}`" in NOT_TESTED
