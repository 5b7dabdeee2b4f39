"""One table for both ends."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import log_softmax, soft


def tied(tokens, hidden, table):
    """What the first block reads, and the logits that the last one's output gives."""
    x = table[tokens] * np.sqrt(table.shape[1])  # (..., t, d_model)
    logits = hidden @ table.T  # (..., t, vocab)
    return x, logits


def tied_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, shape, vocab, d_model, tokens=None):
        if tokens is None:
            tokens = rng.integers(vocab, size=shape)
        hidden = 2 + rng.normal(size=(*shape, d_model))
        table = rng.normal(size=(vocab, d_model)) / np.sqrt(d_model)
        return Case(name, (tokens, hidden, table))

    zeros = rng.normal(size=(7, 3)) * (np.arange(7) != 0)[:, None]
    return [
        case("2 samples of 5 tokens, 11 words, width 7", (2, 5), 11, 7),
        case("the same sizes, other numbers", (2, 5), 11, 7),
        case("as many words as numbers in one", (3,), 5, 5, np.array([4, 0, 2])),
        case(
            "3 samples of 3 tokens",
            (3, 3),
            7,
            5,
            np.array([[0, 6, 2], [4, 1, 5], [3] * 3]),
        ),
        case("words, width and tokens all 5", (5,), 5, 5, np.array([3, 0, 4, 3, 1])),
        case("11 tokens of 13, 17 words", (11,), 17, 13),
        case("the first word and the last", (2,), 7, 3, np.array([0, 6])),
        case("one word again and again", (7,), 3, 2, np.full(7, 2)),
        case("one token, width 1", (1,), 5, 1, np.array([3])),
        Case(
            "a word 0 of zeros",
            (np.array([[0, 4, 0], [1, 6, 0]]), rng.normal(size=(2, 3, 3)), zeros),
        ),
    ]


def tied_with(
    embed=lambda tokens, table: table[tokens] * np.sqrt(table.shape[1]),
    read=lambda hidden, table: hidden @ table.T,
):
    """Both ends, with one of them replaced."""
    return lambda tokens, hidden, table: (embed(tokens, table), read(hidden, table))


def scaled(factor):
    """The rows of the table times another factor."""
    return tied_with(lambda tokens, table: table[tokens] * factor(tokens, table))


def root(table):
    return np.sqrt(table.shape[1])


def of_unit_length(rows):
    length = np.sqrt((rows**2).sum(axis=-1, keepdims=True))
    return rows / np.where(length == 0, 1.0, length)


def by_one_hot_rows(tokens, hidden, table):
    one_hot = np.eye(len(table))[tokens]
    return root(table) * one_hot @ table, np.einsum("...d,vd->...v", hidden, table)


def token_by_token(tokens, hidden, table):
    x = np.zeros((*tokens.shape, table.shape[1]))
    logits = np.zeros((*tokens.shape, len(table)))
    for place in np.ndindex(tokens.shape):
        x[place] = table[tokens[place]] * table.shape[1] ** 0.5
        for word, row in enumerate(table):
            logits[(*place, word)] = hidden[place] @ row
    return x, logits


NO_FACTOR = (
    "Your embeddings are the rows of the table as they are. In the first paper they "
    "are multiplied by the root of d_model on their way in."
)


