"""Questions to bet on, and challenges in a widget."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="own-name",
        prompt=(
            "You repeat aloud what one ear hears. In the other ear a voice says your "
            "name. Of thirty listeners, how many notice?"
        ),
        options=(
            Option(
                "Nearly all of them.",
                "So the story is often told. Moray (1959) and Wood and Cowan (1995) "
                "both found about a third; two thirds missed their own name.",
            ),
            Option(
                "About ten.",
                "About a third, in Moray's experiment of 1959 and again in Wood and "
                "Cowan's of 1995 (34.6 %). The filter leaks, but not for everyone.",
                right=True,
            ),
            Option(
                "None: the other ear is shut off.",
                "It is not shut. Listeners tell a voice from a noise and a man from a "
                "woman there, and about a third of them catch their own name.",
            ),
        ),
    ),
    Question(
        id="conjunction-slopes",
        prompt=(
            "An orange T among blue Ts and orange Xs needs colour and shape together. "
            "Treisman and Gelade measured 28.7 ms per item for such searches. In 1989 "
            "Wolfe, Cave and Franzel measured again. How many of their subjects needed "
            "less than 6 ms per item?"
        ),
        options=(
            Option(
                "None: two features together must be searched one by one.",
                "That was the theory. Half of these subjects were below 6 ms per item, "
                "too fast for looking at one after the other.",
            ),
            Option(
                "All of them: the first measurement was wrong.",
                "The first measurement stands. Other displays gave other slopes, from "
                "flat to steep, with no gap between the two kinds.",
            ),
            Option(
                "About half.",
                "Half of them. Slopes form a continuum: what is known of the target "
                "guides the search, well or badly, and a flat line and a steep one are "
                "its two ends.",
                right=True,
            ),
        ),
    ),
    Question(
        id="saves-work",
        prompt=(
            "Human attention is needed because not everything can be processed. Does "
            "self-attention in a network save work in the same way, by looking only at "
            "what matters?"
        ),
        options=(
            Option(
                "No: every pair is scored.",
                "Which pairs matter is known only once all have a score, so nothing is "
                "saved. It selects by content, as we do; no limit forces it to.",
                right=True,
            ),
            Option(
                "Yes: what gets a small weight is not computed.",
                "A weight is known only after the score has been computed. Every pair "
                "is scored first, the ones that end near 0 as well.",
            ),
            Option(
                "Only when there are several heads.",
                "Each head scores all pairs again. Heads look for different things; "
                "none of them looks at less.",
            ),
        ),
    ),
    Question(
        id="sum-to-one",
        prompt=(
            "Weights that sum to 1 look like a limited resource. One more object comes "
            "into view, with some weight of its own. What happens?"
        ),
        options=(
            Option(
                "The others' shares shrink, and so does the work spent on each.",
                "The shares shrink. The work does not: one more score is computed, and "
                "one more product. Summing to 1 is a way to average, not a budget.",
            ),
            Option(
                "The others' shares shrink, and the work grows.",
                "Both at once. In Bundesen's theory the shares divide a capacity C "
                "that is really fixed; in a network they only make a mean of what is "
                "read.",
                right=True,
            ),
            Option(
                "Nothing: each object keeps the share it had.",
                "Then the shares would sum to more than 1. All are divided by one sum, "
                "so the others give way, all in the same proportion.",
            ),
        ),
    ),
)


DISPLAY = {
    "K": [[1.8, 0.2], [0.4, 1.6], [0.2, 1.2]],
    "V": [[1.8, 0.2], [0.4, 1.6], [0.2, 1.2]],
    "score": "dot",
    "temperature": 1.0,
    "mask": [],
}
VOICES = {
    "K": [[1.8, 0.2], [-1.2, 0.6], [0.6, 1.6]],
    "V": [[1.8, 0.2], [-1.2, 0.6], [0.6, 1.6]],
    "score": "dot",
    "temperature": 1.0,
    "mask": [],
}

CHALLENGES = (
    Challenge(
        id="look-for-orange",
        widget="QueryKeyPlayground",
        state={"Q": [[0.3, 1.0]], **DISPLAY},
        goal=(
            "Each key is an object: to the right how orange it is, upwards how blue. "
            "The query says what matters. Give key 1, the orange one, at least 80 % of "
            "the weight without changing an object, and with no pertinence below 0."
        ),
        conditions=(
            {
                "path": ["weights", 0, 0],
                "op": ">=",
                "value": 0.8,
                "hint": "Key 1 has less than 80 %. It is orange and hardly blue: ask "
                "for orange only.",
            },
            {
                "path": ["Q", 0, 0],
                "op": ">=",
                "value": 0,
                "hint": "Pertinence is never negative: keep the query to the right.",
            },
            {
                "path": ["Q", 0, 1],
                "op": ">=",
                "value": 0,
                "hint": "Pertinence is never negative: keep the query from going "
                "below.",
            },
        ),
        keep=("K", "V", "score", "temperature", "mask"),
        solved={"Q": [[2.0, 0.0]]},
    ),
    Challenge(
        id="attenuate",
        widget="QueryKeyPlayground",
        state={"Q": [[0.2, 0.2]], **VOICES},
        goal=(
            "A filter that lets something through, as Treisman thought of it: give "
            "voice 1 at least 75 % of the weight, and still leave at least 10 % to "
            "voice 3, which says your name. Move the query only."
        ),
        conditions=(
            {
                "path": ["weights", 0, 0],
                "op": ">=",
                "value": 0.75,
                "hint": "Voice 1 has less than 75 %. Turn the query towards it.",
            },
            {
                "path": ["weights", 0, 2],
                "op": ">=",
                "value": 0.1,
                "hint": "Voice 3 has less than 10 %: the filter is too tight. A "
                "shorter query asks less strictly.",
            },
        ),
        keep=("K", "V", "score", "temperature", "mask"),
        solved={"Q": [[1.5, 0.2]]},
    ),
)
