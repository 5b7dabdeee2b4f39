"""Giving a fork its own address, everywhere at once."""

import re

import pytest
import yaml

from attn_helpers.book import address
from attn_helpers.book.address import Address, move, moved, parsed, present
from attn_helpers.book.contents import ROOT, BookError, chapter_notebooks
from attn_helpers.book.files import text_files
from attn_helpers.book.notebooks import code_hash, read

OLD, NEW = Address("attention", "the-book"), Address("Teacher", "fork")
FORK = "https://github.com/Teacher/fork"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://github.com/attention/the-book", FORK),
        (
            "git clone https://github.com/attention/the-book.git",
            f"git clone {FORK}.git",
        ),
        ("git+https://github.com/attention/the-book@main", f"git+{FORK}@main"),
        ("github.com/attention/the-book/issues)", "github.com/Teacher/fork/issues)"),
        ("https://attention.github.io/the-book/", "https://teacher.github.io/fork/"),
        ("mybinder.org/v2/gh/attention/the-book", "mybinder.org/v2/gh/Teacher/fork"),
        ("cd the-book\nmake", "cd fork\nmake"),
    ],
)
def test_every_form_of_the_address_is_replaced(before, after):
    assert moved(before, OLD, NEW) == after
    assert moved(after, NEW, OLD) == before


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/attention/the-book-of-others",
        "https://github.com/more-attention/the-book",
        "the-book is a name",
        "https://github.com/attention/another",
        "abcd the-book",
    ],
)
def test_other_addresses_stay(text):
    assert moved(text, OLD, NEW) == text


@pytest.mark.parametrize("end", ["", "/", ".git", " "])
def test_an_address_is_read_however_it_was_copied(end):
    assert parsed(FORK + end) == NEW


@pytest.mark.parametrize(
    "url",
    ["", "fork", "https://gitlab.com/a/b", "https://github.com/a", f"{FORK}/tree/main"],
)
def test_what_is_no_repository_is_refused(url):
    with pytest.raises(BookError, match=r"as in: make address URL=https://.*; got"):
        parsed(url)


def test_pages_of_a_repository_that_bears_the_name_of_the_host():
    assert Address("Ada", "ada.github.io").pages == "ada.github.io"


def test_a_command_without_an_address_changes_nothing(monkeypatch, capsys):
    monkeypatch.setattr(address, "rewrite", None)
    assert address.main([]) == 1
    assert "say where the fork lives" in capsys.readouterr().err


def test_in_this_book_the_quick_checks_pass_afterwards(copy_of_the_book, quick_checks):
    """Nothing names the old address, and no chapter needs to run again."""
    old = present(ROOT)
    changed = move(f"{FORK}/", copy_of_the_book)
    config = yaml.safe_load((copy_of_the_book / "_config.yml").read_text("utf-8"))
    assert config["repository"]["url"] == FORK
    assert config["html"]["baseurl"] == "https://teacher.github.io/fork/"
    left = [path for path in text_files(copy_of_the_book) if names(old, path)]
    assert left == []
    before, after = chapter_notebooks(), chapter_notebooks(copy_of_the_book)
    assert set(after) < set(changed)
    assert [made(path) for path in after] == [made(path) for path in before]
    quick_checks(copy_of_the_book)


def test_there_and_back_again_gives_the_same_bytes(copy_of_the_book):
    def everything():
        return {path: path.read_bytes() for path in text_files(copy_of_the_book)}

    before, old = everything(), present(ROOT)
    move(f"{FORK}-{len(before)}", copy_of_the_book)  # no file of ours says this number
    assert move(f"https://github.com/{old.owner}/{old.name}", copy_of_the_book)
    assert everything() == before


def names(old, path):
    """Whether a text still says whose book it was."""
    return bool(re.search(rf"{re.escape(old.owner)}[/.]", path.read_text("utf-8")))


def made(path):
    """The code that counts, and what it gave."""
    notebook = read(path)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return code_hash(notebook), [cell.outputs for cell in code]
