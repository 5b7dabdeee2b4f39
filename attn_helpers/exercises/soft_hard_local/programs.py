"""What several of these exercises are built from."""

import numpy as np

OVERFLOW = (
    "Right while the scores are near 0. Near 1000 `exp` is inf, near -1000 it is 0 for "
    "every score, and inf/inf and 0/0 are nan. Subtract the largest score first."
)


NOT_THE_PEAK = (
    "Right while the scores lie near each other. Where one lies far above what is "
    "subtracted, be it their mean or the smallest, `exp` is inf, and inf/inf is nan. "
    "Only the largest is safe."
)


HALF_THE_PEAK = (
    "Right while the largest score lies between about -1400 and 1400. As if only half "
    "of it were subtracted, `exp` meets the other half, and beyond 709 it is inf, "
    "below -745 it is 0. Subtract the whole."
)


FAR_APART = (-3000.0, -2999.6, -3000.5, 0.7, 0.0, -3001.0, -3000.2)


NOT_PEAKS = (("", np.mean), ("-smallest", np.min))


def shared(scores, subtracted=0.0):
    """A softmax that subtracts this number, not the largest score."""
    grown = np.exp(scores - subtracted)
    return grown / grown.sum()
