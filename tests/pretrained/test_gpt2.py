"""GPT-2's weights under their published names, and what the published program computes.

transformers 5.24 computed the numbers; language_models_published.py beside this made
the file.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from attn_helpers.models.generation import generate
from attn_helpers.pretrained.gpt2 import from_hugging_face

HEADS = 5
PUBLISHED = {
    name: torch.from_numpy(array)
    for name, array in np.load(Path(__file__).with_name("gpt2_published.npz")).items()
}
STATE = {
    name.removeprefix("state."): weight
    for name, weight in PUBLISHED.items()
    if name.startswith("state.")
}


@pytest.fixture(scope="module")
def model():
    return from_hugging_face(STATE, HEADS)


def test_logits_are_those_of_the_published_program(model):
    difference = model(PUBLISHED["tokens"]) - PUBLISHED["logits"]
    assert difference.abs().max() < 1e-5
    assert PUBLISHED["logits"].std() > 0.5


@pytest.mark.parametrize("cached", [True, False])
def test_it_writes_the_same_tokens(model, cached):
    written, tokens = PUBLISHED["written"], PUBLISHED["tokens"]
    new = written.shape[1] - tokens.shape[1]
    got = generate(model, tokens, new, lambda logits: logits.argmax(-1), cached)
    assert torch.equal(got, written)


def test_sizes_are_read_from_the_weights(model):
    assert len(model.blocks) == 2
    assert model.embed.positions.table.shape == (23, 10)
    assert model.out_proj.weight is model.embed.tokens.weight
    assert not model.training


def test_the_bare_model_with_the_masks_of_old_files_is_read_alike(model):
    bare = {name.removeprefix("transformer."): w for name, w in STATE.items()}
    del bare["lm_head.weight"]
    for layer in range(2):
        bare[f"h.{layer}.attn.bias"] = torch.ones(1, 1, 23, 23)
        bare[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    tokens = PUBLISHED["tokens"]
    assert torch.equal(from_hugging_face(bare, HEADS)(tokens), model(tokens))


def test_a_weight_that_is_missing_is_named():
    without = {name: w for name, w in STATE.items() if "h.1.mlp.c_fc.bias" not in name}
    with pytest.raises(RuntimeError, match=r"blocks\.1\.feed_forward\.widen\.bias"):
        from_hugging_face(without, HEADS)
