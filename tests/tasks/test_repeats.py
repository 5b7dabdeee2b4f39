import math

import numpy as np
import pytest

from attn_helpers.tasks import repeats as task
from attn_helpers.tasks.repeats import LENGTH, VOCAB, least_loss, repeats


@pytest.fixture
def drawn():
    return repeats(np.random.default_rng(3), 503)


def test_every_token_that_is_not_fresh_stood_one_block_earlier(drawn):
    ids, fresh = drawn
    for row, new in zip(ids, fresh, strict=True):
        length = int(new.sum())
        assert new.tolist() == [i < length for i in range(LENGTH)]
        assert row[length:].tolist() == row[:-length].tolist()


def test_blocks_have_all_the_lengths_and_tokens_that_they_may(drawn):
    ids, fresh = drawn
    assert set(fresh.sum(axis=1)) == set(range(task.SHORTEST, task.LONGEST + 1))
    assert set(ids.ravel()) == set(range(VOCAB))
    assert ids.shape == fresh.shape == (503, LENGTH)


def test_blocks_and_sequences_may_be_longer():
    ids, fresh = repeats(np.random.default_rng(3), 211, block=(13, 17), length=41)
    sizes = fresh.sum(axis=1)
    assert ids.shape == fresh.shape == (211, 41)
    assert set(sizes) == set(range(13, 18))
    for row, size in zip(ids, sizes, strict=True):
        assert row[size:].tolist() == row[:-size].tolist()


@pytest.mark.parametrize("block", [(0, 5), (6, 5), (6, 12)])
def test_a_block_that_cannot_be_is_refused(block):
    with pytest.raises(ValueError) as caught:
        repeats(np.random.default_rng(0), 2, block=block, length=11)
    assert str(caught.value) == (
        "repeats: block must be the least and the most, from 1 to length; "
        f"got block={block}, length=11."
    )


def test_a_block_may_fill_its_sequence():
    _, fresh = repeats(np.random.default_rng(0), 2, block=(11, 11), length=11)
    assert fresh.all()


def test_the_least_loss_is_that_of_guessing_what_is_fresh(drawn):
    _, fresh = drawn
    guessed = fresh[:, 1:].mean() * math.log(VOCAB)
    assert least_loss() == pytest.approx(guessed, rel=0.02)
    assert least_loss() == pytest.approx(8 / 23 * math.log(32))


def test_no_sequences_at_all_are_refused():
    with pytest.raises(ValueError, match="repeats: count must be at least 1; got cou"):
        repeats(np.random.default_rng(0), 0)


def test_a_seed_that_is_no_generator_is_refused():
    with pytest.raises(
        TypeError, match=r"repeats: rng must be .*; got rng of type int"
    ):
        repeats(0, 5)
