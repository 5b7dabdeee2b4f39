"""A round of IBM Model 1."""

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
            "You divided by the sum of the whole block, so a sentence counts as one "
            "word, however long. Each target word has shares of its own: one sum for "
            "each column of the block.",
        ),
        "em-vocabulary": Mistake(
            em_vocabulary,
            "You shared out over the whole vocabulary: your sum takes in all rows of "
            "the table. Only the words of this sentence can have been the source.",
        ),
        "em-no-share": Mistake(
            em_with(lambda block: block),
            "You counted the table's probabilities as they are. A target word must "
            "count once in all: divide by its sum over the source words first.",
        ),
        "em-cooccur": Mistake(
            em_with(lambda block: np.full(block.shape, 1 / len(block))),
            "Your shares are equal, whatever the table says. That is right only in the "
            "first round, and nothing is learnt from then on.",
        ),
        "em-softmax": Mistake(
            em_with(lambda block: soft(block, axis=0)),
            "You put the probabilities through a softmax. They are no scores: they are "
            "positive already, and dividing by their sum is enough.",
        ),
        **{
            f"em-hard{variant}": Mistake(
                em_with(program),
                "You gave each target word to its best source word alone. Here it is "
                "shared out, each source word getting what it deserves: a soft "
                "alignment, as the weights of attention are.",
            )
            for variant, program in (("", first_best), ("-ties", only_the_best))
        },
        "em-buffered": Mistake(
            em_buffered,
            "Right until a word comes twice in a sentence: `counts[pairs] += share` "
            "adds only one of its shares. `np.add.at(counts, pairs, share)` adds them "
            "all, and so does a loop over the words of both sentences.",
        ),
        "em-buffered-sources": Mistake(
            em_buffered_sources,
            "Right until a word comes twice in `source`: `counts[source, f] += …` adds "
            "only one of its shares. Use `np.add.at`, or loop over both sentences.",
        ),
        "em-buffered-targets": Mistake(
            em_buffered_targets,
            "Right until a word comes twice in `target`: `counts[e, target] += …` adds "
            "only one of its shares. Use `np.add.at`, or loop over both sentences.",
        ),
        "em-once-each": Mistake(
            em_once_each,
            "You took each word of a sentence once, however often it stands there. A "
            "word that comes twice is two places, and each has its share.",
        ),
        "em-overwritten": Mistake(
            em_overwritten,
            "Each sentence overwrites what the ones before had counted. Add to the "
            "counts.",
        ),
        "em-from-the-old": Mistake(
            em_from_the_old,
            "Your counts start from the old table, as if it had been seen once more. "
            "They start from 0: the old table decides the shares, nothing else.",
        ),
        "em-at-once": Mistake(
            em_at_once,
            "You improve the table after every sentence and share out the next with "
            "the new one. In a round all sentences are shared out by the same table.",
        ),
        "em-columns": Mistake(
            em_with(by_target, finish=lambda counts: counts / counts.sum(axis=0)),
            "You normalised the columns at the end. A row of the table says what one "
            "source word becomes, so rows sum to 1.",
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
            "A small number in the denominator is not small beside rare words: their "
            "shares no longer sum to 1. Nothing needs hiding here.",
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
