import pytest
import torch

from attn_helpers.layers.precision import single, widened, without_autocast

HALVES = (torch.float16, torch.bfloat16)


@pytest.mark.parametrize("dtype", HALVES)
def test_half_precision_becomes_float32(dtype):
    x = torch.tensor([1.5, -2.0], dtype=dtype)
    assert single(x) == widened(x).dtype == torch.float32
    assert widened(x).tolist() == [1.5, -2.0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_wider_numbers_stay_as_they_are(dtype):
    x = torch.ones(3, dtype=dtype)
    assert single(x) == dtype and widened(x) is x


@pytest.mark.parametrize("dtype", HALVES)
def test_within_the_block_autocast_is_off_and_afterwards_on_again(dtype):
    x = torch.eye(2)
    with torch.autocast("cpu", dtype=dtype):
        with without_autocast(x):
            assert (x @ x).dtype == torch.float32
        assert (x @ x).dtype == dtype
    with without_autocast(x):
        assert not torch.is_autocast_enabled("cpu")


def test_it_is_told_of_by_the_device_of_the_tensor():
    """A device that knows no autocast is left alone."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        with without_autocast(torch.ones(2, 2, device="meta")):
            assert torch.is_autocast_enabled("cpu")
