import pytest
import torch

from attn_helpers.layers.values import found, known_small, readable, transformed

ONES = torch.ones(3)


def on_the_way(look):
    """What ``look`` says of a tensor in each of the states that a tensor may be in."""
    seen = {}

    def note(state):
        def peek(x):
            seen[state] = look(x)
            return x.sum()

        return peek

    note("plain")(ONES)
    with torch.inference_mode():
        note("inference")(torch.ones(3))
    note("meta")(ONES.to("meta"))
    torch.vmap(note("vmap"))(torch.ones(2, 3))
    torch.func.grad(note("grad"))(ONES)
    torch.compile(note("compiled"), backend="eager")(ONES)
    return seen


def test_numbers_are_read_where_it_costs_no_waiting():
    assert on_the_way(readable) == {
        "plain": True,
        "inference": True,
        "meta": False,
        "vmap": True,
        "grad": True,
        "compiled": False,
    }
    assert not readable(ONES, ONES.to("meta"))
    assert on_the_way(known_small) == on_the_way(readable)


def test_under_a_transform_one_odd_number_anywhere_counts_for_all():
    members = torch.ones(2, 3, 5, requires_grad=True)
    odd = members.detach().clone()
    odd[1, 2, 3] = torch.nan
    seen = []

    def peek(x):
        seen.append(known_small(x))
        return x.sum()

    for x in (members, odd):
        torch.vmap(torch.vmap(torch.func.grad(peek)))(x)
    assert seen == [True, False]


def test_a_transform_is_noticed():
    seen = on_the_way(lambda _: transformed())
    assert [state for state, active in seen.items() if active] == ["vmap", "grad"]


def test_what_is_wrong_is_found_wherever_there_are_numbers():
    seen = on_the_way(lambda x: found(x > 0))
    assert [state for state, there in seen.items() if not there] == ["meta", "compiled"]
    assert not found(ONES > 1)


@pytest.mark.parametrize("odd", [torch.nan, torch.inf, -torch.inf, 1e30, -2e18])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_one_odd_number_is_enough_in_any_tensor(odd, dtype):
    x = torch.ones(5, 7, dtype=dtype)
    assert known_small(x, x)
    x[3, 2] = odd
    assert not known_small(torch.ones(3), x)


def test_float16_is_always_small_as_it_is_added_up_in_float32():
    assert known_small(torch.full((101, 103), 65504.0, dtype=torch.float16))


def test_what_is_small_cannot_overflow_as_a_dot_product():
    x = torch.full((4,), 4.9e17)  # of length 9.8e17
    assert known_small(x) and (x @ x).isfinite()


def test_nothing_is_recorded():
    x = torch.ones(3, requires_grad=True)
    assert known_small(x) and x.grad_fn is None
