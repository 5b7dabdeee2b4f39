"""A fair measure."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def perplexity(log_p, targets, lengths):
    """How many equally likely words the model hesitates between, for each real word."""
    chosen = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]  # (b, t)
    real = np.arange(targets.shape[1]) < lengths[:, None]
    return np.exp(-chosen[real].mean())


def perplexity_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, shape, lengths, sharp=1.0):
        b, t, vocab = shape
        logits = rng.normal(size=shape) * sharp
        peak = logits.max(axis=-1, keepdims=True)
        log_p = logits - peak - np.log(np.exp(logits - peak).sum(-1, keepdims=True))
        targets, lengths = rng.integers(0, vocab, size=(b, t)), np.array(lengths)
        targets[:, 0] = 0  # a word like any other, which is no sign of padding
        return Case(name, (log_p, targets, lengths))

    level = np.full((2, 5, 7), -np.log(7))
    return [
        case("3 sentences, 2 to 7 words, 11 in the vocabulary", (3, 7, 11), [2, 7, 5]),
        case("the same lengths, other sentences", (3, 7, 11), [2, 7, 5]),
        case("5 sentences of full length", (5, 5, 5), [5] * 5),
        case("5 sentences, 1 to 5 words", (5, 5, 5), [3, 1, 5, 2, 4]),
        case("one sentence and padding", (1, 7, 5), [3]),
        case("one word", (1, 1, 5), [1]),
        case("a sentence without words", (2, 3, 5), [0, 2]),
        case("10 sentences, 1 to 13 words", (10, 13, 17), [13, 1, *range(3, 11)]),
        case(
            "words that the model held to be all but impossible",
            (3, 53, 5),
            [53, 17, 47],
            sharp=8.0,
        ),
        Case(
            "every word equally likely",
            (level, np.array([[0, 2, 0, 1, 0], [4, 5, 6, 0, 2]]), np.array([3, 5])),
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
    """Padding told by its number, among the real places or among all."""
    chosen, real = chosen_and_real(log_p, targets, lengths)
    return np.exp(-chosen[real & (targets != 0)].mean())


def by_indexing(log_p, targets, lengths):
    real = np.arange(targets.shape[1]) < lengths[:, None]
    sentence, place = np.nonzero(real)
    return np.exp(-log_p[sentence, place, targets[real]].mean())


EXERCISE = Exercise(
    title="A fair measure",
    answer=perplexity,
    returns={"perplexity": "between how many equally likely words does it hesitate?"},
    cases=perplexity_cases,
    mistakes={
        "pp-padding": Mistake(
            perplexity_with(lambda chosen, real: np.exp(-chosen.mean())),
            "The padding counts in yours. It is no word, and predicting it is either "
            "free or nonsense: average over real words only.",
        ),
        "pp-word-0": Mistake(
            without_word_zero,
            "A real word with the number 0 is left out of yours, as if 0 were the sign "
            "of padding. Here 0 is a word like any other: `lengths` says what is real.",
        ),
        "pp-word-0-everywhere": Mistake(
            lambda log_p, targets, lengths: np.exp(
                -chosen_and_real(log_p, targets, lengths)[0][targets != 0].mean()
            ),
            "A real word with the number 0 is left out of yours, as if 0 were the sign "
            "of padding. Here 0 is a word like any other: `lengths` says what is real.",
        ),
        "pp-zeroed": Mistake(
            perplexity_with(
                lambda chosen, real: np.exp(-np.where(real, chosen, 0).mean())
            ),
            "Your sum is divided by the number of all places, as if each padded place "
            "were predicted perfectly. Divide by the number of real words.",
        ),
        "pp-sentences": Mistake(
            perplexity_with(
                lambda chosen, real: np.exp(each_sentence(chosen, real)).mean()
            ),
            "Yours is the mean of the sentences' perplexities. One short sentence that "
            "went badly then rules it. Average the log-probabilities over all words, "
            "and exp once at the end.",
        ),
        "pp-mean-of-means": Mistake(
            perplexity_with(
                lambda chosen, real: np.exp(each_sentence(chosen, real).mean())
            ),
            "A word in a short sentence counts more in yours, as when one averages "
            "within each sentence first. Per token means: every real word counts the "
            "same.",
        ),
        "pp-total": Mistake(
            perplexity_with(lambda chosen, real: np.exp(-chosen[real].sum())),
            "Yours is exp of the sum: one over the probability of the whole text, "
            "which grows with its length. Divide by the number of words first.",
        ),
        "pp-per-sentence": Mistake(
            perplexity_with(
                lambda chosen, real: np.exp(-chosen[real].sum() / len(real))
            ),
            "Your sum is divided by the number of sentences. Per word means: divide by "
            "the number of real words.",
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
                "All but impossible words look possible in yours, as when a small "
                "number is added inside a logarithm. `log_p` holds logarithms already: "
                "average them as they are.",
            )
            for variant, floor in (("", 1e-9), ("-8", 1e-8), ("-10", 1e-10))
        },
        "pp-mean-p": Mistake(
            perplexity_with(lambda chosen, real: 1 / np.exp(chosen[real]).mean()),
            "Yours is one over the mean probability. One word held to be nearly "
            "impossible must hurt, and in that mean it is lost: average the "
            "logarithms.",
        ),
        "pp-mean-inverse": Mistake(
            perplexity_with(lambda chosen, real: np.exp(-chosen[real]).mean()),
            "Yours is the plain mean of 1/p over the words. Perplexity is exp of the "
            "mean logarithm, a geometric mean.",
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
            "Yours is 2 to the power of a mean of natural logarithms. Base and "
            "logarithm belong together: exp for np.log, 2 for np.log2.",
        ),
        "pp-log": Mistake(
            perplexity_with(lambda chosen, real: -chosen[real].mean()),
            "This is the mean loss, in nats. Perplexity is exp of it.",
        ),
        "pp-best": Mistake(
            of_the_best,
            "Yours rates the word that the model likes best. Asked is how it rated the "
            "word that stands in the translation: `targets`.",
        ),
        "pp-entropy": Mistake(
            of_the_entropy,
            "Yours measures how undecided the model is, whatever the right word was. A "
            "model may be very sure and wrong.",
        ),
        "pp-short": Mistake(
            one_word_short,
            "The last real word of each sentence is missing. Place i is real where "
            "i < length.",
        ),
        "pp-long": Mistake(
            one_word_more,
            "One padded place after each sentence counts in yours. Place i is real "
            "where i < length, not i <= length.",
        ),
    },
    also_right={
        "word by word": word_by_word,
        "indexing with three arrays": by_indexing,
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
