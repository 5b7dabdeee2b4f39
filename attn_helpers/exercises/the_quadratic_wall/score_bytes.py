"""Room for the table of scores."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def score_bytes(batch, num_heads, t_q, t_k, d_v, bits):
    """Bytes of all scores, and of scores, weights and output together."""
    table = batch * num_heads * t_q * t_k
    output = batch * num_heads * t_q * d_v
    itemsize = bits // 8
    return table * itemsize, (2 * table + output) * itemsize


def room_cases(seed):
    del seed  # sizes, not numbers: nothing here is random
    return [
        Case("2 texts, 3 heads, 5 queries, 7 keys, 32 bits", (2, 3, 5, 7, 11, 32)),
        Case("5 texts, 2 heads, 7 queries, 3 keys, 16 bits", (5, 2, 7, 3, 13, 16)),
        Case("8 bits a number", (3, 7, 5, 11, 2, 8)),
        Case("one text", (1, 5, 3, 13, 7, 32)),
        Case("one head", (7, 1, 11, 5, 3, 16)),
        Case("one query, as in decode", (3, 2, 1, 53, 17, 16)),
        Case("64 bits a number", (2, 5, 3, 7, 5, 64)),
        Case("the first Transformer", (1, 8, 512, 512, 64, 32)),
    ]


def bytes_with(
    table=lambda b, h, q, k: b * h * q * k,
    output=lambda b, h, q, d: b * h * q * d,
    together=lambda table, output: 2 * table + output,
    item=lambda bits: bits // 8,
):
    """Both counts with a part replaced."""

    def program(batch, num_heads, t_q, t_k, d_v, bits):
        scores = table(batch, num_heads, t_q, t_k)
        rest = output(batch, num_heads, t_q, d_v)
        return scores * item(bits), together(scores, rest) * item(bits)

    return program


def of_arrays(batch, num_heads, t_q, t_k, d_v, bits):
    """Measured on arrays of these shapes."""
    scores = np.zeros((batch, num_heads, t_q, t_k), f"V{bits // 8}")
    output = np.zeros((batch, num_heads, t_q, d_v), f"V{bits // 8}")
    return scores.nbytes, scores.nbytes + scores.nbytes + output.nbytes


def head_by_head(batch, num_heads, t_q, t_k, d_v, bits):
    of_a_head = t_q * t_k * bits // 8
    table = sum(of_a_head for _ in range(batch) for _ in range(num_heads))
    return table, table * 2 + batch * t_q * num_heads * d_v * bits // 8


EXERCISE = Exercise(
    title="Room for the table of scores",
    answer=score_bytes,
    returns={
        "scores": "how many bytes do all scores take?",
        "together": "how many bytes do scores, weights and output take together?",
    },
    cases=room_cases,
    mistakes={
        "sb-bits": Mistake(
            bytes_with(item=lambda bits: bits),
            "Both of yours are eight times as large as they should be: those are "
            "bits, and eight of them are a byte.",
        ),
        "sb-numbers": Mistake(
            bytes_with(item=lambda bits: 1),
            "You count numbers, and yours does not depend on their format. A number of "
            "32 bits takes four bytes.",
        ),
        "sb-float32": Mistake(
            bytes_with(item=lambda bits: 4),
            "Each number takes four bytes in yours, whatever its format is. `bits` "
            "says how many bits it has.",
        ),
        "sb-one-head": Mistake(
            bytes_with(lambda b, h, q, k: b * q * k),
            "All heads share one table in yours. Each head has scores of its own: the "
            "width is divided among the heads, the pairs are not.",
        ),
        "sb-one-text": Mistake(
            bytes_with(lambda b, h, q, k: h * q * k, lambda b, h, q, d: h * q * d),
            "Yours does not depend on the batch. Each text has its own scores, and its "
            "own output.",
        ),
        "sb-queries-squared": Mistake(
            bytes_with(lambda b, h, q, k: b * h * q * q),
            "Your table is square, with as many columns as queries. It has a column "
            "for each key.",
        ),
        "sb-keys-squared": Mistake(
            bytes_with(lambda b, h, q, k: b * h * k * k),
            "Your table is square, with as many rows as keys. It has a row for each "
            "query.",
        ),
        "sb-added": Mistake(
            bytes_with(lambda b, h, q, k: b * h * (q + k)),
            "Queries and keys are added in yours. There is a score for each pair.",
        ),
        "sb-one-table": Mistake(
            bytes_with(together=lambda table, output: table + output),
            "The scores are right. In the end there are two such tables, the scores "
            "and the weights that the softmax has made of them.",
        ),
        "sb-no-output": Mistake(
            bytes_with(together=lambda table, output: 2 * table),
            "The scores are right, and the output is missing from the sum.",
        ),
        "sb-larger": Mistake(
            bytes_with(together=lambda table, output: max(2 * table, table + output)),
            "The scores are right. Your sum frees a table before the output is made. "
            "Here all three are kept to the end.",
        ),
        "sb-one-head-of-output": Mistake(
            bytes_with(output=lambda b, h, q, d: b * q * d),
            "The scores are right. The output of one head is in your sum, and each "
            "head has one.",
        ),
        "sb-output-of-keys": Mistake(
            lambda b, h, q, k, d, bits: (
                b * h * q * k * bits // 8,
                b * h * (2 * q * k + k * d) * bits // 8,
            ),
            "The scores are right. Your output has a row for each key; it has one for "
            "each query.",
        ),
        "sb-half": Mistake(
            bytes_with(item=lambda bits: bits // 16),
            "Both of yours are half as large as they should be, or less. A byte has "
            "eight bits.",
        ),
    },
    also_right={"measured on arrays": of_arrays, "head by head": head_by_head},
    hints=(
        "How many scores are there: for one head of one text, and then in all?",
        "Scores and weights have the same shape. The output has t_q rows of d_v "
        "numbers for each head.",
    ),
    question_after=(
        "One question about your function: a text becomes ten times as long, and each "
        "number has half as many bits. By what factor do the bytes of the scores grow?"
    ),
    answer_after=(
        "By 50: a hundred times the pairs, half the bytes for each. A smaller format "
        "moves the wall, by a factor of 1.4 in length for each halving."
    ),
)
