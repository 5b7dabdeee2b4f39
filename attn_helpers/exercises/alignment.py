"""Exercises of chapter 4: counted alignments, two scores, a memory, a fair measure."""

import numpy as np

from attn_helpers.exercises._programs import WEIGHTS, soft
from attn_helpers.exercises._types import Case, Exercise, Mistake

CHAPTER = "04_alignment"


# ------------------------------------------------------------------ the answers
# [ibm-em-solution]
def em_round(sources, targets, table):
    """Share out every target word among its source words, then count anew."""
    counts = np.zeros_like(table)  # (source words, target words)
    for source, target in zip(sources, targets, strict=True):
        pairs = np.ix_(source, target)
        share = table[pairs] / table[pairs].sum(axis=0)  # (t_s, t_t)
        np.add.at(counts, pairs, share)
    return counts / counts.sum(axis=1, keepdims=True)


# [ibm-em-solution-end]


# [additive-solution]
def additive_attention(q, k, v, w_q, w_k, w_out):
    """Score every pair with a small network, share out, mix the values."""
    hidden = np.tanh((q @ w_q)[:, None, :] + (k @ w_k)[None, :, :])  # (t_q, t_k, d)
    scores = hidden @ w_out  # (t_q, t_k)
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return weights @ v, weights


# [additive-solution-end]


# [luong-step-solution]
def luong_step(x, state, annotations, w_x, w_h, w_score, w_out):
    """Move the decoder on, let its new state ask, and put both answers together."""
    state = np.tanh(x @ w_x + state @ w_h)  # (d,), the new one
    scores = annotations @ (state @ w_score)  # (t_k,)
    grown = np.exp(scores - scores.max())
    weights = grown / grown.sum()
    context = weights @ annotations  # (d_k,)
    output = np.tanh(np.concatenate([context, state]) @ w_out)
    return output, state, weights


# [luong-step-solution-end]


# [fast-weights-solution]
def fast_weights(q, k, v):
    """Write each pair into one matrix as it comes, and read it with the query."""
    memory = np.zeros((v.shape[-1], k.shape[-1]))  # (d_v, d_k)
    output = np.empty(v.shape)
    for t in range(len(q)):
        memory += np.outer(v[t], k[t])
        output[t] = memory @ q[t]
    return output, memory


# [fast-weights-solution-end]


# [perplexity-solution]
def perplexity(log_p, targets, lengths):
    """How many equally likely words the model hesitates between, for each real word."""
    chosen = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]  # (b, t)
    real = np.arange(targets.shape[1]) < lengths[:, None]
    return np.exp(-chosen[real].mean())


# [perplexity-solution-end]


# ------------------------------------------------------------------ IBM Model 1
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


def counted(sources, targets, share_of, start=None):
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


IBM_EM = Exercise(
    id="ibm-em",
    chapter=CHAPTER,
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


# --------------------------------------------------------------- additive scores
def additive_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, t_q, t_k, sizes, scale=1.0, loud=1.0):
        d_q, d_k, d_v, d = sizes
        shapes = [(t_q, d_q), (t_k, d_k), (t_k, d_v), (d_q, d), (d_k, d), (d,)]
        q, k, v, w_q, w_k, w_out = (rng.normal(size=shape) for shape in shapes)
        return Case(name, (q, k, v, w_q * scale, w_k * scale, w_out * loud))

    return [
        case("5 queries of 3, 7 keys of 2, 11 hidden", 5, 7, (3, 2, 4, 11)),
        case("every size 5", 5, 5, (5, 5, 5, 5)),
        case("one query", 1, 7, (3, 2, 4, 6)),
        case("small weights", 5, 7, (3, 2, 4, 6), scale=0.1),
        case("large w_out", 3, 7, (3, 2, 4, 6), loud=1e5),
    ]


def pairs_of(q, k, w_q, w_k):
    return (q @ w_q)[:, None] + (k @ w_k)[None]


def additive_with(score, normalise=soft):
    """Attention with another score, or another way to share out."""

    def program(q, k, v, w_q, w_k, w_out):
        weights = normalise(score(q, k, w_q, w_k, w_out))
        return weights @ v, weights

    return program


def additive_scores(q, k, w_q, w_k, w_out):
    return np.tanh(pairs_of(q, k, w_q, w_k)) @ w_out


def pair_by_pair(q, k, v, w_q, w_k, w_out):
    output, weights = np.zeros((len(q), v.shape[-1])), np.zeros((len(q), len(k)))
    for i, query in enumerate(q):
        scores = [w_out @ np.tanh(query @ w_q + key @ w_k) for key in k]
        weights[i] = soft(np.array(scores))
        output[i] = sum(w * value for w, value in zip(weights[i], v, strict=True))
    return output, weights


