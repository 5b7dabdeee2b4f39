"""Faults in the names by which words are told apart."""

FAULTS = [
    ("naming.py", "if often[word] > 1", "if True", "a word that comes once has a number"),
    ("naming.py", "so_far[word] += 1", "so_far[word] += often[word]", "the second is the fourth"),
    ("naming.py", ".translate(SMALL)", "", "numbers are as large as words"),
    ("naming.py", '"₀₁₂₃₄₅₆₇₈₉"', '"₉₁₂₃₄₅₆₇₈₀"', "the tenth is the nineteenth"),
    ("naming.py", "often[word] > 1", "so_far[word] > 1", "the first has no number"),
    ("naming.py", 'f"{word}{number}"', 'f"{number}{word}"', "numbers stand before the words"),
]  # fmt: skip
