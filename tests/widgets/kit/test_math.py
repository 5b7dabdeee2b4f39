"""Each page of the mathematics has a test that compares it."""

from pathlib import Path

from attn_helpers.widgets.kit import bundle

TESTS = Path(__file__).with_name("math")


def test_every_module_of_the_mathematics_is_compared():
    modules = {path.stem for path in (bundle.HERE / "kit/math").glob("*.js")}
    tested = {path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py")}
    assert modules == tested
