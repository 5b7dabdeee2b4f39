"""PredictQuestion: commit to an answer, then read why it is right or not."""

import html

import traitlets

from attn_helpers.widgets.kit import traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import TraitRefused

DOUBLED = [
    {
        "text": "0.67",
        "feedback": "That would be adding the same amount to every score.",
        "right": False,
    },
    {
        "text": "0.87",
        "feedback": "Doubling doubles every lead: e⁴ / (e⁴ + e² + 1) = 0.87.",
        "right": True,
    },
    {
        "text": "1.33",
        "feedback": "A weight is a share of 1 and can never pass it.",
        "right": False,
    },
]


class PredictQuestion(BookWidget):
    """A question whose every answer says something worth reading.

    Traits (inputs):
        prompt: the question; `` `code` `` is shown as code.
        options: at least two dictionaries with ``text``, ``feedback`` and ``right``,
            one or more of them right.
        chosen: indices of the options tried so far, in their order.

    Traits (results): ``solved``, whether a right option has been tried.

    >>> question = PredictQuestion(chosen=[0])
    >>> question.solved
    False
    """

    prompt = traits.Unicode(
        "Scores 2, 1, 0 are doubled to 4, 2, 0. The top weight was 0.67. "
        "What does it become?"
    ).tag(sync=True)
    options = traits.List(traitlets.Dict(), DOUBLED).tag(sync=True)
    chosen = traits.List(traitlets.Int()).tag(sync=True)

    results = ("solved",)
    solved = traits.Bool(False).tag(sync=True)

    @traitlets.validate("options")
    def _validate_options(self, proposal):
        options = proposal["value"]
        if len(options) < 2:
            raise TraitRefused(
                "PredictQuestion: options must hold at least two answers; "
                f"got {len(options)}."
            )
        for i, option in enumerate(options):
            _check_option(option, i)
        if not any(option["right"] for option in options):
            raise TraitRefused(
                "PredictQuestion: at least one option must be right; "
                f"got 0 of {len(options)}."
            )
        _check_chosen(self.chosen, len(options))
        return options

    @traitlets.validate("chosen")
    def _validate_chosen(self, proposal):
        _check_chosen(proposal["value"], len(self.options))
        return proposal["value"]

    def compute(self) -> dict[str, object]:
        return {"solved": any(self.options[i]["right"] for i in self.chosen)}

    def alt(self) -> str:
        return self.prompt.replace("`", "")

    def fallback(self) -> str:
        """The question, its answers as a list, and what each deserves, folded away."""
        listed = "".join(f"<li>{_rich(o['text'])}</li>" for o in self.options)
        ranked = sorted(self.options, key=lambda option: not option["right"])
        remarks = "".join(f"<li>{_remark(option)}</li>" for option in ranked)
        return (
            f"<p><strong>Predict:</strong> {_rich(self.prompt)}</p><ol>{listed}</ol>"
            f"<details><summary>Answer</summary><ul>{remarks}</ul></details>"
        )


def _check_option(option, i):
    wanted = {"text": str, "feedback": str, "right": bool}
    kinds = {name: type(value) for name, value in dict(option).items()}
    if kinds != wanted:
        got = ", ".join(f"{name} ({kind.__name__})" for name, kind in kinds.items())
        raise TraitRefused(
            "PredictQuestion: an option must have text (str), feedback (str) and "
            f"right (bool); got {got or 'nothing'} at options[{i}]."
        )


def _check_chosen(chosen, n):
    if len(set(chosen)) != len(chosen) or not set(chosen) <= set(range(n)):
        raise TraitRefused(
            "PredictQuestion: chosen must hold different indices of the "
            f"{n} options; got chosen={chosen}."
        )


def _rich(text):
    """Escape ``text`` and show what stands between backticks as code."""
    parts = html.escape(text).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))


def _remark(option):
    verdict = "✓ Right" if option["right"] else "✗ Not this one"
    text = _ended(option["text"])
    return f"{verdict}: <b>{_rich(text)}</b> {_rich(option['feedback'])}"


def _ended(text):
    """``text`` with a full stop, unless it ends a sentence already."""
    return text if text.endswith((".", "?", "!")) else f"{text}."
