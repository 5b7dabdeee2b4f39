"""GPT-2 in our own layers, from weights as Hugging Face names them."""

from torch import Tensor

from attn_helpers.models.language_model import LanguageModel, gpt

OURS = {  # published name: ours, with what follows "h.0."
    "ln_1": "around_attention.norm",
    "attn.c_proj": "attention.out_proj",
    "ln_2": "around_feed_forward.norm",
    "mlp.c_fc": "feed_forward.widen",
    "mlp.c_proj": "feed_forward.narrow",
}


def from_hugging_face(state: dict[str, Tensor], num_heads: int) -> LanguageModel:
    """A ``gpt`` with published weights, ready to read.

    Args:
        state: the ``state_dict`` of a ``GPT2LMHeadModel``, or of the model within it.
        num_heads: heads of each block, which no weight tells.

    Source: Radford et al. (2019), *Language models are unsupervised multitask
    learners*; the names are those of transformers 5.
    """
    state = {name.removeprefix("transformer."): w for name, w in state.items()}
    vocab, d_model = state["wte.weight"].shape
    num_layers = len({name.split(".")[1] for name in state if name.startswith("h.")})
    max_length = len(state["wpe.weight"])
    model = gpt(vocab, max_length, d_model, num_heads, num_layers)
    model.load_state_dict(rename(state))
    return model.eval()


def rename(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """From the published names of the weights to those of ``gpt``."""
    ours = {
        "embed.tokens.weight": state["wte.weight"],
        "out_proj.weight": state["wte.weight"],  # tied
        "embed.positions.table": state["wpe.weight"],
        "norm.weight": state["ln_f.weight"],
        "norm.bias": state["ln_f.bias"],
    }
    for name, weight in state.items():
        if not name.startswith("h."):
            continue
        _, layer, place = name.split(".", 2)
        place, kind = place.rsplit(".", 1)
        if weight.ndim == 2:
            weight = weight.T  # published as (in, out)
        if place == "attn.c_attn":  # queries, keys and values side by side
            for one, part in zip("qkv", weight.chunk(3), strict=True):
                ours[f"blocks.{layer}.attention.{one}_proj.{kind}"] = part
        elif place in OURS:
            ours[f"blocks.{layer}.{OURS[place]}.{kind}"] = weight
    return ours
