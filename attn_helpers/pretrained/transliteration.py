"""A published model with additive attention, run in numpy: romanised Khmer to script.

The model is netra-transliterate (MIT, © 2025 Yut; trained by Darayut Nhem on the 28 569
pairs of the Khmer Text Transliteration Dataset, Chhunneng 2023). It reads the letters
of a word with a bidirectional GRU and writes Khmer signs with another. Each query is
the writer's *new* state, as in Luong's order, and is scored against all the letters by
Bahdanau's additive score: here tanh(q + k) · w_out, the query itself being projected
by nothing. The writer begins with zeros, so all it learns of the word comes through
attention.

Every word is filled up to 25 places, and the padding was masked neither in training nor
when the package runs it. So the weights may fall where there is no letter, and the
model has found a use for that: it reads its full stop there (see
:func:`padding_share`). A mask put on afterwards takes the full stop away.

How it was checked: ``tests/pretrained/transliteration_keras.py`` rebuilt encoder and
decoder in Keras 3.15.1 (torch backend) as the package does, and stored what they gave
for sixteen words. Probabilities and weights agree to 2e-6, the rounding of float32, and
the texts are the same. The package itself searches with a beam of three; taking the
likeliest sign at each step gives the same text for fifteen of the sixteen.

Only the weights and the letter tables are read, the latter out of a pickle by
:func:`~attn_helpers.pretrained.formats.restricted_pickle.load_restricted`; no code of
the package is run.
"""

import io
import unicodedata
import zipfile
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from attn_helpers._checks import boolean, check_array, check_package, complaint
from attn_helpers.pretrained.formats.restricted_pickle import Record, load_restricted
from attn_helpers.reference.attention import attention
from attn_helpers.reference.scoring import additive_score
from attn_helpers.reference.softmax import softmax

MODULE, PACKAGE = "khmer_transliterator", "--no-deps netra-transliterate"
START, END = "\t", "\n"
LONGEST_TEXT = 32  # the package stops there too
ALLOWED = {
    ("keras.src.legacy.preprocessing.text", "Tokenizer"): Record,
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "defaultdict"): defaultdict,
    ("builtins", "int"): int,
}


class GRU(NamedTuple):
    """The weights of a gated recurrent unit: gates in the order update, reset, new."""

    w_x: np.ndarray  # (d_in, 3 d)
    w_h: np.ndarray  # (d, 3 d)
    b_x: np.ndarray  # (3 d,)
    b_h: np.ndarray  # (3 d,)


def gru_step(x: np.ndarray, state: np.ndarray, gru: GRU) -> np.ndarray:
    """Read one input ``(d_in,)`` in the state ``(d,)``; return the next state."""
    x_update, x_reset, x_new = np.split(x @ gru.w_x + gru.b_x, 3)
    h_update, h_reset, h_new = np.split(state @ gru.w_h + gru.b_h, 3)
    update, reset = _sigmoid(x_update + h_update), _sigmoid(x_reset + h_reset)
    new = np.tanh(x_new + reset * h_new)
    return update * state + (1 - update) * new


def run_gru(inputs: np.ndarray, gru: GRU) -> np.ndarray:
    """Read ``(t, d_in)`` from a state of zeros; return the state after each, (t, d)."""
    states, state = [], np.zeros(gru.w_h.shape[0])
    for x in inputs:
        state = gru_step(x, state, gru)
        states.append(state)
    return np.stack(states)


def _sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))  # never overflows


