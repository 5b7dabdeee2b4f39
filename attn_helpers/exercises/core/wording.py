"""Every sentence that ``check`` says by itself; the mistakes bring their own."""

import numpy as np

from attn_helpers.exercises.core.compare import describe, off
from attn_helpers.exercises.core.compare import right as all_right

STUB = "In the notebook, fill in the function above, run its cell, then run this one."
INTERRUPTED = "You stopped your function before it came back."
NUMPY_WORDS = {  # what readers of torch code write, and its name in numpy
    "dim": "`axis`",
    "softmax": "`np.exp` and a sum",
    "masked_fill": "`np.where`",
    "unsqueeze": "`x[..., None]`",
    "permute": "`np.transpose`",
    "view": "`np.reshape`",
    "detach": "nothing at all: an array has no gradient",
}
MEANINGS = {  # part of what Python and numpy say, and what it means for the reader
    "ufunc 'bitwise_": (
        "`&` and `|` bind tighter than a comparison: write `a & (b >= 1)`, with "
        "brackets round each comparison."
    ),
    "ufunc 'invert'": "`~` turns True and False round; it takes an array of booleans.",
    "truth value of an array": (
        "`and`, `or`, `not`, `if` and `a < b < c` want one truth value, and an array "
        "has many. Between arrays write `&`, `|` and `~`, with brackets round each "
        "comparison, or `np.where` in place of `if`."
    ),
    "operands could not be broadcast": (
        "Shapes are matched from the last axis backwards. A sum or a maximum drops its "
        "axis unless you say `keepdims=True`."
    ),
    "matmul: Input operand": (
        "In `a @ b` the last axis of `a` and the last but one of `b` are summed "
        "together, so their sizes must agree."
    ),
    "converted to Python scalars": (
        "A function of `math` takes one number. numpy has the same for arrays: "
        "`np.exp`, `np.log`, `np.sqrt`."
    ),
    "NoneType": (
        "Something is None here. `np.fill_diagonal(x, …)` and `x.sort()` change `x` "
        "and return None: let them stand on a line of their own."
    ),
    "object is not callable": (
        "Round brackets call a function; an entry of an array stands in square ones."
    ),
}


def not_callable(value):
    return (
        f"This is {describe(value)}, not a function. Hand over the function itself, by "
        "its name alone: `my_function`, not `my_function(…)`."
    )


def parameters(wanted, got):
    listed = ", ".join(wanted)
    own = f"yours takes ({', '.join(got)})" if got else "yours takes none"
    count = f"{len(wanted)} argument{'s' if len(wanted) > 1 else ''}"
    return f"The function is called with {count}, ({listed}); {own}."


def too_slow(case):
    return (
        f"On the case ‘{case.name}’ your function had not come back after two seconds, "
        "so it was stopped. Which loop never reaches its end?"
    )


def kind(trial):
    if trial.run.value is None and trial.run.printed.strip():
        return (
            "Your function prints its result and returns None. Printing shows it to "
            "you; `return` hands it to the caller."
        )
    if _right_in_a_list(trial):
        return (
            f"The right idea. On the case ‘{trial.case.name}’ your numbers are right; "
            "they stand in a list, and an array is wanted: wrap it in `np.array(…)`."
        )
    return trial.problem


def _right_in_a_list(trial):
    if not isinstance(trial.run.value, list | tuple) or len(trial.want) > 1:
        return False
    try:
        return all_right([np.array(trial.run.value, float)], trial.want)
    except Exception:  # rows of unequal length, words, numbers beyond all bounds
        return False


def changed(trial):
    return (
        f"Your function changes its argument `{trial.changed}` in place, so the caller "
        "finds other numbers there afterwards. Work on a copy: `x = x - 1` makes a new "
        "array, `x -= 1` and `x[0] = 1` write into the old one."
    )


def wrong_dtype(exercise, trial):
    """A sentence when a part has another dtype than the answer's, else nothing."""
    if trial.got is None:
        return ""
    for name, got, want in zip(exercise.returns, trial.got, trial.want, strict=True):
        if want.dtype.kind == "b" and got.dtype.kind != "b":
            return (
                f"`{name}` should hold True and False; yours has dtype {got.dtype}. A "
                "comparison such as `a <= b` gives booleans."
            )
        plain = got.ndim == 0 and got.dtype.kind != "f"  # such as a whole number
        if want.dtype.kind == "f" and got.dtype != want.dtype and not plain:
            return (
                f"`{name}` has dtype {got.dtype} where {want.dtype} went in. A result "
                "keeps the precision of its input; look for an `astype`, a `dtype=`, "
                "or an array made of whole numbers."
            )
    return ""


