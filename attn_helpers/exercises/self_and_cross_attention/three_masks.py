"""Three masks of a translator."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.self_and_cross_attention.programs import (
    ALL,
    END,
    FRONT,
    HERE_AND_THERE,
    MIDDLE,
    NOTHING,
    causal,
    counted,
    flipped,
    real_in,
)


def three_masks(source_real, target_real):
    """The masks of an encoder, of a decoder, and of its look at the source."""
    t_s, t_t = source_real.shape[1], target_real.shape[1]
    past = np.tril(np.ones((t_t, t_t), dtype=bool))
    encoder = np.repeat(source_real[:, None], t_s, axis=1)  # (b, t_s, t_s)
    decoder = target_real[:, None] & past  # (b, t_t, t_t), rows may be empty
    cross = np.repeat(source_real[:, None], t_t, axis=1)  # (b, t_t, t_s)
    return encoder, decoder, cross


def masks_cases(seed):
    del seed  # sizes, not numbers: nothing here is random
    everywhere = END, FRONT, MIDDLE, HERE_AND_THERE, ALL
    pairs = {
        "one pair without padding": ((5, ALL), (3, ALL)),
        "2 pairs, 5 source and 3 target positions": ((5, END, ALL), (3, ALL, END)),
        "padding in front": ((5, FRONT, ALL), (3, FRONT, ALL)),
        "padding in the middle": ((5, MIDDLE, ALL), (3, ALL, MIDDLE)),
        "3 source and 7 target positions": ((3, MIDDLE, END), (7, END, MIDDLE)),
        "as many source as target positions": (
            (5, END, FRONT, HERE_AND_THERE),
            (5, HERE_AND_THERE, ALL, FRONT),
        ),
        "as many pairs as positions": ((5, *everywhere), (5, *everywhere[::-1])),
        "one target position": ((7, HERE_AND_THERE, FRONT), (1, ALL, ALL)),
        "one source position": ((1, ALL), (3, HERE_AND_THERE)),
        "a pair of nothing but padding": ((5, NOTHING, MIDDLE), (3, NOTHING, FRONT)),
        "10 pairs, 19 source and 18 target positions": (
            (19, *everywhere, *everywhere),
            (18, *everywhere[::-1], *everywhere),
        ),
    }
    return [
        Case(name, (real_in(*source), real_in(*target)))
        for name, (source, target) in pairs.items()
    ]


def over_rows(real, t):
    return np.repeat(real[:, None], t, axis=1)


def altered(encoder=None, decoder=None, cross=None):
    """The three right masks with some of them replaced."""

    def program(source_real, target_real):
        right = three_masks(source_real, target_real)
        changes = (encoder, decoder, cross)
        return tuple(
            mask if change is None else change(source_real, target_real)
            for mask, change in zip(right, changes, strict=True)
        )

    return program


def causal_source(source, target):
    return source[:, None] & causal(source.shape[1])


def open_source(source, target):
    return np.ones((*source.shape, source.shape[1]), dtype=bool)


def unpadded(source, target):
    return np.tile(causal(target.shape[1]), (len(target), 1, 1))


def causal_look(source, target):
    return source[:, None] & causal(target.shape[1], source.shape[1])


def open_look(source, target):
    return np.ones((*target.shape, source.shape[1]), dtype=bool)


def both(first, second):
    """Rows and columns that are both real."""
    return first[:, :, None] & second[:, None]


EXERCISE = Exercise(
    title="Three masks of a translator",
    answer=three_masks,
    returns={
        "encoder": "in pair {0}, may source token {1} read source token {2}?",
        "decoder": "in pair {0}, may target token {1} read target token {2}?",
        "cross": "in pair {0}, may target token {1} read source token {2}?",
    },
    cases=masks_cases,
    mistakes={
        "t-encoder-causal": Mistake(
            altered(encoder=causal_source),
            "Your encoder is causal. The source is known as a whole, so each of its "
            "tokens may read every real one, the later ones too.",
        ),
        "t-encoder-open": Mistake(
            altered(encoder=open_source),
            "Your encoder reads the padding of the source.",
        ),
        "t-decoder-no-causal": Mistake(
            altered(decoder=lambda source, target: over_rows(target, target.shape[1])),
            "Your decoder sees the words it is to predict. Being real is not enough: a "
            "key must not lie in the future either.",
        ),
        "t-decoder-no-padding": Mistake(
            altered(decoder=unpadded),
            "Your decoder can read padding of the target. Where the padding stands in "
            "front, the causal mask does not hide it.",
        ),
        "t-decoder-strict": Mistake(
            altered(
                decoder=lambda source, target: (
                    target[:, None] & causal(target.shape[1], shift=-1)
                )
            ),
            "In your decoder a token may not read itself, and the first one nothing at "
            "all. It knows its own word already: it is to predict the next.",
        ),
        "t-decoder-peek": Mistake(
            altered(
                decoder=lambda source, target: (
                    target[:, None] & causal(target.shape[1], shift=1)
                )
            ),
            "In your decoder each token sees one word of the future, which is the word "
            "it is to predict.",
        ),
        "t-decoder-triu": Mistake(
            altered(
                decoder=lambda source, target: (
                    target[:, None] & causal(target.shape[1]).T
                )
            ),
            "Your decoder hides the past and shows the future. What came earlier lies "
            "below the diagonal, which is what `np.tril` keeps.",
        ),
        "t-decoder-or": Mistake(
            altered(
                decoder=lambda source, target: target[:, None] | causal(target.shape[1])
            ),
            "In your decoder a key that meets one of the two conditions may be read, "
            "as if they were joined with or. It must be real and must not lie in the "
            "future: `&`.",
        ),
        "t-cross-causal": Mistake(
            altered(cross=causal_look),
            "Your look at the source is causal. The whole source is known before the "
            "first word of the target is written.",
        ),
        "t-cross-open": Mistake(
            altered(cross=open_look),
            "Your decoder reads the padding of the source.",
        ),
        "t-cross-transposed": Mistake(
            altered(
                cross=lambda source, target: np.swapaxes(
                    over_rows(source, target.shape[1]), 1, 2
                )
            ),
            "Your third mask lies on its side. The decoder asks: its rows are target "
            "positions, its columns source positions.",
        ),
        "t-cross-target-padding": Mistake(
            altered(
                cross=lambda source, target: np.repeat(
                    target[:, :, None], source.shape[1], axis=2
                )
            ),
            "Your third mask asks whether the target token is real. Padding matters "
            "for those who are read: here the columns, the source.",
        ),
        "t-cross-both": Mistake(
            altered(cross=lambda source, target: both(target, source)),
            "Your third mask also empties the rows of padded target tokens. What they "
            "read harms nobody, and a needless empty row is a trap (0/0).",
        ),
        "t-decoder-rows": Mistake(
            altered(
                decoder=lambda source, target: (
                    both(target, target) & causal(target.shape[1])
                )
            ),
            "Your decoder also empties the rows of padded tokens. What they read harms "
            "nobody, and a needless empty row is a trap (0/0). Only keys are hidden.",
        ),
        "t-decoder-own": Mistake(
            altered(
                decoder=lambda source, target: (
                    (target[:, None] & causal(target.shape[1]))
                    | np.eye(target.shape[1], dtype=bool)
                )
            ),
            "In your decoder padding reads itself. That keeps its row from being "
            "empty, but here no query may read padding; leave the row empty, as the "
            "text says.",
        ),
        "t-encoder-rows": Mistake(
            altered(encoder=lambda source, target: both(source, source)),
            "Your encoder also empties the rows of padded tokens. What they read harms "
            "nobody, and a needless empty row is a trap (0/0). Only keys are hidden.",
        ),
        "t-encoder-decoder-rows": Mistake(
            altered(
                encoder=lambda source, target: both(source, source),
                decoder=lambda source, target: (
                    both(target, target) & causal(target.shape[1])
                ),
            ),
            "Encoder and decoder also empty the rows of padded tokens. What they read "
            "harms nobody, and a needless empty row is a trap (0/0). Only keys are "
            "hidden.",
        ),
        "t-encoder-cross-both": Mistake(
            altered(
                encoder=lambda source, target: both(source, source),
                cross=lambda source, target: both(target, source),
            ),
            "Your encoder and your third mask also empty the rows of padded tokens. "
            "What they read harms nobody, and a needless empty row is a trap (0/0).",
        ),
        "t-decoder-cross-both": Mistake(
            altered(
                decoder=lambda source, target: (
                    both(target, target) & causal(target.shape[1])
                ),
                cross=lambda source, target: both(target, source),
            ),
            "Your decoder and your third mask also empty the rows of padded tokens. "
            "What they read harms nobody, and a needless empty row is a trap (0/0).",
        ),
        "t-all-rows": Mistake(
            lambda source, target: (
                both(source, source),
                both(target, target) & causal(target.shape[1]),
                both(target, source),
            ),
            "All three masks empty the rows of padded tokens. Only keys are hidden; "
            "what a padded token reads harms nobody, and a needless empty row is a "
            "trap (0/0).",
        ),
        "t-inverted": Mistake(
            lambda source, target: tuple(~mask for mask in three_masks(source, target)),
            "Every entry is the opposite of what it should be. Here True means that "
            "the query may read the key.",
        ),
        "t-no-padding": Mistake(
            altered(open_source, unpadded, open_look),
            "None of your masks hides padding.",
        ),
        "t-source-open": Mistake(
            altered(encoder=open_source, cross=open_look),
            "Padding of the source is read, by the encoder and by the decoder.",
        ),
        "t-source-causal": Mistake(
            altered(encoder=causal_source, cross=causal_look),
            "Only the decoder's own mask hides the future; the source is known as a "
            "whole.",
        ),
        "t-rows-for-columns": Mistake(
            lambda source, target: (
                np.repeat(source[:, :, None], source.shape[1], axis=2),
                target[:, :, None] & causal(target.shape[1]),
                np.repeat(target[:, :, None], source.shape[1], axis=2),
            ),
            "Padding went onto the rows in all three. A row is a query; what must not "
            "be read is a column.",
        ),
        "t-counted": Mistake(
            lambda source, target: three_masks(counted(source), counted(target)),
            "Right while padding stands at the end: in yours the first places are real "
            "and the others not, as if only their number counted. Padding may stand in "
            "front and in between; use `source_real` and `target_real` as they are.",
        ),
        "t-counted-back": Mistake(
            lambda source, target: three_masks(flipped(source), flipped(target)),
            "Right while padding stands in front: in yours the last places are real "
            "and the others not, as if only their number counted. Use `source_real` "
            "and `target_real` as they are.",
        ),
        "t-swapped": Mistake(
            lambda source, target: three_masks(target, source),
            "Source and target have changed places: it is the target that is written "
            "word by word, and so needs the causal mask.",
        ),
    },
    also_right={
        "three loops": lambda source_real, target_real: tuple(
            np.array(
                [
                    [
                        [bool(r[j]) and (not c or j <= i) for j in range(len(r))]
                        for i in range(rows)
                    ]
                    for r in real
                ]
            )
            for real, rows, c in (
                (source_real, source_real.shape[1], False),
                (target_real, target_real.shape[1], True),
                (source_real, target_real.shape[1], False),
            )
        ),
        "comparison of positions": lambda source_real, target_real: (
            source_real[:, None] & np.ones((source_real.shape[1], 1), dtype=bool),
            target_real[:, None]
            & (
                np.arange(target_real.shape[1])
                <= np.arange(target_real.shape[1])[:, None]
            ),
            source_real[:, None] & np.ones((target_real.shape[1], 1), dtype=bool),
        ),
    },
    hints=(
        "For each mask: who asks (rows), who is asked (columns), and which of those "
        "asked must stay hidden?",
        "`real[:, None]` has the axes (b, 1, t_k) and says of each key whether it is "
        "real. Only one of the three masks also hides the future.",
        "`np.repeat(source_real[:, None], t, axis=1)` gives every query the same row; "
        "the decoder's is `target_real[:, None] & np.tril(...)`.",
    ),
    question_after=(
        "One question about your masks: the target is one word longer than before. "
        "Which of the three change shape?"
    ),
    answer_after=(
        "Two: the decoder's gains a row and a column, the third one a row. The "
        "encoder's knows nothing of the target."
    ),
)
