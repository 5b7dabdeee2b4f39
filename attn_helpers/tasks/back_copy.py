"""Sequences in which a head is needed now and then, and has nothing to do otherwise.

Each token follows from the one before, by odds that a table holds. Only after a trigger
does the token come back that stood before it: who predicts that has to look back.

Source: generated here, so there is no licence to observe; the task is the
bigram-backcopy task of Guo et al. (2024), arXiv:2410.13835, section 2, with a table of
random odds in place of one of English letters.
"""

from functools import lru_cache

import numpy as np

from attn_helpers._checks import check_array, check_count, check_generator, whole

VOCAB, LENGTH = 16, 21
START, TRIGGERS = 0, (1, 2, 3)  # each sequence begins with START, which never returns
IS_TRIGGER = np.isin(np.arange(VOCAB), TRIGGERS)
SHARE = 0.2  # of tokens that are triggers, where one may stand


@lru_cache(maxsize=1)
def odds() -> np.ndarray:
    """How likely each token is after each, ``(vocab, vocab)``.

    Example:
        >>> odds().sum(axis=1).round(6).tolist() == [1.0] * VOCAB
        True
    """
    rng = np.random.default_rng(7)
    table = np.exp(1.5 * rng.standard_normal((VOCAB, VOCAB)))
    table[:, START] = 0.0
    for part, share in ((IS_TRIGGER, SHARE), (~IS_TRIGGER, 1 - SHARE)):
        table[:, part] *= share / table[:, part].sum(axis=1, keepdims=True)
    table[START, IS_TRIGGER] = 0.0  # a trigger needs a token before it
    table /= table.sum(axis=1, keepdims=True)
    table.setflags(write=False)
    return table


def back_copies(
    rng: np.random.Generator, count: int, *, length: int = LENGTH
) -> tuple[np.ndarray, np.ndarray]:
    """Draw sequences.

    Args:
        rng: numpy random generator.
        count: how many sequences.
        length: how many tokens a sequence has, ``t``.

    Returns:
        ids ``(b, t)`` below ``VOCAB``, and copied ``(b, t)``, True for a token that
        comes back as the token before it is a trigger.

    Example:
        >>> ids, copied = back_copies(np.random.default_rng(0), 1, length=7)
        >>> ids[0], copied[0].astype(int)  # 2 is a trigger
        (array([ 0, 10,  5,  2,  5, 13, 15]), array([0, 0, 0, 0, 1, 0, 0]))
    """
    check_generator(rng, function="back_copies")
    check_count(count, function="back_copies", argument="count")
    check_count(length, function="back_copies", argument="length")
    limits = odds().cumsum(axis=1)
    limits[:, -1] = 1.0
    ids = np.full((count, length), START)
    for i in range(1, length):
        drawn = rng.random((count, 1)) < limits[ids[:, i - 1]]
        ids[:, i] = drawn.argmax(axis=1)
        after = IS_TRIGGER[ids[:, i - 1]]
        ids[after, i] = ids[after, i - 2]
    return ids, _copied(ids)


def least_losses(ids: np.ndarray) -> np.ndarray:
    """The loss of each token for who knows the rule: minus the logarithm of its odds.

    Args:
        ids: as drawn, ``(b, t)``.

    Returns:
        in nats, ``(b, t - 1)``, for all tokens but the first; 0 for those copied.

    Example:
        >>> least_losses(np.array([[0, 7, 2, 7]])).round(2)[0, -1]
        np.float64(0.0)
    """
    ids = check_array(ids, whole("(b, t)"), function="least_losses", argument="ids")
    sure = _copied(ids)[:, 1:]
    with np.errstate(divide="ignore"):  # odds of 0 after a trigger are never asked for
        return np.where(sure, 0.0, -np.log(odds()[ids[:, :-1], ids[:, 1:]]))


def _copied(ids):
    return np.pad(IS_TRIGGER[ids[:, :-1]], ((0, 0), (1, 0)))