EXERCISE = Exercise(
    title="One table for both ends",
    answer=tied,
    returns={
        "x": "what does the first block read here, of the token's row and the factor?",
        "logits": "how well does this output fit a word's row of the table?",
    },
    cases=tied_cases,
    mistakes={
        "tl-noscale": Mistake(
            scaled(lambda tokens, table: 1.0),
            NO_FACTOR,
        ),
        "tl-divided": Mistake(
            scaled(lambda tokens, table: 1 / root(table)),
            "Your embeddings are divided by the root of d_model, as scores are in "
            "attention by the root of d_k. Embeddings are multiplied by it.",
        ),
        "tl-width": Mistake(
            scaled(lambda tokens, table: table.shape[1]),
            "Your embeddings are d_model times the rows of the table. The factor is "
            "its root.",
        ),
        "tl-half-width": Mistake(
            scaled(lambda tokens, table: table.shape[1] / 2),
            "Your factor is half of d_model, as Python reads `d ** 1 / 2`: the power "
            "first, then the division. The root is `d ** 0.5` or `np.sqrt(d)`.",
        ),
        "tl-vocab": Mistake(
            scaled(lambda tokens, table: np.sqrt(len(table))),
            "Your factor is the root of the number of words. It is the root of "
            "d_model, the width of a row.",
        ),
        "tl-length": Mistake(
            scaled(lambda tokens, table: np.sqrt(tokens.shape[-1])),
            "Your factor is the root of the number of tokens. It is the root of "
            "d_model, the width of a row.",
        ),
        "tl-other-side": Mistake(
            lambda tokens, hidden, table: (
                table[tokens],
                root(table) * hidden @ table.T,
            ),
            "The factor is at the wrong end: your logits have it, and your embeddings "
            "do not. What is multiplied by the root of d_model is what goes in.",
        ),
        "tl-both-sides": Mistake(
            tied_with(read=lambda hidden, table: root(table) * hidden @ table.T),
            "The factor is at both ends. The logits are dot products with the rows of "
            "the table as they stand: only what goes in is multiplied.",
        ),
        "tl-scaled-down": Mistake(
            tied_with(read=lambda hidden, table: hidden @ table.T / root(table)),
            "Your logits are divided by the root of d_model. The logits are dot "
            "products with the rows of the table as they stand.",
        ),
        "tl-scaled-down-alone": Mistake(
            lambda tokens, hidden, table: (
                table[tokens],
                hidden @ table.T / root(table),
            ),
            "The root of d_model divides your logits, and your embeddings have no "
            "factor. (T5 does so, when it ties.) Asked is the first paper's way: what "
            "goes in is multiplied, and the logits are plain dot products.",
        ),
        "tl-noT": Mistake(
            tied_with(read=lambda hidden, table: hidden @ table),
            "Your outputs meet the columns of the table; that fits only where there "
            "are as many words as numbers in one. A word is a row: `hidden @ table.T`.",
        ),
        "tl-columns": Mistake(
            tied_with(
                lambda tokens, table: np.moveaxis(table[:, tokens], 0, -1) * root(table)
            ),
            "Your embeddings are columns of the table, and it has one row for each "
            "word: `table[tokens]`.",
        ),
        "tl-softmax": Mistake(
            tied_with(read=lambda hidden, table: soft(hidden @ table.T)),
            "Your second result are probabilities. Logits are asked for: the loss "
            "takes the softmax by itself, and so does whoever draws a word.",
        ),
        "tl-log-softmax": Mistake(
            tied_with(read=lambda hidden, table: log_softmax(hidden @ table.T)),
            "Your second result are log-probabilities. Logits are asked for, the dot "
            "products alone.",
        ),
        "tl-cosine": Mistake(
            tied_with(read=lambda hidden, table: hidden @ of_unit_length(table).T),
            "The length of a word's row has no effect on your logits, as when the rows "
            "are normalised first. Plain dot products are asked for: a longer row is a "
            "louder word.",
        ),
        "tl-embedded": Mistake(
            lambda tokens, hidden, table: (
                root(table) * table[tokens],
                root(table) * table[tokens] @ table.T,
            ),
            "`hidden` has no effect in yours: the logits are made from the embeddings, "
            "as if there were no block between. They come from what the last block "
            "gives.",
        ),
        "tl-centred": Mistake(
            tied_with(
                read=lambda hidden, table: (
                    (hidden - hidden.mean(axis=-1, keepdims=True)) @ table.T
                )
            ),
            "Your logits do not feel the mean of an output, as when it is normalised "
            "once more. `hidden` comes from behind the last norm already.",
        ),
        "tl-one-early": Mistake(
            tied_with(lambda tokens, table: table[tokens - 1] * root(table)),
            "Each token gets the row of the word before its own. The numbers of words "
            "count from 0, like rows.",
        ),
        "tl-exchanged": Mistake(
            lambda tokens, hidden, table: tied(tokens, hidden, table)[::-1],
            "The two results have changed places: what goes in comes first, then the "
            "logits.",
        ),
        "tl-best-word": Mistake(
            tied_with(read=lambda hidden, table: (hidden @ table.T).argmax(axis=-1)),
            "Your second result is the number of the best word. Asked is how well "
            "every word fits: vocab numbers for each token.",
        ),
    },
    also_right={
        "by one-hot rows": by_one_hot_rows,
        "token by token": token_by_token,
    },
    hints=(
        "Row i of the table is word i. An index with an array of numbers takes a row "
        "for each.",
        "At the other end each word's row is compared with the output: a dot product "
        "for every word, `hidden @ table.T`.",
    ),
    question_after=(
        "One question about your function: a vocabulary of 37000 and a width of 512. "
        "How many numbers does tying save?"
    ),
    answer_after=(
        "37000 × 512, nearly 19 million. The base model of the first paper has about "
        "65 million in all, and its two embeddings and the last layer share one table."
    ),
)
