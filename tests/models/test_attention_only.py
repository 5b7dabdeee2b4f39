import pytest
import torch
from torch.testing import assert_close

from attn_helpers.inspection.leaks import gradient_flow
from attn_helpers.layers.attention import attention
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.positions import Rotary
from attn_helpers.models.attention_only import AttentionOnly
from attn_helpers.training import seeded

D_MODEL, VOCAB, LENGTH = 14, 11, 7


@pytest.fixture
def model():
    with seeded(0):
        layers = [MultiHeadAttention(D_MODEL, 2) for _ in range(3)]
        return AttentionOnly(layers, D_MODEL, VOCAB, LENGTH)


def test_it_says_what_is_likely_next_and_who_read_whom(model):
    ids = torch.arange(10).reshape(2, 5)
    logits, weights = model(ids, need_weights=True)
    assert logits.shape == (2, 5, VOCAB)
    assert [w.shape for w in weights] == [(2, 2, 5, 5)] * 3
    assert model(ids)[1] == [None] * 3
    assert_close(model(ids)[0], logits)


def test_no_prediction_feels_a_later_token(model):
    ids = torch.arange(LENGTH)[None]
    before, _ = model(ids)
    ids[0, 4] = 9
    after, _ = model(ids)
    assert torch.equal(after[0, :4], before[0, :4])
    assert not torch.allclose(after[0, 4:], before[0, 4:])


def test_the_stream_is_the_sum_of_what_the_layers_add(model):
    seen = []
    handles = [
        layer.register_forward_hook(lambda _, given, got: seen.append((given[0], got)))
        for layer in model.layers
    ]
    ids = torch.tensor([[3, 1, 4]])
    logits, _ = model(ids)
    x = model.tokens(ids) + model.positions(torch.arange(3))
    for norm, (given, (added, _)) in zip(model.norms, seen, strict=True):
        assert_close(given, norm(x))
        x = x + added
    assert_close(logits, model.unembed(model.last_norm(x)))
    for handle in handles:
        handle.remove()


def test_order_counts(model):
    one, other = (
        model(torch.tensor([[1, 2, 3]]))[0],
        model(torch.tensor([[2, 1, 3]]))[0],
    )
    assert not torch.allclose(one[0, -1], other[0, -1])


def causal(t):
    return torch.ones(t, t, dtype=torch.bool).tril()


def test_without_positions_a_token_knows_who_came_before_but_not_in_which_order():
    with seeded(0):
        model = AttentionOnly([MultiHeadAttention(D_MODEL, 2)], D_MODEL, VOCAB).double()
    ids = torch.tensor([[1, 2, 3], [2, 1, 3]])
    logits, _ = model(ids)
    assert_close(logits[0, 2], logits[1, 2])
    x = model.norms[0](model.tokens.weight)[ids]
    added, _ = model.layers[0](x, mask=causal(3))
    read = model.last_norm(model.tokens.weight[ids] + added)
    assert_close(logits, model.unembed(read))


def test_layers_that_turn_their_keys_see_the_order_at_any_length():
    with seeded(0):
        layer = MultiHeadAttention(D_MODEL - 2, 2, attend=Rotary(attention))
        model = AttentionOnly([layer], D_MODEL - 2, VOCAB).double()
    ids = torch.arange(29)[None] % VOCAB
    swapped = ids.clone()
    swapped[0, :2] = ids[0, [1, 0]]
    assert not torch.allclose(model(ids)[0][0, 2:], model(swapped)[0][0, 2:])


def test_layers_may_be_of_any_kind_with_the_same_call():
    class Nothing(torch.nn.Module):
        def forward(self, x, mask=None, need_weights=False):
            return torch.zeros_like(x), None

    model = AttentionOnly([Nothing()], D_MODEL, VOCAB, LENGTH)
    x = torch.randn(5, D_MODEL)
    flow = gradient_flow(lambda z: z + model.layers[0](z)[0], x)
    assert torch.equal(flow > 0, torch.eye(5) > 0)
    assert model(torch.tensor([[1, 2]]))[0].shape == (1, 2, VOCAB)


def test_a_text_longer_than_its_positions_is_refused(model):
    with pytest.raises(ValueError) as caught:
        model(torch.zeros(2, LENGTH + 1, dtype=torch.int64))
    assert str(caught.value) == (
        "AttentionOnly: t must be at most length; "
        f"got t={LENGTH + 1} and length={LENGTH}."
    )
