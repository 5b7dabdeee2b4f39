"""Make latent_published.npz: what the published program gives on random weights.

transformers is no dependency of this book; in an environment that has it and torch:
``python tests/efficient/latent_published.py``. The layer is its ``DeepseekV2Attention``
with full queries, as in DeepSeek-V2-Lite, under a causal mask.
"""

from pathlib import Path

import numpy as np
import torch
from transformers import DeepseekV2Config
from transformers.models.deepseek_v2.modeling_deepseek_v2 import (
    DeepseekV2Attention,
    DeepseekV2RotaryEmbedding,
)

B, T, D_MODEL, HEADS, HEAD_DIM, D_LATENT, D_ROPE = 2, 11, 33, 3, 6, 10, 4


def main():
    torch.manual_seed(0)
    config = DeepseekV2Config(
        hidden_size=D_MODEL,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        q_lora_rank=None,
        kv_lora_rank=D_LATENT,
        qk_nope_head_dim=HEAD_DIM,
        qk_rope_head_dim=D_ROPE,
        v_head_dim=HEAD_DIM,
        attn_implementation="eager",
    )
    layer = DeepseekV2Attention(config, layer_idx=0).eval()
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    x, places = torch.randn(B, T, D_MODEL), torch.arange(T)[None]
    future = torch.ones(T, T).triu(1).bool()
    mask = torch.zeros(1, 1, T, T).masked_fill(future, -torch.inf)
    turns = DeepseekV2RotaryEmbedding(config)(x, places)
    with torch.no_grad():
        output, weights = layer(x, mask, position_embeddings=turns)
    np.savez_compressed(
        Path(__file__).with_suffix(".npz"),
        x=x.numpy(),
        output=output.numpy(),
        weights=weights.numpy(),
        **{name: p.detach().numpy() for name, p in layer.named_parameters()},
    )


if __name__ == "__main__":
    main()
