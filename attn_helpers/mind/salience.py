"""What stands out though nobody looks for it: a place that differs from its neighbours.

Koch and Ullman (1985) and Itti, Koch and Niebur (1998) describe involuntary attention
in three steps. Each feature, such as a colour, is registered all over the display. A
place is salient where its features differ from those next to it. Attention goes to the
most salient place; that place is then suppressed (inhibition of return), so that the
next one gets its turn.

Left out are the several scales of that model and its step that strengthens maps with a
single peak. There is one item in each place of a grid.

Source:
    L. Itti, C. Koch, E. Niebur (1998), A model of saliency-based visual attention for
    rapid scene analysis, IEEE TPAMI 20(11), 1254–1259, doi:10.1109/34.730558.
"""

import numpy as np

from attn_helpers._checks import (
    check_count,
    check_generator,
    not_negative,
    takes,
    within,
)

Display = tuple[np.ndarray, tuple[int, int]]
DRAW = {"side": check_count, "rng": check_generator}


@takes(features=within(0, 1, "(rows, columns, features)"))
def salience(features: np.ndarray) -> np.ndarray:
    """How much each place differs from the places around it, whatever is looked for.

    Args:
        features: what each place shows, from 0 to 1, ``(rows, columns, features)``.

    Returns:
        salience, ``(rows, columns)``: the distance of a feature from its mean over the
        up to 8 neighbours, added up over the features. A place without neighbours has
        0.

    Example:
        >>> features = np.zeros((1, 3, 1))
        >>> features[0, 2] = 1.0
        >>> salience(features)
        array([[0. , 0.5, 1. ]])
    """
    around = _sum_of_neighbours(features)
    neighbours = _sum_of_neighbours(np.ones_like(features))
    mean = np.where(neighbours == 0, features, around / np.maximum(neighbours, 1))
    return np.abs(features - mean).sum(axis=-1)


def _sum_of_neighbours(features):
    """The sum over the 3 by 3 places around each, without its own."""
    rows, columns, _ = features.shape
    framed = np.pad(features, ((1, 1), (1, 1), (0, 0)))
    shifted = (
        framed[down : down + rows, across : across + columns]
        for down in range(3)
        for across in range(3)
    )
    return sum(shifted) - features


@takes(salience=not_negative("(rows, columns)"))
def visits(salience: np.ndarray) -> np.ndarray:
    """When attention comes to each place, if it always goes to the most salient one.

    A place that has been visited is suppressed for good. Of two that are equally
    salient, the one that is read first has the first turn.

    Args:
        salience: never negative, ``(rows, columns)``.

    Returns:
        visit, whole numbers from 1, ``(rows, columns)``.

    Example:
        >>> visits(np.array([[0.2, 0.9, 0.5]]))
        array([[3, 1, 2]])
    """
    places = np.argsort(-salience, axis=None, kind="stable")
    visit = np.empty(salience.size, dtype=int)
    visit[places] = np.arange(1, salience.size + 1)
    return visit.reshape(salience.shape)


@takes(**DRAW)
def feature_display(side: int, rng: np.random.Generator) -> Display:
    """An orange T among letters that are all blue, half of them Ts and half Xs.

    Args:
        side: letters along one side of the square, at least 1.
        rng: where the randomness comes from.

    Returns:
        features, ``(side, side, 2)``, with 1 for orange in the first and 1 for T in the
        second; and the row and the column of the orange T.

    Example:
        >>> features, target = feature_display(5, np.random.default_rng(0))
        >>> features[..., 0].sum().item(), features[target].tolist()
        (1.0, [1.0, 1.0])
    """
    others = np.zeros((side**2 - 1, 2))
    others[::2, 1] = 1.0
    return _lay(others, side, rng)


@takes(**DRAW)
def conjunction_display(side: int, rng: np.random.Generator) -> Display:
    """An orange T among blue Ts and orange Xs, as many of the one as of the other.

    Args:
        side: letters along one side of the square, at least 1.
        rng: where the randomness comes from.

    Returns:
        features, ``(side, side, 2)``, with 1 for orange in the first and 1 for T in the
        second; and the row and the column of the orange T.

    Example:
        >>> features, target = conjunction_display(5, np.random.default_rng(0))
        >>> features.sum((0, 1)).tolist(), features[target].tolist()
        ([13.0, 13.0], [1.0, 1.0])
    """
    others = np.zeros((side**2 - 1, 2))
    others[::2, 1] = 1.0
    others[1::2, 0] = 1.0
    return _lay(others, side, rng)


def _lay(others, side, rng):
    """Put the orange T and the others down on a square, each place as likely."""
    target = np.ones((1, 2))
    places = rng.permutation(side**2)
    features = np.concatenate([target, others])[np.argsort(places)]
    row, column = divmod(int(places[0]), side)
    return features.reshape(side, side, 2), (row, column)
