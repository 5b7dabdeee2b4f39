"""Llama in our own layers, from weights as Hugging Face names them."""

from functools import partial

from torch import Tensor, nn

from attn_helpers.layers.positions import rope_half_split
from attn_helpers.models.language_model import LanguageModel, llama

OURS = {  # published name: ours, with what follows "layers.0."
    "input_layernorm": "around_attention.norm",
    "self_attn.q_proj": "attention.q_proj",
    "self_attn.k_proj": "attention.k_proj",
    "self_attn.v_proj": "attention.v_proj",
    "self_attn.o_proj": "attention.out_proj",
    "post_attention_layernorm": "around_feed_forward.norm",
    "mlp.gate_proj": "feed_forward.gate",
    "mlp.up_proj": "feed_forward.widen",
    "mlp.down_proj": "feed_forward.narrow",
}


def from_hugging_face(
    state: dict[str, Tensor], num_heads: int, base: float = 10_000.0
) -> LanguageModel:
    """A ``llama`` with published weights, ready to read.

    Args:
        state: the ``state_dict`` of a ``LlamaForCausalLM``. Its last layer may be tied
            to the embedding or not.
        num_heads: query heads of each block, which no weight tells.
        base: of the rotation, ``rope_theta`` in the published settings.

    Source: Touvron et al. (2023), arXiv:2302.13971; the names are those of
    transformers 5.
    """
    state = {name.removeprefix("model."): weight for name, weight in state.items()}
    vocab, d_model = state["embed_tokens.weight"].shape
    kv_width = len(state["layers.0.self_attn.k_proj.weight"])
    model = llama(
        vocab,
        d_model,
        num_heads,
        num_kv_heads=kv_width * num_heads // d_model,
        num_layers=len({n.split(".")[1] for n in state if n.startswith("layers.")}),
        d_ff=len(state["layers.0.mlp.gate_proj.weight"]),
        rotate=partial(rope_half_split, base=base),
    )
    ours = rename(state)
    if not ours["out_proj.weight"].equal(ours["embed.tokens.weight"]):
        model.out_proj = nn.Linear(d_model, vocab, bias=False)
    model.load_state_dict(ours)
    return model.eval()


def rename(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """From the published names of the weights to those of ``llama``."""
    embedding = state["embed_tokens.weight"]
    ours = {
        "embed.tokens.weight": embedding,
        "out_proj.weight": state.get("lm_head.weight", embedding),
        "norm.weight": state["norm.weight"],
    }
    for name, weight in state.items():
        if name.startswith("layers."):
            _, layer, place = name.split(".", 2)
            place, kind = place.rsplit(".", 1)
            ours[f"blocks.{layer}.{OURS[place]}.{kind}"] = weight
    return ours