def concatenated(q, k, v, w_q, w_k, w_out):
    both = np.concatenate(
        [np.repeat(q[:, None], len(k), 1), np.repeat(k[None], len(q), 0)], axis=-1
    )
    weights = soft(np.tanh(both @ np.concatenate([w_q, w_k])) @ w_out)
    return weights @ v, weights


NO_QUERY = (
    "Your weights do not depend on the query: every query reads the same. The tanh has "
    "to go round the sum of both, `q @ w_q` and `k @ w_k`. Outside it the query adds "
    "the same number to the whole row, and softmax takes that away."
)


def additive_without_query(q, k, w_q, w_k, w_out):
    return np.repeat((np.tanh(k @ w_k) @ w_out)[None], len(q), 0)


def additive_without_tanh(q, k, w_q, w_k, w_out):
    return pairs_of(q, k, w_q, w_k) @ w_out


def additive_two_tanhs(q, k, w_q, w_k, w_out):
    return (np.tanh(q @ w_q)[:, None] + np.tanh(k @ w_k)[None]) @ w_out


def hands_out_the_scores(q, k, v, w_q, w_k, w_out):
    scores = additive_scores(q, k, w_q, w_k, w_out)
    return soft(scores) @ v, scores


def mixes_the_keys(q, k, v, w_q, w_k, w_out):
    weights = soft(additive_scores(q, k, w_q, w_k, w_out))
    return weights @ k, weights


ADDITIVE = Exercise(
    id="additive",
    chapter=CHAPTER,
    title="Bahdanau's score, for all queries at once",
    answer=additive_attention,
    returns={"output": "what should query {0} read in entry {1}?", "weights": WEIGHTS},
    cases=additive_cases,
    mistakes={
        **{
            f"b-no-query{variant}": Mistake(additive_with(score), NO_QUERY)
            for variant, score in (
                ("", additive_without_query),
                ("-no-tanh", additive_without_tanh),
                ("-two-tanhs", additive_two_tanhs),
            )
        },
        "b-tanh-outside": Mistake(
            additive_with(
                lambda q, k, w_q, w_k, w_out: np.tanh(pairs_of(q, k, w_q, w_k) @ w_out)
            ),
            "Your tanh is applied to the finished score, which then stays between -1 "
            "and 1. It belongs on the hidden vector, before `w_out`.",
        ),
        "b-no-w-out": Mistake(
            additive_with(
                lambda q, k, w_q, w_k, w_out: np.tanh(pairs_of(q, k, w_q, w_k)).sum(-1)
            ),
            "You summed the hidden vector. `w_out` says how much each of its entries "
            "counts, and in which direction.",
        ),
        "b-axis": Mistake(
            additive_with(additive_scores, normalise=lambda scores: soft(scores, 0)),
            "Each column of your weights sums to 1. A query shares out its attention "
            "over the keys, so rows do: axis -1.",
        ),
        "b-all": Mistake(
            additive_with(additive_scores, normalise=lambda scores: soft(scores, None)),
            "Your whole table of weights sums to 1. Each query has a full share to "
            "give: keepdims=True and axis -1.",
        ),
        "b-blind": Mistake(
            additive_with(
                lambda q, k, w_q, w_k, w_out: np.repeat(
                    (np.tanh(q @ w_q) @ w_out)[:, None], len(k), 1
                )
            ),
            "Your scores never look at the keys: every key of a row gets the same "
            "weight, and the output is the plain mean of the values.",
        ),
        "b-mul": Mistake(
            additive_with(
                lambda q, k, w_q, w_k, w_out: (
                    np.tanh((q @ w_q)[:, None] * (k @ w_k)[None]) @ w_out
                )
            ),
            "You multiplied the two projections. Additive means that they are added.",
        ),
        "b-dot": Mistake(
            additive_with(lambda q, k, w_q, w_k, w_out: (q @ w_q) @ (k @ w_k).T),
            "You took the dot product of the projections. Here they are added, bent "
            "by a tanh, and weighed by `w_out`.",
        ),
        "b-scores": Mistake(
            hands_out_the_scores,
            "Your output is right, but beside it you return the scores. Return the "
            "weights, which the softmax makes of them.",
        ),
        "b-relu": Mistake(
            additive_with(
                lambda q, k, w_q, w_k, w_out: (
                    np.maximum(pairs_of(q, k, w_q, w_k), 0) @ w_out
                )
            ),
            "You bent the hidden vector with a relu. That is an additive score too, "
            "but the one asked for has a tanh.",
        ),
        "b-sigmoid": Mistake(
            additive_with(
                lambda q, k, w_q, w_k, w_out: (
                    1 / (1 + np.exp(-pairs_of(q, k, w_q, w_k))) @ w_out
                )
            ),
            "You bent the hidden vector with a sigmoid, which runs from 0 to 1. The "
            "score asked for has a tanh, from -1 to 1.",
        ),
        **{
            f"b-scaled{variant}": Mistake(
                additive_with(
                    lambda q, k, w_q, w_k, w_out, axis=axis: (
                        additive_scores(q, k, w_q, w_k, w_out)
                        / np.sqrt((w_out, q[0], k[0])[axis].size)
                    )
                ),
                "You divided the scores by √d. The additive score has no such factor: "
                "tanh bounds each hidden entry, and `w_out` is learnt with its size.",
            )
            for variant, axis in (("", 0), ("-queries", 1), ("-keys", 2))
        },
        "b-keys": Mistake(
            mixes_the_keys,
            "You mixed the keys. They decide where to look; the values are read.",
        ),
        "b-noexp": Mistake(
            additive_with(
                additive_scores,
                normalise=lambda s: s / s.sum(axis=-1, keepdims=True),
            ),
            "You divided the scores by their sum. Scores may be negative: exp comes "
            "first.",
        ),
        "b-nomax": Mistake(
            additive_with(
                additive_scores,
                normalise=lambda s: np.exp(s) / np.exp(s).sum(axis=-1, keepdims=True),
            ),
            "Right until `w_out` is large: exp of a large score is inf, and inf/inf is "
            "nan. Subtract each row's largest score first.",
        ),
        "b-one-max": Mistake(
            additive_with(
                additive_scores,
                normalise=lambda s: (
                    np.exp(s - s.max()) / np.exp(s - s.max()).sum(-1, keepdims=True)
                ),
            ),
            "Right until `w_out` is large: you subtract one maximum from the whole "
            "table, so exp is 0 all along a row that lies far below it, and 0/0 is "
            "nan. Subtract each row's own largest score.",
        ),
        "b-column-max": Mistake(
            additive_with(
                additive_scores,
                normalise=lambda s: (
                    np.exp(s - s.max(0)) / np.exp(s - s.max(0)).sum(-1, keepdims=True)
                ),
            ),
            "You subtracted each column's largest score, so every key loses another "
            "number. Only one that the whole row shares cancels: axis -1, "
            "keepdims=True.",
        ),
        "b-sum": Mistake(
            additive_with(
                additive_scores,
                normalise=lambda s: np.exp(s - s.max(axis=-1, keepdims=True)),
            ),
            "Your weights are not divided by their sum, so the output grows with the "
            "number of keys.",
        ),
    },
    also_right={
        "a loop over pairs": pair_by_pair,
        "query and key side by side": concatenated,
    },
    hints=(
        "Every query meets every key: give `q @ w_q` an axis of length 1 for the keys, "
        "and `k @ w_k` one for the queries, then add.",
        "`np.tanh(...)` of that has the axes (t_q, t_k, d); `@ w_out` takes the last "
        "one away and leaves the scores.",
        "From here on it is the attention you know: softmax over the last axis, then "
        "`weights @ v`.",
    ),
    question_after=(
        "One question about your function: for one step the model of this chapter "
        "needs `k @ w_k` for all source words. How often has that to be computed for a "
        "translation of twenty words?"
    ),
    answer_after=(
        "Once: the source does not change, so `k @ w_k` can be kept, as Bahdanau and "
        "his co-authors note. Only `q @ w_q`, the tanh and `w_out` are new each step."
    ),
)


