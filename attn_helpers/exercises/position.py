"""Exercises of chapter 7: sinusoids, adding them, rotations, ALiBi, stretching."""

from functools import partial

import numpy as np

from attn_helpers.exercises._types import Case, Exercise, Mistake

CHAPTER = "07_position"


# ------------------------------------------------------------------ the answers
# [sinusoidal-solution]
def sinusoidal(length, d_model):
    """A row of sin, cos, sin, cos, … for every position, counted from 0."""
    pair = np.arange(0, d_model, 2)  # 2 i: what both columns of pair i share
    angles = np.arange(length)[:, None] / 10_000 ** (pair / d_model)
    table = np.empty((length, d_model))
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles)
    return table


# [sinusoidal-solution-end]


# [add-position-solution]
def add_positions(x, table, start):
    """Add to each token the row of the table for the place where it stands."""
    t = x.shape[1]
    return x + table[start : start + t]  # (t, d) lines up with the last two axes


# [add-position-solution-end]


# [rope-solution]
def rotate(x, positions):
    """Turn neighbours (0, 1), (2, 3), … of each row by position times frequency."""
    d = x.shape[-1]
    angle = positions[:, None] * 10_000.0 ** (-np.arange(0, d, 2) / d)  # (t, d / 2)
    cos, sin = np.cos(angle), np.sin(angle)
    first, second = x[..., 0::2], x[..., 1::2]
    turned = np.empty_like(x)
    turned[..., 0::2] = first * cos - second * sin
    turned[..., 1::2] = first * sin + second * cos
    return turned


# [rope-solution-end]


# [alibi-solution]
def alibi(num_heads, t):
    """What each head adds to a score, by how far back the key lies."""
    head = np.arange(1, num_heads + 1)
    slope = 2.0 ** (-8 * head / num_heads)  # the first head is the most short-sighted
    offset = np.arange(t) - np.arange(t)[:, None]  # (t, t): key minus query position
    return slope[:, None, None] * np.minimum(offset, 0)


# [alibi-solution-end]


# [stretch-solution]
def stretched_angles(length, trained, d):
    """RoPE's angles for a longer text, squeezed in two ways into the trained range."""
    pair = np.arange(0, d, 2) / d
    factor = length / trained
    squeezed = np.arange(length)[:, None] / factor * 10_000.0**-pair
    base = 10_000.0 * factor ** (d / (d - 2))
    rebased = np.arange(length)[:, None] * base**-pair
    return squeezed, rebased


# [stretch-solution-end]


# ------------------------------------------------------------------- sinusoidal
def sinusoidal_cases(seed):
    return [
        Case("7 positions, width 6", (7, 6)),
        Case("7 positions, width 2", (7, 2)),
        Case("one position", (1, 6)),
        Case("5 positions, width 4", (5, 4)),
        Case("3 positions, width 10", (3, 10)),
    ]


def waves(angles):
    """A table of sin and cos by column, from a function of column, position, width."""

    def table(length, d_model):
        column = np.arange(d_model)
        position = np.arange(length)[:, None]
        angle = angles(column, position, d_model)
        return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))

    return table


def even(column):
    return column // 2 * 2


def all_sines_first(length, d_model):
    table = sinusoidal(length, d_model)
    return np.concatenate([table[:, 0::2], table[:, 1::2]], axis=-1)


def cosine_first(length, d_model):
    table = sinusoidal(length, d_model)
    return np.stack([table[:, 1::2], table[:, 0::2]], axis=-1).reshape(table.shape)


def only_sines(length, d_model):
    column = np.arange(d_model)
    return np.sin(np.arange(length)[:, None] / 1e4 ** (even(column) / d_model))


def one_position_at_a_time(length, d_model):
    return np.array(
        [
            [
                (np.sin, np.cos)[j % 2](p / 1e4 ** ((j - j % 2) / d_model))
                for j in range(d_model)
            ]
            for p in range(length)
        ]
    )


def through_the_exponential(length, d_model):
    rate = np.exp(-np.log(1e4) / d_model * np.arange(0, d_model, 2))
    angles = np.arange(length)[:, None] * rate
    return np.stack([np.sin(angles), np.cos(angles)], -1).reshape(length, d_model)


