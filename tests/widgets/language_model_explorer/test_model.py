"""The numbers that are stored, and numpy's reading of them, beside torch's."""

import base64

import numpy as np
import pytest
import torch

from attn_helpers.widgets.language_model_explorer.model import stored_model
from tests.widgets.language_model_explorer.tiny import SIZES, in_torch, random_llama


@pytest.mark.parametrize("sizes", SIZES)
def test_numpy_reads_as_torch_does(sizes):
    model, twin = random_llama(sizes, seed=2)
    text = "bakedbeachhead"
    weights, odds = twin.read(text)
    tokens = torch.tensor([twin.encode(text)])
    with torch.no_grad():
        rows, its = model.read(tokens, need_weights=True)
        wanted = model.out_proj(rows)[0].softmax(-1)
    np.testing.assert_allclose(odds[-1], wanted, atol=1e-5)
    np.testing.assert_allclose(weights, torch.cat(its), atol=1e-5)


def test_numbers_are_stored_one_after_the_other_in_few_bytes():
    twin = stored_model()
    assert len(twin.packed()) == 2 * 104_768
    assert len(base64.b64encode(twin.packed())) <= 400_000
    state = in_torch(twin).state_dict()
    numbers = np.frombuffer(twin.packed(), "<f2").astype(float)
    np.testing.assert_array_equal(
        numbers[:4096], state["embed.tokens.weight"].flatten()
    )
    np.testing.assert_array_equal(numbers[-64:], state["norm.weight"])