# ------------------------------------------------------------------ Luong's step
def luong_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, t_k, sizes, loud=1.0):
        d_x, d, d_k = sizes
        shapes = [(d_x,), (d,), (t_k, d_k), (d_x, d), (d, d), (d, d_k), (d_k + d, d)]
        x, state, annotations, w_x, w_h, w_score, w_out = (
            rng.normal(size=shape) for shape in shapes
        )
        return Case(name, (x, state, annotations, w_x, w_h, w_score * loud, w_out / 3))

    return [
        case("7 annotations of 11, a state of 5", 7, (3, 5, 11)),
        case("every size 5", 5, (5, 5, 5)),
        case("two annotations", 2, (3, 5, 7)),
        case("large w_score", 7, (3, 5, 5), loud=1e5),
    ]


def luong_with(query=None, score=None, context=None, join=None, keep=None):
    """The step with one of its parts replaced."""
    query = query or (lambda new, old: new)
    score = score or (lambda query, h, w_score: h @ (query @ w_score))
    context = context or (lambda weights, h, w_score: weights @ h)
    join = join or (lambda c, new, w_out: np.tanh(np.concatenate([c, new]) @ w_out))
    keep = keep or (lambda output, new: new)

    def program(x, state, annotations, w_x, w_h, w_score, w_out):
        new = np.tanh(x @ w_x + state @ w_h)
        weights = soft(score(query(new, state), annotations, w_score))
        c = context(weights, annotations, w_score)
        output = join(c, new, w_out)
        return output, keep(output, new), weights

    return program


def luong_linear_state(x, state, annotations, w_x, w_h, w_score, w_out):
    new = x @ w_x + state @ w_h
    weights = soft(annotations @ (new @ w_score))
    output = np.tanh(np.concatenate([weights @ annotations, new]) @ w_out)
    return output, new, weights


