import doctest
import random

import pytest
from py_mini_racer import MiniRacer

from attn_helpers.widgets.kit import bundle, javascript

FILES = sorted(bundle.HERE.rglob("*.js"))
# What looks like something else, and what it evaluates to.
TRICKY = {
    "a comment in a template": ("`1${`2${3}`} // 4 /* 5 */`", "123 // 4 /* 5 */"),
    "a template over lines": ("`a\n  b`", "a\n  b"),
    "a template with an object": ("`${ { a: 1 }.a }${[ 2 ]}`", "12"),
    "a quote in a comment": ("1 /* ' */ + 1 // \"\n", 2),
    "a comment in a text": ("'// 1' + \"/* 2 */\"", "// 1/* 2 */"),
    "a pattern with a comment": ("'a//b'.replace(/\\/\\//, ' ')", "a b"),
    "a pattern with a quote": ("'\"  `'.replace(/[/\"`] +/, '')", "`"),
    "a pattern after a word": ("(() => { return /  /.source; })()", "  "),
    "divisions": ("((a) => (a / 2) / 2 + 1 / 4)(1)", 0.5),
    "signs": ("((a) => a + +a - -a)(2)", 6),
    "a spread": ("[...[ 1 ], 2].length", 2),
    "a comment between words": ("((a) => { return/**/a; })(7)", 7),
    "a choice of small numbers": ("true ? .5 : 1", 0.5),
    "words beside words": ("typeof  (void 0) in { undefined: 1 }", True),
}


@pytest.mark.parametrize("what", TRICKY)
def test_bare_means_the_same(what):
    source, expected = TRICKY[what]
    run = MiniRacer().eval
    assert run(source) == run(javascript.bare(source)) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_pieces_put_together_are_the_source(path):
    source = path.read_text(encoding="utf-8")
    assert "".join(text for _, text in javascript.pieces(source)) == source
    assert len(javascript.blanked(source)) == len(source)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_bare_keeps_lines_and_loses_comments(path):
    source = path.read_text(encoding="utf-8")
    short = javascript.bare(source)
    assert short.count("\n") == source.count("\n")
    assert len(short) < len(source)
    assert "comment" not in {kind for kind, _ in javascript.pieces(short)}
    assert javascript.bare(short) == short


def test_any_order_of_pieces_is_taken_apart_again():
    rng = random.Random(0)
    parts = [
        "'a b'",
        '"c \\\\ d"',
        "`e ${f} g`",
        "( /h'/ )",
        "(i / j)",
        "/* k */",
        "\n",
    ]
    for _ in range(300):
        chosen = rng.choices(parts, k=7)
        found = list(javascript.pieces(" , ".join(chosen)))
        assert "".join(text for _, text in found) == " , ".join(chosen)
        kinds = [kind for kind, _ in found]
        assert kinds.count("text") == sum(part[0] in "'\"" for part in chosen)
        assert kinds.count("template") == 2 * chosen.count("`e ${f} g`")
        assert kinds.count("pattern") == chosen.count("( /h'/ )")
        assert kinds.count("comment") == chosen.count("/* k */")


def test_the_examples_run():
    assert doctest.testmod(javascript).failed == 0
