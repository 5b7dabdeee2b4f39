import numpy as np
import pytest

from attn_helpers.data.vocabulary import (
    END_ID,
    PAD_ID,
    SPECIALS,
    START_ID,
    UNKNOWN_ID,
    Vocabulary,
    bucketed_batches,
    pad,
    pad_pairs,
    paired_batches,
)

SENTENCES = [["the", "bank", "the"], ["river"], ["the", "river"]]


def test_tokens_are_numbered_after_the_special_ones_in_a_fixed_order():
    words = Vocabulary(SENTENCES)
    assert words.tokens == [*SPECIALS, "bank", "river", "the"]
    assert len(words) == 7
    assert [SPECIALS.index(s) for s in ("<pad>", "<s>", "</s>", "<unk>")] == [
        PAD_ID, START_ID, END_ID, UNKNOWN_ID,
    ]  # fmt: skip


def test_rare_tokens_are_unknown():
    words = Vocabulary(SENTENCES, at_least=2)
    assert words.tokens[4:] == ["river", "the"]
    assert words.encode(["the", "bank", "river"]) == [5, UNKNOWN_ID, 4]


def test_what_is_encoded_decodes_to_itself():
    words = Vocabulary(SENTENCES)
    for sentence in SENTENCES:
        assert words.decode(words.encode(sentence)) == sentence
        assert words.decode(words.encode_target(sentence)) == sentence


def test_a_target_stands_between_start_and_end():
    words = Vocabulary(SENTENCES)
    assert words.encode_target(["river"]) == [START_ID, 5, END_ID]


def test_decoding_stops_at_the_end_and_shows_what_is_unknown():
    words = Vocabulary(SENTENCES)
    ids = np.array([START_ID, 6, UNKNOWN_ID, END_ID, 4, PAD_ID])
    assert words.decode(ids) == ["the", "<unk>"]


def test_a_sentence_may_spell_a_special_token_without_a_second_number():
    words = Vocabulary([["<pad>", "a"]])
    assert words.tokens == [*SPECIALS, "a"]


def test_padding_stands_on_the_right():
    ids = pad([[5], [6, 7, 8], []])
    assert ids.tolist() == [[5, 0, 0], [6, 7, 8], [0, 0, 0]]
    assert ids.dtype == np.int64
    assert pad([]).shape == (0, 0)


def test_a_batch_holds_neighbours_in_length():
    lengths = np.random.default_rng(0).integers(1, 30, size=103)
    batches = bucketed_batches(lengths, 13, np.random.default_rng(1))
    seen = set()
    for _ in range(500):
        rows = next(batches)
        assert len(set(rows.tolist())) == 13
        seen.update(rows.tolist())
        low, high = lengths[rows].min(), lengths[rows].max()
        between = np.flatnonzero((lengths > low) & (lengths < high))
        assert set(between.tolist()) <= set(rows.tolist())
    assert seen == set(range(103))


def test_rows_of_one_length_keep_their_order():
    lengths = [i % 3 for i in range(1009)]
    rows = next(bucketed_batches(lengths, 1009, np.random.default_rng(0)))
    assert rows.tolist() == sorted(range(1009), key=lengths.__getitem__)


def test_batches_are_fixed_by_the_generator():
    draws = [
        [next(bucketed_batches(range(50), 7, np.random.default_rng(seed))).tolist()]
        for seed in (0, 0, 1)
    ]
    assert draws[0] == draws[1] != draws[2]


def test_a_batch_is_never_larger_than_the_data():
    assert len(next(bucketed_batches([3, 1, 2], 7, np.random.default_rng(0)))) == 3


def test_each_side_of_a_pair_has_its_own_rectangle():
    source, target = pad_pairs([([5, 6, 7], [1, 2]), ([8], [1, 9, 9, 2])])
    assert source.tolist() == [[5, 6, 7], [8, 0, 0]]
    assert target.tolist() == [[1, 2, 0, 0], [1, 9, 9, 2]]
    assert source.dtype == target.dtype == np.int64


def test_a_batch_of_pairs_keeps_them_together_and_of_a_length():
    rng = np.random.default_rng(2)
    sizes = rng.integers(1, 17, size=(53, 2))
    pairs = [([4 + i] * a, [1] + [4 + i] * b + [2]) for i, (a, b) in enumerate(sizes)]
    batches = paired_batches(pairs, 11, np.random.default_rng(3))
    wanted = bucketed_batches(sizes.sum(1), 11, np.random.default_rng(3))
    for _ in range(40):
        source, target = next(batches)
        assert (source[:, 0] - 4).tolist() == next(wanted).tolist()
        for a, b in zip(source, target, strict=True):
            i = a[0] - 4
            assert (a[a > 0].tolist(), b[b > 0].tolist()) == pairs[i]


def test_counts_below_one_are_refused():
    with pytest.raises(ValueError, match="at_least must be at least 1; got at_least=0"):
        Vocabulary([], at_least=0)
    with pytest.raises(ValueError, match=r"len\(lengths\) must be at least 1; got len"):
        next(bucketed_batches([], 3, np.random.default_rng(0)))
    with pytest.raises(ValueError, match="size must be at least 1; got size=0"):
        next(bucketed_batches([1], 0, np.random.default_rng(0)))