def luong_old_beside(x, state, annotations, w_x, w_h, w_score, w_out):
    _, new, weights = luong_step(x, state, annotations, w_x, w_h, w_score, w_out)
    both = np.concatenate([weights @ annotations, state])
    return np.tanh(both @ w_out), new, weights


def luong_old_kept(x, state, annotations, w_x, w_h, w_score, w_out):
    output, _, weights = luong_step(x, state, annotations, w_x, w_h, w_score, w_out)
    return output, state, weights


def luong_no_input(x, state, annotations, w_x, w_h, w_score, w_out):
    return luong_step(x * 0, state, annotations, w_x, w_h, w_score, w_out)


def luong_no_state(x, state, annotations, w_x, w_h, w_score, w_out):
    return luong_step(x, state * 0, annotations, w_x, w_h, w_score, w_out)


def luong_turned(x, state, annotations, w_x, w_h, w_score, w_out):
    return luong_step(x, state, annotations, w_x, w_h.T, w_score, w_out)


def luong_still(x, state, annotations, w_x, w_h, w_score, w_out):
    weights = soft(annotations @ (state @ w_score))
    both = np.concatenate([weights @ annotations, state])
    return np.tanh(both @ w_out), state, weights


def luong_normalised(normalise):
    def program(x, state, annotations, w_x, w_h, w_score, w_out):
        new = np.tanh(x @ w_x + state @ w_h)
        weights = normalise(annotations @ (new @ w_score))
        c = weights @ annotations
        return np.tanh(np.concatenate([c, new]) @ w_out), new, weights

    return program


def luong_with_loops(x, state, annotations, w_x, w_h, w_score, w_out):
    state = np.tanh(np.dot(w_x.T, x) + np.dot(w_h.T, state))
    scores = np.array([state @ w_score @ h for h in annotations])
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    context = sum(w * h for w, h in zip(weights, annotations, strict=True))
    d_k = len(context)
    return np.tanh(context @ w_out[:d_k] + state @ w_out[d_k:]), state, weights


