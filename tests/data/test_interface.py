import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from attn_helpers.data.interface import (
    interface_pairs,
    tokenize_english,
    tokenize_french,
)

HELD_OUT = 97


@pytest.fixture(scope="module")
def pairs():
    return interface_pairs(HELD_OUT, longest=11, seed=5)


def test_the_split_is_fixed_by_the_seed(pairs):
    assert interface_pairs(HELD_OUT, longest=11, seed=5) == pairs
    assert interface_pairs(HELD_OUT, longest=11, seed=6) != pairs


def test_sentences_are_short_lower_case_and_translated(pairs):
    train, held_out = pairs
    assert len(held_out) == HELD_OUT and len(train) > 1500
    for source, target in train + held_out:
        assert 2 <= len(source) <= 11 and 2 <= len(target) <= 11
        assert source != target
        text = " ".join(source + target)
        assert text == text.lower() and "\x04" not in text and "<" not in source


def test_no_held_out_sentence_is_trained_on(pairs):
    def core(source):
        return re.sub(r"[^\w%]+$", "", " ".join(source))

    train, held_out = ({core(source) for source, _ in half} for half in pairs)
    assert len(train) + len(held_out) == len(pairs[0]) + len(pairs[1])
    assert not train & held_out


def test_holds_a_sentence_that_can_be_looked_up_in_jupyterlab():
    train, held_out = interface_pairs()
    both = dict((" ".join(s), " ".join(t)) for s, t in train + held_out)
    assert both["select cell above"] == "sélectionner la cellule au dessus"


@pytest.fixture
def messages(monkeypatch, tmp_path):
    """messages("x.json", {english: [french]}) puts a message file into the package."""
    folder = tmp_path / "locale"
    folder.mkdir()
    name = "attn_helpers.data.interface.check_package"
    monkeypatch.setattr(name, lambda *_, **__: tmp_path)

    def write(file, texts):
        (folder / file).write_text(json.dumps(texts), encoding="utf-8")

    return write


def test_reads_contexts_plurals_and_duplicates(messages):
    texts = {
        "": {"language": "fr-FR"},
        "menu\x04Open File": ["Ouvrir un fichier"],
        "open file…": ["Autre chose"],
        "%1 row": ["%1 ligne", "%1 lignes"],
        "New <b>row</b>": ["Nouvelle ligne"],
        "Visual Basic": ["Visual Basic"],
        "Not done": [""],
        "? !": ["? ?"],
        "! ?": ["! !"],
        "File": ["Fichier"],
    }
    messages("x.json", texts)
    train, held_out = interface_pairs(1)
    assert sorted(train + held_out) == [
        (["!", "?"], ["!", "!"]),
        (["%1", "row"], ["%1", "ligne"]),
        (["?", "!"], ["?", "?"]),
        (["open", "file"], ["ouvrir", "un", "fichier"]),
    ]


def test_one_pair_at_least_is_left_to_train_on(messages):
    messages("x.json", {"a row": ["une ligne"], "a file": ["un fichier"]})
    assert [len(half) for half in interface_pairs(1)] == [1, 1]
    with pytest.raises(ValueError, match="all pairs but one; got held_out=2 and"):
        interface_pairs(2)


def test_a_sentence_may_have_the_longest_length_and_no_more(messages):
    texts = {"a b c": ["d e"], "b a": ["d e f"], "a b c d": ["e f"], "c d": ["e f g h"]}
    messages("x.json", texts)
    train, held_out = interface_pairs(1, longest=3)
    assert sorted(len(source) for source, _ in train + held_out) == [2, 3]


def test_of_two_files_the_first_by_name_is_heard(messages, monkeypatch):
    for file, french in [("b.json", "un deux"), ("a.json", "le premier")]:
        messages(file, {"one two": [french], file: ["rien de tel"]})
    found = Path.rglob
    for turn in (iter, reversed):
        monkeypatch.setattr(
            Path, "rglob", lambda self, form, turn=turn: turn([*found(self, form)])
        )
        train, held_out = interface_pairs(1)
        assert (["one", "two"], ["le", "premier"]) in train + held_out


@pytest.mark.parametrize(
    ("tokenize", "text", "tokens"),
    [
        (tokenize_english, "Don't re-open %12", ["don't", "re-open", "%12"]),
        (tokenize_english, "'%1' is 3.5 MB", "' %1 ' is 3 . 5 mb".split()),
        (tokenize_french, "L’onglet d'une", ["l'", "onglet", "d'", "une"]),
        (tokenize_french, "d'%1 (10%)...", "d ' %1 ( 10 % ) …".split()),
        (tokenize_french, "est-il\xa0?", ["est-il", "?"]),
    ],
)
def test_tokens_by_hand(tokenize, text, tokens):
    assert tokenize(text) == tokens


def test_tokenising_loses_nothing_but_spaces(pairs):
    from attn_helpers.data import interface

    for english, french in interface._messages():
        for tokenize, text in ((tokenize_english, english), (tokenize_french, french)):
            plain = text.lower().replace("’", "'").replace("...", "…")
            assert "".join(tokenize(text)) == re.sub(r"\s", "", plain)


def test_the_language_pack_is_read_and_not_imported():
    code = (
        "import sys; from attn_helpers.data.interface import interface_pairs; "
        "interface_pairs(); assert 'torch' not in sys.modules; "
        "assert not [name for name in sys.modules if name.startswith('jupyter')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_says_what_to_install_when_the_package_is_missing(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install jupyterlab-language-"):
        interface_pairs()


def test_sizes_below_the_least_are_refused():
    with pytest.raises(ValueError, match="held_out must be at least 1; got held_out=0"):
        interface_pairs(0)
    message = r"held_out must be at most all pairs but one; got held_out=1000000 and "
    with pytest.raises(ValueError, match=message):
        interface_pairs(1_000_000)
    with pytest.raises(ValueError, match="longest must be at least 2; got longest=1"):
        interface_pairs(longest=1)
