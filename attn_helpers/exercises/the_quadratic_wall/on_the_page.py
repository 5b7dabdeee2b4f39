"""Questions to bet on, and a challenge in the dial of costs."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="scores-of-genesis",
        prompt=(
            "For 512 letters the scores of one head take 1 MiB. Genesis is 368 times "
            "as long. How much do its scores take?"
        ),
        options=(
            Option(
                "1 MiB: the size of a head does not depend on the text.",
                "The size of its matrices does not. But a score belongs to a pair of "
                "letters, and there are more pairs in a longer text.",
            ),
            Option(
                "368 MiB: 368 times as many letters.",
                "There are 368 times as many queries. But each of them now also has "
                "368 times as many keys to be compared with.",
            ),
            Option(
                "About 132 GiB: 368 · 368 times as much.",
                "368 times as many queries, each with 368 times as many keys. This is "
                "more than the memory of nearly all computers.",
                right=True,
            ),
        ),
    ),
    Question(
        id="twice-the-tokens",
        prompt=(
            "The block has a width of 512 and has read 512 tokens. Now it reads 1,024. "
            "By what factor do its FLOPs grow?"
        ),
        options=(
            Option(
                "By 2: it has twice as many tokens.",
                "This is right for the projections and the feed-forward network. The "
                "scores and the mix have four times as many pairs.",
            ),
            Option(
                "By a little more than 2.",
                "At 512 tokens the matrices take 3.2 billion FLOPs and the pairs only "
                "0.5 billion. The first part doubles, the second one is multiplied "
                "by 4.",
                right=True,
            ),
            Option(
                "By 4: attention is quadratic.",
                "The pairs are multiplied by 4. But at this length most of the FLOPs "
                "are in the projections and the feed-forward network, which double.",
            ),
        ),
    ),
    Question(
        id="work-at-500-tokens",
        prompt=(
            "An attention layer has a width of 768, and no feed-forward network comes "
            "behind it. The text has 500 tokens. Where is more arithmetic?"
        ),
        options=(
            Option(
                "In the four projections.",
                "For each token the projections take 4 · 768 · 768 multiply-adds, and "
                "its pairs 2 · 500 · 768. The pairs overtake them only at 1,536 "
                "tokens.",
                right=True,
            ),
            Option(
                "In the scores and the mix, since they are quadratic.",
                "They grow faster, but they begin lower. At 500 tokens the pairs of "
                "one token take 2 · 500 · 768 multiply-adds, and its projections "
                "4 · 768 · 768.",
            ),
            Option(
                "It depends on the number of heads.",
                "Heads divide the width among them. Together they take the same number "
                "of multiplications, however many they are.",
            ),
        ),
    ),
    Question(
        id="what-training-keeps",
        prompt=(
            "Attention on paper goes forward in a training step. Which of its n × n "
            "tables must be kept until the way back has come to this layer?"
        ),
        options=(
            Option(
                "The scores and the weights.",
                "The scores are needed once, to make the weights. The slope of the "
                "softmax can be written with the weights alone.",
            ),
            Option(
                "The weights.",
                "They are needed twice: for the gradient of the values, and for the "
                "slope of the softmax.",
                right=True,
            ),
            Option(
                "None: the gradients are computed from the output.",
                "The gradient of a value is the sum of what all queries gave to it, "
                "each by its weight. The output does not tell these weights.",
            ),
        ),
    ),
    Question(
        id="batch-and-cache",
        prompt=(
            "A program writes one text, and then 64 texts at the same time. Each has "
            "4,096 tokens in its cache. Which products do more FLOPs for each byte "
            "that is fetched from memory?"
        ),
        options=(
            Option(
                "Those of attention and those with the matrices.",
                "The matrices serve all 64 texts, once they are fetched. But each text "
                "has a cache of its own: 64 times the work, and 64 times the bytes.",
            ),
            Option(
                "Only those with the matrices.",
                "A matrix is fetched once for all 64 texts. Keys and values belong to "
                "one text, and each of their numbers serves one multiply-add.",
                right=True,
            ),
            Option(
                "Only those of attention.",
                "It is the other way round. Each text has its own keys and values, "
                "while all 64 texts use the same matrices.",
            ),
        ),
    ),
)
CHALLENGES = (
    Challenge(
        id="busy-decode",
        widget="CostDial",
        state={
            "phase": "decode",
            "dtype": "float16",
            "device": "laptop",
            "length": 512,
            "width": 2048,
            "heads": 16,
            "batch": 1,
        },
        goal=(
            "Decoding waits for memory. Make one step of it keep this laptop's "
            "arithmetic busy, with at least 60 FLOPs for each byte moved, at a "
            "length of 512 and within its 16 GB."
        ),
        conditions=(
            {
                "path": ["wall"],
                "op": ">=",
                "value": 512,
                "hint": (
                    "It does not fit. Each sequence of a batch brings a cache of its "
                    "own, and the matrices grow with the square of the width."
                ),
            },
            {
                "path": ["intensity"],
                "op": ">=",
                "value": 60,
                "hint": (
                    "Memory still binds. A batch shares the bytes of the matrices, "
                    "and never those of the caches. What makes the matrices large "
                    "beside the caches?"
                ),
            },
        ),
        keep=("length", "phase", "dtype", "device"),
        solved={"width": 8192, "batch": 256},
    ),
)