@dataclass(frozen=True, eq=False)
class Transliterator:
    """The published tables and weights, and what they compute.

    Args:
        letters: from a letter to its number; the padding is 0.
        signs: from a number to a Khmer sign, to ``START`` and to ``END``.
        places: how many places a word is filled up to.
        embeddings: of letters and of signs.
        readers: the GRU from left to right and the one from right to left.
        writer: the GRU of the decoder.
        projection: weights and bias that make the keys out of the readers' states.
        w_out: of the additive score, ``(d,)``.
        output: weights and bias from state and context to the signs.
    """

    letters: dict
    signs: dict
    places: int
    embeddings: tuple
    readers: tuple
    writer: GRU
    projection: tuple
    w_out: np.ndarray
    output: tuple

    def keys(self, word: str) -> np.ndarray:
        """Read a word in lower case; one key for each place, ``(places, d)``."""
        ids = [self.letters[letter] for letter in word]
        inputs = self.embeddings[0][ids + [0] * (self.places - len(ids))]
        forward = run_gru(inputs, self.readers[0])
        backward = run_gru(inputs[::-1], self.readers[1])[::-1]
        w, b = self.projection
        return np.concatenate([forward, backward], axis=-1) @ w + b

    def step(
        self,
        sign: int,
        state: np.ndarray,
        keys: np.ndarray,
        mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Write one sign after ``sign``.

        Returns:
            probabilities of the signs, the new state, and the weights ``(places,)``.
        """
        state = gru_step(self.embeddings[1][sign], state, self.writer)
        same = np.eye(len(state))  # neither query nor key is projected any further
        score = partial(additive_score, w_q=same, w_k=same, w_out=self.w_out)
        context, weights = attention(state[None], keys, keys, score=score, mask=mask)
        w, b = self.output
        probabilities = softmax(np.concatenate([state, context[0]]) @ w + b)
        return probabilities, state, weights[0]

    def numbers(self, text: str) -> list[int]:
        """The number of each sign of a text."""
        by_sign = {sign: number for number, sign in self.signs.items()}
        return [by_sign[sign] for sign in text]


def transliterate(word: str, mask: np.ndarray | None = None) -> tuple[str, np.ndarray]:
    """Write a romanised word in Khmer script, the likeliest sign at each step.

    Args:
        word: 1 to 25 letters from a to z.
        mask: boolean, ``(25,)``; True = this place may be attended to. None, as
            published, lets the model attend to padding; :func:`letters_mask` does not.

    Returns:
        the text, and weights ``(signs + 1, 25)``: a row for each sign and one for the
        decision to end (if the model did end within 32 signs).

    Example:
        >>> text, weights = transliterate("angkor")
        >>> text, weights.shape
        ('អង្ករ', (6, 25))
    """
    model = load_transliterator()
    keys = model.keys(_check(word, model, "transliterate"))
    if mask is not None:
        names = {"function": "transliterate", "argument": "mask"}
        places = {"places": model.places}
        mask = check_array(mask, boolean("(places,)"), places, **names)
    (sign,), state = model.numbers(START), np.zeros(len(model.w_out))
    text, rows = "", []
    for _ in range(LONGEST_TEXT):
        probabilities, state, weights = model.step(sign, state, keys, mask)
        sign = int(probabilities.argmax())
        rows.append(weights)
        if model.signs[sign] == END:
            break
        text += model.signs[sign]
    return text, np.stack(rows)


def letters_mask(word: str) -> np.ndarray:
    """Mark the places where the word has a letter, boolean ``(25,)``.

    Example:
        >>> letters_mask("angkor").sum()
        np.int64(6)
    """
    model = load_transliterator()
    return np.arange(model.places) < len(_check(word, model, "letters_mask"))


def padding_share(word: str, weights: np.ndarray) -> np.ndarray:
    """Add up, for each row of weights, what fell on padding.

    Args:
        word: the word that was read.
        weights: ``(t_q, 25)``, as :func:`transliterate` returns them.

    Returns:
        a share from 0 to 1 for each row, ``(t_q,)``.

    Example:
        >>> text, weights = transliterate("angkor")
        >>> padding_share("angkor", weights).round(2)  # five signs and the end
        array([0.  , 0.  , 0.01, 0.01, 0.01, 0.97])
    """
    letters = letters_mask(word)
    names = {"function": "padding_share", "argument": "weights"}
    weights = check_array(weights, "(t_q, t_k)", {"t_k": len(letters)}, **names)
    return weights[:, ~letters].sum(axis=-1)


def name_signs(text: str) -> list[str]:
    """Write each Khmer sign with its Unicode name beside it, for those who cannot read.

    A mark that stands on a letter is shown on a dotted circle.

    Example:
        >>> name_signs("ខ្មែរ")
        ['ខ kha', '◌្ coeng', 'ម mo', '◌ែ ae', 'រ ro']
    """
    names = [unicodedata.name(sign).rpartition(" ")[2].lower() for sign in text]
    marks = [unicodedata.category(sign).startswith("M") for sign in text]
    return [
        f"{'◌' if mark else ''}{sign} {name}"
        for sign, mark, name in zip(text, marks, names, strict=True)
    ]


@cache
def load_transliterator() -> Transliterator:
    """Read the tables and weights of the published model once; a Transliterator."""
    folder = check_package(MODULE, install=PACKAGE, function="load_transliterator")
    folder = folder / "weights"
    tables = load_restricted(folder / "gru_transliteration_assets.pkl", ALLOWED)
    archive = folder / "bi_gru_attention_khmer_transliterator.keras"
    layers = _read_layers(archive)
    return Transliterator(
        letters=tables["eng_tokenizer"].word_index,
        signs=tables["khm_tokenizer"].index_word | {0: ""},
        places=tables["max_eng_len"],
        embeddings=(*layers("embedding"), *layers("embedding_1")),
        readers=tuple(
            _gru(layers(f"bidirectional/{way}_layer/cell"))
            for way in ("forward", "backward")
        ),
        writer=_gru(layers("gru/cell")),
        projection=layers("time_distributed/layer"),
        w_out=layers("additive_attention")[0],
        output=layers("dense"),
    )


def _read_layers(archive):
    """A function from the name of a layer to its arrays, in Keras's order.

    A .keras file is a zip with the weights in HDF5; of these we read numbers alone.
    """
    check_package("h5py", install="h5py", function="load_transliterator")
    import h5py

    with zipfile.ZipFile(archive) as files:
        content = io.BytesIO(files.read("model.weights.h5"))
    with h5py.File(content) as file:
        arrays = {}
        for name, group in _layers_with_variables(file["layers"]):
            numbered = sorted(group, key=int)
            arrays[name] = tuple(group[n][()].astype(np.float64) for n in numbered)
    return arrays.__getitem__


def _layers_with_variables(group, name=""):
    for key, child in group.items():
        if key == "vars":
            yield name, child
        else:
            yield from _layers_with_variables(child, f"{name}/{key}".lstrip("/"))


def _gru(arrays):
    w_x, w_h, (b_x, b_h) = arrays
    return GRU(w_x, w_h, b_x, b_h)


def _check(word, model, function):
    """The word in lower case, if it is one that the model can read."""
    if not isinstance(word, str):
        rule, got = "word must be a text", f"word of type {type(word).__name__}"
        raise TypeError(complaint(function, rule, got))
    lower = word.lower()
    if not (lower.isascii() and lower.isalpha() and len(lower) <= model.places):
        rule = f"word must be 1 to {model.places} letters from a to z"
        raise ValueError(complaint(function, rule, f"word={word!r}"))
    return lower
