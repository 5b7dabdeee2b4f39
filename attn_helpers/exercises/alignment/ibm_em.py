"""A round of IBM Model 1."""

from functools import partial

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def em_round(sources, targets, table):
    """Share out every target word among its source words, then count anew."""
    counts = np.zeros_like(table)  # (source words, target words)
    for source, target in zip(sources, targets, strict=True):
        pairs = np.ix_(source, target)
        share = table[pairs] / table[pairs].sum(axis=0)  # (t_s, t_t)
        np.add.at(counts, pairs, share)
    return counts / counts.sum(axis=1, keepdims=True)


def em_cases(seed):
    rng = np.random.default_rng(seed)

    def table(n_source, n_target):
        return soft(2 * rng.normal(size=(n_source, n_target)))

    return [
        Case(
            "the house, the book, a book: das Haus, das Buch, ein Buch",
            (
                np.array([[0, 1], [0, 2], [3, 2]]),
                np.array([[0, 1], [0, 2], [3, 2]]),
                np.full((4, 4), 0.25),
            ),
        ),
        Case(
            "the same three after a round",
            (
                np.array([[0, 1], [0, 2], [3, 2]]),
                np.array([[0, 1], [0, 2], [3, 2]]),
                table(4, 4),
            ),
        ),
        Case(
            "2 pairs of 5 and 3 words",
            (
                np.array([[0, 1, 2, 3, 4], [4, 6, 0, 5, 3]]),
                np.array([[2, 0, 10], [7, 2, 5]]),
                table(7, 11),
            ),
        ),
        Case(
            "words that come twice in a sentence",
            (
                np.array([[0, 1, 0, 2], [2, 2, 1, 0], [1, 0, 2, 1]]),
                np.array([[3, 1, 3, 0, 4], [4, 2, 2, 1, 0], [0, 0, 3, 1, 2]]),
                table(3, 5),
            ),
        ),
        Case(
            "one source word in each pair",
            (
                np.array([[0], [2], [1]]),
                np.array([[1, 3], [3, 0], [2, 2]]),
                table(3, 5),
            ),
        ),
        Case(
            "3 pairs of 3 words",
            (
                np.array([[0, 1, 3], [2, 3, 0], [1, 2, 2]]),
                np.array([[4, 1, 0], [2, 3, 1], [0, 2, 4]]),
                table(4, 5),
            ),
        ),
        Case(
            "words that never become some others",
            (
                np.array([[0, 1, 2], [2, 3, 0]]),
                np.array([[0, 1, 2], [2, 3, 1]]),
                np.array(
                    [
                        [0.5, 0.0, 0.5, 0.0],
                        [0.0, 1.0, 0.0, 0.0],
                        [0.0, 0.25, 0.75, 0.0],
                        [0.1, 0.2, 0.3, 0.4],
                    ]
                ),
            ),
        ),
        Case(
            "10 pairs of 9 and 11 words",
            (
                np.array([rng.permutation(13)[:9] for _ in range(9)] + [range(4, 13)]),
                rng.integers(0, 14, (10, 11)),
                table(13, 14),
            ),
        ),
        Case(
            "rare words",
            (
                np.array([[0, 1, 2]]),
                np.array([[1, 3, 4, 0, 2]]),
                np.concatenate([1e-8 * table(3, 5), np.ones((3, 1))], axis=1),
            ),
        ),
    ]


def counted(sources, targets, share_of, start):
    """Add up the shares of every pair, repeated words included."""
    counts = start
    for source, target in zip(sources, targets, strict=True):
        pairs = np.ix_(source, target)
        np.add.at(counts, pairs, share_of(pairs))
    return counts


def rows(counts):
    return counts / counts.sum(axis=1, keepdims=True)


def em_with(share_of, finish=rows):
    """A round that shares out in another way, or ends in another way."""

    def program(sources, targets, table):
        counts = np.zeros_like(table)
        counted(sources, targets, lambda pairs: share_of(table[pairs]), counts)
        return finish(counts)

    return program


def by_target(block):
    return block / block.sum(axis=0)


def only_the_best(block):
    return (block == block.max(axis=0)) / (block == block.max(axis=0)).sum(axis=0)


def first_best(block):
    return np.eye(len(block))[block.argmax(axis=0)].T


def em_buffered(sources, targets, table):
    counts = np.zeros_like(table)
    for source, target in zip(sources, targets, strict=True):
        counts[np.ix_(source, target)] += by_target(table[np.ix_(source, target)])
    return rows(counts)


