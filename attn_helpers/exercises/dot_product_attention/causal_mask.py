"""Who may read what."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def visible_keys(t_q, t_k, num_real):
    """Which of ``t_k`` keys each of the last ``t_q`` positions may read."""
    key = np.arange(t_k)
    query = np.arange(t_k - t_q, t_k)  # the last query stands at the last key
    not_later = key <= query[:, None]  # (t_q, t_k)
    return not_later & (key < num_real)


def causal_cases(seed):
    del seed  # sizes, not numbers: nothing here is random
    return [
        Case("last 3 of 7 positions, 6 real", (3, 7, 6)),
        Case("7 of 7, all real", (7, 7, 7)),
        Case("7 of 7, 5 real", (7, 7, 5)),
        Case("the last of 7, all real", (1, 7, 7)),
        Case("2 of 2, all real", (2, 2, 2)),
        Case("last 2 of 7, 3 real", (2, 7, 3)),
        Case("last 11 of 17, 13 real", (11, 17, 13)),
        Case("one of one", (1, 1, 1)),
    ]


def lower_left(t_q, t_k, shift=0):
    return np.tril(np.ones((t_q, t_k), dtype=bool), t_k - t_q + shift)


def is_real(t_k, num_real):
    return np.arange(t_k)[None] < num_real


EXERCISE = Exercise(
    title="Who may read what",
    answer=visible_keys,
    returns={"mask": "may query {0}, counted from the first new one, read key {1}?"},
    cases=causal_cases,
    mistakes={
        "c-topleft": Mistake(
            lambda t_q, t_k, n: np.tril(np.ones((t_q, t_k), bool)) & is_real(t_k, n),
            "The first query stands beside the first key in yours. When old keys are "
            "kept, a new query would see only the oldest of them. The last query "
            "belongs beside the last key.",
        ),
        "c-topleft-nopad": Mistake(
            lambda t_q, t_k, n: np.tril(np.ones((t_q, t_k), bool)),
            "Two things are missing. The first query is lined up with the first key, "
            "where the last belongs beside the last: `np.tril` takes the shift "
            "`t_k - t_q`. And the padding can be read: `num_real` has no effect.",
        ),
        "c-real-positions": Mistake(
            lambda t_q, t_k, n: np.arange(t_k) <= np.arange(n - t_q, n)[:, None],
            "Your last query stands beside the last real key. The queries are the last "
            "t_q of all t_k positions, padding included; only the keys are cut off at "
            "`num_real`.",
        ),
        "c-strict": Mistake(
            lambda t_q, t_k, n: lower_left(t_q, t_k, -1) & is_real(t_k, n),
            "In yours a position may not read itself, so the very first may read "
            "nothing. It knows its own word already: to predict the next one it may "
            "look at it.",
        ),
        "c-peek": Mistake(
            lambda t_q, t_k, n: lower_left(t_q, t_k, 1) & is_real(t_k, n),
            "Each position sees one position of the future, which is the word it is "
            "to predict. The training loss would look wonderful and the model would "
            "know nothing.",
        ),
        "c-triu": Mistake(
            lambda t_q, t_k, n: ~lower_left(t_q, t_k, -1) & is_real(t_k, n),
            "Your queries read the future and not the past. Above the diagonal is what "
            "comes later; np.tril keeps what lies below.",
        ),
        "c-inverted": Mistake(
            lambda t_q, t_k, n: ~(lower_left(t_q, t_k) & is_real(t_k, n)),
            "Every entry is the opposite of what it should be. Here True means that "
            "the query may read the key.",
        ),
        "c-or": Mistake(
            lambda t_q, t_k, n: lower_left(t_q, t_k) | is_real(t_k, n),
            "One of the two conditions is enough in yours, as when they are joined "
            "with or. A key must be real and must not lie in the future: `&`.",
        ),
        "c-nopad": Mistake(
            lambda t_q, t_k, n: lower_left(t_q, t_k),
            "The padding can still be read. Being in the past does not make a key "
            "real: `num_real` has no effect in yours.",
        ),
        "c-nocausal": Mistake(
            lambda t_q, t_k, n: np.repeat(is_real(t_k, n), t_q, axis=0),
            "The future can still be read. You hid the padding, and every query sees "
            "the same keys.",
        ),
        "c-padrows": Mistake(
            lambda t_q, t_k, n: (
                lower_left(t_q, t_k)
                & is_real(t_k, n)
                & (np.arange(t_k - t_q, t_k)[:, None] < n)
            ),
            "The rows of padded queries are empty in yours. Only keys are hidden; what "
            "a padded query reads harms nobody, and an empty row is a trap (0/0).",
        ),
        "c-off-by-one-real": Mistake(
            lambda t_q, t_k, n: lower_left(t_q, t_k) & is_real(t_k, n + 1),
            "One padding key is still allowed. Counted from 0, the real keys are 0 to "
            "num_real - 1: compare with `<`, not `<=`.",
        ),
        "c-leftpad": Mistake(
            lambda t_q, t_k, n: lower_left(t_q, t_k) & is_real(t_k, n)[:, ::-1],
            "The first positions are hidden in yours in place of the last: here the "
            "padding stands at the end, after the real keys.",
        ),
        "c-additive": Mistake(
            lambda t_q, t_k, n: np.where(
                lower_left(t_q, t_k) & is_real(t_k, n), 0.0, -np.inf
            ),
            "This is the mask in its additive form, 0 and -inf, ready to be added to "
            "scores. Asked for is who may read whom, as True and False.",
        ),
    },
    also_right={
        "np.tril": lambda t_q, t_k, n: lower_left(t_q, t_k) & is_real(t_k, n),
        "the last rows of the square mask": lambda t_q, t_k, n: (
            lower_left(t_k, t_k)[t_k - t_q :] & is_real(t_k, n)
        ),
        "two loops": lambda t_q, t_k, n: np.array(
            [[j <= t_k - t_q + i and j < n for j in range(t_k)] for i in range(t_q)]
        ),
    },
    hints=(
        "Give every key its position, 0 to t_k - 1. At which positions do the t_q "
        "queries stand, if they are the last ones?",
        "Query i stands at position t_k - t_q + i. It may read keys whose position is "
        "at most that, and only real ones.",
        "`np.arange(t_k) <= positions[:, None]` compares every query with every key at "
        "once; join the second condition with `&`.",
    ),
    question_after=(
        "One question about your mask: how many True entries does it hold for 7 of 7 "
        "positions, all real? Say it before you call `.sum()`."
    ),
    answer_after="28: the first row holds 1, the next 2, and so on up to 7.",
)