LUONG_STEP = Exercise(
    id="luong-step",
    chapter=CHAPTER,
    title="One step of Luong's decoder",
    answer=luong_step,
    returns={
        "output": "what is entry {0} of the attentional output?",
        "state": "what is entry {0} of the state handed to the next step?",
        "weights": "how much should the new state read from annotation {0}?",
    },
    cases=luong_cases,
    mistakes={
        "ll-old-state": Mistake(
            luong_with(query=lambda new, old: old),
            "Your query is the state from before the step. That is Bahdanau's order; "
            "in Luong's the recurrent network moves first, and its new state asks.",
        ),
        "ll-dot": Mistake(
            luong_with(score=lambda query, h, w_score: h @ query),
            "You scored with the plain dot product, which wants states and annotations "
            "of one width. The general score has a learnt matrix between them: "
            "`w_score`.",
        ),
        "ll-score-T": Mistake(
            luong_with(score=lambda query, h, w_score: h @ (w_score @ query)),
            "You used `w_score` transposed; it fits only because the widths are equal "
            "here. It has the axes (d, d_k): the state stands on its left, "
            "`state @ w_score`.",
        ),
        **{
            f"ll-scaled{variant}": Mistake(
                luong_with(
                    score=lambda query, h, w_score, axis=axis: (
                        h @ (query @ w_score) / np.sqrt((query, h[0])[axis].size)
                    )
                ),
                "You divided the scores by √d. Luong's scores of 2015 have no such "
                "factor; it came with the Transformer, two years later.",
            )
            for variant, axis in (("", 0), ("-keys", 1))
        },
        "ll-tanh-score": Mistake(
            luong_with(score=lambda query, h, w_score: np.tanh(h @ (query @ w_score))),
            "You put a tanh round the score. The general score is bilinear: state, "
            "matrix, annotation, and nothing else.",
        ),
        "ll-order": Mistake(
            luong_with(
                join=lambda c, new, w_out: np.tanh(np.concatenate([new, c]) @ w_out)
            ),
            "You put the state before the context. The rows of `w_out` are ordered "
            "context first, then state: [c; h].",
        ),
        "ll-linear-output": Mistake(
            luong_with(join=lambda c, new, w_out: np.concatenate([c, new]) @ w_out),
            "Your output has no tanh. It is tanh([c; h] w_out).",
        ),
        "ll-no-context": Mistake(
            luong_with(context=lambda weights, h, w_score: np.zeros(h.shape[-1])),
            "What was read never reaches the output: the context has to be put beside "
            "the state.",
        ),
        "ll-context-alone": Mistake(
            luong_with(join=lambda c, new, w_out: np.tanh(c @ w_out[: len(c)])),
            "Your state never reaches the output: it has to be put beside the context.",
        ),
        "ll-linear-state": Mistake(
            luong_linear_state,
            "Your new state has no tanh. It is tanh(x w_x + state w_h).",
        ),
        "ll-no-input": Mistake(
            luong_no_input,
            "The input x has no effect in your program, so the decoder does not know "
            "which word it wrote last.",
        ),
        "ll-no-state": Mistake(
            luong_no_state,
            "The old state has no effect in your program, so the decoder forgets all "
            "but the last word. Add `state @ w_h`, inside the tanh.",
        ),
        "ll-w-h-T": Mistake(
            luong_turned,
            "You used `w_h` transposed; it fits because `w_h` is square. It stands on "
            "the right: `state @ w_h`.",
        ),
        "ll-still": Mistake(
            luong_still,
            "Your decoder never moves: the old state asks, predicts and is handed on. "
            "The recurrent step comes first, tanh(x w_x + state w_h).",
        ),
        "ll-output-as-state": Mistake(
            luong_with(keep=lambda output, new: output),
            "You hand the attentional output on as the state. In Luong's decoder the "
            "recurrent state goes its own way, and attention is read off beside it.",
        ),
        "ll-old-beside": Mistake(
            luong_old_beside,
            "Beside the context you put the state from before the step. The new one, "
            "which asked, also predicts: [c; h].",
        ),
        "ll-old-kept": Mistake(
            luong_old_kept,
            "You return the state that came in. The next step needs the new one, or "
            "the decoder never moves.",
        ),
        "ll-mean": Mistake(
            luong_with(context=lambda weights, h, w_score: h.mean(axis=0)),
            "Your context is the plain mean of the annotations. Weigh them: "
            "`weights @ annotations`.",
        ),
        "ll-hard": Mistake(
            luong_with(context=lambda weights, h, w_score: h[weights.argmax()]),
            "Your context is the one annotation with the largest weight. Soft "
            "attention reads a little of each.",
        ),
        "ll-projected": Mistake(
            luong_with(
                context=lambda weights, h, w_score: weights @ (h @ w_score.T),
                join=lambda c, new, w_out: np.tanh(
                    np.concatenate([np.resize(c, len(w_out) - len(new)), new]) @ w_out
                ),
            ),
            "You mixed the annotations after `w_score`. It serves the score alone; "
            "what is read are the annotations themselves.",
        ),
        "ll-no-softmax": Mistake(
            luong_normalised(lambda scores: scores),
            "Your weights are the raw scores: they do not sum to 1, and may be "
            "negative. Softmax them.",
        ),
        "ll-noexp": Mistake(
            luong_normalised(lambda scores: scores / scores.sum()),
            "You divided the scores by their sum. Scores may be negative: exp comes "
            "first.",
        ),
        "ll-sum": Mistake(
            luong_normalised(lambda scores: np.exp(scores - scores.max())),
            "Your weights are not divided by their sum.",
        ),
        "ll-nomax": Mistake(
            luong_normalised(lambda scores: np.exp(scores) / np.exp(scores).sum()),
            "Right until `w_score` is large: exp of a large score is inf, and inf/inf "
            "is nan. Subtract the largest score first.",
        ),
    },
    also_right={
        "a loop over annotations": luong_with_loops,
        "the annotations projected instead of the state": luong_with(
            score=lambda query, h, w_score: (h @ w_score.T) @ query
        ),
    },
    hints=(
        "Follow the order of the name: recurrent step, score, softmax, context, "
        "output. From the score on, the old state is gone.",
        "The general score of annotation h is state · w_score · h. For all of them at "
        "once: `annotations @ (state @ w_score)`.",
        "`np.concatenate([context, state]) @ w_out`, and a tanh round it.",
    ),
    question_after=(
        "One question about your function: does anything that attention read at one "
        "step reach the state of the next, apart from through the word that was "
        "written?"
    ),
    answer_after=(
        "No. That is why a whole target sentence can run through the recurrent network "
        "at once in training, and why Luong and his co-authors also tried input "
        "feeding: hand the attentional output to the next step beside the word."
    ),
)


# ------------------------------------------------------------------ fast weights
def fast_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, t, d_k, d_v):
        return Case(name, tuple(rng.normal(size=(t, d)) for d in (d_k, d_k, d_v)))

    orthonormal = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    return [
        case("7 steps, keys of 3, values of 2", 7, 3, 2),
        case("every size 5", 5, 5, 5),
        case("one step", 1, 3, 2),
        Case(
            "keys at right angles, read with themselves",
            (orthonormal, orthonormal.copy(), rng.normal(size=(5, 3))),
        ),
    ]


def fast_with(write=None, read=None):
    """The same loop with another rule of writing or reading."""
    write = write or (lambda memory, k, v, t: memory + np.outer(v, k))
    read = read or (lambda before, after, q, t: after @ q)

    def program(q, k, v):
        memory, output = np.zeros((v.shape[-1], k.shape[-1])), np.zeros(v.shape)
        for t in range(len(q)):
            before = memory
            memory = write(memory, k[t], v[t], t)
            output[t] = read(before, memory, q[t], t)
        return output, memory

    return program


