"""What a trial of an experiment may hold."""

from attn_helpers._checks import check_number


def check_time(time: float, *, function: str, argument: str) -> None:
    """A reaction time in ms, or None for no answer."""
    if time is not None:
        check_number(time, function=function, argument=argument)
