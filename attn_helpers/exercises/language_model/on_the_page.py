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
                "A query serves only the row that it belongs to. The old rows have "
                "been computed, and nothing in them changes: later tokens are hidden "
                "from them.",
            ),
            Option(
                "Their keys and values.",
                "The new row compares its own query with the keys of all rows, and "
                "mixes the values of all rows. A cache keeps these keys and values.",
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
                "This is true of the projections and the feed-forward networks. But "
                "the query of the row is compared with every key that is kept.",
            ),
            Option(
                "As much in the matrices, and a hundred times as much among the keys.",
                "The new row is compared with every key that is kept, and takes a "
                "weighted mean of every value. Summed over all steps of a text of n "
                "tokens, these comparisons are still about n² / 2.",
                right=True,
            ),
            Option(
                "Ten thousand times as much: attention is quadratic.",
                "The cost of a whole text is quadratic, because each of its rows has "
                "a query. Here there is one row with one query.",
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
                "The sums have the same terms. But a computer may add them in another "
                "order when the shapes differ, and then it rounds differently.",
            ),
            Option(
                "They are equal up to rounding.",
                "The two texts of 45 letters below are the same. Rounding can only "
                "change a text where two tokens are almost equally likely. This is "
                "rarer with 32 bits for each number, as here, than with 16.",
                right=True,
            ),
            Option(
                "Those with the cache are an approximation.",
                "Nothing is left out. A row reads only itself and what stands before "
                "it, so computing the old keys and values again would give the same.",
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
                "It is causal for rows that begin at place 0. The rows of the second "
                "piece begin at place 4, and `np.tril` does not know that.",
            ),
            Option(
                "The first tokens of the prompt: one of them, two, three, four.",
                "No row of the second piece reads itself or another row of that piece, "
                "and no error is raised. Its first row stands at place 4, and should "
                "read five places.",
                right=True,
            ),
            Option(
                "Nothing: the shapes do not fit.",
                "The shapes fit: 4 queries and 8 keys. So no error is raised.",
            ),
        ),
    ),
    Question(
        id="warm-then-cut",
        prompt=(
            "Three tokens have the probabilities 0.6, 0.3 and 0.1. A temperature of 2 "
            "and keep-top-p with p = 0.85 are both to be applied. Does the order "
            "matter?"
        ),
        options=(
            Option(
                "No: the temperature keeps the order of the tokens.",
                "It keeps the order, but it changes the probabilities, and these are "
                "added up until they reach p.",
            ),
            Option(
                "Yes: with the temperature first all three stay.",
                "The probabilities become 0.47, 0.33 and 0.19, and it takes all three "
                "to reach 0.85. If top-p comes first, it keeps two tokens, and no "
                "temperature brings the third one back.",
                right=True,
            ),
            Option(
                "Yes: with the temperature first only one stays.",
                "A temperature above 1 makes the probabilities more alike, so more "
                "tokens are needed to reach p, not fewer.",
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
                "The rule corrects what q proposes too often, but only if the drafts "
                "were drawn from this q. They were drawn from 0.625, 0.375, 0 and 0, "
                "which are the two best made to sum to 1.",
            ),
            Option(
                "Another distribution, in which the fourth token never comes.",
                "It is never drafted, and p - q is 0 there, so it is never drawn "
                "afterwards. The fault even seems to save time. With q = (0.5, 0.3, …) "
                "0.625 · 0.8 + 0.375 = 0.875 of the drafts are accepted. With the q "
                "that was drawn from, 0.625 and 0.375, it would be 0.4 + 0.3 = 0.7.",
                right=True,
            ),
            Option(
                "The small model's distribution, cut to its two best.",
                "The third token does come: p gives it more than q, so it can be drawn "
                "after a draft is rejected.",
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
                "All heads of a layer read the same rows. In the first layer the row "
                "of “B” holds only “B” and its place. No head can find out from it "
                "which token stood before.",
            ),
            Option(
                "Yes: the key of “A” is found, and the next place is read.",
                "A head reads the value of the very place whose key fits its query. It "
                "cannot match the key of one place and read the value of another.",
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
            "With the sizes of Llama 3.1 8B, and a key-value head for each query head, "
            "the keys and values of one text of 131,072 tokens take 68.72 GB. Stay "
            "below 10 GB, with every token in view, and for each head a key that no "
            "other head has."
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
                    "It is small enough, but several heads read one and the same key. "
                    "Which kind keeps something that all heads share, and gives each "
                    "head a key of its own made from it?"
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
                    "A prompt is read in one pass, with a cache and without. Only the "
                    "steps after the prompt compute old rows again. How can there be "
                    "more such steps?"
                ),
            },
        ),
        keep=("sharing", "window"),
        solved={"prompt": 3},
    ),
)