def fast_transposed(q, k, v):
    memory, output = np.zeros((k.shape[-1], v.shape[-1])), np.zeros(v.shape)
    for t in range(len(q)):
        memory = memory + np.outer(k[t], v[t])
        output[t] = memory @ q[t]
    return output, memory


def fast_memory_turned(q, k, v):
    output, memory = fast_weights(q, k, v)
    return output, memory.T


def fast_soft(seen, scaled):
    """Attention with a softmax, over all pairs or over those already written."""

    def program(q, k, v):
        scores = q @ k.T / (np.sqrt(k.shape[-1]) if scaled else 1)
        scores = np.where(seen(np.ones_like(scores)) > 0, scores, -np.inf)
        return soft(scores) @ v, v.T @ k

    return program


def fast_share(q, k, v):
    scores = np.tril(q @ k.T)
    return scores / scores.sum(axis=-1, keepdims=True) @ v, v.T @ k


FAST_WEIGHTS = Exercise(
    id="fast-weights",
    chapter=CHAPTER,
    title="A memory that is written while it is read",
    answer=fast_weights,
    returns={
        "output": "what is read at step {0}, in entry {1}?",
        "memory": "what stands in row {0}, column {1} after the last step?",
    },
    cases=fast_cases,
    mistakes={
        "fw-read-first": Mistake(
            fast_with(read=lambda before, after, q, t: before @ q),
            "You read before you write, so a step cannot find its own pair and the "
            "first reads nothing. Write, then read.",
        ),
        "fw-whole": Mistake(
            lambda q, k, v: ((q @ k.T) @ v, v.T @ k),
            "Every step of yours reads what later steps write: you filled the memory "
            "first and read it afterwards. Read after each write.",
        ),
        "fw-transposed": Mistake(
            fast_transposed,
            "You wrote the outer product the wrong way round; it fits only because the "
            "widths are equal here. The query meets the key's entries, so the memory "
            "has the axes (d_v, d_k): `np.outer(v, k)`.",
        ),
        "fw-memory-T": Mistake(
            fast_memory_turned,
            "What you read is right; the memory you return is turned. Its axes are "
            "(d_v, d_k).",
        ),
        "fw-overwrite": Mistake(
            fast_with(write=lambda memory, k, v, t: np.outer(v, k)),
            "Each pair wipes out the ones before. Add it to the memory.",
        ),
        "fw-key-reads": Mistake(
            lambda q, k, v: fast_weights(k, k, v),
            "You read with the key. That answers what was filed there; the query asks "
            "what you want to know.",
        ),
        "fw-query-writes": Mistake(
            lambda q, k, v: fast_weights(q, q, v),
            "You wrote under the query. Pairs are filed under their keys.",
        ),
        "fw-mean": Mistake(
            fast_with(read=lambda before, after, q, t: after @ q / (t + 1)),
            "You divided by the number of pairs written so far. There is no "
            "normaliser here, and that is the difference from attention.",
        ),
        "fw-future": Mistake(
            lambda q, k, v: (np.triu(q @ k.T) @ v, v.T @ k),
            "Your mask is turned: each step reads its own pair and those to come. It "
            "may read what is written already: `np.tril`.",
        ),
        **{
            f"fw-softmax{variant}": Mistake(
                fast_soft(seen, scaled),
                "You attended with a softmax. Its weights cannot be taken apart into "
                "what was written and what asks, so no memory of fixed size computes "
                "them; fast weights leave it out.",
            )
            for variant, seen, scaled in (
                ("", np.tril, False),
                ("-scaled", np.tril, True),
                ("-all", np.copy, False),
                ("-all-scaled", np.copy, True),
            )
        },
        "fw-share": Mistake(
            fast_share,
            "You divided by the sum of the scores. Fast weights have no normaliser "
            "(and here the sum may be near 0).",
        ),
        "fw-scaled": Mistake(
            fast_with(read=lambda before, after, q, t: after @ q / np.sqrt(len(q))),
            "You divided by √d. There is no softmax here to keep calm, so nothing is "
            "scaled.",
        ),
        "fw-decay": Mistake(
            fast_with(write=lambda memory, k, v, t: 0.9 * memory + np.outer(v, k)),
            "Your memory fades. Many later ones do, and for good reasons; this one "
            "keeps everything.",
        ),
        "fw-delta": Mistake(
            fast_with(
                write=lambda memory, k, v, t: memory + np.outer(v - memory @ k, k)
            ),
            "You wrote the difference from what was there already. That is the delta "
            "rule, a better memory (chapter 15 comes to it); asked for is the plain "
            "sum of outer products.",
        ),
        "fw-elementwise": Mistake(
            fast_with(write=lambda memory, k, v, t: memory + v[:, None].mean() * k),
            "Every row of your memory is the same. Entry i of the value goes to row i: "
            "an outer product.",
        ),
    },
    also_right={
        "attention without softmax": lambda q, k, v: (np.tril(q @ k.T) @ v, v.T @ k),
        "running sums": lambda q, k, v: (
            np.einsum("tvk,tk->tv", np.cumsum(v[:, :, None] * k[:, None], 0), q),
            (v[:, :, None] * k[:, None]).sum(axis=0),
        ),
    },
    hints=(
        "The memory is a matrix that sends a key to its value. What does "
        "`np.outer(v, k) @ k` give?",
        "At each step: add `np.outer(v[t], k[t])`, then read `memory @ q[t]`.",
    ),
    question_after=(
        "One question about your function: with keys of 3 entries, how many pairs can "
        "be written so that each, asked with its own key, comes back without a trace "
        "of the others?"
    ),
    answer_after=(
        "Three, if their keys are at right angles (and of length 1, or what comes back "
        "is scaled). Attention keeps every pair and has no such limit; it pays by "
        "growing with the text."
    ),
)


