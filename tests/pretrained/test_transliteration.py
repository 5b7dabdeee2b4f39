import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from attn_helpers.pretrained.transliteration import (
    END,
    GRU,
    START,
    gru_step,
    letters_mask,
    load_transliterator,
    name_signs,
    padding_share,
    run_gru,
    transliterate,
)

# what the published layers gave in Keras; transliteration_keras.py beside this made it
KERAS = np.load(Path(__file__).with_name("transliteration_keras.npz"))
WORDS = KERAS["words"].tolist()
TEXTS = dict(zip(WORDS, KERAS["texts"].tolist(), strict=True))
T, D_IN, D = 7, 5, 3
needs_weights = pytest.mark.needs("khmer_transliterator", "h5py")


@pytest.fixture(scope="module")
def model():
    return load_transliterator()


def rows_of(word):
    """Where the rows of a word stand in the stored tables: its signs and the end."""
    counts = [len(TEXTS[other]) + 1 for other in WORDS]
    first = sum(counts[: WORDS.index(word)])
    return slice(first, first + counts[WORDS.index(word)])


def probabilities_of(model, word, text):
    """What the model gives before each sign of a text, and before its end."""
    keys, state = model.keys(word), np.zeros(len(model.w_out))
    tables, rows = [], []
    for sign in model.numbers(START + text):
        table, state, weights = model.step(sign, state, keys)
        tables.append(table)
        rows.append(weights)
    return np.stack(tables), np.stack(rows)


# --- the recurrent unit ---


def test_one_step_of_the_recurrent_unit_by_hand():
    # d = 1, x = 1, state = 1; update = sigmoid(1 + 0) = 0.7311, reset = sigmoid(0) =
    # 1/2, new = tanh(0 + 0.5 · 2) = 0.7616, next = 0.7311 · 1 + 0.2689 · 0.7616
    unit = GRU(
        w_x=np.array([[1.0, 0.0, 0.0]]),
        w_h=np.array([[0.0, 0.0, 1.5]]),
        b_x=np.zeros(3),
        b_h=np.array([0.0, 0.0, 0.5]),
    )
    state = gru_step(np.ones(1), np.ones(1), unit)
    np.testing.assert_allclose(state, [0.93588], atol=1e-5)


def test_the_recurrent_unit_is_that_of_torch_with_its_gates_in_our_order():
    rng = np.random.default_rng(0)
    unit = GRU(*(rng.normal(size=s) for s in [(D_IN, 3 * D), (D, 3 * D)]),
               *rng.normal(size=(2, 3 * D)))  # fmt: skip
    twin = torch.nn.GRU(D_IN, D).double()

    def reset_first(array):
        update, reset, new = np.split(array, 3, axis=-1)
        return torch.tensor(np.concatenate([reset, update, new], axis=-1).T.copy())

    for parameter, array in zip(twin.parameters(), unit, strict=True):
        parameter.data = reset_first(array)
    inputs = rng.normal(size=(T, D_IN))
    with torch.no_grad():
        expected, _ = twin(torch.tensor(inputs))
    np.testing.assert_allclose(run_gru(inputs, unit), expected, atol=1e-12)


def test_a_large_gate_raises_no_warning():
    for size, state in [(1e4, 1.0), (-1e4, 0.0)]:  # all is kept, all is new
        unit = GRU(*(np.full(s, size) for s in [(1, 3), (1, 3), (3,), (3,)]))
        after = gru_step(np.ones(1), np.ones(1), unit)
        assert after == (state if state else np.tanh(2 * size))


# --- the published behaviour ---


@needs_weights
@pytest.mark.parametrize("word", WORDS)
def test_gives_what_keras_gave(model, word):
    table, weights = probabilities_of(model, word, TEXTS[word])
    expected = KERAS["probabilities"][rows_of(word)]
    np.testing.assert_allclose(table, expected, atol=2e-6)
    np.testing.assert_allclose(weights, KERAS["weights"][rows_of(word)], atol=2e-6)
    text, written = transliterate(word)
    assert text == TEXTS[word]
    np.testing.assert_array_equal(written, weights)


@needs_weights
@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("angkor", "អង្ករ"),
        ("penh", "ពេញ"),
        ("sabay", "សបាយ"),
        ("battambang", "បាត់តំបង"),
    ],
)
def test_known_words(word, text):
    assert transliterate(word)[0] == transliterate(word.upper())[0] == text


def test_a_beam_of_three_seldom_finds_another_text():
    same = KERAS["texts"] == KERAS["beam_texts"]
    assert (same.sum(), len(same)) == (15, 16)


