"""A memory that is written while it is read."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def fast_weights(q, k, v):
    """Write each pair into one matrix as it comes, and read it with the query."""
    memory = np.zeros((v.shape[-1], k.shape[-1]))  # (d_v, d_k)
    output = np.empty(v.shape)
    for t in range(len(q)):
        memory += np.outer(v[t], k[t])
        output[t] = memory @ q[t]
    return output, memory


def fast_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, t, d_k, d_v):
        return Case(name, tuple(rng.normal(size=(t, d)) for d in (d_k, d_k, d_v)))

    orthonormal = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    return [
        case("7 steps, keys of 3, values of 2", 7, 3, 2),
        case("7 steps, keys of 3, values of 2, once more", 7, 3, 2),
        case("every size 5", 5, 5, 5),
        case("every size 5, once more", 5, 5, 5),
        case("one step", 1, 3, 2),
        case("one entry in all", 3, 1, 1),
        case("13 steps, keys of 11, values of 10", 13, 11, 10),
        Case(
            "one-hot keys, asked for before and after they come",
            (
                np.eye(5)[[0, 2, 0, 2, 4]],
                np.eye(5)[[0, 1, 2, 2, 3]],
                rng.normal(size=(5, 2)),
            ),
        ),
        Case(
            "keys at right angles, read with themselves",
            (orthonormal, orthonormal.copy(), rng.normal(size=(5, 3))),
        ),
    ]


def fast_with(write=None, read=None):
    """The same loop with another rule of writing or reading."""
    write = write or (lambda memory, k, v, t: memory + np.outer(v, k))
    read = read or (lambda before, after, q, t: after @ q)

    def program(q, k, v):
        memory, output = np.zeros((v.shape[-1], k.shape[-1])), np.zeros(v.shape)
        for t in range(len(q)):
            before = memory
            memory = write(memory, k[t], v[t], t)
            output[t] = read(before, memory, q[t], t)
        return output, memory

    return program


def fast_transposed(q, k, v):
    memory, output = np.zeros((k.shape[-1], v.shape[-1])), np.zeros(v.shape)
    for t in range(len(q)):
        memory = memory + np.outer(k[t], v[t])
        output[t] = memory @ q[t]
    return output, memory


def fast_memory_turned(q, k, v):
    output, memory = fast_weights(q, k, v)
    return output, memory.T


def fast_soft(seen, scaled):
    """Attention with a softmax, over all pairs or over those already written."""

    def program(q, k, v):
        scores = q @ k.T / (np.sqrt(k.shape[-1]) if scaled else 1)
        scores = np.where(seen(np.ones_like(scores)) > 0, scores, -np.inf)
        return soft(scores) @ v, v.T @ k

    return program


def fast_share(q, k, v):
    scores = np.tril(q @ k.T)
    return scores / scores.sum(axis=-1, keepdims=True) @ v, v.T @ k


EXERCISE = Exercise(
    title="A memory that is written while it is read",
    answer=fast_weights,
    returns={
        "output": "what is read at step {0}, in entry {1}?",
        "memory": "what stands in row {0}, column {1} after the last step?",
    },
    cases=fast_cases,
    mistakes={
        "fw-read-first": Mistake(
            fast_with(read=lambda before, after, q, t: before @ q),
            "A step of yours does not find its own pair, and the first reads nothing, "
            "as when reading comes before writing. Write, then read.",
        ),
        "fw-whole": Mistake(
            lambda q, k, v: ((q @ k.T) @ v, v.T @ k),
            "Every step of yours reads what later steps write, as when the memory is "
            "filled first and read afterwards. Read after each write.",
        ),
        "fw-transposed": Mistake(
            fast_transposed,
            "Your memory is written the wrong way round; it fits only where the widths "
            "are equal. The query meets the key's entries, so the memory has the axes "
            "(d_v, d_k): `np.outer(v, k)`.",
        ),
        "fw-memory-T": Mistake(
            fast_memory_turned,
            "What you read is right; the memory you return is turned. Its axes are "
            "(d_v, d_k).",
        ),
        "fw-overwrite": Mistake(
            fast_with(write=lambda memory, k, v, t: np.outer(v, k)),
            "Each pair of yours wipes out the ones before. Add it to the memory.",
        ),
        "fw-key-reads": Mistake(
            lambda q, k, v: fast_weights(k, k, v),
            "Your outputs do not depend on the query: the key reads. That answers what "
            "was filed there; the query asks what you want to know.",
        ),
        "fw-query-writes": Mistake(
            lambda q, k, v: fast_weights(q, q, v),
            "Your memory does not depend on the keys: pairs are filed under the query. "
            "They belong under their keys.",
        ),
        "fw-mean": Mistake(
            fast_with(read=lambda before, after, q, t: after @ q / (t + 1)),
            "Your outputs are divided by the number of pairs written so far. There is "
            "no normaliser here, and that is the difference from attention.",
        ),
        "fw-future": Mistake(
            lambda q, k, v: (np.triu(q @ k.T) @ v, v.T @ k),
            "Each step of yours reads its own pair and those to come, as with a mask "
            "turned round. It may read what is written already: `np.tril`.",
        ),
        **{
            f"fw-softmax{variant}": Mistake(
                fast_soft(seen, scaled),
                "Your outputs are those of attention with a softmax. Its weights "
                "cannot be taken apart into what was written and what asks, so no "
                "memory of fixed size computes them; fast weights leave it out.",
            )
            for variant, seen, scaled in (
                ("", np.tril, False),
                ("-scaled", np.tril, True),
                ("-all", np.copy, False),
                ("-all-scaled", np.copy, True),
            )
        },
        "fw-share": Mistake(
            fast_share,
            "Your outputs are divided by the sum of the scores. Fast weights have no "
            "normaliser (and here the sum may be near 0).",
        ),
        "fw-scaled": Mistake(
            fast_with(read=lambda before, after, q, t: after @ q / np.sqrt(len(q))),
            "Your outputs are divided by √d. There is no softmax here to keep calm, so "
            "nothing is scaled.",
        ),
        "fw-decay": Mistake(
            fast_with(write=lambda memory, k, v, t: 0.9 * memory + np.outer(v, k)),
            "Your memory fades. Many later ones do, and for good reasons; this one "
            "keeps everything.",
        ),
        "fw-delta": Mistake(
            fast_with(
                write=lambda memory, k, v, t: memory + np.outer(v - memory @ k, k)
            ),
            "What you add to the memory is the difference from what was there already. "
            "That is the delta rule, a better memory (a later chapter comes to it); "
            "asked for is the plain sum of outer products.",
        ),
        "fw-elementwise": Mistake(
            fast_with(write=lambda memory, k, v, t: memory + v[:, None].mean() * k),
            "Every row of your memory is the same. Entry i of the value goes to row i: "
            "an outer product.",
        ),
    },
    also_right={
        "attention without softmax": lambda q, k, v: (np.tril(q @ k.T) @ v, v.T @ k),
        "running sums": lambda q, k, v: (
            np.einsum("tvk,tk->tv", np.cumsum(v[:, :, None] * k[:, None], 0), q),
            (v[:, :, None] * k[:, None]).sum(axis=0),
        ),
    },
    hints=(
        "The memory is a matrix that sends a key to its value. What does "
        "`np.outer(v, k) @ k` give?",
        "At each step: add `np.outer(v[t], k[t])`, then read `memory @ q[t]`.",
    ),
    question_after=(
        "One question about your function: with keys of 3 entries, how many pairs can "
        "be written so that each, asked with its own key, comes back without a trace "
        "of the others?"
    ),
    answer_after=(
        "Three, if their keys are at right angles (and of length 1, or what comes back "
        "is scaled). Attention keeps every pair and has no such limit; it pays by "
        "growing with the text."
    ),
)
