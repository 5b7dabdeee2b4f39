import pytest
import torch
from torch.testing import assert_close

from attn_helpers.models.language_model import surprisal
from attn_helpers.models.recurrent_lm import RecurrentLanguageModel
from attn_helpers.training import seeded

B, T, VOCAB, D_EMBED, D_HIDDEN = 2, 7, 13, 5, 11


@pytest.fixture
def model():
    with seeded(0):
        return RecurrentLanguageModel(VOCAB, D_EMBED, D_HIDDEN).double().eval()


def text():
    generator = torch.Generator().manual_seed(1)
    return torch.randint(VOCAB, (B, T), generator=generator)


def test_it_is_a_gated_unit_step_by_step(model):
    """Cho et al. (2014) as torch has it, written out."""
    w_in, w_state, b_in, b_state = (w.detach() for w in model.gru.parameters())
    for b, row in enumerate(text()):
        state = torch.zeros(D_HIDDEN, dtype=torch.float64)
        for t, token in enumerate(row):
            from_input = w_in @ model.embed.weight[token] + b_in
            from_state = w_state @ state + b_state
            r, z = (from_input + from_state)[: 2 * D_HIDDEN].sigmoid().chunk(2)
            new = (from_input[-D_HIDDEN:] + r * from_state[-D_HIDDEN:]).tanh()
            state = (1 - z) * new + z * state
            expected = model.out_proj.weight @ state + model.out_proj.bias
            assert_close(model(text())[b, t], expected)


@pytest.mark.parametrize("parts", [1, 3, [4, 1, 2]])
def test_a_text_in_parts_is_the_text_at_once(model, parts):
    caches = model.new_caches()
    logits = [model(part, caches) for part in text().split(parts, dim=1)]
    assert_close(torch.cat(logits, dim=1), model(text()))
    assert [state.shape for state in caches] == [(1, B, D_HIDDEN)]


def test_what_it_keeps_does_not_grow(model):
    caches = model.new_caches()
    for _ in range(3):
        model(text(), caches)
        assert sum(state.numel() for state in caches) == B * D_HIDDEN


def test_no_prediction_knows_a_later_token(model):
    tokens = text()
    before = model(tokens)
    tokens[:, 4] = (tokens[:, 4] + 1) % VOCAB
    after = model(tokens)
    assert torch.equal(before[:, :4], after[:, :4])
    assert (before[:, 4:] != after[:, 4:]).any(dim=-1).all()


def test_gradients_reach_every_parameter(model):
    surprisal(model, text()).mean().backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())


def test_on_another_device_everything_stays_there(model):
    model, caches = model.to("meta"), []
    assert model(text().to("meta"), caches).is_meta and caches[0].is_meta


def test_wrong_input_is_refused_in_our_words(model):
    with pytest.raises(ValueError) as caught:
        model(text()[0])
    assert str(caught.value) == (
        "RecurrentLanguageModel: tokens must have the axes (b, t); got tokens (7,)."
    )
