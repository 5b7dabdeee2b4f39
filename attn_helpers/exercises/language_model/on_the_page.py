"""Questions to bet on."""

from attn_helpers.exercises.core.types import Challenge, Question

QUESTIONS: tuple[Question, ...] = ()

CHALLENGES: tuple[Challenge, ...] = ()
