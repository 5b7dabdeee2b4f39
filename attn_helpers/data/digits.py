"""Real handwritten digits, and scenes in which one of them lies somewhere."""

import numpy as np

from attn_helpers._checks import (
    check_array,
    check_count,
    check_generator,
    check_package,
)


def load_digits() -> tuple[np.ndarray, np.ndarray]:
    """Give 1797 handwritten digits, 8 by 8 pixels each.

    Returns:
        images, ``(1797, 8, 8)``, from 0 (paper) to 1 (ink), and labels, ``(1797,)``.

    Example:
        >>> images, labels = load_digits()
        >>> images.shape, labels[:5]
        ((1797, 8, 8), array([0, 1, 2, 3, 4]))

    Source: the file ``digits.csv.gz`` of the installed package scikit-learn; the test
    part of Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits,
    doi:10.24432/C50P49, CC BY 4.0.
    """
    folder = check_package("sklearn", install="scikit-learn", function="load_digits")
    # read the file alone: importing sklearn would load scipy
    path = folder / "datasets" / "data" / "digits.csv.gz"
    table = np.loadtxt(path, delimiter=",")
    return table[:, :-1].reshape(-1, 8, 8) / 16, table[:, -1].astype(np.int64)


def scatter(
    images: np.ndarray, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Lay each image somewhere on an empty square, every place equally likely.

    Args:
        images: ``(b, height, width)``.
        size: side of the square, at least that of the images.
        rng: numpy random generator.

    Returns:
        scenes, ``(b, size, size)``, and corners, ``(b, 2)``: row and column of the
        image's first pixel.

    Example:
        >>> scenes, corners = scatter(np.ones((1, 2, 2)), 4, np.random.default_rng(1))
        >>> scenes[0].astype(int), corners
        (array([[0, 0, 0, 0],
               [0, 1, 1, 0],
               [0, 1, 1, 0],
               [0, 0, 0, 0]]), array([[1, 1]]))
    """
    function = "scatter"
    images = check_array(
        images, "(b, height, width)", function=function, argument="images"
    )
    least = max(images.shape[1:])
    size = check_count(size, function=function, argument="size", least=least)
    check_generator(rng, function=function)
    count, height, width = images.shape
    corners = rng.integers(0, (size - height + 1, size - width + 1), size=(count, 2))
    rows = corners[:, 0, None, None] + np.arange(height)[:, None]  # (b, height, 1)
    columns = corners[:, 1, None, None] + np.arange(width)  # (b, 1, width)
    scenes = np.zeros((count, size, size), dtype=images.dtype)
    scenes[np.arange(count)[:, None, None], rows, columns] = images
    return scenes, corners
