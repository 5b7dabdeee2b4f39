"""Llama's weights under their published names, and what the published program computes.

transformers 5.24 computed the numbers; language_models_published.py beside this made
the file.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from attn_helpers.models.generation import generate
from attn_helpers.pretrained.llama import from_hugging_face

HEADS, BASE = 6, 500.0
PUBLISHED = {
    name: torch.from_numpy(array)
    for name, array in np.load(Path(__file__).with_name("llama_published.npz")).items()
}
STATE = {
    name.removeprefix("state."): weight
    for name, weight in PUBLISHED.items()
    if name.startswith("state.")
}


@pytest.fixture(scope="module")
def model():
    return from_hugging_face(STATE, HEADS, BASE)


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
    assert [block.attention.num_kv_heads for block in model.blocks] == [2, 2]
    assert model.out_proj.weight is model.embed.tokens.weight
    assert not model.training


def test_the_base_of_the_rotation_matters(model):
    tokens = PUBLISHED["tokens"]
    other = from_hugging_face(STATE, HEADS)(tokens)
    assert not torch.allclose(other, model(tokens), atol=1e-3)


def test_a_last_layer_of_its_own_is_kept_apart(model):
    tokens = PUBLISHED["tokens"]
    untied = {**STATE, "lm_head.weight": -STATE["lm_head.weight"]}
    other = from_hugging_face(untied, HEADS, BASE)
    assert_close(other(tokens), -model(tokens))
    assert other.out_proj.weight is not other.embed.tokens.weight


def test_without_a_last_layer_it_is_the_embedding(model):
    tied = {name: w for name, w in STATE.items() if name != "lm_head.weight"}
    tokens = PUBLISHED["tokens"]
    assert torch.equal(from_hugging_face(tied, HEADS, BASE)(tokens), model(tokens))


def test_a_weight_that_is_missing_is_named():
    place = "model.layers.1.mlp.up_proj.weight"
    without = {name: w for name, w in STATE.items() if name != place}
    with pytest.raises(RuntimeError, match=r"blocks\.1\.feed_forward\.widen\.weight"):
        from_hugging_face(without, HEADS)
