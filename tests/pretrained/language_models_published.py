"""Make gpt2_published.npz and llama_published.npz: what the published programs compute.

transformers is no dependency of this book; in an environment that has it and torch:
``python tests/pretrained/language_models_published.py``. The models are small and their
weights are random, norms and biases among them, so that nothing can be left out.
"""

from pathlib import Path

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

B, T, NEW, VOCAB, LONGEST = 2, 7, 12, 61, 23
SAME = {"bos_token_id": None, "eos_token_id": None, "attn_implementation": "eager"}
GPT2 = GPT2Config(
    vocab_size=VOCAB, n_positions=LONGEST, n_embd=10, n_layer=2, n_head=5, **SAME
)
LLAMA = {
    "vocab_size": VOCAB,
    "hidden_size": 24,
    "intermediate_size": 13,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-5,
    "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
    **SAME,
}
MODELS = {
    "gpt2": lambda: GPT2LMHeadModel(GPT2),
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**LLAMA, tie_word_embeddings=True)),
}


def main():
    for name, make in MODELS.items():
        torch.manual_seed(0)
        model = make().eval()
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.4)
        tokens = torch.randint(VOCAB, (B, T))
        with torch.no_grad():
            logits = model(tokens).logits
            written = model.generate(
                tokens, max_new_tokens=NEW, do_sample=False, use_cache=True
            )
        state = {f"state.{n}": w.numpy() for n, w in model.state_dict().items()}
        np.savez_compressed(
            Path(__file__).with_name(f"{name}_published.npz"),
            tokens=tokens.numpy(),
            logits=logits.numpy(),
            written=written.numpy(),
            **state,
        )


if __name__ == "__main__":
    main()
