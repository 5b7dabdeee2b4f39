"""One line on stderr that overwrites itself: how far, how well, how long still.

Nothing is written unless somebody is looking, so no stored output holds a bar.
"""

import sys
import time

WIDTH, PAUSE = 24, 0.2  # characters; seconds between two drawings


class ProgressLine:
    """The line of one training.

    Args:
        steps: how many there are in all.
        done: how many were taken before.
        wanted: whether to show anything, if somebody is looking.
    """

    def __init__(self, steps: int, done: int, wanted: bool):
        self.steps, self.first = steps, done
        self.begun = self.drawn = time.monotonic()
        self.shown = wanted and done < steps and somebody_is_looking()

    def update(self, step: int, loss: float) -> None:
        """Draw the line anew after ``step`` steps, unless it was drawn just now."""
        now = time.monotonic()
        if self.shown and (now - self.drawn > PAUSE or step == self.steps):
            self.drawn = now
            text = self.text(step, loss, now)
            print("\r" + text, end="", file=sys.stderr, flush=True)

    def text(self, step: int, loss: float, now: float) -> str:
        """The line at a time of ``time.monotonic``."""
        bar = ("█" * round(step / self.steps * WIDTH)).ljust(WIDTH, "·")
        pace = (now - self.begun) / (step - self.first)
        minutes, seconds = divmod(round(pace * (self.steps - step)), 60)
        return (
            f"{bar} {step}/{self.steps}  loss {loss:.3f}  {minutes}:{seconds:02d} left"
        )

    def close(self) -> None:
        """Leave the line as it is and go to the next."""
        if self.shown:
            print(file=sys.stderr)


def somebody_is_looking() -> bool:
    """Whether stderr is a terminal, or a notebook whose front end can ask questions.

    A notebook that is run by a tool cannot, and would store the line for good.
    """
    if sys.stderr is None:  # a program without a console
        return False
    if sys.stderr.isatty():
        return True
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython and ipython.get_ipython(), "kernel", None)
    if kernel is None:
        return False
    return bool(kernel.get_parent("shell")["content"].get("allow_stdin", False))
