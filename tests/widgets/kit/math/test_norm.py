"""The page's norms must equal the reference's."""

import numpy as np
import pytest

from attn_helpers.reference.norm import layer_norm, rms_norm
from tests.widgets.kit.math.compare import same

NORMS = {"layerNorm": layer_norm, "rmsNorm": rms_norm}


@pytest.mark.parametrize("name", NORMS)
def test_norms_on_80_random_vectors(js, name):
    rng = np.random.default_rng(12)
    for _ in range(80):
        x = rng.normal(size=rng.integers(1, 12)) * rng.choice([0, 1e-3, 1, 1e3])
        x += rng.choice([0, 5, -100])
        same(js(name, x.tolist()), NORMS[name](x), 1e-10)