def em_buffered_sources(sources, targets, table):
    counts = np.zeros_like(table)
    for source, target in zip(sources, targets, strict=True):
        for f in target:
            counts[source, f] += by_target(table[source, f])
    return rows(counts)


def em_buffered_targets(sources, targets, table):
    counts = np.zeros_like(table)
    for source, target in zip(sources, targets, strict=True):
        total = table[np.ix_(source, target)].sum(axis=0)
        for e in source:
            counts[e, target] += table[e, target] / total
    return rows(counts)


def em_running_total(sources, targets, table, back_to_0="sentence"):
    """The total under a share is set back to 0 too seldom."""
    counts, total = np.zeros_like(table), 0.0
    for source, target in zip(sources, targets, strict=True):
        total = 0.0 if back_to_0 == "sentence" else total
        for f in target:
            total += table[source, f].sum()
            np.add.at(counts, (source, f), table[source, f] / total)
    return rows(counts)


def em_running_totals(sources, targets, table):
    """Each target word has a total, which goes on from sentence to sentence."""
    counts, totals = np.zeros_like(table), np.zeros(table.shape[1])
    for source, target in zip(sources, targets, strict=True):
        np.add.at(totals, target, table[np.ix_(source, target)].sum(axis=0))
        pairs = np.ix_(source, target)
        np.add.at(counts, pairs, table[pairs] / totals[target])
    return rows(counts)


def em_overwritten(sources, targets, table):
    counts = np.zeros_like(table)
    for source, target in zip(sources, targets, strict=True):
        counts[np.ix_(source, target)] = by_target(table[np.ix_(source, target)])
    return rows(counts)


def em_from_the_old(sources, targets, table):
    share_of = lambda pairs: by_target(table[pairs])  # noqa: E731
    return rows(counted(sources, targets, share_of, table.copy()))


def em_at_once(sources, targets, table):
    table, counts = table.copy(), np.zeros_like(table)
    for source, target in zip(sources, targets, strict=True):
        pairs = np.ix_(source, target)
        np.add.at(counts, pairs, by_target(table[pairs]))
        seen = counts.sum(axis=1) > 0
        table[seen] = rows(counts[seen])
    return table


def em_vocabulary(sources, targets, table):
    share_of = lambda pairs: by_target(table)[pairs]  # noqa: E731
    return rows(counted(sources, targets, share_of, np.zeros_like(table)))


def em_once_each(sources, targets, table):
    counts = np.zeros_like(table)
    for source, target in zip(sources, targets, strict=True):
        pairs = np.ix_(np.unique(source), np.unique(target))
        counts[pairs] += by_target(table[pairs])
    return rows(counts)


def em_word_by_word(sources, targets, table):
    counts = np.zeros(table.shape)
    for source, target in zip(sources, targets, strict=True):
        for f in target:
            total = sum(table[e, f] for e in source)
            for e in source:
                counts[e, f] += table[e, f] / total
    return counts / counts.sum(axis=-1)[:, None]


def em_by_matrices(sources, targets, table):
    one_e, one_f = np.eye(table.shape[0])[sources], np.eye(table.shape[1])[targets]
    joint = np.einsum("bse,ef,btf->bst", one_e, table, one_f)
    share = joint / joint.sum(axis=1, keepdims=True)
    return rows(np.einsum("bse,bst,btf->ef", one_e, share, one_f))


TOTAL = (
    "What your shares are divided by is too large, as if the total of a word ran on "
    "from the one before, or from an earlier sentence. Each target word has its own: "
    "the sum over the words of its source sentence, begun at 0."
)


