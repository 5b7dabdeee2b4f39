"""How far information travels through a stack of attention layers under one mask."""

import numpy as np

from attn_helpers._checks import boolean, check_natural, takes


@takes(mask=boolean("(t, t)"), num_layers=check_natural)
def layers_to_reach(mask: np.ndarray, num_layers: int) -> np.ndarray:
    """Count the layers after which an output can depend on an input.

    Each layer adds what it attends to onto what stands there already (the residual
    connection), so nothing is lost on the way up, and an output depends on its own
    input before any layer. What a mask forbids in one step can still come in two.

    Args:
        mask: boolean, ``(t, t)``, the same in every layer; True = may attend.
        num_layers: how many layers are stacked.

    Returns:
        whole numbers, ``(t, t)``: for output ``i`` and input ``j`` the number of layers
        needed, 0 where ``i`` = ``j``, and -1 where ``num_layers`` are too few.

    Example:
        >>> from attn_helpers.reference.masks import causal_mask, window_mask
        >>> layers_to_reach(causal_mask(4) & window_mask(4, radius=1), num_layers=2)
        array([[ 0, -1, -1, -1],
               [ 1,  0, -1, -1],
               [ 2,  1,  0, -1],
               [-1,  2,  1,  0]])
    """
    reached = np.eye(len(mask), dtype=bool)
    needed = np.where(reached, 0, -1)
    for layer in range(1, num_layers + 1):
        reached = reached | (mask @ reached)
        needed[reached & (needed < 0)] = layer
    return needed
