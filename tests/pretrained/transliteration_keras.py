"""Make transliteration_keras.npz: what the published model gives when Keras runs it.

Keras is no dependency of this book; in an environment that has it and torch:
``KERAS_BACKEND=torch python tests/pretrained/transliteration_keras.py``. Encoder,
decoder and beam search follow ``_model.py`` and ``_inference.py`` of
netra-transliterate 1.0.1, layer by layer and line by line.
"""

from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np

from attn_helpers.pretrained.formats.restricted_pickle import load_restricted
from attn_helpers.pretrained.transliteration import ALLOWED

WORDS = (
    "angkor penh battambang sabay phnom srok knhom sala khmer sokha chhnang kampong "
    "siemreap a mekong bat"
).split()
WEIGHTS = Path(find_spec("khmer_transliterator").origin).parent / "weights"


def layers_by_role():
    model = keras.models.load_model(
        WEIGHTS / "bi_gru_attention_khmer_transliterator.keras"
    )
    kinds = ["Embedding", "Bidirectional", "GRU", "TimeDistributed"]
    kinds += ["AdditiveAttention", "Dense"]
    return [
        [layer for layer in model.layers if type(layer).__name__ == kind]
        for kind in kinds
    ]


EMBED, (READ,), (WRITE,), (PROJECT,), (ATTEND,), (OUTPUT,) = layers_by_role()
TABLES = load_restricted(WEIGHTS / "gru_transliteration_assets.pkl", ALLOWED)
LETTERS = TABLES["eng_tokenizer"].word_index
SIGNS = TABLES["khm_tokenizer"].index_word
NUMBERS = TABLES["khm_tokenizer"].word_index


def read(word):
    ids = [LETTERS[letter] for letter in word]
    ids = np.array([ids + [0] * (TABLES["max_eng_len"] - len(ids))])
    return PROJECT(READ(EMBED[0](ids)))


def write(sign, state, projected):
    """Probabilities, new state and attention weights, as Keras computes them."""
    embedded = EMBED[1](np.array([[sign]]))
    outputs, state = WRITE(embedded, initial_state=[state])
    context, weights = ATTEND([outputs, projected], return_attention_scores=True)
    both = keras.ops.concatenate([outputs, context], axis=-1)
    arrays = [OUTPUT(both)[0, -1], weights[0, 0]]
    return *map(keras.ops.convert_to_numpy, arrays), state


def greedy(projected):
    sign, state, text = NUMBERS["\t"], keras.ops.zeros((1, WRITE.units)), ""
    probabilities, weights = [], []
    for _ in range(32):
        table, row, state = write(sign, state, projected)
        probabilities.append(table)
        weights.append(row)
        sign = int(table.argmax())
        if SIGNS[sign] == "\n":
            break
        text += SIGNS[sign]
    return text, probabilities, weights


def beam_of_three(projected, width=3, longest=32):
    beams = [(1.0, [NUMBERS["\t"]], keras.ops.zeros((1, WRITE.units)))]
    finished = []
    for _ in range(longest):
        grown = []
        for probability, signs, state in beams:
            table, _, state = write(signs[-1], state, projected)
            for sign in np.argsort(table)[-width:]:
                if table[sign] <= 1e-8:
                    continue
                beam = (probability * table[sign], [*signs, int(sign)], state)
                done = SIGNS[int(sign)] == "\n" or len(beam[1]) >= longest
                (finished if done else grown).append(beam)
        beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
        if len(finished) >= width or not beams:
            break
    signs = max(finished + beams, key=lambda beam: beam[0])[1]
    return "".join(SIGNS[sign] for sign in signs).strip("\t\n")


def main():
    kept = {"words": np.array(WORDS)}
    texts, best, probabilities, weights = [], [], [], []
    for word in WORDS:
        projected = read(word)
        text, tables, rows = greedy(projected)
        texts.append(text)
        best.append(beam_of_three(projected))
        probabilities += tables
        weights += rows
    kept |= {"texts": np.array(texts), "beam_texts": np.array(best)}
    kept |= {"probabilities": np.stack(probabilities), "weights": np.stack(weights)}
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **kept)
    for word, text, other in zip(WORDS, texts, best, strict=True):
        print(word, text, "" if text == other else f"(beam: {other})")


if __name__ == "__main__":
    main()
