"""MyST as the chapters write it, in the Markdown that every notebook program knows.

What both know stays letter for letter. Boxes become quotations, exercises headings,
solutions and folded boxes ``<details>``, roles what the page shows in their place.
"""

from typing import Any, Protocol

from docutils.parsers.rst.directives import admonitions
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from mdit_py_plugins.myst_role.index import myst_role
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.directives import parse_directive_text
from myst_parser.parsers.mdit import create_md_parser
from sphinx.directives.code import LiteralInclude
from sphinx_exercise.directive import ExerciseDirective, SolutionDirective

from attn_helpers.book.contents import BookError

#: Blocks that a notebook program shows as the page does.
KNOWN = set(
    "blockquote bullet_list code_block fence heading hr html_block inline list_item "
    "math_block ordered_list paragraph table tbody td th thead tr".split()
)


class References(Protocol):
    """What stands on the page of a chapter where its source names something."""

    page: str  # the address at which the page is published

    def role(self, name: str, content: str) -> str:
        """A role as Markdown, such as a link with the title of a chapter."""
        ...

    def number(self, kind: str, label: str) -> str:
        """What the page calls an ``exercise`` or a ``figure``, such as "Fig. 3.1"."""
        ...

    def equation(self, label: str) -> str:
        """The number of a displayed formula."""
        ...

    def file(self, path: str, options: dict[str, Any]) -> str:
        """What a ``literalinclude`` shows."""
        ...


class PlainMarkdown:
    """``PlainMarkdown(config, references)(text)`` is ``text`` without MyST.

    Raises:
        BookError: where the text has something that nothing here puts into Markdown.

    Source: the syntax guide of MyST; CommonMark 0.31 with the tables of GitHub and
    formulas between dollars.
    """

    def __init__(self, config: MdParserConfig, references: References) -> None:
        self.parser = parser_of_the_book(config)
        self.references = references

    def __call__(self, text: str) -> str:
        lines = text.splitlines()
        for token in reversed(self.parser.parse(text)):
            if token.map and (new := self._in_plain(token, lines)) is not None:
                start, end = token.map
                lines[start:end] = new.splitlines()
        return "\n".join(lines)

    def _in_plain(self, token, lines):
        """The Markdown in place of a token's lines, or None where they may stay."""
        if token.type in ("fence", "colon_fence") and token.info.startswith("{"):
            return self._directive(token) + _distance(token, lines)
        if token.type == "math_block_label":
            number = self.references.equation(token.info)
            formula = f"{token.content.strip()} \\tag{{{number}}}"
            return f"$$\n{formula}\n$$" + _distance(token, lines)
        if token.type == "inline":
            return self._inline(token, lines)
        if token.type.removesuffix("_open") not in KNOWN:
            raise BookError(
                f"PlainMarkdown: a block must be one of {', '.join(sorted(KNOWN))}, or "
                f"a directive; got {token.type} in\n{_source(token, lines)}"
            )
        return None

    def _inline(self, token, lines):
        """A paragraph, a heading or a row of a table with its roles replaced.

        A link to a place of the same page leads to the published one.
        """
        text, place = _source(token, lines), 0
        for child in token.children:
            if child.type == "link_open" and child.attrs["href"].startswith("#"):
                place = text.index("](#", place) + len("](")
                text = text[:place] + self.references.page + text[place:]
            if child.type == "myst_role":
                written = child.meta["written"]
                place = text.index(written, place)
                shown = self.references.role(child.meta["name"], child.content)
                text = text[:place] + shown + text[place + len(written) :]
                place += len(shown)
        return text

    def _directive(self, token):
        name, _, argument = token.info[1:].partition("}")
        if name not in DIRECTIVES or token.level:
            raise BookError(
                f"PlainMarkdown: a directive must be one of {', '.join(DIRECTIVES)}, "
                f"and stand at the margin; got {{{name}}}{argument}."
            )
        kind, write = DIRECTIVES[name]
        parsed = parse_directive_text(kind, argument.strip(), token.content)
        body = self("\n".join(parsed.body).strip())
        return write(self, " ".join(parsed.arguments), parsed.options, body)

    def _box(self, title, options, body):
        if "dropdown" in options.get("class", []):
            return _folded(self(title), body)
        text = f"**{self(title)}**\n\n{body}"
        return "\n".join(f"> {line}".rstrip() for line in text.splitlines())

    def _exercise(self, title, options, body):
        number = self.references.number("exercise", options["label"])
        return f"### {number}: {self(title)}\n\n{body}"

    def _solution(self, exercise, options, body):
        return _folded(
            f"A solution of {self.references.number('exercise', exercise)}", body
        )

    def _file(self, path, options, body):
        text = self.references.file(path, options)
        return f"```{options['language']}\n{text.rstrip()}\n```"


DIRECTIVES = {
    "admonition": (admonitions.Admonition, PlainMarkdown._box),
    "exercise": (ExerciseDirective, PlainMarkdown._exercise),
    "solution": (SolutionDirective, PlainMarkdown._solution),
    "literalinclude": (LiteralInclude, PlainMarkdown._file),
}


def parser_of_the_book(config: MdParserConfig) -> MarkdownIt:
    """MyST's parser, in which a role also keeps the text that it was written as."""
    parser = create_md_parser(config, RendererHTML)

    def keep_the_text(state: Any, silent: bool) -> bool:
        start = state.pos
        found = myst_role(state, silent)
        if found and not silent:
            state.tokens[-1].meta["written"] = state.src[start : state.pos]
        return found

    parser.inline.ruler.at("myst_role", keep_the_text)
    return parser


def _source(token, lines):
    start, end = token.map
    return "\n".join(lines[start:end])


def _distance(token, lines):
    """An empty line, where a quotation or a tag would take in what follows."""
    following = "".join(lines[token.map[1] :][:1])
    return "\n\n" if following.strip() else ""


def _folded(title, body):
    """A box to unfold; what stands between its tags is HTML, but for the body."""
    summary = MarkdownIt().renderInline(title)
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"
