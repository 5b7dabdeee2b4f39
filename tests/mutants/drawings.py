"""Faults in the drawings."""

FAULTS = [
    ("drawings.py", '"shrinkB": EDGE', '"shrinkB": 0', "an arrow ends inside a box"),
    ("drawings.py", "if up == 0:", "if False:",
     "what a level arrow carries stands at its side"),
    ("drawings.py", "(across > 0) == (up > 0)", "across > 0",
     "a falling arrow strikes out what it carries"),
    ("drawings.py", '"color": color, "shrinkA"', '"color": INK, "shrinkA"',
     "an arrow has no role"),
    ("drawings.py", '"edgecolor": color', '"edgecolor": INK', "a box has no role"),
    ("drawings.py", "(start[0] + end[0]) / 2", "start[0]",
     "what an arrow carries stands at its tail"),
    ("drawings.py", "    ax.update_datalim([start, end])\n", "",
     "an arrow leads out of the figure"),
    ("drawings.py", "    ax.set_axis_off()\n", "", "a drawing has axes"),
    ("drawings.py", "-aside if end[1] > start[1] else aside", "aside",
     "a skip goes to the right"),
    ("drawings.py", '"shrinkA": 0', '"shrinkA": EDGE', "a skip leaves no stream"),
]  # fmt: skip
