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
    "a pattern after await": (
        "((x) => { (async () => { await /  /.exec('  ').map((m) => x = m) })();"
        " return x; })(0)",
        "  ",
    ),
    "a pattern after a condition": (
        "(() => { if ((1)) /  `/.test('  `') && (x = 7); return x; })(x = 0)",
        7,
    ),
    "a pattern after a block": ("{ } /  \"/.test('  \"')", True),
    "a division after a call": ("((f) => (f(4)) / 2 / f(1))((a) => a)", 2),
    "an end of line for a semicolon": (
        "(() => { let a = 1\nlet b = 2\nreturn a + b })()",
        3,
    ),
    "an end of line after return": ("(() => { return\n7 })() === undefined", True),
    "an end of line after a block": (
        "(() => { const f = () => {}\nconst n = [1, 2].length\nreturn n\n})()",
        2,
    ),
    "an end of line in a call": ("Math.max(\n  1,\n  2,\n)", 2),
    "an arrow": ("[3].map((a) => a > 2 ? a % 2 : -a)[0]", 1),
    "an exclamation after less": ("1 < !0 || 2 < !--[1][0]", False),
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
def test_bare_is_shorter_and_loses_comments(path):
    source = path.read_text(encoding="utf-8")
    short = javascript.bare(source)
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


@pytest.mark.parametrize(
    ("source", "served"),
    [
        ("a + b - c", "a+b-c"),
        ("a + -b", "a+-b"),
        ("a + +b", "a+ +b"),
        ("a - -b", "a- -b"),
        ("a++ + b", "a++ +b"),
    ],
)
def test_two_signs_of_a_kind_never_grow_together(source, served):
    assert javascript.bare(source) == served
