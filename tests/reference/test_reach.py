import numpy as np
import pytest
import torch

from attn_helpers.reference.masks import causal_mask, prefix_mask, window_mask
from attn_helpers.reference.reach import layers_to_reach


def gradients_of_a_stack(mask, num_layers, rng):
    """Which outputs of real attention layers with residuals react to which inputs."""
    t, d = len(mask), 3
    x = torch.tensor(rng.normal(size=(t, d)), requires_grad=True)
    y = x
    for _ in range(num_layers):
        scores = torch.tensor(rng.normal(size=(t, t)))
        scores = scores.masked_fill(~torch.tensor(mask), -torch.inf)
        y = y + scores.softmax(-1).nan_to_num(0.0) @ y
    rows = [torch.autograd.grad(y[i].sum(), x, retain_graph=True)[0] for i in range(t)]
    return np.array([row.abs().sum(-1).numpy() > 0 for row in rows])


@pytest.mark.parametrize("num_layers", [0, 1, 2, 3, 5])
def test_what_is_reached_is_what_gradients_reach(num_layers):
    rng = np.random.default_rng(0)
    for _ in range(20):
        mask = rng.random((7, 7)) < rng.choice([0.1, 0.2, 0.4])
        reached = layers_to_reach(mask, num_layers) >= 0
        np.testing.assert_array_equal(
            reached, gradients_of_a_stack(mask, num_layers, rng)
        )


def test_the_number_is_that_of_the_first_layer_that_reaches():
    mask = np.random.default_rng(1).random((11, 11)) < 0.15
    needed = layers_to_reach(mask, 5)
    for layer in range(5):
        reached = layers_to_reach(mask, layer) >= 0
        np.testing.assert_array_equal(reached, (needed >= 0) & (needed <= layer))


def test_a_window_reaches_its_radius_further_with_each_layer():
    needed = layers_to_reach(window_mask(11, 2), 3)
    i, j = np.indices((11, 11))
    distance = np.abs(i - j)
    np.testing.assert_array_equal(
        needed, np.where(distance <= 6, (distance + 1) // 2, -1)
    )


def test_a_causal_mask_keeps_the_future_out_of_any_depth():
    needed = layers_to_reach(causal_mask(7), 7)
    np.testing.assert_array_equal(needed >= 0, causal_mask(7))


def test_one_cell_too_many_leaks_to_every_row_below_it():
    mask = causal_mask(5)
    mask[1, 4] = True
    needed = layers_to_reach(mask, 2)
    np.testing.assert_array_equal(needed[:, 4], [-1, 1, 2, 2, 0])


def test_in_a_prefix_everything_is_seen_in_one_layer_and_nothing_after_it():
    needed = layers_to_reach(prefix_mask(7, 3), 5)
    np.testing.assert_array_equal(needed >= 0, prefix_mask(7, 3))


def test_a_row_that_may_attend_to_nothing_keeps_itself():
    np.testing.assert_array_equal(
        layers_to_reach(np.zeros((3, 3), bool), 2),
        [[0, -1, -1], [-1, 0, -1], [-1, -1, 0]],
    )


@pytest.mark.parametrize(
    ("mask", "num_layers", "kind", "message"),
    [
        (np.ones((3, 5), bool), 1, ValueError, "axes called t.*got mask (3, 5)"),
        (np.ones(3, bool), 1, ValueError, "axes (t, t); got mask (3,)"),
        (np.ones((3, 3)), 1, TypeError, "got mask of dtype float64"),
        (np.ones((3, 3), bool), -1, ValueError, "at least 0; got num_layers=-1"),
        (np.ones((3, 3), bool), 1.5, TypeError, "got num_layers of type float"),
    ],
)
def test_impossible_stacks_are_refused(mask, num_layers, kind, message):
    first, _, last = message.partition(".*")
    with pytest.raises(kind) as caught:
        layers_to_reach(mask, num_layers)
    assert "layers_to_reach: " in str(caught.value)
    assert first in str(caught.value) and last in str(caught.value)
