"""Faults in the figures."""

FAULTS = [
    ("plots.py", "parse_math=False, ", "",
     "a word with dollar signs is set as a formula, or stops the figure"),
    ("plots.py", ", usetex=False", "",
     "a reader who sets all by TeX cannot draw a word with a percent sign"),
    ("plots.py", "if character.isprintable():", "if True:",
     "a line break hides in a label"),
    ("plots.py", "weight > 0.67", "weight > 0.97",
     "black numbers on dark cells"),
    ("plots.py", "vmin=0.0, vmax=1.0, ", "",
     "every map has a scale of its own"),
    ("plots.py", 'xlabel="key", ylabel="query"', 'xlabel="query", ylabel="key"',
     "rows are called keys"),
    ("plots.py", "weights.size <= MOST_NUMBERS", "weights.size < MOST_NUMBERS",
     "a hundred cells have no numbers"),
    ("plots.py", "for c in mean_ms], ", "for c in standard_error_ms], ",
     "bars have the errors of others"),
    ("plots.py", '"o--", color=INK', ' "o-", color=INK',
     "present and absent look alike"),
]  # fmt: skip
