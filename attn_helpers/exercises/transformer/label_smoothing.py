"""Not quite sure."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import (
    log_of_plain_softmax,
    log_softmax,
    log_softmax_less,
    soft,
)


def smoothed_loss(logits, targets, smoothing):
    """The mean loss of the real targets; a part of each is shared by all words."""
    below = logits - logits.max(axis=-1, keepdims=True)
    log_p = below - np.log(np.exp(below).sum(axis=-1, keepdims=True))  # (t, vocab)
    chosen = np.take_along_axis(log_p, targets[:, None], axis=-1)[:, 0]  # (t,)
    loss = -(1 - smoothing) * chosen - smoothing * log_p.mean(axis=-1)
    return loss[targets != 0].mean()


def smoothing_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, vocab, targets, smoothing, loud=1.0):
        targets = np.array(targets)
        return Case(
            name, (loud * rng.normal(size=(len(targets), vocab)), targets, smoothing)
        )

    far_row, far_word, low_word = rng.normal(size=(3, 5, 7))
    far_row[2] -= 2000.0
    far_word[1, 3] += 2000.0
    low_word[4, 2] -= 800.0
    sure = 1000.0 * np.eye(5)[[2, 4, 3]]
    loud_padding = rng.normal(size=(5, 7))
    loud_padding[[0, 3]] *= 100.0
    return [
        case("5 targets and no padding, 7 words", 7, [3, 1, 6, 3, 2], 0.1),
        case("padding at the end", 7, [5, 2, 4, 0, 0], 0.1),
        case("padding in front", 7, [0, 0, 0, 1, 6], 0.2),
        case("padding in the middle", 5, [4, 0, 1, 0, 3], 0.3),
        Case("loud padding", (loud_padding, np.array([0, 2, 6, 0, 1]), 0.1)),
        case("no smoothing", 7, [1, 0, 5, 2, 0], 0.0),
        case("smoothing alone", 5, [0, 4, 2], 1.0),
        case("as many targets as words", 5, [4, 2, 0, 1, 3], 0.1),
        case("13 targets, 17 words", 17, [0, 16, *range(1, 11), 3], 0.15),
        case("one target, 3 words", 3, [2], 0.4),
        Case("sure and right, no smoothing", (sure, np.array([2, 4, 3]), 0.0)),
        Case("a row far below the others", (far_row, np.array([1, 6, 2, 0, 4]), 0.1)),
        Case("a word far above the others", (far_word, np.array([5, 2, 0, 6, 3]), 0.1)),
        Case("a word far below the others", (low_word, np.array([3, 0, 4, 5, 1]), 0.1)),
        case("logits in the thousands", 7, [1, 4, 0, 6, 2], 0.1, loud=1e3),
    ]


def smoothed(targets, vocab, smoothing):
    """The distributions that the targets become, (t, vocab)."""
    return (1 - smoothing) * np.eye(vocab)[targets] + smoothing / vocab


def cross_entropy(q, log_p):
    return -(q * log_p).sum(axis=-1)


def over_real(loss, targets):
    return loss[targets != 0].mean()


def loss_with(spread=smoothed, log_p=log_softmax, each=cross_entropy, mean=over_real):
    """The loss with one of its parts replaced."""

    def program(logits, targets, smoothing):
        q = spread(targets, logits.shape[-1], smoothing)
        return mean(each(q, log_p(logits)), targets)

    return program


def among_the_others(targets, vocab, smoothing, others=1):
    chosen = np.eye(vocab)[targets]
    return (1 - smoothing) * chosen + smoothing * (1 - chosen) / (vocab - others)


def among_the_others_but_padding(targets, vocab, smoothing):
    q = among_the_others(targets, vocab, smoothing, others=2)
    q[:, 0] = 0.0
    return q


def no_share_for_padding(targets, vocab, smoothing):
    q = (1 - smoothing) * np.eye(vocab)[targets] + smoothing / (vocab - 1)
    q[:, 0] = 0.0
    return q


def less_its_own_entropy(q, log_p):
    with np.errstate(all="ignore"):
        entropy = -np.where(q > 0, q * np.log(q), 0.0).sum(axis=-1)
    return cross_entropy(q, log_p) - entropy


def smoothed_probabilities(logits, targets, smoothing):
    p = soft(logits)[np.arange(len(targets)), targets]
    mixed = (1 - smoothing) * p + smoothing / logits.shape[-1]
    return over_real(-np.log(mixed), targets)


def real_in_front(loss, targets):
    return loss[: np.count_nonzero(targets)].mean()


def target_by_target(logits, targets, smoothing):
    total, count = 0.0, 0
    for row, target in zip(logits, targets, strict=True):
        if target == 0:
            continue
        log_p = row - row.max() - np.log(sum(np.exp(row - row.max())))
        total -= (1 - smoothing) * log_p[target] + smoothing * sum(log_p) / len(row)
        count += 1
    return total / count


def real_rows_first(logits, targets, smoothing):
    real = targets > 0
    logits, targets = logits[real], targets[real]
    q = np.full(logits.shape, smoothing / logits.shape[1])
    q[np.arange(len(targets)), targets] += 1 - smoothing
    return (np.logaddexp.reduce(logits, axis=1) - (q * logits).sum(axis=1)).mean()


NOT_ONE = (
    "The parts of your smoothed targets do not sum to 1. The right word has 1 - s, and "
    "s is shared evenly among all words, the right one included: it has s / vocab "
    "more."
)


PEAK = (
    "Right until the logits are large: a logit far above what is subtracted makes exp "
    "overflow, and where all of a row lie far below it, exp is 0 and its logarithm "
    "-inf. Subtract the largest of each row."
)


FLOOR = (
    "Words that the model held to be all but impossible cost less in yours, as when a "
    "small number is added inside the logarithm. Take the logarithm before anything "
    "can become 0: logit, less the row's largest, less the log of the sum of exp."
)


EXERCISE = Exercise(
    title="Not quite sure",
    answer=smoothed_loss,
    returns={"loss": "what does a real target cost, on average?"},
    cases=smoothing_cases,
    mistakes={
        "ls-none": Mistake(
            loss_with(lambda targets, vocab, s: smoothed(targets, vocab, 0.0)),
            "`smoothing` has no effect in yours: that is the plain cross-entropy.",
        ),
        "ls-others": Mistake(
            loss_with(among_the_others),
            "Your s is shared among the other words alone, s / (vocab - 1) each. That "
            "is a convention, too; here all words share it, the right one included, "
            "so that it keeps 1 - s + s / vocab.",
        ),
        "ls-others-no-padding": Mistake(
            loss_with(among_the_others_but_padding),
            "Your s is shared among vocab - 2 words: neither the right one nor word 0, "
            "the padding, has a part. That is a convention, too; here all words share "
            "it, these two included.",
        ),
        "ls-no-padding-word": Mistake(
            loss_with(no_share_for_padding),
            "Word 0, the padding, has no part of your s; the other words share it. "
            "That is a convention, too; here all words share it, word 0 included.",
        ),
        "ls-leaky": Mistake(
            loss_with(
                lambda targets, vocab, s: among_the_others(targets, vocab, s, others=0)
            ),
            NOT_ONE,
        ),
        "ls-leaky-added": Mistake(
            loss_with(lambda targets, vocab, s: np.eye(vocab)[targets] + s / vocab),
            NOT_ONE,
        ),
        "ls-sum-of-all": Mistake(
            loss_with(lambda targets, vocab, s: (1 - s) * np.eye(vocab)[targets] + s),
            "Every word has the whole s in yours, as when the log-probabilities are "
            "added up where their mean is meant. They share it: s / vocab each.",
        ),
        "ls-exchanged": Mistake(
            loss_with(lambda targets, vocab, s: smoothed(targets, vocab, 1 - s)),
            "The right word has s in yours, and all share 1 - s. It is the other way "
            "round: with s = 0 the right word has everything.",
        ),
        "ls-alone": Mistake(
            loss_with(lambda targets, vocab, s: (1 - s) * np.eye(vocab)[targets]),
            "The right word costs 1 - s times its surprise in yours, and there it "
            "ends: the part s that all words share is missing.",
        ),
        "ls-probabilities": Mistake(
            smoothed_probabilities,
            "Yours smooths the model's probabilities and then takes the logarithm, so "
            "no word can cost more than -log(s / vocab). It is the targets that are "
            "smoothed: a mean of log-probabilities, weighted by them.",
        ),
        "ls-padding": Mistake(
            loss_with(mean=lambda loss, targets: loss.mean()),
            "The padding counts in yours. It is no word to be predicted: the mean goes "
            "over the targets that are not 0.",
        ),
        "ls-zeroed": Mistake(
            loss_with(
                mean=lambda loss, targets: np.where(targets != 0, loss, 0.0).mean()
            ),
            "Your padding costs nothing and is still counted: the sum is divided by "
            "all places. Divide by the number of real targets.",
        ),
        "ls-in-front": Mistake(
            loss_with(mean=real_in_front),
            "Right where the padding stands at the end: yours averages the first "
            "places, as many as there are real targets. `targets != 0` says which are "
            "real.",
        ),
        "ls-sum": Mistake(
            loss_with(mean=lambda loss, targets: loss[targets != 0].sum()),
            "Your losses are added up, so a long text costs more than a short one. "
            "Take their mean.",
        ),
        "ls-vocab": Mistake(
            loss_with(each=lambda q, log_p: -(q * log_p).mean(axis=-1)),
            "Your loss is smaller by the number of words, as when `mean` runs over the "
            "vocabulary. Over words it is a weighted sum, and the weights sum to 1 "
            "already; the mean goes over the targets.",
        ),
        "ls-sign": Mistake(
            loss_with(each=lambda q, log_p: -cross_entropy(q, log_p)),
            "The minus sign is missing: yours is what should be made large.",
        ),
        "ls-kl": Mistake(
            loss_with(each=less_its_own_entropy),
            "Yours is less by the entropy of the smoothed targets, and reaches 0: that "
            "is the Kullback-Leibler divergence. It has the same gradient; asked is "
            "the cross-entropy, which stops above 0.",
        ),
        "ls-logits": Mistake(
            loss_with(log_p=lambda logits: logits),
            "Your logits are taken for log-probabilities. They become such in a "
            "log-softmax: each less the log of the sum of exp.",
        ),
        "ls-double": Mistake(
            loss_with(log_p=lambda logits: log_softmax(soft(logits))),
            "Your numbers are those of a softmax put through a log-softmax, so even a "
            "model that is quite sure seems undecided. One is enough.",
        ),
        "ls-p": Mistake(
            loss_with(log_p=soft),
            "The logarithm is missing: yours is less a mean of probabilities.",
        ),
        "ls-log-of-0": Mistake(
            loss_with(log_p=lambda logits: np.log(soft(logits))),
            "Right until one logit lies far below another: its probability is 0 in a "
            "computer, and the logarithm -inf. Take the logarithm of the softmax by "
            "hand: logit, less the row's largest, less the log of the sum of exp.",
        ),
        **{
            f"ls-floor{variant}": Mistake(
                loss_with(
                    log_p=lambda logits, floor=floor: np.log(soft(logits) + floor)
                ),
                FLOOR,
            )
            for variant, floor in (("", 1e-9), ("-8", 1e-8), ("-10", 1e-10))
        },
        "ls-floor-clipped": Mistake(
            loss_with(log_p=lambda logits: np.log(np.maximum(soft(logits), 1e-12))),
            FLOOR,
        ),
        "ls-nomax": Mistake(
            loss_with(log_p=log_of_plain_softmax),
            "Right until the logits are large: exp of a large one is inf, and inf/inf "
            "is nan; exp of one far below 0 is 0. Subtract the largest of each row "
            "first, and take the logarithm before anything can become 0.",
        ),
        "ls-peak": Mistake(
            loss_with(log_p=log_softmax_less(lambda logits: 0.0)),
            PEAK,
        ),
        "ls-peak-mean": Mistake(
            loss_with(log_p=log_softmax_less(lambda s: s.mean(axis=-1, keepdims=True))),
            PEAK,
        ),
        "ls-peak-table": Mistake(loss_with(log_p=log_softmax_less(np.max)), PEAK),
    },
    also_right={
        "target by target": target_by_target,
        "the real rows first, and logits alone": real_rows_first,
        "in one sum": loss_with(),
    },
    hints=(
        "Three steps: log-softmax of each row, the loss of each target, the mean over "
        "the real ones.",
        "The loss of one target: (1 - s) times minus its log-probability, and s times "
        "minus the mean log-probability of all words.",
        "`np.take_along_axis(log_p, targets[:, None], axis=-1)` picks one number from "
        "each row.",
    ),
    question_after=(
        "One question about your function: the right word has the logit z, and nine "
        "others have 0. For which z is the loss lowest, with smoothing 0.1 and without?"
    ),
    answer_after=(
        "With smoothing at z = ln 91, about 4.5: then the probabilities are 0.91 and "
        "0.01, those of the target. Without it there is no such z, and every step "
        "would make z larger: that is what smoothing ends."
    ),
)
