import subprocess
import sys

import numpy as np
import pytest

from attn_helpers.data.digits import load_digits, scatter


def test_agrees_with_the_loader_of_scikit_learn():
    theirs = pytest.importorskip("sklearn.datasets").load_digits()
    images, labels = load_digits()
    np.testing.assert_array_equal(images, theirs.images / 16)
    np.testing.assert_array_equal(labels, theirs.target)


def test_reads_the_digits_without_importing_scikit_learn():
    code = (
        "import sys; from attn_helpers.data.digits import load_digits; "
        "images, labels = load_digits(); assert images.max() == 1.0; "
        "assert 'sklearn' not in sys.modules and 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_says_what_to_install_when_the_package_is_missing(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        ModuleNotFoundError,
        match=r"^load_digits: .* get it with `pip install scikit-learn`",
    ):
        load_digits()


def test_each_image_lies_whole_at_its_corner_and_nothing_else_does():
    images = 1 + np.random.default_rng(0).random((31, 3, 5))
    scenes, corners = scatter(images, 11, np.random.default_rng(1))
    assert scenes.shape == (31, 11, 11)
    for image, scene, (row, column) in zip(images, scenes, corners, strict=True):
        np.testing.assert_array_equal(scene[row : row + 3, column : column + 5], image)
        assert (scene != 0).sum() == 3 * 5


def test_every_place_is_used_and_none_beyond_the_edge():
    images = np.ones((2003, 3, 5))
    _, corners = scatter(images, 7, np.random.default_rng(2))
    assert {tuple(corner) for corner in corners.tolist()} == {
        (row, column) for row in range(5) for column in range(3)
    }


def test_a_square_as_large_as_the_image_holds_just_the_image():
    images = np.random.default_rng(3).random((2, 5, 5))
    scenes, corners = scatter(images, 5, np.random.default_rng(4))
    np.testing.assert_array_equal(scenes, images)
    np.testing.assert_array_equal(corners, 0)


def test_a_square_is_as_precise_as_its_images():
    images = np.ones((1, 2, 3), dtype=np.float32)
    assert scatter(images, 5, np.random.default_rng(0))[0].dtype == np.float32


def test_bad_input_is_refused_by_name():
    rng = np.random.default_rng(0)
    with pytest.raises(
        ValueError, match=r"^scatter: size .* at least 7; got size=5\.$"
    ):
        scatter(np.ones((2, 3, 7)), 5, rng)
    with pytest.raises(
        ValueError, match=r"^scatter: images .*; got images \(8, 8\)\.$"
    ):
        scatter(np.ones((8, 8)), 16, rng)
    with pytest.raises(
        TypeError, match=r"^scatter: rng must be a numpy random generator"
    ):
        scatter(np.ones((1, 8, 8)), 16, rng=0)
