"""The answer, and the cases that must be there."""

import numpy as np
import torch
from rotary_embedding_torch import RotaryEmbedding

from attn_helpers.exercises.position.rope import EXERCISE, rotate
from attn_helpers.reference import positions as reference

CASES = [case.args for case in EXERCISE.cases(0)]


def test_rotations_agree_with_a_published_implementation():
    wide = [args for args in CASES if args[0].shape[-1] > 2]
    assert len(wide) >= 4  # with a single pair the published one divides by 0
    for x, positions in wide:
        if positions.max() > 1000:  # the published one counts in single precision
            continue
        published = RotaryEmbedding(dim=x.shape[-1], cache_if_possible=False)
        angles = published(torch.tensor(positions, dtype=torch.float32))
        angles = angles.double().numpy()  # (t, d), each twice
        crossed = np.stack([-x[..., 1::2], x[..., 0::2]], axis=-1).reshape(x.shape)
        wanted = x * np.cos(angles) + crossed * np.sin(angles)
        np.testing.assert_allclose(rotate(x, positions), wanted, atol=1e-5)


def test_rotations_agree_with_the_reference():
    for x, positions in CASES:
        wanted = reference.rope(x, positions)
        np.testing.assert_allclose(rotate(x, positions), wanted, atol=1e-12)


def test_rotations_are_tried_away_from_0_and_with_heads():
    assert any(positions[0] > 1 for _, positions in CASES)
    assert any(positions.min() < 0 for _, positions in CASES)
    assert any(x.ndim == 4 for x, _ in CASES)
    assert any(x.ndim == 3 and x.shape[0] != x.shape[1] for x, _ in CASES)
