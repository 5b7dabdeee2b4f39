"""The answer is one place ahead."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import (
    log_of_plain_softmax,
    log_softmax,
    log_softmax_less,
    soft,
)


def next_token_loss(logits, tokens):
    """The mean surprise of each token that follows another, in nats, and its exp."""
    before, after = logits[:, :-1], tokens[:, 1:]
    below = before - before.max(axis=-1, keepdims=True)
    log_p = below - np.log(np.exp(below).sum(axis=-1, keepdims=True))
    chosen = np.take_along_axis(log_p, after[..., None], axis=-1)[..., 0]
    real = (tokens[:, :-1] != 0) & (after != 0)  # (b, t - 1)
    loss = -chosen[real].mean()
    return loss, np.exp(loss)


def loss_cases(seed):
    rng = np.random.default_rng(seed)

    def texts(*rows):
        """Tokens from 1 to 6 where a row has a 1, and padding elsewhere."""
        real = np.array([[int(place) for place in row] for row in rows])
        return real * rng.integers(1, 7, size=real.shape)

    def case(name, tokens, vocab=7, loud=1.0):
        return Case(name, (loud * rng.normal(size=(*tokens.shape, vocab)), tokens))

    def changed(name, change):
        """Texts of ten tokens, whose logits are changed in one place of each."""
        tokens = texts("1111111111", "1111111111")
        logits = rng.normal(size=(2, 10, 7))
        change(logits, 3, tokens[0, 4])
        return Case(name, (logits, tokens))

    def lower_row(logits, place, token):
        logits[0, place] -= 2000.0

    def lift_token(logits, place, token):
        logits[0, place, token] += 2000.0

    def lower_token(logits, place, token):
        logits[0, place, token] -= 800.0

    sure = texts("1111", "1110")
    right = 1000.0 * np.eye(7)[np.roll(sure, -1, axis=1)]
    return [
        case("2 texts of 5 tokens, no padding", texts("11111", "11111")),
        case("padding at the end", texts("1111111", "1110000", "1100000")),
        case("padding in front", texts("0001111", "0111111")),
        case("padding in the middle", texts("1101110", "1110011")),
        case(
            "a long text and a short one, loud", texts("1" * 11, "11" + 9 * "0"), 7, 3
        ),
        case("5 texts of 5 tokens, 5 words", texts(*5 * ["11111"]) % 5, 5),
        case("11 texts of 13 tokens, 17 words", rng.integers(1, 17, size=(11, 13)), 17),
        case("one text of two tokens", texts("11")),
        Case("sure and right", (right, sure)),
        changed("a place with logits far below the others", lower_row),
        changed("a token far above the others, and right", lift_token),
        changed("a token far below the others, and right", lower_token),
    ]


def pairs(logits, tokens):
    """What is predicted where, what stands there, what was read and what follows."""
    return logits[:, :-1], tokens[:, 1:], tokens[:, :-1] != 0, tokens[:, 1:] != 0


def each_text(chosen, real):
    """The loss of each text."""
    return -np.where(real, chosen, 0.0).sum(axis=1) / real.sum(axis=1)


def over_real(chosen, real):
    return -chosen[real].mean()


def loss_with(
    log_p=log_softmax,
    shift=pairs,
    count=lambda read, follows: read & follows,
    mean=over_real,
    finish=lambda loss: (loss, np.exp(loss)),
):
    """The loss with one of its parts replaced."""

    def program(logits, tokens):
        logits, targets, read, follows = shift(logits, tokens)
        chosen = np.take_along_axis(log_p(logits), targets[..., None], axis=-1)[..., 0]
        return finish(mean(chosen, count(read, follows)))

    return program


def unshifted(logits, tokens):
    return logits, tokens, tokens != 0, tokens != 0


def shifted_by_two(logits, tokens):
    return logits[:, :-2], tokens[:, 2:], tokens[:, :-2] != 0, tokens[:, 2:] != 0


def backwards(logits, tokens):
    return logits[:, 1:], tokens[:, :-1], tokens[:, 1:] != 0, tokens[:, :-1] != 0


def rolled(logits, tokens):
    targets = np.roll(tokens, -1, axis=1)
    return logits, targets, tokens != 0, targets != 0


def of_all_logits(pick):
    """Log-softmax before the last place is cut off, with ``pick`` over all places."""
    return loss_with(log_p=log_softmax_less(pick))


def of_the_best(logits, tokens):
    before, _, read, follows = pairs(logits, tokens)
    loss = -log_softmax(before).max(axis=-1)[read & follows].mean()
    return loss, np.exp(loss)


def of_misses(logits, tokens):
    before, targets, read, follows = pairs(logits, tokens)
    loss = (before.argmax(axis=-1) != targets)[read & follows].mean()
    return loss, np.exp(loss)


def of_the_entropy(logits, tokens):
    before, _, read, follows = pairs(logits, tokens)
    p = soft(before)
    loss = -(p * log_softmax(before)).sum(axis=-1)[read & follows].mean()
    return loss, np.exp(loss)


def token_by_token(logits, tokens):
    losses = []
    for rows, text in zip(logits, tokens, strict=True):
        for row, token, following in zip(rows, text, text[1:], strict=False):
            if token and following:
                peak = row.max()
                losses.append(peak + np.log(np.exp(row - peak).sum()) - row[following])
    loss = np.mean(losses)
    return loss, np.exp(loss)


def by_marked_targets(logits, tokens):
    """Targets that do not count are marked, and only then is anything computed."""
    targets = np.where(tokens[:, :-1] > 0, tokens[:, 1:], 0)
    row, place = np.nonzero(targets)
    chosen = logits[row, place]
    total = np.logaddexp.reduce(chosen, axis=-1)
    loss = (total - chosen[np.arange(len(row)), targets[row, place]]).mean()
    return loss, np.e**loss


PEAK = (
    "Right until logits are large: one far above what is subtracted makes exp "
    "overflow, and where all of a place lie far below it, exp is 0 and its logarithm "
    "-inf. Subtract the largest logit of each place."
)


FLOOR = (
    "Tokens that the model held to be all but impossible cost less in yours, as when a "
    "small number is added inside the logarithm. Take the logarithm before anything "
    "can become 0: logit, less the largest of its place, less the log of the sum of "
    "exp."
)


EXERCISE = Exercise(
    title="The answer is one place ahead",
    answer=next_token_loss,
    returns={
        "loss": "how many nats does a token cost that follows another, on average?",
        "perplexity": "between how many equally likely tokens does the model hesitate?",
    },
    cases=loss_cases,
    mistakes={
        "nt-none": Mistake(
            loss_with(shift=unshifted),
            "Each place is asked in yours for the token that it has read. A model that "
            "may look at itself copies it, and the loss goes to 0. The logits of place "
            "i are about the token at i + 1.",
        ),
        "nt-two": Mistake(
            loss_with(shift=shifted_by_two),
            "Each place is asked in yours for the token after the next, as when two "
            "parts of a program both shift. One shift is enough.",
        ),
        "nt-reverse": Mistake(
            loss_with(shift=backwards),
            "Each place is asked in yours for the token before it. Cut the last place "
            "off the logits and the first one off the tokens.",
        ),
        "nt-roll": Mistake(
            loss_with(shift=rolled),
            "The last place of a text is asked for its first token in yours, as "
            "`np.roll` would have it. Nothing follows the last place: leave it out.",
        ),
        "nt-padding": Mistake(
            loss_with(count=lambda read, follows: np.full_like(read, True)),
            "The padding counts in yours. A pair counts where both the token that is "
            "read and the one that follows are real, that is, not 0.",
        ),
        "nt-padding-read": Mistake(
            loss_with(count=lambda read, follows: follows),
            "Padding predicts in yours: what follows it counts, if that is a real "
            "token. Nothing has been read there. Both tokens of a pair must be real.",
        ),
        "nt-padding-follows": Mistake(
            loss_with(count=lambda read, follows: read),
            "Padding is predicted in yours: the first 0 after each text counts. Both "
            "tokens of a pair must be real.",
        ),
        "nt-zeroed": Mistake(
            loss_with(mean=lambda chosen, real: -np.where(real, chosen, 0.0).mean()),
            "The padding costs nothing in yours and is still counted: the sum is "
            "divided by all places. Divide by the number of real pairs.",
        ),
        "nt-tokens": Mistake(
            lambda logits, tokens: (lambda loss: (loss, np.exp(loss)))(
                next_token_loss(logits, tokens)[0]
                * np.sum((tokens[:, 1:] != 0) & (tokens[:, :-1] != 0))
                / np.count_nonzero(tokens)
            ),
            "Your sum is divided by the number of tokens. The first of a text is "
            "predicted by nothing: divide by the number of pairs.",
        ),
        "nt-texts": Mistake(
            loss_with(mean=lambda chosen, real: each_text(chosen, real).mean()),
            "A token of a short text counts more in yours than one of a long text, as "
            "when each text is averaged first, and then the texts. A mean over tokens "
            "lets each count the same.",
        ),
        "nt-per-text": Mistake(
            loss_with(mean=lambda chosen, real: -chosen[real].sum() / len(chosen)),
            "Your loss is that of a text, which grows with its length: the sum is "
            "divided by the number of texts. Divide by the number of real pairs.",
        ),
        "nt-sum": Mistake(
            loss_with(mean=lambda chosen, real: -chosen[real].sum()),
            "Your losses are added up, so a long text costs more than a short one. "
            "Take their mean.",
        ),
        "nt-sign": Mistake(
            loss_with(mean=lambda chosen, real: chosen[real].mean()),
            "The minus sign is missing: yours is what training should make large.",
        ),
        "nt-logits": Mistake(
            loss_with(log_p=lambda logits: logits),
            "Your logits are taken for log-probabilities. They become such in a "
            "log-softmax: each less the log of the sum of exp.",
        ),
        "nt-double": Mistake(
            loss_with(log_p=lambda logits: log_softmax(soft(logits))),
            "Your numbers are those of a softmax put through a log-softmax, so even a "
            "model that is quite sure seems undecided. One is enough.",
        ),
        "nt-p": Mistake(
            loss_with(log_p=soft),
            "The logarithm is missing: yours is less the mean probability of the right "
            "token.",
        ),
        "nt-log-of-mean": Mistake(
            loss_with(mean=lambda chosen, real: -np.log(np.exp(chosen[real]).mean())),
            "Yours is the logarithm of the mean probability, in which a token held to "
            "be nearly impossible is lost. Take the mean of the logarithms.",
        ),
        "nt-best": Mistake(
            of_the_best,
            "`tokens` decides nothing in yours but what counts: it rates the token "
            "that the model likes best. Asked is the one that stands in the text.",
        ),
        "nt-misses": Mistake(
            of_misses,
            "Yours is the share of tokens that the model would not have chosen. The "
            "loss asks how probable the right one was.",
        ),
        "nt-entropy": Mistake(
            of_the_entropy,
            "Yours measures how undecided the model is, whatever token followed. A "
            "model may be very sure and wrong.",
        ),
        "nt-bits": Mistake(
            loss_with(finish=lambda loss: (loss / np.log(2), np.exp(loss))),
            "The perplexity is right. The loss is in bits, as with `np.log2`; asked "
            "are nats, the natural logarithm.",
        ),
        "nt-two-to-the": Mistake(
            loss_with(finish=lambda loss: (loss, 2**loss)),
            "The loss is right. The perplexity is 2 to the power of natural "
            "logarithms. Base and logarithm belong together: `np.exp` for nats.",
        ),
        "nt-exp-of-bits": Mistake(
            loss_with(finish=lambda loss: (loss / np.log(2), np.exp(loss / np.log(2)))),
            "Your loss is in bits, and the perplexity is e to the power of it. Asked "
            "are nats, the natural logarithm, with `np.exp`.",
        ),
        "nt-mean-inverse": Mistake(
            loss_with(
                mean=lambda chosen, real: chosen[real],
                finish=lambda chosen: (-chosen.mean(), np.exp(-chosen).mean()),
            ),
            "The loss is right. The perplexity is the mean of 1/p over the tokens, "
            "which one rare token rules. It is exp of the mean loss.",
        ),
        "nt-mean-perplexity": Mistake(
            loss_with(
                mean=lambda chosen, real: (
                    over_real(chosen, real),
                    np.exp(each_text(chosen, real)).mean(),
                ),
                finish=lambda both: both,
            ),
            "The loss is right. The perplexity is the mean of the texts' perplexities, "
            "in which a short text that went badly rules. It is exp of the mean loss.",
        ),
        "nt-exchanged": Mistake(
            loss_with(finish=lambda loss: (np.exp(loss), loss)),
            "The two results have changed places: the loss comes first, then the "
            "perplexity.",
        ),
        "nt-same": Mistake(
            loss_with(finish=lambda loss: (loss, loss)),
            "The loss is right, and the perplexity is the loss once more. It is exp of "
            "it.",
        ),
        "nt-log-of-0": Mistake(
            loss_with(log_p=lambda logits: np.log(soft(logits))),
            "Right until the token that follows lies far below the others: its "
            "probability is 0 in a computer, and the logarithm -inf. Take the "
            "logarithm of the softmax by hand: logit, less the largest of its place, "
            "less the log of the sum of exp.",
        ),
        **{
            f"nt-floor{variant}": Mistake(
                loss_with(
                    log_p=lambda logits, floor=floor: np.log(soft(logits) + floor)
                ),
                FLOOR,
            )
            for variant, floor in (("", 1e-9), ("-8", 1e-8), ("-10", 1e-10))
        },
        "nt-floor-clipped": Mistake(
            loss_with(log_p=lambda logits: np.log(np.maximum(soft(logits), 1e-12))),
            FLOOR,
        ),
        "nt-nomax": Mistake(
            loss_with(log_p=log_of_plain_softmax),
            "Right until logits are large: exp of a large one is inf, and inf/inf is "
            "nan; exp of one far below 0 is 0. Subtract the largest logit of each "
            "place first, and take the logarithm before anything can become 0.",
        ),
        "nt-peak": Mistake(of_all_logits(lambda logits: 0.0), PEAK),
        "nt-peak-mean": Mistake(
            of_all_logits(lambda logits: logits.mean(axis=-1, keepdims=True)), PEAK
        ),
        "nt-peak-all": Mistake(of_all_logits(np.max), PEAK),
        "nt-peak-text": Mistake(
            of_all_logits(lambda logits: logits.max(axis=(1, 2), keepdims=True)), PEAK
        ),
    },
    also_right={
        "token by token": token_by_token,
        "the pairs that count first": by_marked_targets,
        "in one sum": loss_with(),
    },
    hints=(
        "The logits at place i were made from the tokens up to i, and are about the "
        "token at i + 1: `logits[:, :-1]` meets `tokens[:, 1:]`.",
        "Log-softmax, then the log-probability of the token that follows: "
        "`np.take_along_axis(log_p, after[..., None], axis=-1)`.",
        "A pair counts where neither token is 0. One mean over all such pairs, however "
        "they are spread over the texts.",
    ),
    question_after=(
        "One question about your function: a batch is cut into two halves to save "
        "memory, one with 100 pairs at 2 nats, one with 10 at 4. What is the loss of "
        "the batch, and what is the mean of the two losses?"
    ),
    answer_after=(
        "2.18 and 3.0: the mean of two means lets a pair of the small half count ten "
        "times. Add up the losses and the numbers of pairs, and divide once. The fault "
        "is invisible while all halves have as many pairs."
    ),
)
