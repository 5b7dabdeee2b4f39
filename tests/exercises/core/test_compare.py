import numpy as np
import pytest

from attn_helpers.exercises.core.compare import (
    WrongKind,
    alike,
    describe,
    finite,
    off,
    read_parts,
    right,
)


def test_off_is_relative_to_the_largest_entry():
    want = np.array([1000.0, 1.0])
    assert off([1000.0, 1.00009], want).tolist() == [False, False]
    assert off([1000.0, 1.0002], want).tolist() == [False, True]


def test_off_among_zeros_is_nearly_exact():
    assert off([1e-13], [0.0]).tolist() == [False]
    assert off([1e-9], [0.0]).tolist() == [True]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_always_off(bad):
    assert off([bad, 1.0], [1.0, 1.0]).tolist() == [True, False]


def test_right_needs_the_shape_first():
    assert right([np.ones((2, 3))], [np.ones((2, 3))])
    assert not right([np.ones((1, 3))], [np.ones((2, 3))])


def test_alike_counts_nan_and_infinity_in_their_places():
    one = [np.array([np.nan, np.inf, 1.0])]
    assert alike(one, [np.array([np.nan, np.inf, 1.0])])
    assert not alike(one, [np.array([np.nan, -np.inf, 1.0])])
    assert not alike(one, [np.array([1.0, np.inf, np.nan])])


def test_alike_compares_programs_that_stopped():
    assert alike(None, None)
    assert not alike(None, [np.ones(2)])


def test_finite():
    assert finite([np.ones(2), np.zeros(1)])
    assert not finite([np.ones(2), np.array([np.nan])])
    assert not finite(None)


def test_read_parts_takes_numbers_lists_of_parts_and_arrays():
    assert read_parts(3, ("slope",))[0].shape == ()
    assert [p.tolist() for p in read_parts([1.0, 2.0], ("a", "b"))] == [1.0, 2.0]
    assert read_parts(np.float64(2.5), ("x",))[0] == 2.5
    assert read_parts(np.array([1.0, 2.0]), ("a", "b")) == [1.0, 2.0]
    with pytest.raises(WrongKind, match="one array of shape"):
        read_parts(np.ones((2, 2)), ("a", "b"))


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "None"), ("text", "a str"), ([1.0], "a list"), ((1.0, 2.0), "tuple of 2")],
)
def test_read_parts_refuses_in_words(value, text):
    with pytest.raises(WrongKind, match=text):
        read_parts(value, ("weights",))


def test_describe_uses_the_right_article():
    assert describe([1]) == "a list"
    assert describe(3) == "an int"
    assert describe(np.ones((2, 3))) == "one array of shape (2, 3)"
