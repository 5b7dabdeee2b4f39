"""Every sentence that ``check`` says by itself; the mistakes bring their own."""

import inspect
import re
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from attn_helpers.exercises.core.compare import count, describe, is_tensor, off
from attn_helpers.exercises.core.compare import leaks as leaking
from attn_helpers.exercises.core.sandbox import Session, Stop
from attn_helpers.exercises.core.types import Case, Exercise

if TYPE_CHECKING:  # the judge speaks in these words
    from attn_helpers.exercises.core.judge import Trial

STUB_OF_A_PAGE = "Fill in the function, then press Run."
SOLUTION_OF_A_PAGE = "A solution stands below."
STUB = "In the notebook, fill in the function above, run its cell, then run this one."
LEFT_OUT = " (What it printed is left out here.)"
INTERRUPTED = "You stopped your function before it came back."
UNREADABLE = (
    "What you handed over could not be called and read to the end. Hand over a plain "
    "function that returns arrays or numbers."
)
PRINTS = (
    "Your function prints its result and returns None. Printing shows it to you; "
    "`return` hands it to the caller."
)
NUMPY_WORDS = {  # what readers of torch code write, and its name in numpy
    "dim": "`axis`",
    "softmax": "`np.exp` and a sum",
    "masked_fill": "`np.where`",
    "unsqueeze": "`x[..., None]`",
    "permute": "`np.transpose`",
    "view": "`np.reshape`",
    "detach": "nothing at all: an array has no gradient",
}
NAN_FROM = {  # the operation that numpy warned of, and how it makes nan
    "divide": "look for 0/0 or inf/inf",
    "scalar divide": "look for 0/0 or inf/inf",
    "subtract": "look for inf − inf",
    "scalar subtract": "look for inf − inf",
    "add": "look for inf + (−inf)",
    "multiply": "look for 0 · inf",
    "scalar multiply": "look for 0 · inf",
    "matmul": "look for 0 · inf, or inf − inf, among what `@` adds up",
    "dot": "look for 0 · inf, or inf − inf, among what is added up",
    "reduce": "look for inf − inf among what is added up",
    "sqrt": "look for the root of a negative number",
    "log": "look for the logarithm of a negative number",
    "power": "look for a negative number with a broken exponent",
    "cast": "look for an infinite or missing number that became a whole one",
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
        "Shapes are matched from the last axis backwards: two sizes must be equal, or "
        "one of them 1."
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
    "Unable to allocate": (
        "That is far more memory than any case needs. Which array has a size too large?"
    ),
    "object is not callable": (
        "Round brackets call a function; an entry of an array stands in square ones."
    ),
}


def not_callable(value: object) -> str:
    return (
        f"This is {describe(value)}, not a function. Hand over the function itself, by "
        "its name alone: `my_function`, not `my_function(…)`."
    )


def is_class(cls) -> str:
    return (
        f"`{cls.__name__}` is a class: calling it makes an object, not a result. Hand "
        "over a function, or an object of the class that can be called."
    )


def parameters(wanted: Sequence[str], signature: inspect.Signature) -> str:
    """What the function takes, and what it is called with."""
    own = f"yours takes {signature}" if signature.parameters else "yours takes none"
    number = f"{len(wanted)} argument{'s' if len(wanted) > 1 else ''}"
    names = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
        and parameter.default is parameter.empty
    ]
    by_name = (
        f" What stands after `*` ({', '.join(names)}) is taken by name only; check "
        "hands over by place."
        if names
        else ""
    )
    listed = ", ".join(wanted)
    return f"The function is called with {number}, ({listed}); {own}.{by_name}"


