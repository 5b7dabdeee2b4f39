"""One new row, and all the old ones."""

from dataclasses import dataclass

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def decode_step(q, k, v, k_cache, v_cache, turn):
    """What the new row finds among all rows, and the caches that it is now in."""
    place = k_cache.shape[1]  # as many rows stand before it
    q, k = turn(q, place), turn(k, place)
    k_cache = np.concatenate([k_cache, k[:, None]], axis=1)  # (h_kv, t + 1, d)
    v_cache = np.concatenate([v_cache, v[:, None]], axis=1)
    groups = q.reshape(len(k), -1, q.shape[-1])  # (h_kv, h / h_kv, d)
    scores = groups @ k_cache.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return (weights @ v_cache).reshape(q.shape), k_cache, v_cache


@dataclass(frozen=True)
class Turn:
    """Turn pairs of neighbouring numbers by angles that grow with the place."""

    speed: float = 1.0

    def __call__(self, x, place):
        rate = self.speed * 0.3 ** np.arange(x.shape[-1] // 2)
        angle = np.asarray(place)[..., None] * rate
        even, odd = x[..., ::2], x[..., 1::2]
        turned = np.empty_like(x)
        turned[..., ::2] = even * np.cos(angle) - odd * np.sin(angle)
        turned[..., 1::2] = even * np.sin(angle) + odd * np.cos(angle)
        return turned

    def __repr__(self):
        return "<a rotation>"


def step_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, h, h_kv, t, d, loud=1.0, speed=1.0):
        q, k, v = (rng.normal(size=(n, d)) for n in (h, h_kv, h_kv))
        caches = rng.normal(size=(2, h_kv, t, d))
        return Case(name, (loud * q, k, v, *map(np.copy, caches), Turn(speed)))

    return [
        case("6 query heads, 2 of keys, 5 old rows", 6, 2, 5, 8),
        case("the same sizes, other numbers", 6, 2, 5, 8, loud=2.0, speed=0.7),
        case("6 query heads, 3 of keys, 7 old rows", 6, 3, 7, 4),
        case("a key head for each query head", 3, 3, 5, 4),
        case("one key head for all", 5, 1, 3, 4),
        case("no old row", 6, 2, 0, 4),
        case("one old row", 4, 2, 1, 6),
        case("4 of everything", 4, 4, 4, 4),
        case("30 query heads, 10 of keys, 11 old rows", 30, 10, 11, 2),
        case("12 numbers in a row", 4, 2, 5, 12),
        case("a rotation that does nothing", 6, 2, 5, 4, speed=0.0),
        case("scores in the thousands", 6, 2, 5, 8, loud=3000.0),
    ]


def append(cache, row):
    return np.concatenate([cache, row[:, None]], axis=1)