# -------------------------------------------------------------------- perplexity
def perplexity_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, shape, lengths, sharp=1.0):
        b, t, vocab = shape
        logits = rng.normal(size=shape) * sharp
        peak = logits.max(axis=-1, keepdims=True)
        log_p = logits - peak - np.log(np.exp(logits - peak).sum(-1, keepdims=True))
        targets = rng.integers(1, vocab, size=(b, t))
        lengths = np.array(lengths)
        targets[np.arange(t) >= lengths[:, None]] = 0
        return Case(name, (log_p, targets, lengths))

    level = np.full((2, 5, 7), -np.log(7))
    return [
        case("3 sentences, 2 to 7 words, 11 in the vocabulary", (3, 7, 11), [2, 7, 5]),
        case("5 sentences of full length", (5, 5, 5), [5] * 5),
        case("one sentence and padding", (1, 7, 5), [3]),
        case(
            "words that the model held to be all but impossible",
            (3, 53, 5),
            [53, 17, 47],
            sharp=8.0,
        ),
        Case(
            "every word equally likely",
            (level, np.array([[1, 2, 3, 0, 0], [4, 5, 6, 1, 2]]), np.array([3, 5])),
        ),
    ]


def chosen_and_real(log_p, targets, lengths, extra=0):
    chosen = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    return chosen, np.arange(targets.shape[1]) < lengths[:, None] + extra


def perplexity_with(finish):
    """The log-probabilities of the targets, put together in another way."""

    def program(log_p, targets, lengths):
        return finish(*chosen_and_real(log_p, targets, lengths))

    return program


def each_sentence(chosen, real):
    return -np.where(real, chosen, 0).sum(axis=-1) / real.sum(axis=-1)


def word_by_word(log_p, targets, lengths):
    total, count = 0.0, 0
    for sentence, words, length in zip(log_p, targets, lengths, strict=True):
        for row, word in zip(sentence[:length], words[:length], strict=True):
            total -= row[word]
            count += 1
    return np.exp(total / count)


def of_no_target(log_p, targets, lengths):
    _, real = chosen_and_real(log_p, targets, lengths)
    return np.exp(-log_p[real].mean())


def of_the_best(log_p, targets, lengths):
    _, real = chosen_and_real(log_p, targets, lengths)
    return np.exp(-log_p.max(axis=-1)[real].mean())


def of_the_entropy(log_p, targets, lengths):
    _, real = chosen_and_real(log_p, targets, lengths)
    return np.exp(-(np.exp(log_p) * log_p).sum(axis=-1)[real].mean())


def one_word_short(log_p, targets, lengths):
    chosen, real = chosen_and_real(log_p, targets, lengths, extra=-1)
    return np.exp(-chosen[real].mean())


def one_word_more(log_p, targets, lengths):
    chosen, real = chosen_and_real(log_p, targets, lengths, extra=1)
    return np.exp(-chosen[real].mean())


def without_word_zero(log_p, targets, lengths):
    chosen, _ = chosen_and_real(log_p, targets, lengths)
    return np.exp(-chosen[targets != 0].mean())