# --------------------------------------------------------- when it did not come back
def ended(session: Session, case: Case, trials: "list[Trial]", cases: int) -> str:
    """Why the calls ended on this case, with ``trials`` before it."""
    if session.ended == "crash":
        return f"On the case ‘{case.name}’ {_crash(session.exit)}"
    if session.ended == "fault":
        return f"On the case ‘{case.name}’: {UNREADABLE}"
    if session.ended == "all":
        return (
            f"Right so far, and slow: {count(len(trials))} of {count(cases)} cases "
            "came back, all of them right, and had then used up the ten seconds that "
            "there are for all. Which step could work on a whole array at once?"
        )
    before = _came_back(trials)
    return (
        f"On the case ‘{case.name}’ your function had not come back after "
        f"{_seconds(session)}, so it was stopped.{before} Either it is slow (which "
        "step could work on a whole array at once?), or a loop in it never reaches its "
        "end."
    )


def _came_back(trials):
    if not trials:
        return ""
    cases = f"{count(len(trials))} case{'s' if len(trials) > 1 else ''}"
    right = ", and its numbers were right" if all(t.right for t in trials) else ""
    return f" It did come back from the {cases} before{right}."


def ended_when_called_again(session: Session) -> str:
    if session.ended == "crash":
        return f"When a case came a second time, {_crash(session.exit)}"
    if session.ended == "fault":
        return UNREADABLE
    return (
        "Your function came back from every case, but when a case came a second time "
        f"it had not come back after {_seconds(session)}. What does it keep between "
        "two calls?"
    )


def _seconds(session):
    return f"{count(round(session.seconds))} seconds"


def _crash(status):
    if status is not None and status >= 0:
        return (
            "your function ended the whole program it ran in (as `os._exit` does). "
            "Return a value instead."
        )
    names = {-number: number.name for number in signal.Signals}
    how = f" by the signal {names[status]}" if status in names else ""
    return (
        f"your function brought down the process it ran in{how}. Your notebook is "
        "unharmed. Code below Python does that: too much memory, or reading and "
        "writing where no array is."
    )


# ----------------------------------------------------- when a page has no function yet
def ended_outside(seconds: float) -> str:
    """The text itself, which should only define the function, did not end."""
    return (
        f"Your text had not come to its end after {seconds:g} seconds, so it was "
        "stopped before it could be checked. Some loop in it has no end."
    )


def lines_never_end(seconds: float) -> str:
    """Lines that are only tried out did not end, or a text before them."""
    return (
        f"These lines, or your text of an exercise above, had not come to an end after "
        f"{seconds:g} seconds, so they were stopped. Some loop in them has no end."
    )


def stops_outside(stop: Stop) -> str:
    """The text itself stopped with an error."""
    where = f" at line {stop.line[0]}, `{stop.line[1]}`" if stop.line else ""
    said = stop.text.strip().rstrip(".")
    why = f": {said}" if said else ""
    text = f"Your text stops with {stop.kind}{where}, before it can be checked{why}."
    if stop.is_a("ModuleNotFoundError"):
        text += " In the page there is numpy, as `np`, and what Python itself brings."
    return text


def no_function(name: str) -> str:
    return (
        f"Your text defines no `{name}`. Keep the name of the function: it is the one "
        "that is called."
    )


# ------------------------------------------------------------- what cannot be compared
def kind(exercise: Exercise, trial: "Trial") -> str:
    listed = trial.first.listed
    if listed and trial.agrees(listed):
        wanted = (
            "a tensor is wanted: wrap it in `torch.tensor(…)`"
            if exercise.library == "torch"
            else "an array is wanted: wrap it in `np.array(…)`"
        )
        return (
            f"The right idea. On the case ‘{trial.case.name}’ your numbers are right; "
            f"they stand in a list, and {wanted}."
        )
    return trial.first.problem


def differs(exercise: Exercise, trial: "Trial") -> str:
    """The second call did not do what the first had done."""
    begin = (
        f"On the case ‘{trial.case.name}’ your function was called twice with the same "
        "arguments and did not do the same: "
    )
    return (
        f"{begin}{_twice(exercise, trial)} Either something is kept from call to call "
        "(in a global name, in a default argument, in an array that is written into), "
        "or something is drawn at random."
    )