def by_group(x, h):
    """A head for each query head, each several times in a row."""
    return np.repeat(x, h // len(x), axis=0)


def by_remainder(x, h):
    return np.tile(x, (h // len(x), 1, 1))


def attend(q, keys, values, share=by_group, scale=np.sqrt, soft=soft):
    """What each query head finds."""
    keys, values = share(keys, len(q)), share(values, len(q))
    scores = (keys @ q[..., None])[..., 0] / scale(q.shape[-1])
    return (soft(scores)[:, None] @ values)[:, 0]


def step_with(
    q_place=lambda t: t,
    k_place=lambda t: t,
    keys=append,
    values=append,
    read=lambda keys, values, turn: (keys, values),
    find=attend,
    keep=lambda keys, values, h: (keys, values),
):
    """The step with one of its parts replaced."""

    def program(q, k, v, k_cache, v_cache, turn):
        t = k_cache.shape[1]
        q, k = turn(q, q_place(t)), turn(k, k_place(t))
        keys_now, values_now = keys(k_cache, k), values(v_cache, v)
        found = find(q, *read(keys_now, values_now, turn))
        return found, *keep(keys_now, values_now, len(q))

    return program


def turned_all(keys, turn):
    return turn(keys, np.arange(keys.shape[1]))


def turned_old(keys, values, turn):
    """The old keys are turned once more, each by its own place."""
    return append(turned_all(keys[:, :-1], turn), keys[:, -1]), values


def turned_old_and_kept(q, k, v, k_cache, v_cache, turn):
    return decode_step(q, k, v, turned_all(k_cache, turn), v_cache, turn)


def kept_unturned(q, k, v, k_cache, v_cache, turn):
    found, _, values = decode_step(q, k, v, k_cache, v_cache, turn)
    return found, append(k_cache, k), values


def nothing_turned(q, k, v, k_cache, v_cache, turn):
    return decode_step(q, k, v, k_cache, v_cache, lambda x, place: x)


def values_turned(q, k, v, k_cache, v_cache, turn):
    return decode_step(q, k, turn(v, v_cache.shape[1]), k_cache, v_cache, turn)


def without_itself(q, k, v, k_cache, v_cache, turn):
    """The row is kept, and reads only the old ones; with none it reads itself."""
    found, keys, values = decode_step(q, k, v, k_cache, v_cache, turn)
    t = k_cache.shape[1]
    if t:
        found = attend(turn(q, t), k_cache, v_cache)
    return found, keys, values


def overwriting(cache, row):
    """In place of the last row; with none before it the first."""
    return append(cache[:, :-1], row)


def in_front(cache, row):
    return np.concatenate([row[:, None], cache], axis=1)


def kept_in_order(keep):
    """The step whose caches are changed at the end."""
    return step_with(keep=keep)


def in_every_head(keys, values, h):
    return by_group(keys, h), by_group(values, h)


def exp_shares(scores):
    grown = np.exp(scores)
    return grown / grown.sum(axis=-1, keepdims=True)


def mean_shares(scores):
    grown = np.exp(scores - scores.mean(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def finding(**how):
    return step_with(find=lambda q, keys, values: attend(q, keys, values, **how))


def head_by_head(q, k, v, k_cache, v_cache, turn):
    t, d = k_cache.shape[1:]
    group = len(q) // len(k)
    keys = np.empty((len(k), t + 1, d))
    values = np.empty_like(keys)
    keys[:, :t], values[:, :t] = k_cache, v_cache
    keys[:, t], values[:, t] = turn(k, t), v
    found = []
    for head, query in enumerate(turn(q, t)):
        scores = keys[head // group] @ query / d**0.5
        grown = np.exp(scores - scores.max())
        found.append(grown @ values[head // group] / grown.sum())
    return np.array(found), keys, values


def by_einsum(q, k, v, k_cache, v_cache, turn):
    t, h = k_cache.shape[1], len(k)
    keys, values = (
        np.insert(c, t, x, axis=1) for c, x in ((k_cache, turn(k, t)), (v_cache, v))
    )
    groups = turn(q, t).reshape(h, -1, q.shape[-1])
    weights = soft(np.einsum("gnd,gtd->gnt", groups, keys) / np.sqrt(q.shape[-1]))
    return np.einsum("gnt,gtd->gnd", weights, values).reshape(q.shape), keys, values


PEAK = (
    "Right while scores are ordinary. With nothing subtracted before `exp`, or with a "
    "mean, large ones are inf and inf/inf is nan. Subtract the largest score of each "
    "head."
)


EXERCISE = Exercise(
    title="One new row, and all the old ones",
    answer=decode_step,
    returns={
        "output": "what does query head {0} find among all rows, its own included?",
        "k_cache": "which key does head {0} keep of row {1}?",
        "v_cache": "which value does head {0} keep of row {1}?",
    },
    cases=step_cases,
    mistakes={
        "ds-one-far": Mistake(
            step_with(lambda t: t + 1, lambda t: t + 1),
            "The new row is turned one place too far, as when the place is read after "
            "the cache has grown. Places count from 0: behind t rows it is t.",
        ),
        "ds-one-near": Mistake(
            step_with(lambda t: t - 1, lambda t: t - 1),
            "The new row is turned as if it stood where the last old one stands. "
            "Behind t rows, at 0 to t - 1, its place is t.",
        ),
        "ds-q-place-0": Mistake(
            step_with(lambda t: 0),
            "The key is turned by its place, and the query is not, or as at place 0. "
            "Both belong to one row, and have one place: that of the new row.",
        ),
        "ds-q-one-far": Mistake(
            step_with(lambda t: t + 1),
            "Your query is turned one place further than your key, as when the place "
            "is read anew after the cache has grown. Both belong to one row.",
        ),
        "ds-k-place-0": Mistake(
            step_with(k_place=lambda t: 0),
            "The query is turned by its place, and the key is not, or as at place 0. "
            "Whoever reads this key later would take it for that of the first row.",
        ),
        "ds-unturned": Mistake(
            nothing_turned,
            "The new row stands at place 0 in yours, which is the same as not turned "
            "at all. It stands behind the old ones: its place is how many rows the "
            "cache holds.",
        ),
        "ds-again": Mistake(
            step_with(read=turned_old),
            "What you keep is right, but your query meets old keys that were turned "
            "twice. They are kept turned, each by its own place, and need nothing.",
        ),
        "ds-again-all": Mistake(
            step_with(read=lambda keys, values, turn: (turned_all(keys, turn), values)),
            "What you keep is right, but your query meets keys, the new one as well, "
            "that were turned twice. Once, before it is kept, is enough.",
        ),
        "ds-again-kept": Mistake(
            turned_old_and_kept,
            "You keep old keys that were turned once more, so they move on with every "
            "step. They are kept turned, each by its own place, and need nothing.",
        ),
        "ds-last-place": Mistake(
            step_with(
                read=lambda keys, values, turn: (
                    append(turn(keys[:, :-1], keys.shape[1] - 1), keys[:, -1]),
                    values,
                )
            ),
            "What you keep is right, but your query meets old keys that were turned "
            "once more, all by the place of the new row. They are kept turned, each by "
            "its own place.",
        ),
        "ds-kept-unturned": Mistake(
            kept_unturned,
            "Your output is right, and the key that you keep is not turned, while the "
            "old ones are: the next step would read it as from place 0. Turn it, then "
            "keep it.",
        ),
        "ds-values-turned": Mistake(
            values_turned,
            "Your new value is turned as well. A place decides how well query and key "
            "fit; what is handed over does not depend on it.",
        ),
        "ds-noself": Mistake(
            without_itself,
            "The new row does not read itself in yours. Its own key and value count, "
            "like those of the old rows: append them first, then attend.",
        ),
        "ds-only-itself": Mistake(
            step_with(read=lambda keys, values, turn: (keys[:, -1:], values[:, -1:])),
            "The new row reads nobody but itself in yours. It reads all the old rows, "
            "too: that is what they are kept for.",
        ),
        "ds-oldest": Mistake(
            step_with(read=lambda keys, values, turn: (keys[:, :1], values[:, :1])),
            "The new row reads the oldest row alone, as under a causal mask whose one "
            "row stands beside the first key. It comes last, and reads all: no mask "
            "is needed.",
        ),
        "ds-forgets": Mistake(
            step_with(keys=lambda c, k: k[:, None], values=lambda c, v: v[:, None]),
            "Your caches hold the new row alone, so all that was read is forgotten. "
            "They go on: (h_kv, t + 1, d).",
        ),
        "ds-keeps-nothing": Mistake(
            lambda q, k, v, k_cache, v_cache, turn: (
                decode_step(q, k, v, k_cache, v_cache, turn)[0],
                k_cache,
                v_cache,
            ),
            "Your output is right, and your caches are the old ones: no later row will "
            "know of this one. Return those with the new row at the end.",
        ),
        "ds-overwrites": Mistake(
            step_with(keys=overwriting, values=overwriting),
            "The new row takes the place of the last old one. It comes behind it: the "
            "caches grow by one row.",
        ),
        "ds-front": Mistake(
            step_with(keys=in_front, values=in_front),
            "Your output is right, and the new row stands in front of the old ones. "
            "The place of a row in the cache is its place in the text: append it at "
            "the end.",
        ),
        "ds-front-keys": Mistake(
            step_with(keys=in_front),
            "Your new key stands in front and your new value at the end, so no value "
            "belongs to its key any more. Both go to the end.",
        ),
        "ds-query-kept": Mistake(
            lambda q, k, v, k_cache, v_cache, turn: (
                attend(
                    turn(q, k_cache.shape[1]),
                    keys := append(k_cache, turn(q[: len(k)], k_cache.shape[1])),
                    values := append(v_cache, v),
                ),
                keys,
                values,
            ),
            "You keep queries among the keys. Nobody asks with an old query again; "
            "what later rows read is the key.",
        ),
        "ds-value-for-key": Mistake(
            lambda q, k, v, k_cache, v_cache, turn: decode_step(
                q, v, k, k_cache, v_cache, turn
            ),
            "Key and value of the new row have changed places in yours.",
        ),
        "ds-repeated": Mistake(
            kept_in_order(in_every_head),
            "Your output is right, and your caches hold as many heads as there are "
            "query heads: keys and values were repeated before they were kept, so "
            "sharing them saves nothing. Keep h_kv heads; repeat, if at all, only to "
            "attend.",
        ),
        "ds-remainder": Mistake(
            finding(share=by_remainder),
            "Query head i reads key head i % h_kv in yours. Neighbours share one: with "
            "6 and 2, query heads 0, 1, 2 read key head 0, that is i // (h / h_kv).",
        ),
        "ds-group-size": Mistake(
            finding(
                share=lambda x, h: x[np.minimum(np.arange(h) // len(x), len(x) - 1)]
            ),
            "In yours a key head serves as many query heads as there are key heads. It "
            "serves h / h_kv of them: the number of groups is not their size.",
        ),
        "ds-first-head": Mistake(
            finding(share=lambda x, h: np.repeat(x[:1], h, axis=0)),
            "All query heads read key head 0 in yours. Each group reads its own.",
        ),
        "ds-mean-head": Mistake(
            finding(
                share=lambda x, h: np.repeat(x.mean(axis=0, keepdims=True), h, axis=0)
            ),
            "All query heads read the mean of the key heads in yours. Each group reads "
            "its own.",
        ),
        "ds-noscale": Mistake(
            finding(scale=lambda d: 1.0),
            "Your scores are not scaled. Divide them by the root of d.",
        ),
        "ds-scale-d": Mistake(
            finding(scale=lambda d: d),
            "Your scores are divided by d itself. Its root is enough.",
        ),
        "ds-scale-half": Mistake(
            finding(scale=lambda d: d / 2),
            "Your scores are divided by d / 2, as `/ (d ** 1/2)` would: the power "
            "comes before the division. The root is `d ** 0.5` or `np.sqrt(d)`.",
        ),
        "ds-scale-twice": Mistake(
            finding(scale=lambda d: 2 * d),
            "Your scores are divided by 2 d, as `/ d ** 1/2` would: that is, by d and "
            "then by 2. The root is `d ** 0.5` or `np.sqrt(d)`.",
        ),
        "ds-nosoftmax": Mistake(
            finding(soft=lambda scores: scores),
            "Values are mixed with the scores themselves: the softmax is missing.",
        ),
        "ds-heads-compete": Mistake(
            finding(soft=lambda scores: soft(scores, axis=0)),
            "Your softmax runs over the heads. Each head shares out its own attention "
            "over the rows, along the last axis.",
        ),
        "ds-peak": Mistake(finding(soft=exp_shares), PEAK),
        "ds-peak-mean": Mistake(finding(soft=mean_shares), PEAK),
        "ds-exchanged": Mistake(
            kept_in_order(lambda keys, values, h: (values, keys)),
            "The two caches have changed places: after the output come the keys, then "
            "the values.",
        ),
    },
    also_right={
        "head by head": head_by_head,
        "by einsum": by_einsum,
        "keys and values repeated to attend": step_with(),
    },
    hints=(
        "How many rows stand before the new one? That is its place, for the query and "
        "for the key. The old keys are turned already.",
        "Append first, then attend: the new row reads itself, too. A slice with None, "
        "`k[:, None]`, is a cache of one row.",
        "A group of query heads shares a head of keys: `q.reshape(h_kv, -1, d)` puts "
        "the group on an axis of its own, and `@` does the rest.",
    ),
    question_after=(
        "One question about your function: some layers keep their keys as they were "
        "before the turn. What does a step cost then, and what does one gain?"
    ),
    answer_after=(
        "All keys are turned at every step, t + 1 in place of one. In return the rows "
        "may be counted anew: when old ones are dropped, or when a text continues "
        "another one's cache. The layer of this book keeps them so."
    ),
)
