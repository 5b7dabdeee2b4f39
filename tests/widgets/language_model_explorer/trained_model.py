"""Make model.npz of LanguageModelExplorer: the chapter's language model, for longer.

``python -m tests.widgets.language_model_explorer.trained_model`` trains it anew, by the
recipe of the chapter on language models with more steps, and prints its loss in
float32 and, as it is stored, in float16. On other machines rounding makes another model
of it, equally good. When the stored model was made it printed 1.2179 twice; with 8 bits
and a scale for each row the loss would be 1.2182, with 4 bits 1.3041.
"""

import numpy as np
import torch
from torch.nn import functional

from attn_helpers.data.characters import Characters, all_windows, random_windows
from attn_helpers.data.scripture import scripture
from attn_helpers.models.language_model import llama, surprisal
from attn_helpers.optim import AdamW
from attn_helpers.training import Settings, fit, linear_decay, seeded, warm_up
from attn_helpers.widgets.language_model_explorer.model import FILE, LENGTH

STEPS, RATE, SEED = 6000, 0.01, 0
SIZES = {"d_model": 64, "num_heads": 4, "num_kv_heads": 4, "num_layers": 2, "d_ff": 176}


def main():
    text = scripture()
    letters = Characters(text.train)
    train = letters.encode(text.train)
    with seeded(SEED):
        model = llama(len(letters), **SIZES)

    def batches(rng):
        for windows in random_windows(train, LENGTH, 32, rng):
            yield torch.from_numpy(windows)

    def loss(model, windows):
        logits = model(windows[:, :-1]).mT
        return functional.cross_entropy(logits, windows[:, 1:])

    optimizer = AdamW(model.parameters(), lr=RATE)
    how = Settings(seed=SEED, schedule=warm_up(50, linear_decay(STEPS - 50)))
    fit(model, batches, loss, optimizer=optimizer, steps=STEPS, settings=how)
    held_out = letters.encode(text.held_out)
    print(f"float32: {mean_loss(model, held_out):.4f} nats a letter")
    few = {name: value.half() for name, value in model.state_dict().items()}
    model.load_state_dict(few)
    print(f"float16: {mean_loss(model, held_out):.4f} nats a letter")
    del few["out_proj.weight"]  # tied to the embedding
    arrays = {name: value.numpy() for name, value in few.items()}
    heads = SIZES["num_heads"]
    np.savez_compressed(FILE, letters="".join(letters.tokens), heads=heads, **arrays)


@torch.no_grad()
def mean_loss(model, ids):
    windows = torch.from_numpy(all_windows(ids, LENGTH).copy())
    parts = [surprisal(model, part) for part in windows.split(64)]
    return torch.cat(parts).mean().item()


if __name__ == "__main__":
    main()