SINUSOIDAL = Exercise(
    id="sinusoidal",
    chapter=CHAPTER,
    title="A clock for every pair of columns",
    answer=sinusoidal,
    returns={"table": "what does column {1} say at position {0}?"},
    cases=sinusoidal_cases,
    mistakes={
        "p-2i": Mistake(
            waves(lambda c, p, d: p / 1e4 ** (2 * c / d)),
            "Your exponent uses twice the number of the column. In the paper i counts "
            "pairs: columns 2i and 2i + 1 share the exponent 2i/d.",
        ),
        "p-twice": Mistake(
            waves(lambda c, p, d: p / 1e4 ** (2 * even(c) / d)),
            "Your exponent of pair i is 4i/d: a factor of 2 too many. "
            "`np.arange(0, d_model, 2)` is 2i already; `np.arange(d_model // 2)` is i.",
        ),
        "p-own": Mistake(
            waves(lambda c, p, d: p / 1e4 ** (c / d)),
            "Sine and cosine of a pair must share one frequency, or they are not the "
            "two coordinates of one clock hand. Your cosine turns more slowly than the "
            "sine before it.",
        ),
        "p-halves": Mistake(
            all_sines_first,
            "You have all sines, then all cosines. Some code lays them out so; asked "
            "for is sin, cos, sin, cos.",
        ),
        "p-swap": Mistake(
            cosine_first,
            "Sine and cosine have changed places: position 0 should read 0, 1, 0, 1.",
        ),
        "p-mul": Mistake(
            waves(lambda c, p, d: p * 1e4 ** (even(c) / d)),
            "You multiply by 10000^(2i/d). Divide: each pair turns more slowly than "
            "the one before.",
        ),
        **{
            f"p-base{variant}": Mistake(
                waves(lambda c, p, d, base=base: p / base ** (even(c) / d)),
                "The base is 10 000, and yours is another number.",
            )
            for variant, base in (("", 1e3), ("-100000", 1e5))
        },
        "p-from1": Mistake(
            waves(lambda c, p, d: (p + 1) / 1e4 ** (even(c) / d)),
            "Your first row is the one of position 1. Positions count from 0, where "
            "every sine is 0 and every cosine 1.",
        ),
        "p-power": Mistake(
            waves(lambda c, p, d: p * (even(c) / d) ** 1e-4),
            "Base and exponent have changed places: 10000 is raised to the power 2i/d.",
        ),
        "p-floor": Mistake(
            waves(lambda c, p, d: p * np.exp(even(c) * (-np.log(1e4) / d // 2))),
            "-log(10000) / d // 2 is a whole number, as Python reads it from the left. "
            "The exponent is -log(10000) × 2i / d.",
        ),
        "p-sines": Mistake(
            only_sines,
            "The odd columns are sines, too. With the sine alone a clock hand at 10 "
            "minutes looks like one at 20.",
        ),
        "p-pairs": Mistake(
            waves(lambda c, p, d: p / 1e4 ** (c // 2 / d)),
            "Your frequencies fall too slowly: the exponent of pair i is 2i/d, and "
            "yours is i/d. (A base of 100 comes to the same.)",
        ),
    },
    also_right={
        "entry by entry": one_position_at_a_time,
        "through the exponential function": through_the_exponential,
    },
    hints=(
        "Columns 0 and 1 share a frequency, columns 2 and 3 the next. How many "
        "frequencies are there for width 6?",
        "`np.arange(0, d_model, 2) / d_model` is 2i/d for each pair; an angle is the "
        "position divided by 10000 to that power.",
        "`table[:, 0::2] = np.sin(angles)` fills every other column.",
    ),
    question_after=(
        "One question about your function: what is the dot product of two rows, 3 "
        "positions apart? Does it matter where they stand?"
    ),
    answer_after=(
        "It does not: sin a sin b + cos a cos b = cos(a - b) for each pair, so the dot "
        "product of rows m and n depends on m - n alone. That is lost again as soon "
        "as the table is added to words and multiplied by learned matrices."
    ),
)


# ----------------------------------------------------------------- add-position
def add_cases(seed):
    rng = np.random.default_rng(seed)

    def case(b, t, d, length, start):
        return rng.normal(size=(b, t, d)), rng.normal(size=(length, d)), start

    return [
        Case("2 samples of 5 tokens", case(2, 5, 3, 7, 0)),
        Case("5 samples of 5 tokens", case(5, 5, 3, 11, 0)),
        Case("3 samples of 3 tokens, width 3", case(3, 3, 3, 3, 0)),
        Case("one sample, starting at 4", case(1, 3, 2, 7, 4)),
        Case("2 samples, starting at 2", case(2, 3, 5, 11, 2)),
        Case("a single token at 6", case(2, 1, 3, 7, 6)),
    ]


def on_the_batch_axis(x, table, start):
    return x + table[start : start + x.shape[0]][:, None]


def token_by_token(x, table, start):
    moved = x.copy()
    for t in range(x.shape[1]):
        moved[:, t] = moved[:, t] + table[start + t]
    return moved


ADD_POSITION = Exercise(
    id="add-position",
    chapter=CHAPTER,
    title="Along which axis?",
    answer=add_positions,
    returns={"moved": "which row of the table belongs to sample {0}, token {1}?"},
    cases=add_cases,
    mistakes={
        "a-batch": Mistake(
            on_the_batch_axis,
            "The position runs along the batch: all tokens of a sample get the same "
            "row, and each sample another. Axis 0 counts samples, axis 1 tokens.",
        ),
        "a-first": Mistake(
            lambda x, table, start: x + table[start],
            "Every token gets the row of the first one: an order in which all stand at "
            "the same place is none.",
        ),
        "a-start": Mistake(
            lambda x, table, start: x + table[: x.shape[1]],
            "Your count always starts at 0. The first token of `x` stands at `start`. "
            "This mistake shows only once a model writes token by token.",
        ),
        "a-offset": Mistake(
            lambda x, table, start: (
                x + table[np.arange(start + 1, start + 1 + x.shape[1]) % len(table)]
            ),
            "You are one place too late: the first token of `x` stands at `start`, not "
            "at `start + 1`.",
        ),
        "a-count": Mistake(
            lambda x, table, start: x + table[start : x.shape[1]],
            "Your slice fits only where `start` is 0: a slice says where it ends, and "
            "not how many rows it has.",
        ),
        "a-last": Mistake(
            lambda x, table, start: x + table[len(table) - x.shape[1] :],
            "You take the last rows of the table. It is longer than the text; the text "
            "begins at `start`.",
        ),
        "a-mul": Mistake(
            lambda x, table, start: x * table[start : start + x.shape[1]],
            "You multiply. Positions are added; a row with zeros would wipe out the "
            "word.",
        ),
        "a-concat": Mistake(
            lambda x, table, start: np.concatenate(
                [
                    x,
                    np.broadcast_to(table[start : start + x.shape[1]], x.shape),
                ],
                axis=-1,
            ),
            "You put the position beside the word, and the width has doubled. That can "
            "be made to work; asked for is the sum, which keeps the width.",
        ),
        "a-reversed": Mistake(
            lambda x, table, start: x + table[start : start + x.shape[1]][::-1],
            "The last token gets the first position. The rows of the table stand in "
            "the order of the text.",
        ),
    },
    also_right={
        "token by token": token_by_token,
        "with an explicit batch axis": lambda x, table, start: (
            x + table[None, start : start + x.shape[1], :]
        ),
    },
    hints=(
        "Write the axes: `x` is (sample, token, number), `table` is (position, "
        "number). Which two must meet?",
        "Broadcasting lines axes up from the last one, and `table[start : start + t]` "
        "has t rows.",
    ),
    question_after=(
        "One question about your function: with as many samples as tokens, which wrong "
        "program would no shape have betrayed?"
    ),
    answer_after=(
        "The one with the positions along the batch. With 5 samples of 5 tokens every "
        "shape fits, and a model trained so has no order at all."
    ),
)


# ------------------------------------------------------------------------- rope
def rope_cases(seed):
    rng = np.random.default_rng(seed)
    return [
        Case("5 tokens, width 6", (rng.normal(size=(5, 6)), np.arange(5.0))),
        Case("width 2", (rng.normal(size=(5, 2)), np.arange(5.0))),
        Case("positions 3 to 7", (rng.normal(size=(5, 6)), np.arange(3.0, 8.0))),
        Case("3 heads", (rng.normal(size=(3, 5, 6)), np.arange(5.0))),
        Case("5 heads, 5 tokens", (rng.normal(size=(5, 5, 6)), np.arange(5.0))),
        Case("position 0 only", (rng.normal(size=(1, 6)), np.zeros(1))),
        Case("half positions", (rng.normal(size=(5, 4)), np.arange(5) / 2)),
        Case("position 1, width 4", (np.array([[1.0, 0.0, 1.0, 0.0]]), np.ones(1))),
    ]


def turn(x, angle, sign=1.0, half=False):
    """Turn pairs by an angle; the traps are the arguments."""
    cos, sin = np.cos(angle), sign * np.sin(angle)
    if half:
        first, second = np.split(x, 2, axis=-1)
        return np.concatenate(
            [first * cos - second * sin, first * sin + second * cos], -1
        )
    turned = np.empty_like(x)
    first, second = x[..., 0::2], x[..., 1::2]
    turned[..., 0::2] = first * cos - second * sin
    turned[..., 1::2] = first * sin + second * cos
    return turned


def angles(x, positions, base=1e4, step=2):
    d = x.shape[-1]
    return positions[:, None] * base ** (-step * np.arange(d // 2) / d)


def mixed_pairing(x, positions):
    angle = np.concatenate([angles(x, positions)] * 2, axis=-1)
    crossed = np.empty_like(x)
    crossed[..., 0::2], crossed[..., 1::2] = -x[..., 1::2], x[..., 0::2]
    return x * np.cos(angle) + crossed * np.sin(angle)


def halves_with_repeated_angles(x, positions):
    angle = np.repeat(angles(x, positions), 2, axis=-1)
    first, second = np.split(x, 2, axis=-1)
    crossed = np.concatenate([-second, first], axis=-1)
    return x * np.cos(angle) + crossed * np.sin(angle)


def angle_by_column(x, positions):
    d = x.shape[-1]
    angle = positions[:, None] * 1e4 ** (-np.arange(d) / d)
    crossed = np.stack([-x[..., 1::2], x[..., 0::2]], axis=-1).reshape(x.shape)
    return x * np.cos(angle) + crossed * np.sin(angle)


def without_the_minus(x, positions):
    cos, sin = np.cos(angles(x, positions)), np.sin(angles(x, positions))
    turned = np.empty_like(x)
    turned[..., 0::2] = x[..., 0::2] * cos + x[..., 1::2] * sin
    turned[..., 1::2] = x[..., 0::2] * sin + x[..., 1::2] * cos
    return turned


def by_head(x, positions):
    if x.ndim < 3:
        return turn(x, angles(x, 0 * positions))
    heads = np.arange(float(x.shape[0]))[:, None, None]
    d = x.shape[-1]
    return turn(x, heads * 1e4 ** (-np.arange(0, d, 2) / d))


def complex_numbers(x, positions):
    hands = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * angles(x, positions))
    return np.stack([hands.real, hands.imag], axis=-1).reshape(x.shape)


def overwritten(x, positions):
    """The second line uses a first half that has already been turned."""
    cos, sin = np.cos(angles(x, positions)), np.sin(angles(x, positions))
    turned = x.copy()
    turned[..., 0::2] = turned[..., 0::2] * cos - turned[..., 1::2] * sin
    turned[..., 1::2] = turned[..., 0::2] * sin + turned[..., 1::2] * cos
    return turned


ROPE = Exercise(
    id="rope",
    chapter=CHAPTER,
    title="Turn the pairs",
    answer=rotate,
    returns={"turned": "what is number {1} of token {0} after the turn?"},
    cases=rope_cases,
    mistakes={
        "r-half": Mistake(
            lambda x, positions: turn(x, angles(x, positions), half=True),
            "You pair column i with column i + d/2, as GPT-NeoX and many others do. "
            "Here neighbours are paired: (0, 1), (2, 3). Both are right, but not with "
            "each other's weights.",
        ),
        "r-mixed": Mistake(
            mixed_pairing,
            "You turn neighbours, but with angles laid out for the half-split pairing: "
            "the two members of a pair turn by different angles. "
            "`np.repeat(angle, 2, axis=-1)` would fit, concatenating does not.",
        ),
        "r-sign": Mistake(
            lambda x, positions: turn(x, angles(x, positions), sign=-1.0),
            "You turn the other way round. If queries and keys agree, the scores come "
            "out the same; weights from elsewhere would not fit.",
        ),
        "r-nominus": Mistake(
            without_the_minus,
            "The minus sign is missing: this is no rotation. Compare the length of a "
            "row before and after.",
        ),
        "r-twice": Mistake(
            lambda x, positions: turn(x, angles(x, positions, step=4)),
            "Your exponent of pair i is -4i/d: a factor of 2 too many. "
            "`np.arange(0, d, 2)` is 2i already; `np.arange(d // 2)` is i.",
        ),
        "r-mul": Mistake(
            lambda x, positions: turn(x, angles(x, positions, step=-2)),
            "You multiply by 10000^(2i/d). Divide, or put a minus into the exponent: "
            "each pair turns more slowly than the one before.",
        ),
        "r-swap": Mistake(
            lambda x, positions: turn(x, np.pi / 2 - angles(x, positions)),
            "Sine and cosine have changed places: at position 0 nothing should turn.",
        ),
        "r-columns": Mistake(
            angle_by_column,
            "Each column turns by an angle of its own. The two numbers of a pair are "
            "one point and turn by one angle, so there are d/2 speeds.",
        ),
        "r-mixed-back": Mistake(
            halves_with_repeated_angles,
            "Your angles are laid out for neighbours, each twice in a row, and the "
            "numbers are paired half a vector apart. Here neighbours are paired: the "
            "partners of `x[..., 0::2]` are `x[..., 1::2]`.",
        ),
        "r-freq": Mistake(
            lambda x, positions: turn(x, angles(x, positions, step=1)),
            "Your frequencies fall too slowly: the exponent of pair i is -2i/d, and "
            "yours is -i/d.",
        ),
        **{
            f"r-base{variant}": Mistake(
                lambda x, positions, base=base: turn(x, angles(x, positions, base)),
                "The base is 10 000, and yours is another number.",
            )
            for variant, base in (("", 1e3), ("-100000", 1e5), ("-500000", 5e5))
        },
        "r-add": Mistake(
            lambda x, positions: (
                x
                + sinusoidal(int(positions[-1]) + 1, x.shape[-1])[positions.astype(int)]
            ),
            "You add a table of sinusoids. RoPE adds nothing: it turns what is there, "
            "and leaves its length alone.",
        ),
        "r-heads": Mistake(
            by_head,
            "Your angle follows the number of the head: all tokens of a head turn "
            "alike. It is the second axis from the end that counts tokens.",
        ),
        "r-from0": Mistake(
            lambda x, positions: turn(x, angles(x, np.arange(float(len(positions))))),
            "Your count always starts at 0, whatever `positions` says. With stored "
            "keys the next token does not stand at 0.",
        ),
        "r-degrees": Mistake(
            lambda x, positions: turn(x, np.deg2rad(angles(x, positions))),
            "Your angles are read as degrees. numpy's sine and cosine take radians, "
            "and so does the definition: the first pair turns by 1 radian a step.",
        ),
        "r-whole": Mistake(
            lambda x, positions: turn(x, angles(x, np.floor(positions))),
            "You cut the positions down to whole numbers. An angle may stand anywhere "
            "in between, and squeezed positions do.",
        ),
        "r-concatenate": Mistake(
            lambda x, positions: np.concatenate(
                [
                    turn(x, angles(x, positions))[..., 0::2],
                    turn(x, angles(x, positions))[..., 1::2],
                ],
                axis=-1,
            ),
            "The turns are right, but all first coordinates come before all second "
            "ones. Put each pair back where it stood: `turned[..., 0::2]`, "
            "`turned[..., 1::2]`.",
        ),
        "r-overwrite": Mistake(
            overwritten,
            "Your second line uses the first coordinate after it has been turned. Keep "
            "both old ones until both new ones are made.",
        ),
        "r-onefreq": Mistake(
            lambda x, positions: turn(
                x, positions[:, None] * np.ones(x.shape[-1] // 2)
            ),
            "All pairs turn at the same speed in yours. Then positions 0 and 44 look "
            "nearly alike, as 44 radians are almost exactly 7 turns: the slower hands "
            "are there to tell them apart.",
        ),
    },
    also_right={
        "with complex numbers": complex_numbers,
        "with repeated angles": lambda x, positions: (
            x * np.cos(np.repeat(angles(x, positions), 2, axis=-1))
            + np.stack([-x[..., 1::2], x[..., 0::2]], -1).reshape(x.shape)
            * np.sin(np.repeat(angles(x, positions), 2, axis=-1))
        ),
    },
    hints=(
        "Each pair (a, b) is a point in the plane. Turned by an angle t it is "
        "(a cos t - b sin t, a sin t + b cos t).",
        "The angle of pair i at position p is p × 10000^(-2i/d): an array of shape "
        "(t, d/2), the same for every head.",
        "`x[..., 0::2]` and `x[..., 1::2]` are the first and second coordinates.",
    ),
    question_after=(
        "One question about your function: add 100 to all positions of the queries and "
        "of the keys. Which scores change?"
    ),
    answer_after=(
        "None: a dot product sees only the difference of the two angles. Counting may "
        "start anywhere, as long as queries and keys count alike."
    ),
)


# ------------------------------------------------------------------------ alibi
def alibi_cases(seed):
    return [
        Case("4 heads, 5 tokens", (4, 5)),
        Case("2 heads, 7 tokens", (2, 7)),
        Case("one head", (1, 5)),
        Case("8 heads, 3 tokens", (8, 3)),
        Case("one token", (4, 1)),
    ]


def penalties(num_heads, t, slope=None, distance=None):
    """A negative slope times a distance; the traps are the arguments."""
    head = np.arange(1, num_heads + 1)
    slope = 2.0 ** (-8 * head / num_heads) if slope is None else slope(head, num_heads)
    back = np.arange(t)[:, None] - np.arange(t)
    measure = distance or (lambda back: np.maximum(back, 0))
    return -slope[:, None, None] * measure(back)


ALIBI = Exercise(
    id="alibi",
    chapter=CHAPTER,
    title="The price of distance",
    answer=alibi,
    returns={"bias": "in head {0}, what is added where query {1} reads key {2}?"},
    cases=alibi_cases,
    mistakes={
        "al-plus": Mistake(
            lambda num_heads, t: -penalties(num_heads, t),
            "Your bias is positive, so far keys are rewarded. Distance should cost: "
            "what is added is minus the slope times the distance.",
        ),
        "al-reversed": Mistake(
            lambda num_heads, t: penalties(num_heads, t)[::-1],
            "Your heads stand in reverse order. The first has the steepest slope, "
            "2^(-8/h); the last the gentlest, 2^-8.",
        ),
        "al-same": Mistake(
            partial(penalties, slope=lambda head, n: np.full(n, 2.0 ** (-8 / n))),
            "All your heads share one slope. Different slopes give some heads a short "
            "view and others a long one.",
        ),
        "al-from0": Mistake(
            partial(penalties, slope=lambda head, n: 2.0 ** (-8 * (head - 1) / n)),
            "Your heads count from 0, so the first slope is 1. The exponents are "
            "-8/h, -16/h, … down to -8.",
        ),
        "al-noh": Mistake(
            partial(penalties, slope=lambda head, n: 2.0 ** (-head.astype(float))),
            "Your slopes are 1/2, 1/4, 1/8, … for any number of heads. That is right "
            "for 8 heads only; the exponent is -8 × head / number of heads.",
        ),
        "al-power": Mistake(
            partial(penalties, slope=lambda head, n: 8 * head / n),
            "Your slopes are 8/h, 16/h, … up to 8: these are exponents. A slope is 2 "
            "to the power of minus that.",
        ),
        "al-fourths": Mistake(
            partial(penalties, slope=lambda head, n: 4.0 ** (-head.astype(float))),
            "Your slopes are 1/4, 1/16, 1/64, … for any number of heads. That is right "
            "for 4 heads only; the exponent of 2 is -8 × head / number of heads.",
        ),
        "al-line": Mistake(
            partial(
                penalties, slope=lambda head, n: np.linspace(2 ** (-8 / n), 2**-8, n)
            ),
            "Your slopes fall by equal differences. They should fall by one ratio: the "
            "exponents are evenly spaced, -8/h, -16/h, … down to -8.",
        ),
        "al-base10": Mistake(
            partial(penalties, slope=lambda head, n: 10.0 ** (-8 * head / n)),
            "Your slopes are powers of 10. They are powers of 2 (`np.logspace` takes "
            "`base=2`).",
        ),
        "al-self": Mistake(
            partial(penalties, distance=lambda back: np.where(back < 0, 0, back + 1)),
            "A token pays for reading itself: your distance is 1 too large. It is "
            "query position minus key position, 0 on the diagonal.",
        ),
        "al-square": Mistake(
            partial(penalties, distance=lambda back: np.maximum(back, 0) ** 2),
            "Distance enters squared. In ALiBi, L stands for linear.",
        ),
        "al-transposed": Mistake(
            partial(penalties, distance=lambda back: np.maximum(-back, 0)),
            "Rows and columns are exchanged: the future costs and the past is free. "
            "The distance back is query position minus key position.",
        ),
        "al-abs": Mistake(
            partial(penalties, distance=np.abs),
            "Keys that come later cost something, too. Asked for is the causal form: "
            "0 there, as a causal mask hides them anyway. (For a model that reads in "
            "both directions yours is the usual choice.)",
        ),
        "al-mask": Mistake(
            partial(penalties, distance=lambda back: np.where(back < 0, np.inf, back)),
            "You hide the future with -inf in the same array. It works; asked for is "
            "the penalty alone, and the causal mask stays a mask.",
        ),
        "al-mask-finite": Mistake(
            partial(penalties, distance=lambda back: np.where(back < 0, 1e9, back)),
            "You hide the future with a large negative number in the same array. Asked "
            "for is the penalty alone, 0 there; the causal mask stays a mask.",
        ),
        "al-negative-zero": Mistake(
            partial(penalties, distance=lambda back: back),
            "Keys that come later are rewarded: there the distance back is negative. "
            "Cut it off at 0.",
        ),
        "al-log": Mistake(
            partial(penalties, distance=lambda back: np.log1p(np.maximum(back, 0))),
            "Your penalty grows with the logarithm of the distance. In ALiBi, L stands "
            "for linear.",
        ),
    },
    also_right={
        "entry by entry": lambda num_heads, t: np.array(
            [
                [
                    [-(2.0 ** (-8 * h / num_heads)) * max(i - j, 0) for j in range(t)]
                    for i in range(t)
                ]
                for h in range(1, num_heads + 1)
            ]
        ),
        "slopes as powers of the first": lambda num_heads, t: (
            -((2.0 ** (-8 / num_heads)) ** np.arange(1, num_heads + 1))[:, None, None]
            * np.tril(np.arange(t)[:, None] - np.arange(t))
        ),
    },
    hints=(
        "For 4 heads the slopes are 1/4, 1/16, 1/64, 1/256.",
        "`np.arange(t)[:, None] - np.arange(t)` is query position minus key position; "
        "`np.maximum(..., 0)` keeps what lies behind.",
    ),
    question_after=(
        "One question about your function: a key 1,000 tokens back has the best score "
        "by 10. Which of 8 heads can still read it?"
    ),
    answer_after=(
        "Of the slopes 1/2 … 1/256 even the gentlest takes off 1000/256 = 3.9, the "
        "next one 7.8, the one before 15.6: two heads out of eight. ALiBi reaches "
        "longer texts partly by not looking so far."
    ),
)


# ---------------------------------------------------------------------- stretch
def stretch_cases(seed):
    return [
        Case("11 positions after 5 in training, width 6", (11, 5, 6)),
        Case("7 after 7", (7, 7, 4)),
        Case("13 after 3, width 4", (13, 3, 4)),
        Case("10 after 5, width 10", (10, 5, 10)),
    ]


def stretched(length, trained, d, **trap):
    """Both ways with one step replaced."""
    pair = np.arange(0, d, 2) / d
    factor = trap.get("factor", lambda length, trained: length / trained)(
        length, trained
    )
    position = np.arange(length)[:, None]
    squeeze = trap.get("squeeze", lambda p, factor, pair: p / factor * 1e4**-pair)
    power = trap.get("power", lambda d: d / (d - 2))(d)
    rebase = trap.get("rebase", lambda p, base, pair: p * base**-pair)
    grown = 1e4 * np.power(float(factor), power)
    return squeeze(position, factor, pair), rebase(position, grown, pair)


STRETCH = Exercise(
    id="stretch",
    chapter=CHAPTER,
    title="More text than in training",
    answer=stretched_angles,
    returns={
        "squeezed": "with squeezed positions, where does hand {1} stand at {0}?",
        "rebased": "with the larger base, where does hand {1} stand at {0}?",
    },
    cases=stretch_cases,
    mistakes={
        "st-upside-down": Mistake(
            partial(stretched, factor=lambda length, trained: trained / length),
            "Your factor is upside down: positions spread instead of being squeezed, "
            "and leave the trained range all the sooner. It is length / trained.",
        ),
        "st-none": Mistake(
            partial(stretched, factor=lambda length, trained: 1.0),
            "Nothing is stretched in yours: these are the angles of plain RoPE.",
        ),
        "st-nosqueeze": Mistake(
            partial(stretched, squeeze=lambda p, factor, pair: p * 1e4**-pair),
            "Your first array is plain RoPE. Position interpolation divides every "
            "position by length / trained.",
        ),
        "st-squeeze-frequency": Mistake(
            partial(
                stretched, squeeze=lambda p, factor, pair: p * (1e4 * factor) ** -pair
            ),
            "Your first array changes the base. Interpolation leaves the frequencies "
            "alone and squeezes the positions: the fastest hand slows down as well.",
        ),
        "st-whole": Mistake(
            partial(
                stretched, squeeze=lambda p, factor, pair: p // factor * 1e4**-pair
            ),
            "You cut the squeezed positions down to whole numbers, so that neighbours "
            "fall on the same place. An angle may be anything in between.",
        ),
        "st-whole-factor": Mistake(
            partial(stretched, factor=lambda length, trained: length // trained),
            "Your factor is cut down to a whole number by `//`. 11 positions in place "
            "of 5 need 2.2.",
        ),
        "st-times": Mistake(
            partial(stretched, squeeze=lambda p, factor, pair: p * factor * 1e4**-pair),
            "Your first array spreads the positions: multiplied by length / trained, "
            "they leave the trained range all the sooner. Divide.",
        ),
        "st-clip": Mistake(
            lambda length, trained, d: (
                np.outer(np.minimum(np.arange(length), trained - 1), _rates(d)),
                stretched_angles(length, trained, d)[1],
            ),
            "All positions after the trained ones fall on the last of them, so that "
            "their order is lost. Squeezing moves every position.",
        ),
        "st-linspace-end": Mistake(
            lambda length, trained, d: (
                np.outer(np.linspace(0, trained, length), _rates(d)),
                stretched_angles(length, trained, d)[1],
            ),
            "Your last position falls on `trained`, one past the trained ones, as "
            "`np.linspace` includes its end. The step is trained / length.",
        ),
        "st-linspace": Mistake(
            lambda length, trained, d: (
                np.outer(np.linspace(0, trained - 1, length), _rates(d)),
                stretched_angles(length, trained, d)[1],
            ),
            "You lay the last position exactly on the last trained one. That is "
            "sensible, and a little different: asked for is a step of "
            "trained / length, as Chen and colleagues have it.",
        ),
        "st-modulo": Mistake(
            lambda length, trained, d: (
                (np.arange(length) % trained)[:, None]
                * 1e4 ** (-np.arange(0, d, 2) / d),
                stretched_angles(length, trained, d)[1],
            ),
            "You start again at 0 after the trained length. Then two tokens stand at "
            "the same place; interpolation keeps the order.",
        ),
        "st-power1": Mistake(
            partial(stretched, power=lambda d: 1.0),
            "Your base grows by the factor itself. The slowest hand has the exponent "
            "(d - 2)/d, so to slow it down by the whole factor the base must grow by "
            "factor^(d/(d - 2)).",
        ),
        "st-brackets": Mistake(
            partial(stretched, power=lambda d: d / d - 2),
            "`d / d - 2` is -1, as Python divides first. The exponent is d/(d - 2), "
            "with brackets.",
        ),
        "st-all-powered": Mistake(
            lambda length, trained, d: (
                stretched_angles(length, trained, d)[0],
                np.outer(
                    np.arange(length),
                    (1e4 * length / trained) ** (-np.arange(0, d, 2) / (d - 2)),
                ),
            ),
            "The power takes 10000 in as well. Only the factor is raised to d/(d - 2): "
            "10000 × factor^(d/(d - 2)).",
        ),
        "st-power-upside-down": Mistake(
            partial(stretched, power=lambda d: (d - 2) / d),
            "Your exponent is upside down: d/(d - 2), which is more than 1.",
        ),
        "st-norebase": Mistake(
            partial(stretched, rebase=lambda p, base, pair: p * 1e4**-pair),
            "Your second array is plain RoPE. The base grows to "
            "10000 × factor^(d/(d - 2)).",
        ),
        "st-both": Mistake(
            lambda length, trained, d: (
                stretched_angles(length, trained, d)[0],
                stretched_angles(length, trained, d)[1] * trained / length,
            ),
            "Your second array has both: the larger base and squeezed positions. NTK "
            "scaling leaves the positions as they are, and the fastest hand untouched.",
        ),
        "st-swapped": Mistake(
            lambda length, trained, d: stretched_angles(length, trained, d)[::-1],
            "The two arrays are exchanged: first the squeezed positions, then the "
            "larger base.",
        ),
    },
    also_right={
        "one angle at a time": lambda length, trained, d: tuple(
            np.array(
                [[p * a * b**-e for e in np.arange(0, d, 2) / d] for p in range(length)]
            )
            for a, b in (
                (trained / length, 1e4),
                (1.0, 1e4 * (length / trained) ** (d / (d - 2))),
            )
        ),
        "the slowed hands one by one": lambda length, trained, d: (
            np.outer(
                np.linspace(0, (length - 1) * trained / length, length), _rates(d)
            ),
            np.outer(
                np.arange(length),
                _rates(d) * (length / trained) ** (-np.arange(d // 2) / (d / 2 - 1)),
            ),
        ),
    },
    hints=(
        "Plain RoPE's angle is position × 10000^(-2i/d). One way changes the first "
        "factor, the other the second.",
        "Interpolation: position × trained / length. The last position then lies "
        "inside the trained range.",
        "NTK scaling: base = 10000 × (length / trained)^(d / (d - 2)).",
    ),
    question_after=(
        "One question about your function: compare the last column of your two arrays. "
        "And the first?"
    ),
    answer_after=(
        "The last columns are equal: both slow the slowest hand down by the factor. "
        "The first differ: interpolation slows the fastest hand, too, so that "
        "neighbours are harder to tell apart, and NTK scaling leaves it alone."
    ),
)


def _rates(d):
    return 1e4 ** (-np.arange(0, d, 2) / d)


EXERCISES = (SINUSOIDAL, ADD_POSITION, ROPE, ALIBI, STRETCH)
