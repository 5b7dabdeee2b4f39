"""One step of Luong's decoder."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def luong_step(x, state, annotations, w_x, w_h, w_score, w_out):
    """Move the decoder on, let its new state ask, and put both answers together."""
    state = np.tanh(x @ w_x + state @ w_h)  # (d,), the new one
    scores = annotations @ (state @ w_score)  # (t_k,)
    grown = np.exp(scores - scores.max())
    weights = grown / grown.sum()
    context = weights @ annotations  # (d_k,)
    output = np.tanh(np.concatenate([context, state]) @ w_out)
    return output, state, weights


def luong_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, t_k, sizes, loud=1.0, wide=False):
        d_x, d, d_k = sizes
        shapes = [(d_x,), (d,), (t_k, d_k), (d_x, d), (d, d), (d, d_k), (d_k + d, d)]
        x, state, annotations, w_x, w_h, w_score, w_out = (
            rng.normal(size=shape) for shape in shapes
        )
        if wide:
            w_out = rng.normal(size=(d_k + d, d_k + d))
        return Case(name, (x, state, annotations, w_x, w_h, w_score * loud, w_out / 3))

    return [
        case("7 annotations of 11, a state of 5", 7, (3, 5, 11)),
        case("every size 5", 5, (5, 5, 5)),
        case("every size 5, other numbers", 5, (5, 5, 5)),
        case("an output as wide as context and state", 3, (2, 3, 4), wide=True),
        case("one annotation, all widths 1", 1, (1, 1, 1)),
        case("17 annotations of 13, a state of 12", 17, (11, 12, 13), loud=0.1),
        Case("two scores 2000 above the others", far_apart(rng, [0, 0, 0, 1, 1, 0])),
        Case("all scores near -2000", far_apart(rng, [-1, -1, -1, -1])),
        case("two annotations", 2, (3, 5, 7)),
        case("large w_score", 7, (3, 5, 5), loud=1e5),
    ]


def far_apart(rng, levels):
    """Scores of 2000 times ``levels``, by an entry that the output does not read.

    An annotation at level 0 is loud in another entry, which the score does not read.
    """
    x, state, w_x, w_h = (rng.normal(size=n) for n in (3, 4, (3, 4), (4, 4)))
    annotations, w_score = rng.normal(size=(len(levels), 5)), rng.normal(size=(4, 5))
    w_out = rng.normal(size=(9, 4)) / 3
    new = np.tanh(x @ w_x + state @ w_h)
    annotations[:, 0] = 2000.0 * np.array(levels)
    annotations[np.array(levels) == 0, 1] = 1e30
    w_score[:, 0], w_score[:, 1], w_out[0] = new / (new @ new), 0.0, 0.0
    return x, state, annotations, w_x, w_h, w_score, w_out


def luong_with(query=None, score=None, context=None, join=None, keep=None):
    """The step with one of its parts replaced."""
    query = query or (lambda new, old: new)
    score = score or (lambda query, h, w_score: h @ (query @ w_score))
    context = context or (lambda weights, h, w_score: weights @ h)
    join = join or (lambda c, new, w_out: np.tanh(np.concatenate([c, new]) @ w_out))
    keep = keep or (lambda output, new: new)

    def program(x, state, annotations, w_x, w_h, w_score, w_out):
        new = np.tanh(x @ w_x + state @ w_h)
        weights = soft(score(query(new, state), annotations, w_score))
        c = context(weights, annotations, w_score)
        output = join(c, new, w_out)
        return output, keep(output, new), weights

    return program


def luong_linear_state(x, state, annotations, w_x, w_h, w_score, w_out):
    new = x @ w_x + state @ w_h
    weights = soft(annotations @ (new @ w_score))
    output = np.tanh(np.concatenate([weights @ annotations, new]) @ w_out)
    return output, new, weights


def luong_old_beside(x, state, annotations, w_x, w_h, w_score, w_out):
    _, new, weights = luong_step(x, state, annotations, w_x, w_h, w_score, w_out)
    both = np.concatenate([weights @ annotations, state])
    return np.tanh(both @ w_out), new, weights


def luong_old_kept(x, state, annotations, w_x, w_h, w_score, w_out):
    output, _, weights = luong_step(x, state, annotations, w_x, w_h, w_score, w_out)
    return output, state, weights


def luong_no_input(x, state, annotations, w_x, w_h, w_score, w_out):
    return luong_step(x * 0, state, annotations, w_x, w_h, w_score, w_out)


def luong_no_state(x, state, annotations, w_x, w_h, w_score, w_out):
    return luong_step(x, state * 0, annotations, w_x, w_h, w_score, w_out)


def luong_turned(x, state, annotations, w_x, w_h, w_score, w_out):
    return luong_step(x, state, annotations, w_x, w_h.T, w_score, w_out)


def luong_still(x, state, annotations, w_x, w_h, w_score, w_out):
    weights = soft(annotations @ (state @ w_score))
    both = np.concatenate([weights @ annotations, state])
    return np.tanh(both @ w_out), state, weights


def luong_normalised(normalise):
    def program(x, state, annotations, w_x, w_h, w_score, w_out):
        new = np.tanh(x @ w_x + state @ w_h)
        weights = normalise(annotations @ (new @ w_score))
        c = weights @ annotations
        return np.tanh(np.concatenate([c, new]) @ w_out), new, weights

    return program


def luong_with_loops(x, state, annotations, w_x, w_h, w_score, w_out):
    state = np.tanh(np.dot(w_x.T, x) + np.dot(w_h.T, state))
    scores = np.array([state @ w_score @ h for h in annotations])
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    context = sum(w * h for w, h in zip(weights, annotations, strict=True))
    d_k = len(context)
    return np.tanh(context @ w_out[:d_k] + state @ w_out[d_k:]), state, weights


EXERCISE = Exercise(
    title="One step of Luong's decoder",
    answer=luong_step,
    returns={
        "output": "what is entry {0} of the attentional output?",
        "state": "what is entry {0} of the state handed to the next step?",
        "weights": "how much should the new state read from annotation {0}?",
    },
    cases=luong_cases,
    mistakes={
        "ll-old-state": Mistake(
            luong_with(query=lambda new, old: old),
            "Your query is the state from before the step. That is Bahdanau's order; "
            "in Luong's the recurrent network moves first, and its new state asks.",
        ),
        "ll-dot": Mistake(
            luong_with(score=lambda query, h, w_score: h @ query),
            "Your scores are plain dot products, which want states and annotations of "
            "one width. The general score has a learnt matrix between them: `w_score`.",
        ),
        "ll-score-T": Mistake(
            luong_with(score=lambda query, h, w_score: h @ (w_score @ query)),
            "In your scores `w_score` acts transposed; it fits only where the widths "
            "are equal. It has the axes (d, d_k): the state stands on its left, "
            "`state @ w_score`.",
        ),
        **{
            f"ll-scaled{variant}": Mistake(
                luong_with(
                    score=lambda query, h, w_score, axis=axis: (
                        h @ (query @ w_score) / np.sqrt((query, h[0])[axis].size)
                    )
                ),
                "Your scores are divided by the root of a width. Luong's scores of "
                "2015 have no such factor; it came with the Transformer, two years "
                "later.",
            )
            for variant, axis in (("", 0), ("-keys", 1))
        },
        "ll-tanh-score": Mistake(
            luong_with(score=lambda query, h, w_score: np.tanh(h @ (query @ w_score))),
            "Your scores stay between -1 and 1, as with a tanh round them. The general "
            "score is bilinear: state, matrix, annotation, and nothing else.",
        ),
        "ll-order": Mistake(
            luong_with(
                join=lambda c, new, w_out: np.tanh(np.concatenate([new, c]) @ w_out)
            ),
            "In your output the state stands before the context. The rows of `w_out` "
            "are ordered context first, then state: [c; h].",
        ),
        "ll-linear-output": Mistake(
            luong_with(join=lambda c, new, w_out: np.concatenate([c, new]) @ w_out),
            "Your output has no tanh. It is tanh([c; h] w_out).",
        ),
        "ll-no-context": Mistake(
            luong_with(context=lambda weights, h, w_score: np.zeros(h.shape[-1])),
            "What was read never reaches the output: the context has to be put beside "
            "the state.",
        ),
        "ll-context-alone": Mistake(
            luong_with(join=lambda c, new, w_out: np.tanh(c @ w_out[: len(c)])),
            "Your state never reaches the output: it has to be put beside the context.",
        ),
        "ll-linear-state": Mistake(
            luong_linear_state,
            "Your new state has no tanh. It is tanh(x w_x + state w_h).",
        ),
        "ll-no-input": Mistake(
            luong_no_input,
            "The input x has no effect in your program, so the decoder does not know "
            "which word it wrote last.",
        ),
        "ll-no-state": Mistake(
            luong_no_state,
            "The old state has no effect in your program, so the decoder forgets all "
            "but the last word. Add `state @ w_h`, inside the tanh.",
        ),
        "ll-w-h-T": Mistake(
            luong_turned,
            "In your state `w_h` acts transposed; it fits because `w_h` is square. It "
            "stands on the right: `state @ w_h`.",
        ),
        "ll-still": Mistake(
            luong_still,
            "Your decoder never moves: the old state asks, predicts and is handed on. "
            "The recurrent step comes first, tanh(x w_x + state w_h).",
        ),
        "ll-output-as-state": Mistake(
            luong_with(keep=lambda output, new: output),
            "The state that you hand on is the attentional output. In Luong's decoder "
            "the recurrent state goes its own way, and attention is read off beside "
            "it.",
        ),
        "ll-old-beside": Mistake(
            luong_old_beside,
            "Beside the context stands the state from before the step. The new one, "
            "which asked, also predicts: [c; h].",
        ),
        "ll-old-kept": Mistake(
            luong_old_kept,
            "The state that you return is the one that came in. The next step needs "
            "the new one, or the decoder never moves.",
        ),
        "ll-mean": Mistake(
            luong_with(context=lambda weights, h, w_score: h.mean(axis=0)),
            "Your context is the plain mean of the annotations. Weigh them: "
            "`weights @ annotations`.",
        ),
        "ll-hard": Mistake(
            luong_with(context=lambda weights, h, w_score: h[weights.argmax()]),
            "Your context is the one annotation with the largest weight. Soft "
            "attention reads a little of each.",
        ),
        "ll-projected": Mistake(
            luong_with(
                context=lambda weights, h, w_score: weights @ (h @ w_score.T),
                join=lambda c, new, w_out: np.tanh(
                    np.concatenate([np.resize(c, len(w_out) - len(new)), new]) @ w_out
                ),
            ),
            "What you mix are the annotations after `w_score`. It serves the score "
            "alone; what is read are the annotations themselves.",
        ),
        "ll-no-softmax": Mistake(
            luong_normalised(lambda scores: scores),
            "Your weights are the raw scores: they do not sum to 1, and may be "
            "negative. Softmax them.",
        ),
        "ll-noexp": Mistake(
            luong_normalised(lambda scores: scores / scores.sum()),
            "Your weights are the scores themselves over their sum. Scores may be "
            "negative: exp comes first.",
        ),
        "ll-sum": Mistake(
            luong_normalised(lambda scores: np.exp(scores - scores.max())),
            "Your weights are not divided by their sum.",
        ),
        "ll-nomax": Mistake(
            luong_normalised(lambda scores: np.exp(scores) / np.exp(scores).sum()),
            "Right until `w_score` is large: exp of a large score is inf, and inf/inf "
            "is nan; where all are far below 0 it is 0/0. Subtract the largest score "
            "first.",
        ),
        **{
            f"ll-peak{variant}": Mistake(
                luong_normalised(
                    lambda s, pick=pick: np.exp(s - pick(s)) / np.exp(s - pick(s)).sum()
                ),
                "Right until `w_score` is large: a score far above what is subtracted, "
                "such as the mean of all, still makes exp overflow, and inf/inf is "
                "nan. Subtract the largest, which leaves nothing above 0.",
            )
            for variant, pick in (("", np.mean), ("-smallest", np.min))
        },
    },
    also_right={
        "a loop over annotations": luong_with_loops,
        "the annotations projected instead of the state": luong_with(
            score=lambda query, h, w_score: (h @ w_score.T) @ query
        ),
    },
    hints=(
        "Follow the order of the name: recurrent step, score, softmax, context, "
        "output. From the score on, the old state is gone.",
        "The general score of annotation h is state · w_score · h. For all of them at "
        "once: `annotations @ (state @ w_score)`.",
        "`np.concatenate([context, state]) @ w_out`, and a tanh round it.",
    ),
    question_after=(
        "One question about your function: does anything that attention read at one "
        "step reach the state of the next, apart from through the word that was "
        "written?"
    ),
    answer_after=(
        "No. That is why a whole target sentence can run through the recurrent network "
        "at once in training, and why Luong and his co-authors also tried input "
        "feeding: hand the attentional output to the next step beside the word."
    ),
)