EXERCISE = Exercise(
    title="A round of IBM Model 1",
    answer=em_round,
    returns={"table": "how often does source word {0} become target word {1}?"},
    cases=em_cases,
    mistakes={
        "em-source-shares": Mistake(
            em_with(lambda block: block / block.sum(axis=1, keepdims=True)),
            "Your shares sum to 1 over the target words. Turn it round: every target "
            "word is there once and has to come from somewhere, so its shares over the "
            "source words sum to 1.",
        ),
        "em-share-all": Mistake(
            em_with(lambda block: block / block.sum()),
            "All shares of a sentence together sum to 1 in yours, so it counts as one "
            "word, however long. Each target word has shares of its own: one sum for "
            "each column of the block.",
        ),
        "em-vocabulary": Mistake(
            em_vocabulary,
            "The whole vocabulary takes its share of a target word in yours, all rows "
            "of the table. Only the words of this sentence can have been the source.",
        ),
        "em-no-share": Mistake(
            em_with(lambda block: block),
            "The table's probabilities are counted as they are. A target word must "
            "count once in all: divide by its sum over the source words first.",
        ),
        "em-cooccur": Mistake(
            em_with(lambda block: np.full(block.shape, 1 / len(block))),
            "Your shares are equal, whatever the table says. That is right only in the "
            "first round, and nothing is learnt from then on.",
        ),
        "em-softmax": Mistake(
            em_with(lambda block: soft(block, axis=0)),
            "Your shares are a softmax of the probabilities. These are no scores: they "
            "are positive already, and dividing by their sum is enough.",
        ),
        **{
            f"em-hard{variant}": Mistake(
                em_with(program),
                "Each target word goes to its best source word alone. Here it is "
                "shared out, each source word getting what it deserves: a soft "
                "alignment, as the weights of attention are.",
            )
            for variant, program in (("", first_best), ("-ties", only_the_best))
        },
        "em-buffered": Mistake(
            em_buffered,
            "Right until a word comes twice in a sentence, on either side: of its two "
            "shares one alone is counted, as by `counts[pairs] += share`. "
            "`np.add.at(counts, pairs, share)` adds them all, and so does a loop over "
            "the words of both sentences.",
        ),
        "em-buffered-sources": Mistake(
            em_buffered_sources,
            "Right until a word comes twice in `source`: of its two shares one alone "
            "is counted, as by `counts[source, f] += …`. Use `np.add.at`, or loop over "
            "the places of both sentences.",
        ),
        "em-buffered-targets": Mistake(
            em_buffered_targets,
            "Right until a word comes twice in `target`: it then counts once in all, "
            "and should count twice. `counts[e, target] += …` does that, and so does a "
            "total that is not set back to 0 when the word comes again.",
        ),
        "em-total": Mistake(em_running_total, TOTAL),
        "em-total-for-ever": Mistake(
            partial(em_running_total, back_to_0="never"), TOTAL
        ),
        "em-total-words": Mistake(em_running_totals, TOTAL),
        "em-once-each": Mistake(
            em_once_each,
            "Each word of a sentence counts once in yours, however often it stands "
            "there. A word that comes twice is two places, and each has its share.",
        ),
        "em-overwritten": Mistake(
            em_overwritten,
            "Each sentence overwrites what the ones before had counted. Add to the "
            "counts.",
        ),
        "em-from-the-old": Mistake(
            em_from_the_old,
            "The old table is in your counts, as if it had been seen once more. They "
            "start from 0: the old table decides the shares, nothing else.",
        ),
        "em-at-once": Mistake(
            em_at_once,
            "A sentence of yours is shared out by a table that the ones before it have "
            "improved. In a round all sentences are shared out by the same table.",
        ),
        "em-columns": Mistake(
            em_with(by_target, finish=lambda counts: counts / counts.sum(axis=0)),
            "The columns of your table sum to 1. A row says what one source word "
            "becomes, so rows should.",
        ),
        "em-whole": Mistake(
            em_with(by_target, finish=lambda counts: counts / counts.sum()),
            "Your whole table sums to 1. Every source word has its own distribution: "
            "divide each row by its own sum.",
        ),
        "em-counts": Mistake(
            em_with(by_target, finish=lambda counts: counts),
            "These are the counts, and they are right. To be a table of probabilities "
            "each row still has to be divided by its sum.",
        ),
        "em-eps": Mistake(
            em_with(lambda block: block / (block.sum(axis=0) + 1e-8)),
            "The shares of rare words do not sum to 1 in yours. A small number in the "
            "denominator does that: beside them it is not small, and nothing needs "
            "hiding here.",
        ),
    },
    also_right={
        "four loops": em_word_by_word,
        "one einsum": em_by_matrices,
    },
    hints=(
        "Look at one sentence pair. `table[np.ix_(source, target)]` is the block of "
        "its words, a row for each source word and a column for each target word.",
        "Divide each column of that block by its sum: now it says where each target "
        "word came from. Those are the weights of an attention with target words for "
        "queries.",
        "`np.add.at(counts, np.ix_(source, target), share)` adds the shares up, also "
        "when a word comes twice. At the end divide each row by its sum.",
    ),
    question_after=(
        "One question about your function: start from equal probabilities and repeat "
        "it. Why does *Haus* end up with *house*, though it always stood beside *das*?"
    ),
    answer_after=(
        "Because *das* also stands beside *book*, where *house* is not: *the* explains "
        "it in both sentences and takes it, and what is left for *Haus* is *house*. No "
        "one marked a single alignment."
    ),
)
