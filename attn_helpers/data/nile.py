"""The yearly flow of the Nile at Aswan, 1871–1970."""

import numpy as np

from attn_helpers._checks import check_package


def load_nile() -> tuple[np.ndarray, np.ndarray]:
    """Give one hundred years of the Nile's flow, as measured.

    Returns:
        year, ``(100,)``, and flow, ``(100,)``, in 10⁸ m³ a year.

    Example:
        >>> year, flow = load_nile()
        >>> year[0], flow[0]
        (np.float64(1871.0), np.float64(1120.0))

    Source: the file ``nile.csv`` of the installed package statsmodels (data in the
    public domain). The series is the running example of Cobb (1978), The problem of
    the Nile, Biometrika 65(2), 243–251, doi:10.1093/biomet/65.2.243.
    """
    folder = check_package("statsmodels", install="statsmodels", function="load_nile")
    # read the file alone: importing statsmodels would load pandas and scipy
    path = folder / "datasets" / "nile" / "nile.csv"
    year, flow = np.loadtxt(path, delimiter=",", skiprows=1, unpack=True)
    return year, flow
