import pytest
import torch

from attn_helpers.training import seeded


def test_a_seed_holds_for_its_block_alone():
    with seeded(4):
        one = torch.rand(3)
    torch.rand(2)  # outside, the dice go their own way
    between = torch.get_rng_state()
    with seeded(4):
        assert torch.equal(torch.rand(3), one)
    assert torch.equal(torch.get_rng_state(), between)


def test_the_dice_are_given_back_after_an_error_too():
    torch.rand(2)
    before = torch.get_rng_state()
    with pytest.raises(KeyError), seeded(4):
        torch.rand(3)
        raise KeyError
    assert torch.equal(torch.get_rng_state(), before)
