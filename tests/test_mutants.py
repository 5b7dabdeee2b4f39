"""The faults can be put in at all: what each would replace stands in the code."""

from pathlib import Path

import pytest

from tests.mutants.__main__ import mirror_of, rooms

PACKAGE = Path(__file__).parents[1] / "attn_helpers"
FAULTS = [fault for faults in rooms().values() for fault in faults]


def test_every_fault_finds_its_place_and_changes_it():
    lost = [
        f"{file}: {old!r}"
        for file, old, new, _ in FAULTS
        if old == new or old not in (PACKAGE / file).read_text(encoding="utf-8")
    ]
    assert lost == []


def test_no_fault_is_put_in_twice():
    places = [fault[:3] for fault in FAULTS]
    assert len(set(places)) == len(places)


def test_the_tests_of_a_file_mirror_its_path_or_that_of_its_folder():
    assert mirror_of("layers/choice.py") == "tests/layers/test_choice.py"
    assert (
        mirror_of("widgets/kit/math/masks.js") == "tests/widgets/kit/math/test_masks.py"
    )
    assert mirror_of("widgets/head_mixer/view.js") == "tests/widgets/test_head_mixer.py"
    with pytest.raises(FileNotFoundError, match=r"nowhere/at_all\.py has no tests"):
        mirror_of("nowhere/at_all.py")


def test_every_fault_has_tests():
    assert all(mirror_of(file) for file, *_ in FAULTS)