@needs_weights
def test_the_first_row_of_weights_is_that_of_a_loop(model):
    keys = model.keys("khmer")
    state = gru_step(model.embeddings[1][79], np.zeros(64), model.writer)
    scores = [
        sum(
            out * np.tanh(q + k)
            for out, q, k in zip(model.w_out, state, key, strict=True)
        )
        for key in keys
    ]
    exp = np.exp(np.array(scores) - max(scores))
    weights = transliterate("khmer")[1]
    np.testing.assert_allclose(weights[0], exp / exp.sum(), atol=1e-12)
    # the letter looked at first is k, by a wide margin
    assert weights[0].argmax() == 0 and weights[0, 0] > 0.8


@needs_weights
def test_a_letter_after_the_word_is_the_padding(model):
    short, whole = model.keys("sala"), model.keys("salak")
    assert short.shape == (25, 64)
    assert np.abs(short - whole).max(axis=-1)[4:].min() > 0.01


@needs_weights
def test_rows_of_weights_sum_to_one_and_the_last_is_for_the_end(model):
    text, weights = transliterate("battambang")
    assert weights.shape == (len(text) + 1, 25)
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-12)
    table, _ = probabilities_of(model, "battambang", text)
    assert model.signs[int(table[-1].argmax())] == END


# --- padding ---


@needs_weights
def test_the_mask_marks_the_letters():
    assert letters_mask("sala").tolist() == [True] * 4 + [False] * 21


@needs_weights
def test_padding_share_by_hand():
    weights = np.zeros((2, 25))
    weights[0, [0, 3, 4, 24]] = 0.5, 0.25, 0.125, 0.125
    weights[1, 2] = 1
    assert padding_share("sala", weights).tolist() == [0.25, 0]


@needs_weights
def test_the_model_reads_its_full_stop_in_the_padding():
    shares = [padding_share(word, transliterate(word)[1]) for word in WORDS]
    before = np.concatenate([share[:-1] for share in shares])
    at_the_end = np.array([share[-1] for share in shares])
    assert np.median(before) < 0.01
    assert at_the_end.mean() > 0.85 and at_the_end.min() > 0.5


@needs_weights
def test_a_mask_hides_the_padding_and_takes_the_full_stop_away():
    endless = 0
    for word in WORDS:
        text, weights = transliterate(word, letters_mask(word))
        assert padding_share(word, weights).max() == 0
        np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-12)
        endless += len(text) == len(weights) == 32
    assert endless == 13


@needs_weights
def test_a_mask_that_hides_nothing_changes_nothing():
    text, weights = transliterate("srok", np.ones(25, dtype=bool))
    assert text == TEXTS["srok"]
    np.testing.assert_array_equal(weights, transliterate("srok")[1])


# --- names of signs ---


@needs_weights
def test_every_sign_of_the_model_has_a_name_of_its_own(model):
    signs = [sign for n, sign in model.signs.items() if n > 1 and sign.strip()]
    labels = name_signs("".join(signs))
    assert len(set(labels)) == len(signs) == 77
    assert all(label.isprintable() for label in labels)


# --- complaints ---


@needs_weights
@pytest.mark.parametrize("word", ["", "phnom penh", "អង្ករ", "a1", "é", "x" * 26])
@pytest.mark.parametrize("function", [transliterate, letters_mask])
def test_what_is_no_word_is_refused(function, word):
    rule = f"{function.__name__}: word must be 1 to 25 letters from a to z; got word="
    with pytest.raises(ValueError, match=rule):
        function(word)


@needs_weights
def test_a_word_must_be_a_text():
    with pytest.raises(TypeError, match="word must be a text; got word of type int"):
        transliterate(3)


@needs_weights
def test_a_word_may_fill_all_places_and_no_more():
    assert letters_mask("k" * 24).sum() == 24
    assert letters_mask("k" * 25).all() and transliterate("k" * 25)[0]
    for word in ("k" * 26, ""):
        with pytest.raises(ValueError, match=r"word must be 1 to 25 letters from a to"):
            letters_mask(word)


@needs_weights
def test_a_mask_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"^transliterate: .*got mask \(4,\)"):
        transliterate("sala", np.ones(4, dtype=bool))
    rule = r"weights must have t_k=25 for its last axis; got weights \(2, 4\)"
    with pytest.raises(ValueError, match=rule):
        padding_share("sala", np.zeros((2, 4)))


@needs_weights
def test_neither_the_package_nor_keras_nor_torch_is_imported():
    code = (
        "import sys; from attn_helpers.pretrained.transliteration import transliterate;"
        "transliterate('sala'); assert not {'khmer_transliterator', 'keras', "
        "'tensorflow', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_says_what_to_install_when_the_package_is_missing(monkeypatch):
    load_transliterator.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install --no-deps netra-trans"):
        transliterate("sala")