def _twice(exercise, trial):
    first, second = trial.first, trial.second
    for one, other, early, late in (
        (first, second, "first", "second"),
        (second, first, "second", "first"),
    ):
        if one.call.stop and not other.call.stop:
            return (
                f"the {early} time it stopped with {one.call.stop.kind}, the {late} "
                "time it came back."
            )
        if one.problem and not other.problem:
            return f"the {late} time it returned what was asked for, the {early} not."
    parts = zip(exercise.returns, first.parts, second.parts, strict=True)
    for name, one, other in parts:
        if one.shape != other.shape:
            return f"`{name}` had shape {one.shape}, then {other.shape}."
        unequal = (one != other) & ~(np.isnan(one) & np.isnan(other))
        if unequal.any():
            gaps = np.where(unequal, np.abs(one.astype(float) - other), -1.0)
            place = np.argmax(np.where(np.isnan(gaps), np.inf, gaps))
            index = tuple(map(int, np.unravel_index(place, one.shape)))
            texts = _apart(one[index], other[index])
            return f"`{name}{_brackets(index)}` was {texts[0]}, then {texts[1]}."
    raise AssertionError("called for two calls that agree")


def changed(trial: "Trial") -> str:
    return (
        f"Your function changes its argument `{trial.first.changed}` in place, so the "
        "caller finds other numbers there afterwards. Work on a copy: `x = x - 1` "
        "makes a new array, `x -= 1` and `x[0] = 1` write into the old one."
    )


def wrong_dtype(exercise: Exercise, trial: "Trial") -> str:
    """A sentence when a part has another dtype than the answer's, else nothing."""
    if trial.got is None:
        return ""
    of = "torch." if exercise.library == "torch" else ""
    for name, got, want in zip(
        exercise.returns, trial.got or (), trial.want, strict=True
    ):
        if want.dtype.kind == "b" and got.dtype.kind != "b":
            return (
                f"`{name}` should hold True and False; yours has dtype {of}{got.dtype}."
                " A comparison such as `a <= b` gives booleans."
            )
        plain = got.ndim == 0 and got.dtype.kind != "f"  # such as a whole number
        if want.dtype.kind == "f" and got.dtype != want.dtype and not plain:
            return (
                f"`{name}` has dtype {of}{got.dtype} where {of}{want.dtype} went in. A "
                "result keeps the precision of its input; look for an `astype`, a "
                "`dtype=`, or an array made of whole numbers."
            )
    return ""


def right(exercise: Exercise, trials: "list[Trial]") -> str:
    """What to add to a right answer: a warning numpy gave, and a question."""
    warned = [text for trial in trials for text in trial.first.call.warned]
    note = (
        f"The numbers are right, though a warning came: {warned[0]}." if warned else ""
    )
    return f"{note} {exercise.question_after} {where_the_answer_is(exercise)}".strip()


def where_the_answer_is(exercise: Exercise) -> str:
    return f'Answer: `solution("{exercise.id}")`, from `attn_helpers.exercises`.'


def leaks(exercise: Exercise, trial: "Trial") -> str:
    """Right, but for a little in places where nothing may be."""
    for name, got, want in zip(
        exercise.returns, trial.got or (), trial.want, strict=True
    ):
        places = np.argwhere(leaking(got, want))
        if len(places):
            index = tuple(places[0].tolist())
            return (
                f"Nearly. On the case ‘{trial.case.name}’ `{name}{_brackets(index)}` "
                f"should be exactly 0, and yours is {float(got[index]):.3g}. What is "
                "shut out gets nothing, not a little: a little times a large number is "
                "much. Look for a small number added, a floor, or a finite number that "
                "stands for -inf."
            )
    raise AssertionError("called for a result without leaks")


def single_precision(exercise: Exercise, trial: "Trial") -> str:
    """As near as numbers in single precision come, and no nearer."""
    far = max(
        np.max(np.abs(np.asarray(got, float) - want)[np.isfinite(want)], initial=0.0)
        for got, want in zip(trial.got or (), trial.want, strict=True)
    )
    return (
        f"The right idea, in too few digits: on the case ‘{trial.case.name}’ your "
        f"numbers are off by up to {far:.1g}, about as much as in float32, which holds "
        "seven digits. The arguments hold sixteen (float64). Somewhere between numbers "
        "become float32, are rounded, or have something small added to them."
    )


