"""The least time of a step of decoding."""

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def decode_seconds(weights, cache, batch, flops_a_second, bytes_a_second):
    """FLOPs for each byte that is fetched, and the seconds of one step at least."""
    flops = 2 * batch * (weights + cache)
    fetched = 2 * (weights + batch * cache)
    seconds = max(flops / flops_a_second, fetched / bytes_a_second)
    return flops / fetched, seconds


def step_cases(seed):
    del seed  # sizes, not numbers: nothing here is random
    return [
        Case("one text", (7e9, 5e8, 1, 1e15, 4.8e12)),
        Case("a batch of 32", (7e9, 5e8, 32, 1e15, 4.8e12)),
        Case("a batch of 512, short texts", (7e9, 1e6, 512, 1e15, 4.8e12)),
        Case("a batch of 16, long texts", (7e9, 6e10, 16, 1e15, 4.8e12)),
        Case("a phone", (3e9, 2e8, 1, 2e12, 6e10)),
        Case("a phone, a batch of 64", (3e9, 1e5, 64, 2e12, 6e10)),
        Case("slow arithmetic", (1e8, 3e7, 3, 1e9, 1e12)),
        Case("an empty cache", (5e8, 0, 7, 1e13, 1e11)),
    ]


def step_with(
    flops=lambda w, c, b: 2 * b * (w + c),
    fetched=lambda w, c, b: 2 * (w + b * c),
    seconds=max,
    ratio=lambda flops, fetched: flops / fetched,
):
    """Both results with a part replaced."""

    def program(weights, cache, batch, flops_a_second, bytes_a_second):
        work, data = flops(weights, cache, batch), fetched(weights, cache, batch)
        return ratio(work, data), seconds(work / flops_a_second, data / bytes_a_second)

    return program


def by_the_roof(weights, cache, batch, flops_a_second, bytes_a_second):
    intensity = batch * (weights + cache) / (weights + batch * cache)
    reached = min(flops_a_second, intensity * bytes_a_second)
    return intensity, 2 * batch * (weights + cache) / reached


def text_by_text(weights, cache, batch, flops_a_second, bytes_a_second):
    flops, fetched = 0, 2 * weights
    for _ in range(batch):
        flops += 2 * weights + 2 * cache
        fetched += 2 * cache
    computing, moving = flops / flops_a_second, fetched / bytes_a_second
    return flops / fetched, computing if computing > moving else moving


EXERCISE = Exercise(
    title="The least time of a step",
    answer=decode_seconds,
    returns={
        "intensity": "how many FLOPs does the step do for each byte that it fetches?",
        "seconds": "how long does the step take at least?",
    },
    cases=step_cases,
    mistakes={
        "ds-one-cache": Mistake(
            step_with(fetched=lambda w, c, b: 2 * (w + c)),
            "All texts share one cache in yours. Each has read something else, so each "
            "has keys and values of its own.",
        ),
        "ds-weights-again": Mistake(
            step_with(fetched=lambda w, c, b: 2 * b * (w + c)),
            "Your step fetches the weights anew for each text. They are the same for "
            "the whole batch and are fetched once.",
        ),
        "ds-exchanged-parts": Mistake(
            step_with(fetched=lambda w, c, b: 2 * (b * w + c)),
            "The batch stands with the wrong part in yours: the weights are shared, "
            "and each text has its own cache.",
        ),
        "ds-one-text": Mistake(
            step_with(flops=lambda w, c, b: 2 * (w + c)),
            "The arithmetic of one text is in yours. Each text of the batch has as "
            "much.",
        ),
        "ds-multiply-adds": Mistake(
            step_with(flops=lambda w, c, b: b * (w + c)),
            "You count multiply-adds. Each of them is two FLOPs.",
        ),
        "ds-numbers": Mistake(
            step_with(fetched=lambda w, c, b: w + b * c),
            "You count the numbers that are fetched. Each takes two bytes.",
        ),
        "ds-float32": Mistake(
            step_with(fetched=lambda w, c, b: 4 * (w + b * c)),
            "Yours fetches four bytes for each number. In 16 bits it is two.",
        ),
        "ds-added": Mistake(
            step_with(seconds=lambda computing, moving: computing + moving),
            "The two times are added in yours. Computing and moving go on at once, so "
            "the longer one decides.",
        ),
        "ds-shorter": Mistake(
            step_with(seconds=min),
            "Yours takes the shorter of the two times. The step is done when both are "
            "done.",
        ),
        "ds-moving": Mistake(
            step_with(seconds=lambda computing, moving: moving),
            "Yours always waits for memory. This is so for a small batch; with many "
            "short texts arithmetic takes longer.",
        ),
        "ds-computing": Mistake(
            step_with(seconds=lambda computing, moving: computing),
            "Yours always waits for arithmetic. A step of decoding mostly waits for "
            "what it must fetch.",
        ),
        "ds-no-cache": Mistake(
            step_with(lambda w, c, b: 2 * b * w, lambda w, c, b: 2 * w),
            "The cache is missing in yours: the new token is compared with all keys, "
            "and mixes all values.",
        ),
        "ds-cache-for-nothing": Mistake(
            step_with(lambda w, c, b: 2 * b * w),
            "Your step fetches the cache and does no arithmetic with it. Each of its "
            "numbers serves one multiply-add.",
        ),
        "ds-upside-down": Mistake(
            step_with(ratio=lambda flops, fetched: fetched / flops),
            "The seconds are right. Your first number is bytes for each FLOP; asked is "
            "FLOPs for each byte.",
        ),
        "ds-exchanged": Mistake(
            lambda *sizes: decode_seconds(*sizes)[::-1],
            "The two results have changed places: the intensity comes first.",
        ),
    },
    also_right={"by the roof": by_the_roof, "text by text": text_by_text},
    hints=(
        "Two counts first: FLOPs of the whole batch, and bytes that are fetched. Which "
        "of `weights` and `cache` is fetched once, and which once for each text?",
        "Each number that is fetched serves one multiply-add of each text that uses "
        "it. Then divide by what the machine can do, and take the longer time.",
    ),
    question_after=(
        "One question about your function: the batch grows without end. What does the "
        "intensity come near to?"
    ),
    answer_after=(
        "To (weights + cache) / cache. The weights are then as good as free, and each "
        "text still fetches its own cache. With a cache as large as the weights this "
        "is 2."
    ),
)
