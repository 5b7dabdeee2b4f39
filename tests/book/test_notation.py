"""Every letter of a displayed formula is explained: beside it, or in the table.

Beside it means in a formula in the running text, of the same piece of text or of the
one before or after. The notation table counts from the chapter on that it names.
Indices, and the letters e and d of calculus, need no explanation.
"""

import re

import pytest

from attn_helpers.book.contents import ROOT, chapter_notebooks
from attn_helpers.book.notebooks import read

GREEK = set(
    "alpha beta gamma delta epsilon varepsilon eta theta lambda mu pi rho sigma tau "
    "phi omega Delta nabla ell".split()
)
WORDS = re.compile(
    r"\\(?:text|operatorname\*?|mathrm|begin|end|tag)\s*\{[^{}]*\}|\\\\\[\w+\]"
)
INDEX = re.compile(r"[_^](?:\{[^{}]*\}|\\[A-Za-z]+|.)")
DISPLAYED = re.compile(r"\$\$(.*?)\$\$", re.DOTALL)
INLINE = re.compile(r"\$([^$]+)\$")
ROW = re.compile(r"^\| (\$[^|]*)\|.*\{doc\}`(\d+)_", re.MULTILINE)


def letters(formula):
    """The letters of a formula, without words, indices, and what is no quantity."""
    bare = INDEX.sub(" ", WORDS.sub(" ", formula))
    found = re.findall(r"\\([A-Za-z]+)|([A-Za-z])", bare)
    names = {command or letter for command, letter in found}
    return {n for n in names if len(n) == 1 or n in GREEK} - {"e", "d"}


def table(text):
    """From a letter to the earliest chapter that the table gives for it."""
    first = {}
    for symbols, chapter in ROW.findall(text):
        for symbol in INLINE.findall(symbols):
            for letter in letters(symbol):
                first[letter] = min(int(chapter), first.get(letter, 99))
    return first


def unexplained(texts, known):
    """Displayed formulas, with the letters that nothing explains."""
    found = []
    for i, text in enumerate(texts):
        around = DISPLAYED.sub(" ", "\n\n".join(texts[max(0, i - 1) : i + 2]))
        said = set().union(*map(letters, INLINE.findall(around)))
        for formula in DISPLAYED.findall(text):
            if missing := letters(formula) - said - known:
                found.append((formula.strip(), missing))
    return found


@pytest.mark.parametrize("path", chapter_notebooks(), ids=lambda path: path.stem)
def test_every_letter_of_a_displayed_formula_is_explained(path):
    first = table((ROOT / "chapters" / "notation.md").read_text("utf-8"))
    place = int(path.stem.partition("_")[0])
    known = {letter for letter, chapter in first.items() if chapter <= place}
    cells = read(path).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    assert unexplained(texts, known) == []


def test_an_unexplained_letter_is_found():
    formula = r"$$\operatorname{softmax}\Bigl(\frac{s_j + G}{\tau}\Bigr)$$"
    texts = ["Where $s_j$ is a score,", "far", formula, "and $G$ is noise.", "$\\tau$"]
    [(_, missing)] = unexplained(texts, known=set())
    assert missing == {"s", "tau"}
    assert unexplained(texts, known={"s", "tau"}) == []


def test_the_table_counts_from_its_chapter_on():
    row = "| $W_Q$, $\\tau$ | `tau` | of $x$ | {doc}`03_letters` |"
    assert table(row) == {"W": 3, "tau": 3}
