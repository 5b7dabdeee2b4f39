"""The dial's numbers in three digits, and its state in a sentence."""

from attn_helpers.widgets.cost_dial.costs import Setting

PREFIXES = ["", "k", "M", "G", "T", "P", "E", "Z"]
SPANS = (
    (86400.0, "days"),
    (3600.0, "h"),
    (60.0, "min"),
    (1.0, "s"),
    (1e-3, "ms"),
    (1e-6, "µs"),
    (1e-9, "ns"),
)
NAMES = {"phone": "this phone", "laptop": "this laptop", "GPU": "this GPU"}


def three_digits(value: float) -> str:
    """A number with three digits or, where it is larger or whole, no fraction.

    Example:
        >>> [three_digits(x) for x in (1.234, 12.34, 16.0, 1234.5)]
        ['1.23', '12.3', '16', '1,234']
    """
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{0 if value == int(value) else digits}f}"


def scaled(value: float, unit: str) -> str:
    """A quantity with the prefix that leaves one to three digits before the point.

    Example:
        >>> scaled(17_179_869_184, "B"), scaled(500, "B")
        ('17.2 GB', '500 B')
    """
    power = 0
    while value >= 1000 and power < len(PREFIXES) - 1:
        value /= 1000
        power += 1
    return f"{three_digits(value)} {PREFIXES[power]}{unit}"


def duration(seconds: float) -> str:
    """A time in the unit that leaves at least one before the point.

    Example:
        >>> [duration(x) for x in (0.0021, 75, 2e6)]
        ['2.10 ms', '1.25 min', '23.1 days']
    """
    fitting = (span for span in SPANS if seconds >= span[0])
    size, unit = next(fitting, SPANS[-1])
    return f"{three_digits(seconds / size)} {unit}"


def sentence(setting: Setting) -> str:
    """What binds: memory that is not there, memory that is slow, or arithmetic."""
    device, memory = NAMES[setting.device], scaled(setting.memory, "B")
    held, scores = setting.held(setting.length), setting.score_matrices
    if held > setting.memory:
        at, has = f"At n = {setting.length:,}", f"more than {device} has ({memory})"
        if held - scores > setting.memory:
            rest = scaled(held - scores, "B")
            return f"{at} this layer takes {rest} without any scores: {has}."
        return f"{at} the score matrices take {scaled(scores, 'B')}: {has}."
    intensity = three_digits(setting.intensity)
    ridge = three_digits(setting.peak / setting.bandwidth)
    takes = f"It fits, and takes at least {duration(setting.seconds)}."
    if setting.bound == "memory":
        return (
            f"{takes} Moving bytes takes the time: there are {intensity} FLOPs for "
            f"each byte, and {device} could do {ridge} meanwhile."
        )
    return (
        f"{takes} Arithmetic takes the time: there are {intensity} FLOPs for each "
        f"byte, and {device} does {ridge} while it moves one."
    )
