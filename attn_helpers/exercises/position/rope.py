"""Turn the pairs."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.position.programs import angles
from attn_helpers.exercises.position.sinusoidal import sinusoidal


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


def rope_cases(seed):
    rng = np.random.default_rng(seed)
    return [
        Case("5 tokens, width 6", (rng.normal(size=(5, 6)), np.arange(5.0))),
        Case("width 2", (rng.normal(size=(5, 2)), np.arange(5.0))),
        Case("positions 3 to 7", (rng.normal(size=(5, 6)), np.arange(3.0, 8.0))),
        Case("3 heads", (rng.normal(size=(3, 5, 6)), np.arange(5.0))),
        Case("5 heads, 5 tokens", (rng.normal(size=(5, 5, 6)), np.arange(5.0))),
        Case("6 tokens, width 6", (rng.normal(size=(6, 6)), np.arange(6.0))),
        Case(
            "2 sentences, 3 heads, 13 tokens, width 10",
            (rng.normal(size=(2, 3, 13, 10)), np.arange(13.0)),
        ),
        Case("positions 30 to 40", (rng.normal(size=(11, 6)), np.arange(30.0, 41.0))),
        Case(
            "positions in no order, one twice, one below 0",
            (rng.normal(size=(5, 6)), np.array([7.0, 2.0, 2.0, -11.0, 0.0])),
        ),
        Case("positions near 100 000", (rng.normal(size=(3, 6)), 1e5 + np.arange(3))),
        Case("position 0 only", (rng.normal(size=(1, 6)), np.zeros(1))),
        Case("a third apart", (rng.normal(size=(5, 4)), np.arange(5) / 3)),
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
    heads = np.arange(float(x.shape[-3]))[:, None, None]
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


EXERCISE = Exercise(
    title="Turn the pairs",
    answer=rotate,
    returns={"turned": "what is number {1} of token {0} after the turn?"},
    cases=rope_cases,
    mistakes={
        "r-half": Mistake(
            lambda x, positions: turn(x, angles(x, positions), half=True),
            "Column i is paired with column i + d/2 in yours, as in GPT-NeoX and many "
            "others. Here neighbours are paired: (0, 1), (2, 3). Both are right, but "
            "not with each other's weights.",
        ),
        "r-mixed": Mistake(
            mixed_pairing,
            "Neighbours are paired in yours, and the angles laid out for the "
            "half-split pairing: the two members of a pair turn by different angles. "
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
            "Your exponent of pair i is -4i/d, a factor of 2 too many. "
            "`np.arange(0, d, 2)` is 2i already; `np.arange(d // 2)` is i.",
        ),
        "r-mul": Mistake(
            lambda x, positions: turn(x, angles(x, positions, step=-2)),
            "Each pair of yours turns faster than the one before, by 10000^(2i/d). It "
            "should turn more slowly: divide, or put a minus into the exponent.",
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
                + sinusoidal(int(positions.max()) + 1, x.shape[-1])[
                    positions.astype(int)
                ]
            ),
            "A table of sinusoids is added in yours. RoPE adds nothing: it turns what "
            "is there, and leaves its length alone.",
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
        "r-capped": Mistake(
            lambda x, positions: turn(x, angles(x, np.minimum(positions, 2047))),
            "Far back in a long text all tokens turn alike in yours, as if positions "
            "ended with a table of 2048 rows. An angle can be computed for each: "
            "position times frequency.",
        ),
        "r-degrees": Mistake(
            lambda x, positions: turn(x, np.deg2rad(angles(x, positions))),
            "Your angles are read as degrees. numpy's sine and cosine take radians, "
            "and so does the definition: the first pair turns by 1 radian a step.",
        ),
        "r-whole": Mistake(
            lambda x, positions: turn(x, angles(x, np.floor(positions))),
            "Your positions are cut down to whole numbers. An angle may stand anywhere "
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
            "The second coordinate of a pair is made from a first one that has been "
            "turned already. Keep both old ones until both new ones are made.",
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
