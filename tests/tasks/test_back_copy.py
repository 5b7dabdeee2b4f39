import numpy as np
import pytest

from attn_helpers.tasks.back_copy import (
    LENGTH,
    SHARE,
    START,
    TRIGGERS,
    VOCAB,
    back_copies,
    least_losses,
    odds,
)


@pytest.fixture(scope="module")
def drawn():
    return back_copies(np.random.default_rng(0), 5003)


def test_after_a_trigger_the_token_before_it_comes_back(drawn):
    ids, copied = drawn
    assert ids.shape == copied.shape == (5003, LENGTH)
    for row, marks in zip(ids[:97].tolist(), copied[:97].tolist(), strict=True):
        for i in range(LENGTH):
            assert marks[i] == (i > 0 and row[i - 1] in TRIGGERS)
            if marks[i]:
                assert row[i] == row[i - 2] and row[i] not in (START, *TRIGGERS)


def test_all_others_follow_the_table(drawn):
    """Of 100 000 tokens each pair is counted; five standard errors are allowed."""
    ids, copied = drawn
    free = ~copied[:, 1:]
    counts = np.zeros((VOCAB, VOCAB))
    np.add.at(counts, (ids[:, :-1][free], ids[:, 1:][free]), 1)
    total = counts.sum(axis=1, keepdims=True)
    seen = total[:, 0] > 0
    assert (~seen).nonzero()[0].tolist() == list(TRIGGERS)
    expected = total * odds()
    error = np.sqrt(expected * (1 - odds()))
    assert (np.abs(counts - expected)[seen] <= 5 * error[seen] + 1).all()


def test_the_start_is_at_the_start_and_triggers_need_a_token_before_them(drawn):
    ids, _ = drawn
    assert (ids[:, 0] == START).all() and (ids[:, 1:] != START).all()
    assert not np.isin(ids[:, 1], TRIGGERS).any()
    trigger = np.isin(ids, TRIGGERS)
    assert not (trigger[:, 1:] & trigger[:, :-1]).any()
    assert abs(trigger[:, 2:].mean() - SHARE / (1 + SHARE)) < 0.01


def test_nobody_does_better_than_the_least_loss(drawn):
    """What is measured is close to the entropy of the table's rows, as often as met."""
    ids, copied = drawn
    losses = least_losses(ids)
    assert losses.shape == (5003, LENGTH - 1) and np.isfinite(losses).all()
    assert (losses[copied[:, 1:]] == 0).all()
    table = np.where(odds() > 0, odds(), 1.0)
    entropy = -(odds() * np.log(table)).sum(axis=1)
    expected = np.where(copied[:, 1:], 0.0, entropy[ids[:, :-1]])
    assert abs(losses.mean() - expected.mean()) < 0.01


def test_by_hand():
    a, b, trigger = 5, 9, TRIGGERS[1]
    losses = least_losses(np.array([[START, a, trigger, a, b]]))
    table = odds()
    expected = [table[START, a], table[a, trigger], 1.0, table[a, b]]
    np.testing.assert_allclose(np.exp(-losses[0]), expected)


def test_the_same_seed_draws_the_same_and_the_table_stays():
    one, other = (back_copies(np.random.default_rng(3), 7, length=5) for _ in range(2))
    assert (one[0] == other[0]).all() and one[0].shape == (7, 5)
    with pytest.raises(ValueError, match="read-only"):
        odds()[0, 0] = 1.0
    assert back_copies(np.random.default_rng(0), 2, length=1)[0].tolist() == [[0], [0]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.random.default_rng(0), 0), "count must be at least 1; got count=0."),
        ((0, 3), "rng must be a numpy random generator"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, message):
    with pytest.raises((TypeError, ValueError), match=f"back_copies: {message}"):
        back_copies(*arguments)
