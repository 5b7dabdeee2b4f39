"""The feed-forward layer: each token's vector by itself, wide for a moment."""

import math
from collections.abc import Callable

import numpy as np

from attn_helpers._checks import check_callable, takes

Activation = Callable[[np.ndarray], np.ndarray]
ERF = np.vectorize(math.erf, otypes=[np.float64])


@takes(x="(...)")
def relu(x: np.ndarray) -> np.ndarray:
    """Keep what is above 0; everything else becomes 0.

    Args:
        x: any shape.

    Returns:
        the same shape and dtype (integers become float64).

    Example:
        >>> relu([-2.0, 0.0, 3.0])
        array([0., 0., 3.])

    Source: Nair and Hinton (2010), ICML, 807-814.
    """
    return np.maximum(x, x.dtype.type(0))


@takes(x="(...)")
def gelu(x: np.ndarray) -> np.ndarray:
    """Multiply each number by how likely a standard normal one is to be smaller.

    Args:
        x: any shape.

    Returns:
        the same shape and dtype (integers become float64), exact, not by tanh.

    Example:
        >>> gelu([-2.0, 0.0, 3.0]).round(3)
        array([-0.046,  0.   ,  2.996])

    Source: Hendrycks and Gimpel (2016), arXiv:1606.08415, section 2.
    """
    wide = x.astype(np.float64)
    return (wide * 0.5 * (1.0 + ERF(wide / math.sqrt(2.0)))).astype(x.dtype)


@takes(x="(...)")
def silu(x: np.ndarray) -> np.ndarray:
    """Multiply each number by its sigmoid; it is also called swish.

    Args:
        x: any shape.

    Returns:
        the same shape and dtype (integers become float64).

    Example:
        >>> silu([-2.0, 0.0, 3.0]).round(3)
        array([-0.238,  0.   ,  2.858])

    Source: Elfwing, Uchibe and Doya (2017), arXiv:1702.03118, equation 3.
    """
    wide = x.astype(np.float64)
    return (wide * 0.5 * (1.0 + np.tanh(wide / 2.0))).astype(x.dtype)


@takes(
    x="(..., d_model)",
    w_in="(d_model, d_ff)",
    w_out="(d_ff, d_model)",
    b_in="(d_ff,)",
    b_out="(d_model,)",
    activation=check_callable,
)
def feed_forward(
    x: np.ndarray,
    w_in: np.ndarray,
    w_out: np.ndarray,
    b_in: np.ndarray | None = None,
    b_out: np.ndarray | None = None,
    *,
    activation: Activation = relu,
) -> tuple[np.ndarray, np.ndarray]:
    """Read each token with d_ff units, and write what those that are lit hold.

    No token sees another one here.

    Args:
        x: tokens, ``(..., d_model)``.
        w_in: what each unit reads, a column a unit, ``(d_model, d_ff)``.
        w_out: what each unit writes, a row a unit, ``(d_ff, d_model)``.
        b_in: ``(d_ff,)``, added before the activation. None stands for zeros.
        b_out: ``(d_model,)``, added to what is written. None stands for zeros.
        activation: ``relu``, ``gelu``, ``silu``, or any function entry by entry.

    Returns:
        output ``(..., d_model)`` and hidden units ``(..., d_ff)``, as activated.

    Example:
        >>> both = [[1.0], [1.0]]  # one unit, lit only where both entries are 1
        >>> x = [[1.0, 0.0], [1.0, 1.0]]
        >>> feed_forward(x, both, [[0.0, 5.0]], b_in=[-1.0])
        (array([[0., 0.],
               [0., 5.]]), array([[0.],
               [1.]]))

    Source: Vaswani et al. (2017), arXiv:1706.03762, equation 2.
    """
    read = x @ w_in
    hidden = activation(read if b_in is None else read + b_in)  # (..., d_ff)
    written = hidden @ w_out
    return (written if b_out is None else written + b_out), hidden


@takes(
    x="(..., d_model)",
    w_gate="(d_model, d_ff)",
    w_in="(d_model, d_ff)",
    w_out="(d_ff, d_model)",
    activation=check_callable,
)
def gated_feed_forward(
    x: np.ndarray,
    w_gate: np.ndarray,
    w_in: np.ndarray,
    w_out: np.ndarray,
    *,
    activation: Activation = silu,
) -> tuple[np.ndarray, np.ndarray]:
    """The same with a gate: each unit is what it reads times what its gate lets pass.

    With ``silu`` it is called SwiGLU, with ``gelu`` GEGLU, with ``relu`` ReGLU.

    Args:
        x: tokens, ``(..., d_model)``.
        w_gate: what each gate reads, ``(d_model, d_ff)``.
        w_in: what each unit reads, ``(d_model, d_ff)``.
        w_out: what each unit writes, ``(d_ff, d_model)``.
        activation: what the gates go through.

    Returns:
        output ``(..., d_model)`` and hidden units ``(..., d_ff)``, after the gate.

    Example:
        >>> eye = [[1.0, 0.0], [0.0, 1.0]]
        >>> gated_feed_forward([-2.0, 3.0], eye, eye, eye, activation=relu)[0]
        array([0., 9.])

    Source: Shazeer (2020), arXiv:2002.05202, equation 6.
    """
    hidden = activation(x @ w_gate) * (x @ w_in)  # (..., d_ff)
    return hidden @ w_out, hidden
