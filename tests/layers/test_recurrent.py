import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.testing import assert_close

from attn_helpers.layers.recurrent import BidirectionalGRU

B, T, D_IN, D_HIDDEN = 3, 7, 5, 22
LENGTHS = torch.tensor([4, 7, 1])


def reader():
    torch.manual_seed(0)
    return BidirectionalGRU(D_IN, D_HIDDEN).double()


def inputs():
    return torch.randn(
        B, T, D_IN, generator=torch.Generator().manual_seed(1), dtype=torch.float64
    )


def gated_step(x, h, w_in, w_hidden, b_in, b_hidden):
    """One step of a gated recurrent unit, written out for a single vector."""
    reset_in, update_in, new_in = (w_in @ x + b_in).chunk(3)
    reset_h, update_h, new_h = (w_hidden @ h + b_hidden).chunk(3)
    reset, update = (reset_in + reset_h).sigmoid(), (update_in + update_h).sigmoid()
    return (1 - update) * torch.tanh(new_in + reset * new_h) + update * h


def by_hand(model, x):
    """States of one sequence without padding, position by position."""
    half = D_HIDDEN // 2
    sides = []
    for gru, order in ((model.forwards, 1), (model.backwards, -1)):
        weights = [
            getattr(gru, f"{kind}_l0")
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ]
        h, states = torch.zeros(half, dtype=x.dtype), []
        for row in list(x)[::order]:
            h = gated_step(row, h, *weights)
            states.append(h)
        sides.append((torch.stack(states[::order]), h))
    (forward, last), (backward, first) = sides
    return torch.cat([forward, backward], dim=-1), torch.cat([last, first])


def test_states_and_summary_are_those_of_a_loop():
    model, x = reader(), inputs()
    states, summary = model(x, LENGTHS)
    for i, length in enumerate(LENGTHS):
        expected, end = by_hand(model, x[i, :length])
        assert_close(states[i, :length], expected)
        assert_close(summary[i], end)


def test_states_and_summary_are_those_of_torch_on_packed_sequences():
    model, x = reader(), inputs()
    theirs = torch.nn.GRU(D_IN, D_HIDDEN // 2, batch_first=True, bidirectional=True)
    state = model.forwards.state_dict()
    for name, value in model.backwards.state_dict().items():
        state[name + "_reverse"] = value
    theirs.double().load_state_dict(state)
    names = {"batch_first": True, "enforce_sorted": False}
    packed, last = theirs(pack_padded_sequence(x, LENGTHS, **names))
    expected, _ = pad_packed_sequence(packed, batch_first=True, total_length=T)
    states, summary = model(x, LENGTHS)
    assert_close(states, expected)
    assert_close(summary, last.transpose(0, 1).flatten(1))


def test_it_begins_with_the_weights_that_torchs_own_begins_with():
    torch.manual_seed(3)
    ours = BidirectionalGRU(D_IN, D_HIDDEN)
    torch.manual_seed(3)
    theirs = torch.nn.GRU(D_IN, D_HIDDEN // 2, batch_first=True, bidirectional=True)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(one, other)


def test_padding_is_not_felt_by_the_weights():
    model, x = reader(), inputs()
    x[0, 4:], x[2, 1:] = torch.nan, torch.inf
    states, summary = model(x, LENGTHS)
    (states.square().sum() + summary.sum()).backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())


def test_padding_changes_no_real_state_and_has_no_state():
    model, x = reader(), inputs()
    states, summary = model(x, LENGTHS)
    x[0, 4:], x[2, 1:] = 1e6, float("nan")
    other_states, other_summary = model(x, LENGTHS)
    assert torch.equal(states, other_states) and torch.equal(summary, other_summary)
    assert (states[0, 4:] == 0).all() and (states[2, 1:] == 0).all()


def test_a_batch_gives_what_each_sequence_gives_alone():
    model, x = reader(), inputs()
    states, summary = model(x, LENGTHS)
    for i, length in enumerate(LENGTHS):
        alone, end = model(x[i : i + 1, :length], length[None])
        assert_close(states[i : i + 1, :length], alone)
        assert_close(summary[i : i + 1], end)


def test_width_of_the_padding_stays_when_nobody_fills_it():
    states, _ = reader()(inputs(), torch.tensor([2, 3, 1]))
    assert states.shape == (B, T, D_HIDDEN)


@pytest.mark.parametrize(
    ("x", "lengths", "message"),
    [
        (
            torch.ones(7, 5),
            torch.tensor([7]),
            "BidirectionalGRU: x must have the axes (b, t, d_in); got x (7, 5).",
        ),
        (
            torch.ones(3, 7, 5),
            torch.tensor([7, 2]),
            "BidirectionalGRU: x and lengths must share b, the third-to-last axis of x "
            "and the last of lengths; got x (3, 7, 5) and lengths (2,).",
        ),
        (
            torch.ones(3, 7, 5),
            torch.tensor([7, 0, 2]),
            "BidirectionalGRU: lengths must be from 1 to t=7; got 0 at lengths[1].",
        ),
    ],
)
def test_wrong_input_is_refused_in_our_words(x, lengths, message):
    with pytest.raises(ValueError) as caught:
        BidirectionalGRU(5, 22)(x, lengths)
    assert str(caught.value) == message


def test_an_odd_width_cannot_be_halved():
    with pytest.raises(ValueError, match="d_hidden must be even"):
        BidirectionalGRU(5, 23)


def test_lengths_must_be_a_tensor():
    message = "BidirectionalGRU: lengths must be a torch tensor; got lengths of type l"
    with pytest.raises(TypeError, match=message):
        BidirectionalGRU(5, 22)(torch.ones(2, 3, 5), [3, 1])
