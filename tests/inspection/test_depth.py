import doctest

import pytest
import torch

from attn_helpers.inspection import depth
from attn_helpers.inspection.depth import sequential_depth
from attn_helpers.layers.attention import attention

D = 3


def test_examples_run():
    assert doctest.testmod(depth).failed == 0


def x(*shape):
    return torch.ones(*shape, requires_grad=True)


def test_a_chain_is_as_long_as_it_is():
    y = x(2)
    for length in range(1, 8):
        y = y.exp()
        assert sequential_depth(y) == length


def test_branches_count_once():
    y = x(2)
    assert sequential_depth(y.exp().exp().exp() + y.sin()) == 4
    assert sequential_depth(y.sin() + y.exp().exp().exp()) == 4


def test_a_shared_piece_counts_on_every_chain_through_it():
    y = x(2).exp()
    assert sequential_depth(y * y + y.sin()) == 3


def test_the_width_of_an_operation_does_not_count():
    assert sequential_depth(x(5, 7).exp()) == sequential_depth(x(500, 7).exp()) == 1


def test_a_long_chain_needs_no_deep_recursion():
    y = x(1)
    for _ in range(5000):
        y = y + 1
    assert sequential_depth(y) == 5000


def recurrent(cell, t):
    torch_cell = cell(D, 5, batch_first=True)
    return sequential_depth(torch_cell(torch.ones(2, t, D))[0])


@pytest.mark.parametrize("cell", [torch.nn.RNN, torch.nn.GRU])
def test_a_recurrent_chain_grows_with_every_step(cell):
    by_length = [recurrent(cell, t) for t in (7, 8, 9, 19)]
    step = by_length[1] - by_length[0]
    assert step > 0
    assert by_length[2] - by_length[1] == step
    assert by_length[3] - by_length[2] == 10 * step


def test_a_loop_of_two_operations_a_step_is_counted_exactly():
    w, h = x(D, D), torch.zeros(2, D)
    for _ in range(11):
        h = torch.tanh(h @ w)
    assert sequential_depth(h) == 22


@pytest.mark.parametrize("need_weights", [False, True])
def test_attention_is_as_deep_for_a_long_sequence_as_for_a_short_one(need_weights):
    depths = {
        sequential_depth(attention(z, z, z, need_weights=need_weights)[0])
        for z in (x(2, t, D) for t in (1, 2, 19, 97))
    }
    assert len(depths) == 1


def test_parameters_alone_have_no_depth():
    with pytest.raises(ValueError, match="sequential_depth: output must be computed"):
        sequential_depth(x(2))


def test_what_is_no_tensor_is_refused():
    with pytest.raises(TypeError, match=r"output must be a torch tensor; got .* list"):
        sequential_depth([1.0])


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_where_nothing_is_recorded_nothing_is_counted(mode):
    with mode(), pytest.raises(ValueError, match=r"got output with no grad_fn\.$"):
        sequential_depth(x(2, D).exp())
