"""MyST in small pieces, and the plain Markdown that each becomes."""

import pytest
from markdown_it import MarkdownIt
from myst_parser.config.main import MdParserConfig

from attn_helpers.book.contents import BookError
from attn_helpers.book.plain.markdown import PlainMarkdown

EXTENSIONS = {"amsmath", "attrs_block", "colon_fence", "deflist", "dollarmath"}


class Told:
    """References that say what they were asked for."""

    page = "https://book.example/one.html"

    def role(self, name, content):
        return f"[{content}](https://book.example/{name})"

    def number(self, kind, label):
        return f"{kind.title()} 3.1 of {label}"

    def equation(self, label):
        return f"2.7 of {label}"

    def file(self, path, options):
        return f"def {options['pyobject']}():\n    return {path!r}\n"


plain = PlainMarkdown(MdParserConfig(enable_extensions=EXTENSIONS), Told())

SAME = """\
# A title

Words *with* **marks**, `code`, $\\sqrt{2}$ and [a link](https://a.example).
A second line\\
and a third.

- one
- two

1. first

| a | b |
|---|---|
| `{x}` | $y$ |

> A quotation.

$$
e^x
$$

```python
{"a": 1}
```

    :::{admonition} shown, not meant

<details><summary>More</summary>

Body

</details>

---
"""


def test_what_every_program_knows_stays_letter_for_letter():
    assert plain(SAME) == SAME.rstrip("\n")


@pytest.mark.parametrize(
    ("myst", "markdown"),
    [
        ("See {doc}`02_a`.", "See [02_a](https://book.example/doc)."),
        ("*{cite:t}`A` and {cite:p}`B,C`*",
         "*[A](https://book.example/cite:t) and [B,C](https://book.example/cite:p)*"),
        ("## On {term}`key`", "## On [key](https://book.example/term)"),
        ("> quoted {ref}`x`", "> quoted [x](https://book.example/ref)"),
        ("- a\n- b {numref}`f`\n- c", "- a\n- b [f](https://book.example/numref)\n- c"),
        ("twice {eq}`e` {eq}`e`",
         "twice [e](https://book.example/eq) [e](https://book.example/eq)"),
        ("`` {doc}`a` `` is code", "`` {doc}`a` `` is code"),
        ("[make *it* cold](#figure=Dial&v=1&k=[[1,-2]]) and {doc}`a`",
         "[make *it* cold](https://book.example/one.html#figure=Dial&v=1&k=[[1,-2]])"
         " and [a](https://book.example/doc)"),
        ("one\ntwo {doc}`a`\nthree", "one\ntwo [a](https://book.example/doc)\nthree"),
    ],
)  # fmt: skip
def test_a_role_becomes_what_the_page_shows(myst, markdown):
    assert plain(myst) == markdown


def test_a_table_stays_whole():
    table = "| a | b |\n|---|---|\n| {doc}`x` | {doc}`x` |\n| {doc}`y` | 2 |\n\nAfter."
    link = "[{}](https://book.example/doc)"
    x, y = link.format("x"), link.format("y")
    assert plain(table) == f"| a | b |\n|---|---|\n| {x} | {x} |\n| {y} | 2 |\n\nAfter."


def test_a_box_becomes_a_quotation_with_a_bold_title():
    box = ":::{admonition} Mind $d_k$\n:class: tip\nSee {doc}`a`.\n\nAnd *so*.\n:::"
    link = "[a](https://book.example/doc)"
    assert plain(box) == f"> **Mind $d_k$**\n>\n> See {link}.\n>\n> And *so*."


def test_what_follows_a_box_at_once_is_not_drawn_into_it():
    text = plain(":::{admonition} A\nB\n:::\nC")
    html = MarkdownIt().render(text)
    assert "<p>B</p>\n</blockquote>\n<p>C</p>" in html


def test_a_folded_box_becomes_details_whose_body_is_markdown():
    box = ":::{admonition} Why *so*?\n:class: dropdown\nBecause {doc}`a`.\n:::"
    html = MarkdownIt().render(plain(box))
    assert "<details><summary>Why <em>so</em>?</summary>" in html
    assert '<p>Because <a href="https://book.example/doc">a</a>.</p>' in html


def test_an_exercise_becomes_a_heading_with_its_number():
    exercise = ":::{exercise} Softmax\n:label: ex-s\nWrite it.\n\nNow.\n:::"
    assert plain(exercise) == "### Exercise 3.1 of ex-s: Softmax\n\nWrite it.\n\nNow."


def test_a_solution_shows_its_file_when_it_is_unfolded():
    solution = """\
:::{solution} ex-s
:label: sol-s
:class: dropdown
```{literalinclude} ../s.py
:language: python
:pyobject: softmax
```
:::"""
    assert (
        plain(solution)
        == """\
<details><summary>A solution of Exercise 3.1 of ex-s</summary>

```python
def softmax():
    return '../s.py'
```

</details>"""
    )


def test_a_formula_keeps_its_number():
    formula = "$$\na = b\n$$ (eq-a)\n\nAfter."
    assert plain(formula) == "$$\na = b \\tag{2.7 of eq-a}\n$$\n\nAfter."


@pytest.mark.parametrize(
    ("myst", "message"),
    [
        (":::{margin}\nA\n:::", r"one of admonition, .*; got \{margin\}"),
        (
            "- a\n  :::{admonition} B\n  C\n  :::",
            r"at the margin; got \{admonition\} B",
        ),
        ("term\n: what it is", "got dd_open in\n: what it is"),
        ("(here)=\n# A", "got myst_target in\n\\(here\\)="),
        ("% a remark", "got myst_line_comment in\n% a remark"),
    ],
)
def test_what_has_no_plain_form_yet_is_refused(myst, message):
    with pytest.raises(BookError, match=message):
        plain(myst)
