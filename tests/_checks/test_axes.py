"""The rule that a name that stands twice is one size, for numpy and torch alike."""

import numpy as np
import pytest
import torch

from attn_helpers._checks.arrays import boolean, mask, spread
from attn_helpers._checks.axes import Spec, fits, match, read_spec

Q, K, V = "(..., t_q, d_k)", "(..., t_k, d_k)", "(..., t_k, d_v)"
makers = pytest.mark.parametrize("ones", [np.ones, torch.ones], ids=["numpy", "torch"])


def match_shapes(ones=np.ones, fixed=None, **shapes):
    """``match`` of arrays of ones, given as argument to (shape, axes)."""
    arrays = {n: (ones(shape), read_spec(axes)) for n, (shape, axes) in shapes.items()}
    return match("f", arrays, fixed)


def complaint(**shapes):
    with pytest.raises(ValueError) as caught:
        match_shapes(**shapes)
    return str(caught.value)


def test_a_text_is_read_once():
    assert read_spec("(..., t, d)") is read_spec("(..., t, d)")
    spec = read_spec("(..., t, d)")
    assert (spec.batched, spec.names) == (True, ("t", "d"))
    assert read_spec(spec) is spec


@pytest.mark.parametrize(
    ("axes", "batched", "names"),
    [("(b,)", False, ("b",)), ("(...)", True, ()), ("()", False, ())],
)
def test_axes_of_every_number_are_read(axes, batched, names):
    spec = Spec(axes)
    assert (spec.batched, spec.names) == (batched, names)


@makers
def test_sizes_come_back_by_name(ones):
    sizes = match_shapes(ones, q=((2, 1, 5, 11), Q), k=((3, 7, 11), K), v=((7, 13), V))
    assert sizes == {"t_q": 5, "d_k": 11, "t_k": 7, "d_v": 13, "...": (2, 3)}


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((3,), "(t_k,)"),
        ((3,), "(..., t_k)"),
        ((5, 2, 3), "(..., t_k)"),
        ((0, 3), "(..., t_k)"),
        ((2, 3), "(t_q, t_k)"),
        ((), "(...)"),
        ((4, 0), "(...)"),
    ],
)
def test_axes_that_fit_pass(shape, axes):
    match_shapes(x=(shape, axes))


@makers
@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((), "(t_k,)"),
        ((2, 3), "(t_k,)"),
        ((), "(..., t_k)"),
        ((3,), "(..., t_q, d_k)"),
        ((3,), "(t_q, d_k)"),
    ],
)
def test_axes_that_do_not_fit_are_refused(ones, shape, axes):
    expected = f"f: x must have the axes {axes}; got x {shape}."
    assert complaint(ones=ones, x=(shape, axes)) == expected


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 0, 3)])
def test_an_empty_axis_is_refused(shape):
    expected = f"f: no axis of x {Q} may be empty; got x {shape}."
    assert complaint(x=(shape, Q)) == expected


@makers
def test_one_name_stands_for_one_size(ones):
    assert complaint(ones=ones, q=((5, 11), Q), k=((7, 10), K)) == (
        "f: q and k must share d_k, their last axis; got q (5, 11) and k (7, 10)."
    )


def test_a_name_may_stand_in_different_places():
    shapes = {"q": ((5, 11), "(..., t_q, d_q)"), "w": ((10, 11), "(d_q, d_hidden)")}
    assert complaint(**shapes) == (
        "f: q and w must share d_q, the last axis of q and the second-to-last of w; "
        "got q (5, 11) and w (10, 11)."
    )
    shapes = {"x": ((2, 5, 7, 3), "(..., g, t, d)"), "w": ((6,), "(g,)")}
    assert complaint(**shapes) == (
        "f: x and w must share g, the third-to-last axis of x and the last of w; "
        "got x (2, 5, 7, 3) and w (6,)."
    )


def test_the_first_that_has_the_name_is_the_one_compared_with():
    shapes = {"a": ((3,), "(t,)"), "b": ((3,), "(t,)"), "c": ((5,), "(t,)")}
    assert complaint(**shapes) == (
        "f: a and c must share t, their last axis; got a (3,) and c (5,)."
    )