def right(exercise, trials):
    """What to add to a right answer: a warning numpy gave, and a question."""
    warned = [text for trial in trials for text in trial.run.warned]
    note = (
        f"The numbers are right, though a warning came: {warned[0]}." if warned else ""
    )
    answer = f'Answer: `solution("{exercise.id}")`, from `attn_helpers.exercises`.'
    return f"{note} {exercise.question_after} {answer}".strip()


def wrong(exercise, trial):
    """What is wrong on one case when no mistake of the list explains it."""
    text = _stopped(exercise, trial) if trial.got is None else _entry(exercise, trial)
    if trial.run.printed.strip():
        text += " (What it printed is left out here.)"
    return text


def _stopped(exercise, trial):
    error, kind = trial.run.error, type(trial.run.error).__name__
    where = ""
    if trial.run.line:
        number, source = trial.run.line
        where = f" at line {number}" + (f", `{source}`" if source else "")
    if isinstance(error, SystemExit | KeyboardInterrupt):
        return (
            f"Your function raises {kind}{where}, which would end the whole program. "
            "Return a value instead."
        )
    if isinstance(error, RecursionError):
        return (
            f"Your function keeps calling itself{where} until Python gives up. Which "
            "call should not call again?"
        )
    if _wants_torch(error):
        return (
            f"Your function hands the arrays to torch{where}. This exercise is in "
            "numpy alone: `np.exp`, `np.sum`, `np.where` and `@` are enough."
        )
    lines = str(error).strip().splitlines()
    reason = f": {lines[0][:200].rstrip('.')}" if lines else ""
    return (
        f"On the case ‘{trial.case.name}’ your function stops with {kind}{where}"
        f"{reason}. {_arguments(exercise, trial.case)}{_translation(error)}"
    )


def _wants_torch(error):
    if isinstance(error, ModuleNotFoundError):
        return (error.name or "").partition(".")[0] == "torch"
    return isinstance(error, TypeError | AttributeError) and "Tensor" in str(error)


def _translation(error):
    """One more sentence for a torch word, or for what Python says in its own tongue."""
    if isinstance(error, AttributeError | TypeError):
        for word, numpy_word in NUMPY_WORDS.items():
            if f"'{word}'" in str(error):
                return f" In numpy, torch’s `{word}` is {numpy_word}."
    for part, meaning in MEANINGS.items():
        if part in str(error):
            return f" {meaning}"
    return ""


def _arguments(exercise, case):
    code = exercise.answer.__code__
    names = code.co_varnames[: code.co_argcount]
    listed = [
        f"{name} {argument.shape}" if np.ndim(argument) else f"{name}={argument!r}"
        for name, argument in zip(names, case.args, strict=True)
    ]
    return f"It was called with {', '.join(listed)}."


def _entry(exercise, trial):
    """The first wrong entry, as a question."""
    parts = zip(exercise.returns.items(), trial.got, trial.want, strict=True)
    for (name, question), got, want in parts:
        if got.shape != want.shape:
            return (
                f"On the case ‘{trial.case.name}’ `{name}` has shape {got.shape} and "
                f"should have shape {want.shape}. {_arguments(exercise, trial.case)}"
            )
        wrong_entries = np.argwhere(off(got, want))
        if len(wrong_entries):
            index = tuple(wrong_entries[0].tolist())
            yours, answer = _apart(got[index], want[index])
            return (
                f"On the case ‘{trial.case.name}’ `{name}{_brackets(index)}` is "
                f"{yours} in yours.{_not_finite(trial, got[index])} "
                f"{_capital(question.format(*index))} The answer has {answer}."
            )
    raise AssertionError("called for a case that is right")


def _not_finite(trial, value):
    """Where to look when an entry is nan or infinite."""
    if np.isfinite(value):
        return ""
    warned = f" numpy warned: {trial.run.warned[0]}." if trial.run.warned else ""
    if np.isnan(value):
        return f"{warned} nan is not a number: look for 0/0, inf/inf or inf − inf."
    return f"{warned} Look for an `exp` of a large number or a division by 0."


def _brackets(index):
    return f"[{', '.join(map(str, index))}]" if index else ""


def _apart(got, want):
    """Two numbers as text, with as many digits as it takes to tell them apart."""
    if want.dtype.kind == "b" or not np.isfinite(got):
        return str(got), f"{want:.4g}" if want.dtype.kind == "f" else str(want)
    fewest = 4 if want.dtype.kind == "f" else 12  # a count is shown in full
    for digits in range(fewest, 17):
        # + 0.0 makes a plain 0 of -0.0
        yours, answer = (f"{float(x) + 0.0:.{digits}g}" for x in (got, want))
        if yours != answer:
            break
    return yours, answer


def _capital(text):
    return text[:1].upper() + text[1:]
