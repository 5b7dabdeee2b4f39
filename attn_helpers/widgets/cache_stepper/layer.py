"""One layer with numbers that are made up, read at once or row by row."""

import numpy as np

from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.reference.positions import rope
from attn_helpers.widgets.cache_stepper.sizes import (
    D_MODEL,
    HEAD_DIM,
    HEADS,
    LATENT,
    SHARING,
    TURNED,
)


def project(
    sharing: str, x: np.ndarray, first: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Queries ``(h, t, d_k)``, keys ``(g, t, d_k)`` and values ``(g, t, d_v)``.

    MLA (arXiv:2405.04434) is absorbed: the latent is the one value and, with a small
    key that is turned, the one key; what would make each head's own key of it is
    applied to the queries.
    """
    places = first + np.arange(len(x))
    if sharing != "MLA":
        widths = (HEADS, SHARING[sharing], SHARING[sharing])
        parts = [
            _split(x @ _table(n, D_MODEL, width * HEAD_DIM), width)
            for n, width in enumerate(widths)
        ]
        q, k, v = parts
        return rope(q, places), rope(k, places), v
    q = _split(x @ _table(4, D_MODEL, HEADS * (HEAD_DIM + TURNED)), HEADS)
    down = x @ _table(5, D_MODEL, LATENT + TURNED)
    latent, turned = down[:, :LATENT], rope(down[:, LATENT:], places)
    to_keys = _split(_table(6, LATENT, D_MODEL), HEADS)  # (h, LATENT, HEAD_DIM)
    absorbed = q[..., :HEAD_DIM] @ to_keys.swapaxes(1, 2)
    q = np.concatenate([absorbed, rope(q[..., HEAD_DIM:], places)], axis=-1)
    return q, np.concatenate([latent, turned], axis=-1)[None], latent[None]


def answer(
    sharing: str,
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    mask: np.ndarray | None = None,
) -> np.ndarray:
    """The outputs ``(t_q, d_model)`` of the queries."""
    is_latent = sharing == "MLA"
    k, v = (np.repeat(part, HEADS // len(part), axis=0) for part in (k, v))
    if is_latent:  # the scale is that of the keys which are not made
        q = q * np.sqrt((LATENT + TURNED) / (HEAD_DIM + TURNED))
    mixed, _ = scaled_dot_product_attention(q, k, v, mask)
    if is_latent:
        mixed = mixed @ _split(_table(7, LATENT, D_MODEL), HEADS)
    return mixed.swapaxes(0, 1).reshape(-1, D_MODEL) @ _table(3, D_MODEL, D_MODEL)


def vector(word: str) -> np.ndarray:
    """The vector of a word, ``(d_model,)``."""
    place = sum(n * ord(letter) for n, letter in enumerate(word, start=1))
    return _made_up(place, D_MODEL)


def _made_up(first, count):
    """Numbers as good as chance, and the same everywhere."""
    return np.sqrt(2) * np.sin((first + np.arange(count)) ** 2.0)


def _table(number, rows, columns):
    made = _made_up(2000 * number, rows * columns) / np.sqrt(rows)
    return made.reshape(rows, columns)


def _split(x, heads):
    """``(t, heads · d)`` -> ``(heads, t, d)``."""
    return x.reshape(len(x), heads, -1).swapaxes(0, 1)