def test_a_name_twice_in_one_array_means_a_square():
    assert match_shapes(x=((5, 5), "(t, t)"))["t"] == 5
    assert complaint(x=((5, 3), "(t, t)")) == (
        "f: x must be as long in each of its axes called t; got x (5, 3)."
    )


@makers
def test_a_size_may_be_given_by_the_layer(ones):
    assert match_shapes(ones, {"d": 12}, x=((5, 12), "(..., t, d)"))["d"] == 12
    assert complaint(ones=ones, fixed={"d": 12}, x=((2, 5, 11), "(..., t, d)")) == (
        "f: x must have d=12 for its last axis; got x (2, 5, 11)."
    )


def test_the_sizes_of_the_layer_stay_what_they_were():
    fixed = {"d": 12}
    match_shapes(np.ones, fixed, x=((5, 12), "(..., t, d)"))
    assert fixed == {"d": 12}


@pytest.mark.parametrize(
    ("q", "k", "batch"),
    [
        ((), (), ()),
        ((2,), (), (2,)),
        ((), (2,), (2,)),
        ((2, 1), (3,), (2, 3)),
        ((1,), (2, 3), (2, 3)),
        ((2, 3), (2, 1), (2, 3)),
        ((0, 3), (1, 1), (0, 3)),
    ],
)
def test_batches_broadcast(q, k, batch):
    assert match_shapes(q=((*q, 5, 11), Q), k=((*k, 7, 11), K))["..."] == batch


def test_batches_that_do_not_broadcast_are_refused():
    q, k = ((2, 1, 5, 11), Q), ((4, 3, 7, 11), K)
    assert complaint(q=q, k=k) == (
        "f: the batch axes of q and k must be equal or 1; "
        "got q (2, 1, 5, 11) and k (4, 3, 7, 11)."
    )
    q, k, w = ((2, 5, 11), Q), ((2, 7, 11), K), ((11, 3), "(d_k, d_out)")
    assert complaint(q=q, w=w, k=k, v=((3, 7, 13), V)) == (
        "f: the batch axes of q, k and v must be equal or 1; "
        "got q (2, 5, 11), k (2, 7, 11) and v (3, 7, 13)."
    )


@makers
@pytest.mark.parametrize(
    ("shape", "ok"),
    [
        ((), True),
        ((7,), True),
        ((1, 7), True),
        ((5, 1), True),
        ((2, 1, 1), True),
        ((5,), False),
        ((7, 5), False),
        ((3, 5, 7), False),
        ((1, 2, 5, 7), False),
    ],
)
def test_a_mask_broadcasts_to_the_scores_and_no_further(ones, shape, ok):
    arrays = {
        "q": ((2, 5, 11), Q),
        "k": ((7, 11), K),
        "mask": (shape, mask("(..., t_q, t_k)")),
    }
    if ok:
        match_shapes(ones, **arrays)
        return
    rule = "mask must broadcast to the scores (2, 5, 7)"
    assert complaint(ones=ones, **arrays) == f"f: {rule}; got mask {shape}."


def test_what_is_no_mask_names_the_axes_that_it_should_broadcast_to():
    arrays = {"x": ((2, 5, 11), "(..., t, d)"), "p": ((3,), spread("(..., t)"))}
    assert complaint(**arrays) == (
        "f: p must broadcast to (..., t) = (2, 5); got p (3,)."
    )
    assert match_shapes(x=arrays["x"], p=((2, 1), spread("(..., t)")))["..."] == (2,)


def test_a_boolean_of_its_own_axes_need_not_broadcast():
    assert match_shapes(mask=((3, 3), boolean("(t, t)")))["t"] == 3


@pytest.mark.parametrize(
    ("shape", "whole", "ok"),
    [((), (), True), ((1,), (), False), ((1, 3), (2, 3), True), ((2,), (1,), False)],
)
def test_to_fit_is_to_broadcast_without_widening(shape, whole, ok):
    assert fits(shape, whole) is ok
