"""Questions to bet on."""

QUESTIONS = ()
CHALLENGES = ()
