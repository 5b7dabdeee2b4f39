"""Sentences of a real user interface, English and French, by many translators.

Source: the message files of the installed package jupyterlab-language-pack-fr-FR
(BSD-3-Clause, © Project Jupyter Contributors): what JupyterLab and its extensions say.
"""

import json
import re

import numpy as np

from attn_helpers._checks import check_at_most, check_count, check_package

PACKAGE, MODULE = "jupyterlab-language-pack-fr-FR", "jupyterlab_language_pack_fr_FR"
# a place to be filled in, as in "Close %1"; an elided word such as l'; a word, perhaps
# with a hyphen or an apostrophe inside; else one sign
_FRENCH = re.compile(r"%\d+|[^\W\d_]+'(?=\w)|\w+(?:-\w+)*|\S")
_ENGLISH = re.compile(r"%\d+|\w+(?:['-]\w+)*|\S")


def interface_pairs(
    held_out: int = 300, *, longest: int = 15, seed: int = 0
) -> tuple[list[tuple[list[str], list[str]]], list[tuple[list[str], list[str]]]]:
    """Give what JupyterLab says, in English and in French, as tokens.

    Left out: texts with markup, texts that French leaves as they are (names), and those
    of one token or more than ``longest``. A sentence that differs from another in
    capitals or a final mark alone is the same sentence, and the first translation
    counts; so no held-out sentence is trained on. Many remain alike, as *select cell
    above* and *select cell below*: such is the text of an interface.

    Args:
        held_out: how many pairs to test on.
        longest: the most tokens of a sentence, in either language.
        seed: of the split; the same seed gives the same split.

    Returns:
        ``(train, held_out)``, two lists of pairs ``(english, french)`` of lists of
        lower-case tokens, split as :func:`tokenize_english` and
        :func:`tokenize_french` do.
    """
    check_count(held_out, function="interface_pairs", argument="held_out")
    check_count(longest, function="interface_pairs", argument="longest", least=2)
    pairs = {}
    for english, french in _messages():
        source, target = tokenize_english(english), tokenize_french(french)
        sizes = len(source), len(target)
        if min(sizes) < 2 or max(sizes) > longest or source == target:
            continue
        pairs.setdefault(_core(source), (source, target))
    kept = list(pairs.values())
    names = ("held_out", "all pairs but one")
    check_at_most(held_out, len(kept) - 1, function="interface_pairs", arguments=names)
    order = np.random.default_rng(seed).permutation(len(kept))
    shuffled = [kept[i] for i in order]
    return shuffled[held_out:], shuffled[:held_out]


def tokenize_english(text: str) -> list[str]:
    """Lower-case words and signs; *can't* and *built-in* stay whole.

    Example:
        >>> tokenize_english("Can't save %1…")
        ["can't", 'save', '%1', '…']
    """
    return _ENGLISH.findall(_plain(text))


def tokenize_french(text: str) -> list[str]:
    """Lower-case words and signs; an elided word stands alone, as *l'* in *l'onglet*.

    Example:
        >>> tokenize_french("Fermer l'onglet ?")
        ['fermer', "l'", 'onglet', '?']
    """
    return _FRENCH.findall(_plain(text))


def _plain(text):
    return text.lower().replace("’", "'").replace("...", "…")


def _core(tokens):
    """What makes two sentences the same: all but the signs at the end."""
    end = len(tokens)
    while end > 1 and not tokens[end - 1][-1].isalnum():
        end -= 1
    return tuple(tokens[:end])


def _messages():
    """English and French texts of all message files, in the order of their names."""
    folder = check_package(MODULE, install=PACKAGE, function="interface_pairs")
    for path in sorted((folder / "locale").rglob("*.json")):
        for key, forms in json.loads(path.read_text("utf-8")).items():
            # a key may begin with its context; the empty key heads the file; of a text
            # with a singular and a plural the singular stands first
            english = key.rpartition("\x04")[2]
            if english and "<" not in english:
                yield english, forms[0]
