import math

import pytest
import torch
from torch.testing import assert_close

from attn_helpers.layers.embedding import Embedding, tied
from attn_helpers.layers.positions import LearnedPositions, SinusoidalPositions
from attn_helpers.training import seeded

B, T, D_MODEL, VOCAB = 2, 5, 14, 11
IDS = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])


def embedding(positions=None, vocab=VOCAB, d_model=D_MODEL):
    with seeded(0):
        return Embedding(vocab, d_model, positions)


def test_a_token_is_its_vector_times_the_root_of_the_width():
    embed = embedding()
    expected = embed.tokens.weight[IDS] * math.sqrt(D_MODEL)
    assert_close(embed(IDS), expected)


def test_with_a_scale_of_one_a_token_is_its_vector():
    with seeded(0):
        embed = Embedding(997, D_MODEL, scale=1.0)
    assert torch.equal(embed(IDS), embed.tokens.weight[IDS])
    expected = 1 / math.sqrt(D_MODEL)  # as large as without: tied logits ask for it
    assert_close(embed.tokens.weight.std().item(), expected, atol=0.01, rtol=0)


@pytest.mark.parametrize("first", [0, 3])
def test_positions_are_added_from_the_first_on(first):
    embed = embedding(SinusoidalPositions(D_MODEL))
    places = first + torch.arange(T, dtype=torch.float64)[:, None]
    speeds = 10_000.0 ** (-torch.arange(0, D_MODEL, 2, dtype=torch.float64) / D_MODEL)
    waves = torch.stack([(places * speeds).sin(), (places * speeds).cos()], dim=-1)
    got = embed(IDS, first=first) - embedding()(IDS)
    assert_close(got, waves.flatten(-2).float().expand(B, -1, -1), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    "positions", [SinusoidalPositions(D_MODEL), LearnedPositions(13, D_MODEL)]
)
def test_positions_may_be_given_one_by_one(positions):
    embed = embedding(positions)
    places = torch.tensor([[3, 4, 5, 6, 7], [2, 3, 4, 5, 6]])
    got = embed(IDS, places)
    assert_close(got[0], embed(IDS[0], first=3))
    assert_close(got[1], embed(IDS[1], first=2))


def test_dropout_falls_on_the_sum():
    embed = Embedding(VOCAB, D_MODEL, SinusoidalPositions(D_MODEL), dropout=1.0)
    assert (embed(IDS) == 0).all()
    assert (embed.eval()(IDS) != 0).any(-1).all()


def test_numbers_begin_as_large_as_the_sines():
    rows = embedding(vocab=997, d_model=64)(torch.arange(997))
    assert 0.98 < rows.std() < 1.02


# --- one parameter in two places ---


def test_tied_weights_are_one_parameter():
    embed = embedding()
    out_proj = tied(embed)
    model = torch.nn.ModuleList([embed, out_proj])
    assert len(list(model.parameters())) == 1
    row = torch.randn(3, D_MODEL)
    assert_close(out_proj(row), row @ embed.tokens.weight.T)
    with torch.no_grad():
        embed.tokens.weight.mul_(2)
    assert_close(out_proj(row), row @ embed.tokens.weight.T)


def test_both_places_teach_it():
    embed = embedding()
    out_proj = tied(embed)
    out_proj(torch.ones(D_MODEL))[7].backward()
    assert embed.tokens.weight.grad[7].tolist() == [1.0] * D_MODEL
    embed(torch.tensor([3])).sum().backward()
    assert_close(
        embed.tokens.weight.grad[3], torch.full((D_MODEL,), math.sqrt(D_MODEL))
    )


def test_a_network_that_knows_nothing_guesses_nearly_at_random():
    """The mean surprise is near log(vocab); with numbers of size 1 it is far above."""
    embed = embedding(vocab=997, d_model=64)
    rows = torch.randn(997, 64, generator=torch.Generator().manual_seed(1))
    answers = torch.arange(997)

    def surprise(logits):
        return torch.nn.functional.cross_entropy(logits, answers).item()

    assert surprise(tied(embed)(rows)) < math.log(997) + 1
    torch.nn.init.normal_(embed.tokens.weight)
    assert surprise(tied(embed)(rows)) > math.log(997) + 15


@pytest.mark.parametrize(
    ("ids", "kind", "message"),
    [
        (torch.ones(2, 5), TypeError, "Embedding: ids must hold whole numbers; "
         "got ids of dtype torch.float32."),
        (torch.tensor(3), ValueError, "Embedding: ids must have the axes (..., t); "
         "got ids ()."),
    ],
)  # fmt: skip
def test_what_is_no_token_is_refused(ids, kind, message):
    with pytest.raises(kind) as caught:
        embedding()(ids)
    assert str(caught.value) == message


def test_positions_that_do_not_fit_are_refused():
    embed = embedding(SinusoidalPositions(D_MODEL))
    with pytest.raises(ValueError) as caught:
        embed(IDS, torch.arange(7))
    assert str(caught.value) == (
        "SinusoidalPositions: positions must broadcast to (..., t) = (2, 5); "
        "got positions (7,)."
    )
