"""Questions to bet on, and challenges in the figures of the chapter."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="what-a-cache-keeps",
        prompt=(
            "A model has read eight tokens, and now reads the ninth. In each layer, "
            "which results of the eight does it need again?"
        ),
        options=(
            Option(
                "Their queries, keys and values.",
                "A query belongs to the row that asks. The old rows have asked, and "
                "nothing that they found changes: later tokens are hidden from them.",
            ),
            Option(
                "Their keys and values.",
                "The new row asks, so it needs a query of its own and the keys and "
                "values of all. That is what a cache keeps.",
                right=True,
            ),
            Option(
                "Their weights, to go on from them.",
                "Each row has weights of its own, made by its own query. No row goes "
                "on from those of another.",
            ),
        ),
    ),
    Question(
        id="step-with-a-cache",
        prompt=(
            "With a cache one row goes through the model at each step. What does the "
            "1000th token cost beside the 10th?"
        ),
        options=(
            Option(
                "The same: one row is one row.",
                "So it is for the projections and the feed-forward networks. But the "
                "row's query meets every key that is kept.",
            ),
            Option(
                "As much in the matrices, and a hundred times as much among the keys.",
                "Scores and mixtures grow evenly with what has been read. For a whole "
                "text that is still a square, half of n², with a small factor.",
                right=True,
            ),
            Option(
                "Ten thousand times as much: attention is quadratic.",
                "The square is that of a whole text, in which every row asks. Here "
                "one row asks.",
            ),
        ),
    ),
    Question(
        id="cached-and-uncached",
        prompt=(
            "You compute the logits of the 50th token twice: step by step with a "
            "cache, and from the whole text at once. How do they compare?"
        ),
        options=(
            Option(
                "They are equal to the last digit.",
                "It is the same sums, but a computer may add them up in another order "
                "when the shapes differ, and round otherwise.",
            ),
            Option(
                "They are equal up to rounding.",
                "In single precision it hardly ever changes the text. With 16 bits the "
                "rounding can decide between two tokens that are nearly alike, and "
                "from there on the texts part.",
                right=True,
            ),
            Option(
                "Those with the cache are an approximation.",
                "Nothing is left out. A row sees only what stands before it, so the "
                "old keys and values are the ones that it would compute again.",
            ),
        ),
    ),
    Question(
        id="second-piece",
        prompt=(
            "A prompt of 8 tokens is read in two pieces of 4, with a cache. The second "
            "piece gets the mask `np.tril(np.ones((4, 8)))`. What do its rows read?"
        ),
        options=(
            Option(
                "All that stands before them: a triangle is causal.",
                "It is causal for rows that begin at place 0. These begin at place 4, "
                "and `np.tril` does not know.",
            ),
            Option(
                "The first tokens of the prompt: one of them, two, three, four.",
                "No row of the piece reads itself or another of the piece, and no "
                "error tells. Row 0 stands at place 4, and may read five places.",
                right=True,
            ),
            Option(
                "Nothing: the shapes do not fit.",
                "They fit: 4 queries and 8 keys. That is why the fault is found late.",
            ),
        ),
    ),
    Question(
        id="warm-then-cut",
        prompt=(
            "Three tokens have the shares 0.6, 0.3 and 0.1. A temperature of 2 and "
            "keep-top-p with p = 0.85 are both to be applied. Does the order matter?"
        ),
        options=(
            Option(
                "No: the temperature keeps the order of the tokens.",
                "The order, but not the shares, and it is shares that are added up "
                "until they reach p.",
            ),
            Option(
                "Yes: with the temperature first all three stay.",
                "They become 0.47, 0.33 and 0.19, and it takes all three to reach "
                "0.85. Cut first, and two are left, whatever the temperature is.",
                right=True,
            ),
            Option(
                "Yes: with the temperature first only one stays.",
                "A temperature above 1 makes shares more alike, so more tokens are "
                "needed to reach p, not fewer.",
            ),
        ),
    ),
    Question(
        id="which-q",
        prompt=(
            "The small model gives four tokens 0.5, 0.3, 0.1 and 0.1, the large one "
            "0.4, 0.3, 0.2 and 0.1. Drafts are drawn only from the small model's two "
            "best tokens. The rule takes its q from all four numbers. Which "
            "distribution comes out?"
        ),
        options=(
            Option(
                "The large model's distribution: what is wrong is refused.",
                "The rule makes good what q offers too often, if q is what was drawn "
                "from. The drafts came from 0.625 and 0.375.",
            ),
            Option(
                "Another distribution, in which the fourth token never comes.",
                "It is never drafted, and p - q is 0 there, so it is never drawn "
                "afterwards. And 0.875 of the drafts stand, where 0.7 should: a fault "
                "that looks like speed.",
                right=True,
            ),
            Option(
                "The small model's distribution, cut to its two best.",
                "The third token comes: p gives it more than q, so it is drawn where a "
                "draft falls.",
            ),
        ),
    ),
    Question(
        id="one-layer-is-not-enough",
        prompt=(
            "A text has “A B” somewhere, and now ends in “A”. A head should read the "
            "“B”, because it came after an “A”. Can a model of a single layer have "
            "such a head, wherever the pair stands?"
        ),
        options=(
            Option(
                "Yes, if it has enough heads.",
                "All heads of a layer read the same rows, and the row of “B” says "
                "“B” and its place. No head finds out there what stood before it.",
            ),
            Option(
                "Yes: the key of “A” is found, and the next place is read.",
                "A head hands over the value of the place whose key fits. It cannot "
                "match one place and read another.",
            ),
            Option(
                "No: the row of “B” must first learn what stands before it.",
                "A head in an earlier layer writes “after an A” into the row of “B”, "
                "and that is what a later head looks for.",
                right=True,
            ),
        ),
    ),
)

CHALLENGES = (
    Challenge(
        id="known-late",
        widget="LanguageModelExplorer",
        state={"text": "the q"},
        goal=(
            "Find a text after which the model is at least 95 % sure of the next "
            "letter, although layer 1 alone gave that letter at most 5 %."
        ),
        conditions=(
            {
                "path": ["surest"],
                "op": ">=",
                "value": 0.95,
                "hint": (
                    "The model is not sure enough. Which letters leave no choice, "
                    "within a word or after it?"
                ),
            },
            {
                "path": ["earlier"],
                "op": "<=",
                "value": 0.05,
                "hint": (
                    "It is sure, but layer 1 expects this letter already: see the "
                    "middle list. Try a text in which one must know more than the last "
                    "two letters, such as whether a word is at its end."
                ),
            },
        ),
        solved={"text": "went into"},
    ),
    Challenge(
        id="own-keys-in-10-gb",
        widget="CacheStepper",
        state={"cache": True, "sharing": "MHA", "prompt": 4, "window": 12},
        goal=(
            "With the sizes of Llama 3.1 8B the keys and values of one long text take "
            "68.72 GB. Stay below 10 GB, with every token in view, and for each head a "
            "key that no other head has."
        ),
        conditions=(
            {
                "path": ["model_bytes"],
                "op": "<=",
                "value": 10_000_000_000,
                "hint": (
                    "Too much is kept of every token. What else does “heads kept” "
                    "offer?"
                ),
            },
            {
                "path": ["own_keys"],
                "op": "==",
                "value": 8,
                "hint": (
                    "It is small enough, but heads read one and the same key. Which "
                    "kind makes each head its own key, of something that all share?"
                ),
            },
        ),
        keep=("window",),
        solved={"sharing": "MLA"},
    ),
    Challenge(
        id="past-six-times",
        widget="CacheStepper",
        state={
            "cache": False,
            "sharing": "MHA",
            "prompt": 9,
            "read": 12,
            "window": 12,
        },
        goal=(
            "Twelve tokens have been read, nine of them as a prompt. Without a cache "
            "this takes 3.47 times as many multiplications as with one. Make it more "
            "than six times, for the same twelve tokens."
        ),
        conditions=(
            {
                "path": ["counts", 0, 0],
                "op": "==",
                "value": 12,
                "hint": "Read to the end: all twelve tokens count.",
            },
            {
                "path": ["times_more"],
                "op": ">=",
                "value": 6,
                "hint": (
                    "A prompt is read in one go, with a cache and without. What is "
                    "computed once more is computed in the steps after it."
                ),
            },
        ),
        keep=("sharing", "window"),
        solved={"prompt": 3},
    ),
)