PERPLEXITY = Exercise(
    id="perplexity",
    chapter=CHAPTER,
    title="A fair measure",
    answer=perplexity,
    returns={"perplexity": "between how many equally likely words does it hesitate?"},
    cases=perplexity_cases,
    mistakes={
        "pp-padding": Mistake(
            perplexity_with(lambda chosen, real: np.exp(-chosen.mean())),
            "You counted the padding too. It is no word, and predicting it is either "
            "free or nonsense: average over real words only.",
        ),
        "pp-zeroed": Mistake(
            perplexity_with(
                lambda chosen, real: np.exp(-np.where(real, chosen, 0).mean())
            ),
            "You set the padding's terms to 0 and still divide by all places, as if "
            "each padded place were predicted perfectly. Divide by the number of real "
            "words.",
        ),
        "pp-sentences": Mistake(
            perplexity_with(
                lambda chosen, real: np.exp(each_sentence(chosen, real)).mean()
            ),
            "You averaged the perplexities of the sentences. One short sentence that "
            "went badly then rules the mean. Average the log-probabilities over all "
            "words, and exp once at the end.",
        ),
        "pp-mean-of-means": Mistake(
            perplexity_with(
                lambda chosen, real: np.exp(each_sentence(chosen, real).mean())
            ),
            "You averaged within each sentence first, so a word in a short sentence "
            "counts more. Per token means: every real word counts the same.",
        ),
        "pp-total": Mistake(
            perplexity_with(lambda chosen, real: np.exp(-chosen[real].sum())),
            "You took exp of the sum. That is one over the probability of the whole "
            "text, and grows with its length. Divide by the number of words first.",
        ),
        "pp-per-sentence": Mistake(
            perplexity_with(
                lambda chosen, real: np.exp(-chosen[real].sum() / len(real))
            ),
            "You divided by the number of sentences. Per word means: divide by the "
            "number of real words.",
        ),
        "pp-no-targets": Mistake(
            of_no_target,
            "`targets` has no effect in your program. Take out the log-probability of "
            "the right word first, then average.",
        ),
        **{
            f"pp-floor{variant}": Mistake(
                perplexity_with(
                    lambda chosen, real, floor=floor: np.exp(
                        -np.log(np.exp(chosen[real]) + floor).mean()
                    )
                ),
                "A small number added inside a logarithm makes all but impossible "
                "words look possible. `log_p` holds logarithms already: average them "
                "as they are.",
            )
            for variant, floor in (("", 1e-9), ("-8", 1e-8), ("-10", 1e-10))
        },
        "pp-mean-p": Mistake(
            perplexity_with(lambda chosen, real: 1 / np.exp(chosen[real]).mean()),
            "You averaged the probabilities. One word held to be nearly impossible "
            "must hurt, and in that mean it is lost: average the logarithms.",
        ),
        "pp-mean-inverse": Mistake(
            perplexity_with(lambda chosen, real: np.exp(-chosen[real]).mean()),
            "You averaged 1/p over the words. Perplexity is exp of the mean logarithm, "
            "a geometric mean.",
        ),
        "pp-product": Mistake(
            perplexity_with(
                lambda chosen, real: np.prod(np.exp(chosen[real])) ** (-1 / real.sum())
            ),
            "Right on paper: the product of many small probabilities is 0 in a "
            "computer. Add logarithms instead.",
        ),
        "pp-sign": Mistake(
            perplexity_with(lambda chosen, real: np.exp(chosen[real].mean())),
            "The minus sign is missing: yours is below 1, the geometric mean of the "
            "probabilities. Perplexity is one over it.",
        ),
        "pp-two": Mistake(
            perplexity_with(lambda chosen, real: 2 ** -chosen[real].mean()),
            "You raised 2 to a mean of natural logarithms. Base and logarithm belong "
            "together: exp for np.log, 2 for np.log2.",
        ),
        "pp-log": Mistake(
            perplexity_with(lambda chosen, real: -chosen[real].mean()),
            "This is the mean loss, in nats. Perplexity is exp of it.",
        ),
        "pp-best": Mistake(
            of_the_best,
            "You used the word that the model likes best. Asked is how it rated the "
            "word that stands in the translation: `targets`.",
        ),
        "pp-entropy": Mistake(
            of_the_entropy,
            "You measured how undecided the model is, whatever the right word was. A "
            "model may be very sure and wrong.",
        ),
        "pp-short": Mistake(
            one_word_short,
            "The last real word of each sentence is missing. Place i is real where "
            "i < length.",
        ),
        "pp-long": Mistake(
            one_word_more,
            "You counted one padded place after each sentence. Place i is real where "
            "i < length, not i <= length.",
        ),
    },
    also_right={
        "word by word": word_by_word,
        "what is not word 0": without_word_zero,
    },
    hints=(
        "First the log-probability of each target word: `np.take_along_axis` with "
        "`targets[..., None]`, or indexing with three arrays.",
        "Which places are real? `np.arange(t) < lengths[:, None]`, (b, t) booleans.",
        "Mean over the real places, change the sign, exp.",
    ),
    question_after=(
        "One question about your function: two translators have perplexities 5 and 8 "
        "on the same sentences, but the second cuts text into letters, the first into "
        "words. Which is better?"
    ),
    answer_after=(
        "One cannot say. Per token means per token of that cutting: eight choices for "
        "each letter are far more than five for each word. Compare the total "
        "log-probability of the same text, or use one vocabulary."
    ),
)


EXERCISES = (IBM_EM, ADDITIVE, LUONG_STEP, FAST_WEIGHTS, PERPLEXITY)
