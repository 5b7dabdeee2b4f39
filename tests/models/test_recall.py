import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from attn_helpers.inspection.depth import sequential_depth
from attn_helpers.models.recall import AttentiveReader, RecurrentReader, accuracy
from attn_helpers.tasks.recall import KEYS, VALUES, dictionary

B, T, D_IN, D_MODEL, ANSWERS = 3, 7, 5, 11, 13


def steps(t=T):
    return torch.randn(B, t, D_IN, generator=torch.Generator().manual_seed(0))


def readers():
    torch.manual_seed(0)
    return [
        RecurrentReader(D_IN, D_MODEL, ANSWERS),
        RecurrentReader(D_IN, D_MODEL, ANSWERS, cell=nn.RNN),
        AttentiveReader(D_IN, D_MODEL, ANSWERS),
    ]


each_reader = pytest.mark.parametrize(
    "which", range(3), ids=["GRU", "RNN", "attention"]
)


@each_reader
def test_each_sequence_gets_scores_and_none_sees_another(which):
    model, x = readers()[which], steps()
    scores = model(x)
    assert scores.shape == (B, ANSWERS)
    x[1] += 1.0
    moved = (model(x) != scores).any(-1)
    assert moved.tolist() == [False, True, False]


def test_the_recurrent_reader_is_a_loop_over_the_steps():
    model, x = readers()[1], steps()
    w_in, w_state = model.steps.weight_ih_l0, model.steps.weight_hh_l0
    bias = model.steps.bias_ih_l0 + model.steps.bias_hh_l0
    state = torch.zeros(B, D_MODEL)
    for t in range(T):
        state = torch.tanh(x[:, t] @ w_in.T + state @ w_state.T + bias)
    assert_close(model(x), state @ model.out_proj.weight.T + model.out_proj.bias)


def test_the_attentive_reader_is_one_query_over_all_steps():
    model, x = readers()[2], steps()
    q = x[:, -1] @ model.q_proj.weight.T
    for b in range(B):
        k, v = x[b] @ model.k_proj.weight.T, x[b] @ model.v_proj.weight.T
        weights = (k @ q[b] / D_MODEL**0.5).softmax(-1)
        expected = weights @ v @ model.out_proj.weight.T + model.out_proj.bias
        assert_close(model(x)[b], expected)


def test_the_order_of_earlier_steps_is_nothing_to_the_attentive_reader():
    x = steps()
    shuffled = x[:, [3, 1, 5, 0, 4, 2, 6]]
    gru, _, attentive = readers()
    assert_close(attentive(shuffled), attentive(x))
    assert not torch.allclose(gru(shuffled), gru(x))


def test_only_the_recurrent_chain_grows_with_the_length():
    gru, _, attentive = readers()
    assert sequential_depth(gru(steps(19))) > sequential_depth(gru(steps(7)))
    assert sequential_depth(attentive(steps(19))) == sequential_depth(
        attentive(steps(7))
    )


def test_an_attentive_reader_set_by_hand_looks_up_a_dictionary():
    model = AttentiveReader(KEYS + VALUES, KEYS, VALUES)
    with torch.no_grad():
        for layer in (model.q_proj, model.k_proj):
            layer.weight.copy_(torch.eye(KEYS, KEYS + VALUES) * 20)
        model.v_proj.weight.zero_()
        model.v_proj.weight[:VALUES, KEYS:] = torch.eye(VALUES)
        model.out_proj.weight.copy_(torch.eye(VALUES, KEYS))
        model.out_proj.bias.zero_()
    x, value = dictionary(np.random.default_rng(0), 200, 32)
    assert accuracy(model, torch.from_numpy(x), torch.from_numpy(value)) == 1.0


def test_accuracy_counts_right_answers():
    answer = torch.tensor([0, 1, 2, 3])
    assert accuracy(lambda x: torch.eye(4)[[0, 1, 2, 0]], steps(), answer) == 0.75


@each_reader
def test_wrong_input_is_refused_in_our_words(which):
    with pytest.raises(ValueError, match=r"x must have the axes \(b, t, d_in\); got x"):
        readers()[which](torch.ones(T, D_IN))
    with pytest.raises(TypeError, match="Reader: x must be a torch tensor; got x of"):
        readers()[which](np.ones((B, T, D_IN)))
