import pytest
import torch
from torch import nn
from torch.testing import assert_close

from attn_helpers.models.bert import EPS, Bert
from attn_helpers.training import seeded

B, T, D_MODEL, HEADS, D_FF = 2, 5, 21, 3, 13
REAL = torch.arange(T) < torch.tensor([[3], [5]])


def torchs_layer(ours):
    """torch's own encoder layer, with our weights."""
    theirs = nn.TransformerEncoderLayer(
        D_MODEL, HEADS, D_FF, 0.0, "gelu", EPS, batch_first=True
    ).double()
    pairs = {
        "self_attn.out_proj": ours.attention.out_proj,
        "linear1": ours.feed_forward.widen,
        "linear2": ours.feed_forward.narrow,
        "norm1": ours.around_attention.norm,
        "norm2": ours.around_feed_forward.norm,
    }
    projections = ours.attention.q_proj, ours.attention.k_proj, ours.attention.v_proj
    state = {
        "self_attn.in_proj_weight": torch.cat([p.weight for p in projections]),
        "self_attn.in_proj_bias": torch.cat([p.bias for p in projections]),
    }
    for name, module in pairs.items():
        state[f"{name}.weight"], state[f"{name}.bias"] = module.weight, module.bias
    theirs.load_state_dict(state)
    return theirs


@pytest.fixture
def model():
    with seeded(0):
        model = Bert(2, D_MODEL, HEADS, D_FF, vocab=11, length=7).double()
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=0.5)  # norms and segment begin at 1 and 0
    return model


def test_the_whole_agrees_with_torch(model):
    ids = torch.arange(10).reshape(B, T)
    x = model.tokens(ids) + model.positions(torch.arange(T)) + model.segment
    x = model.norm(x * REAL[..., None])  # padding is not looked at
    for layer in model.layers:
        x = torchs_layer(layer)(x, src_key_padding_mask=~REAL)
    got, weights = model(ids, REAL)
    assert_close(got, x, atol=1e-12, rtol=1e-10)
    assert weights == [None, None]
    _, (first, second) = model(ids, REAL, need_weights=True)
    assert first.shape == second.shape == (B, HEADS, T, T)
    assert (first[0, ..., 3:] == 0).all()


def test_padding_cannot_be_felt(model):
    ids = torch.arange(10).reshape(B, T)
    before, _ = model(ids, REAL)
    ids[0, 3:] = 7
    after, _ = model(ids, REAL)
    assert torch.equal(after[0, :3], before[0, :3])


def test_a_text_longer_than_its_positions_is_refused(model):
    ids = torch.zeros(2, 8, dtype=torch.int64)
    with pytest.raises(ValueError) as caught:
        model(ids, ids == 0)
    assert str(caught.value) == "Bert: t must be at most length; got t=8 and length=7."
