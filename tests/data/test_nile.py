import subprocess
import sys

import numpy as np
import pytest

from attn_helpers.data.nile import load_nile


def test_agrees_with_the_loader_of_statsmodels():
    table = pytest.importorskip("statsmodels.datasets.nile").load_pandas().data
    year, flow = load_nile()
    np.testing.assert_array_equal(year, table["year"])
    np.testing.assert_array_equal(flow, table["volume"])


def test_reads_one_hundred_years_without_importing_statsmodels():
    code = (
        "import sys; from attn_helpers.data.nile import load_nile; "
        "year, flow = load_nile(); assert len(year) == len(flow) == 100; "
        "assert 'statsmodels' not in sys.modules and 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_says_what_to_install_when_the_package_is_missing(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install statsmodels"):
        load_nile()
