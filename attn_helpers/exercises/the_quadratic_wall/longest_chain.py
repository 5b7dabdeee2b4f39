"""Steps that have to wait."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def longest_chain(needs):
    """How many steps follow one another on the longest chain."""
    n = len(needs)
    length = np.ones(n, dtype=int)
    for i in range(n):
        for j in range(i):
            if needs[i, j]:
                length[i] = max(length[i], length[j] + 1)
    return length.max()


def graph_cases(seed):
    rng = np.random.default_rng(seed)

    def graph(n, *pairs):
        needs = np.zeros((n, n), dtype=bool)
        for later, earlier in pairs:
            needs[later, earlier] = True
        return needs

    recurrent = graph(7, *((i, i - 1) for i in range(1, 7)))
    tree = graph(7, (4, 0), (4, 1), (5, 2), (5, 3), (6, 4), (6, 5))
    ends_early = graph(6, (1, 0), (2, 1), (3, 2), (5, 4))
    detour = graph(6, (1, 0), (2, 1), (3, 2), (4, 0), (5, 3), (5, 4), (5, 0))
    far = graph(5, (4, 0), (3, 0), (3, 1), (4, 3))
    first_is_long = graph(5, (1, 0), (2, 1), (4, 2), (4, 3))
    return [
        Case("a recurrent layer that reads 7 tokens", (recurrent,)),
        Case("attention: 5 outputs, none needs another", (graph(5),)),
        Case("a sum of 4 numbers in pairs", (tree,)),
        Case("a chain that ends before the last step", (ends_early,)),
        Case("a short way and a long way", (detour,)),
        Case("steps that need one from long before", (far,)),
        Case("a long wait and a short one", (first_is_long,)),
        Case("each needs all before it", (np.tri(6, k=-1, dtype=bool),)),
        Case("each needs the one before the last", (np.eye(9, k=-2, dtype=bool),)),
        Case("a single step", (graph(1),)),
        Case("13 steps at random", (np.tri(13, k=-1) * rng.random((13, 13)) > 0.7,)),
        Case("17 steps at random", (np.tri(17, k=-1) * rng.random((17, 17)) > 0.8,)),
    ]


def chain_with(combine=lambda found: max(found, default=0) + 1, last=max):
    """The lengths of chains with a part replaced."""

    def program(needs):
        length = []
        for row in needs:
            length.append(combine([length[j] for j in np.flatnonzero(row)]))
        return last(length)

    return program


def by_removing(needs):
    """Take away all steps that wait for nothing, round by round."""
    left = np.ones(len(needs), dtype=bool)
    rounds = 0
    while left.any():
        waits = (needs & left).any(axis=1)
        left = left & waits
        rounds += 1
    return rounds


def by_powers(needs):
    """A chain of k arrows shows in the k-th power of the table."""
    reached, steps = np.eye(len(needs), dtype=int), 0
    while reached.any():
        reached, steps = ((reached @ needs.astype(int)) > 0).astype(int), steps + 1
    return steps


def run(needs):
    """The longest row of steps each of which needs the one just before it."""
    best = now = 1
    for i in range(1, len(needs)):
        now = now + 1 if needs[i, i - 1] else 1
        best = max(best, now)
    return best


def ancestors(needs):
    known = []
    for row in needs:
        found = set(np.flatnonzero(row).tolist())
        known.append(found.union(*(known[j] for j in found)))
    return max(map(len, known)) + 1


EXERCISE = Exercise(
    title="Steps that have to wait",
    answer=longest_chain,
    returns={"steps": "how many steps are on the longest chain?"},
    cases=graph_cases,
    mistakes={
        "lc-arrows": Mistake(
            lambda needs: longest_chain(needs) - 1,
            "Yours is one too small: you count the arrows of the chain. Its first step "
            "takes time, too.",
        ),
        "lc-all": Mistake(
            lambda needs: len(needs),
            "Yours counts all steps. Steps that do not need each other can run at the "
            "same time.",
        ),
        "lc-number-of-arrows": Mistake(
            lambda needs: needs.sum() + 1,
            "You count all needs in the table. A chain uses one need of each of its "
            "steps.",
        ),
        "lc-most-needs": Mistake(
            lambda needs: needs.sum(axis=1).max() + 1,
            "You count how much one step needs. What it needs may itself be ready at "
            "once, or only after a long chain.",
        ),
        "lc-most-needed": Mistake(
            lambda needs: needs.sum(axis=0).max() + 1,
            "You count for how many steps one result is needed. Those steps can all "
            "run at the same time.",
        ),
        "lc-last-step": Mistake(
            chain_with(last=lambda length: length[-1]),
            "Yours is the chain that ends at the last step. A longer one may end "
            "elsewhere.",
        ),
        "lc-shortest": Mistake(
            chain_with(lambda found: min(found, default=0) + 1),
            "In yours a step begins when the first of its needs is ready. It has to "
            "wait for the last one.",
        ),
        "lc-nearest": Mistake(
            chain_with(lambda found: (found[-1] if found else 0) + 1),
            "Yours looks only at the latest of the steps that a step needs. An earlier "
            "one may end a longer chain.",
        ),
        "lc-earliest": Mistake(
            chain_with(lambda found: (found[0] if found else 0) + 1),
            "Yours looks only at the first of the steps that a step needs. A later one "
            "may end a longer chain.",
        ),
        "lc-sum": Mistake(
            chain_with(lambda found: sum(found) + 1),
            "The chains of all needs are added in yours. They run at the same time, "
            "and the longest one decides.",
        ),
        "lc-neighbours": Mistake(
            run,
            "Yours only follows needs of the step right before. A step may need one "
            "from long before.",
        ),
        "lc-ancestors": Mistake(
            ancestors,
            "Yours counts all steps that must come before some step. Some of those can "
            "run at the same time.",
        ),
        "lc-one-round": Mistake(
            lambda needs: 1 + int(needs.any()),
            "Yours is 2 whenever anything waits. What waits may be waited for, too.",
        ),
    },
    also_right={"round by round": by_removing, "by powers": by_powers},
    hints=(
        "Ask for each step: how long is the longest chain that ends with it? Begin "
        "with step 0.",
        "A step that needs nothing ends a chain of 1. Any other one ends a chain that "
        "is one longer than the longest among its needs.",
    ),
    question_after=(
        "One question about your function: n numbers are to be added. In which order "
        "is the longest chain shortest, and how long is it?"
    ),
    answer_after=(
        "In pairs, then the sums in pairs, and so on: about log2 n additions follow "
        "one another. This is why attention's sums over n keys, which we count as one "
        "step, take a machine a little longer for a long text."
    ),
)