def wrong(exercise: Exercise, trial: "Trial") -> str:
    """What is wrong on one case when no mistake of the list explains it."""
    text = _stopped(exercise, trial) if trial.got is None else _entry(exercise, trial)
    if trial.first.call.printed.strip():
        text += LEFT_OUT
    return text


def _stopped(exercise, trial):
    stop = trial.first.call.stop
    where = ""
    if stop.line:
        number, source = stop.line
        where = f" at line {number}" + (f", `{source}`" if source else "")
    if stop.is_a("SystemExit", "KeyboardInterrupt", "GeneratorExit"):
        return (
            f"Your function raises {stop.kind}{where}, which would end the whole "
            "program. Return a value instead."
        )
    if stop.is_a("NotImplementedError") and not stop.text:
        return (
            f"On the case ‘{trial.case.name}’ your function stops at the stub’s own "
            f"`raise NotImplementedError`{where.partition(',')[0]}. That line says "
            "that there is no answer yet: put a `return` in its place."
        )
    if stop.is_a("RecursionError"):
        return (
            f"Your function keeps calling itself{where} until Python gives up. Which "
            "call should not call again?"
        )
    if exercise.library == "numpy" and _wants_torch(stop):
        return (
            f"Your function hands the arrays to torch{where}. This exercise is in "
            "numpy alone: `np.exp`, `np.sum`, `np.where` and `@` are enough."
        )
    lines = stop.text.strip().splitlines()
    reason = f": {lines[0][:200].rstrip('.')}" if lines else ""
    return (
        f"On the case ‘{trial.case.name}’ your function stops with {stop.kind}{where}"
        f"{reason}. {_arguments(exercise, trial.case)}{_translation(exercise, stop)}"
    )


def _wants_torch(stop):
    if stop.is_a("ModuleNotFoundError"):
        return "'torch" in stop.text
    return stop.is_a("TypeError", "AttributeError") and "Tensor" in stop.text


def _translation(exercise, stop):
    """One more sentence for a torch word, or for what Python says in its own tongue."""
    if exercise.library == "numpy" and stop.is_a("AttributeError", "TypeError"):
        for word, numpy_word in NUMPY_WORDS.items():
            if f"'{word}'" in stop.text:
                return f" In numpy, torch’s `{word}` is {numpy_word}."
    for part, meaning in MEANINGS.items():
        if part in stop.text:
            return f" {meaning}{_lost_axis(stop.text)}"
    return ""


def _lost_axis(text):
    """A guess where two shapes that do not fit differ in how many axes they have."""
    shapes = re.findall(r"\(([\d, ]*)\)", text) if "broadcast" in text else []
    if len({len(re.findall(r"\d+", shape)) for shape in shapes}) < 2:
        return ""
    return (
        " One of the two has an axis less. If it came out of a sum, a mean or a "
        "maximum, `keepdims=True` keeps the axis there."
    )


def _arguments(exercise, case):
    code = exercise.answer.__code__
    names = code.co_varnames[: code.co_argcount]
    listed = [
        f"{name} {tuple(argument.shape)}"
        if is_tensor(argument) or np.ndim(argument)
        else f"{name}={argument!r}"
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
        wrong_entries = np.argwhere(off(got, want, trial.tolerance))
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
    """Where to look when an entry is nan or infinite, by what numpy warned of."""
    if np.isfinite(value):
        return ""
    warned = trial.first.call.warned
    told = f" numpy warned: {warned[0]}." if warned else ""
    if np.isnan(value):
        return f"{told} nan is not a number: {_origin_of_nan(warned)}."
    return f"{told} Look for an `exp` of a large number or a division by 0."


def _origin_of_nan(warned):
    if any("empty slice" in text for text in warned):
        return "the mean of no numbers is one"
    for operation, origin in NAN_FROM.items():
        if any(f"invalid value encountered in {operation}" in text for text in warned):
            return origin
    return (
        "look for 0/0, inf − inf or 0 · inf, for an array that `np.empty` left "
        "unfilled, or for a nan that was passed on"
    )


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
