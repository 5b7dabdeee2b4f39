"""What in a JavaScript source is code, and what only looks like it."""

import functools
import itertools
import re
from collections.abc import Iterator

PIECE = re.compile(
    r"(?P<comment>//[^\n]*|/\*[\s\S]*?\*/)"
    r"|(?P<text>\"(?:\\[\s\S]|[^\"\\\n])*\"|'(?:\\[\s\S]|[^'\\\n])*')"
    r"|(?P<pattern>/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/\w*)"
    r"|(?P<space>\s+)"
    r"|(?P<code>[\w$]+|[\s\S])"
)
TEMPLATE = re.compile(r"(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?P<end>`|\$\{)")
# A slash after one of these starts a pattern; after a value it divides.
BEFORE_A_PATTERN = re.compile(
    r"|[(,=:\[!&|?{};+\-*/%~^<>]"
    r"|await|case|delete|do|else|in|instanceof|new|of|return|throw|typeof|void|yield"
)
HEADS = ("if", "while", "for", "with")  # what follows their parentheses is no value
TIGHT = "()[]{},;:=?>|&*%\n"  # a space beside one means nothing
SIGNS = {"+", "-"}  # nor beside one of these, but between two of a kind


def pieces(source: str) -> Iterator[tuple[str, str]]:
    """The source cut into pairs of kind and text.

    A kind is ``comment``, ``text`` (in ``"`` or ``'``), ``template`` (with its ends and
    as far as the code of a ``${…}``), ``pattern``, ``space`` or ``code``.
    """
    at, last = 0, ""
    depths = []  # of the braces in each template that is open
    heads = []  # for each parenthesis that is open, whether it belongs to one of HEADS
    while at < len(source):
        piece = next(PIECE.finditer(source, at))
        kind, text = str(piece.lastgroup), piece[0]
        if kind == "pattern" and not BEFORE_A_PATTERN.fullmatch(last):
            kind, text = "code", "/"
        if text == "`" or (text == "}" and depths and depths[-1] == 0):
            if text == "}":
                depths.pop()
            rest = TEMPLATE.match(source, at + 1)
            if rest is None:
                line = source.count("\n", 0, at) + 1
                raise ValueError(f"line {line}: a template must have an end")
            if rest["end"] == "${":
                depths.append(0)
            kind, text = "template", source[at : rest.end()]
        elif depths and text in "{}":
            depths[-1] += 1 if text == "{" else -1
        yield kind, text
        at += len(text)
        if _is_gap((kind, text)):
            continue
        if text == "(":
            heads.append(last in HEADS)
        after_head = text == ")" and bool(heads) and heads.pop()
        last = "(" if after_head or text.endswith("${") else text


def blanked(source: str) -> str:
    """The code alone, letter for letter, with spaces for all that is none.

    Line ends stay, and so do the quotes around a text. What stands in a template's
    ``${…}`` is code.

    Example:
        >>> blanked('f("a b"); // say')
        'f("   ");       '
    """
    return "".join(itertools.starmap(_blank, pieces(source)))


@functools.cache  # one file stands in many pages
def bare(source: str) -> str:
    """The same program without comments, indentation and needless ends of lines.

    Example:
        >>> bare("if (a) { // say\\n  f(`  b`);\\n}\\ng();")
        'if(a){f(`  b`);}\\ng();'
    """
    parts = []
    for is_gap, run in itertools.groupby(pieces(source), key=_is_gap):
        text = "".join(text for _, text in run)
        parts.append(("\n" if "\n" in text else " ") if is_gap else text)
    around = zip(["(", *parts], parts, [*parts[1:], ")"], strict=False)
    return "".join(
        part
        for left, part, right in around
        if not (
            (part == " " and (left[-1] in TIGHT or right[0] in TIGHT))
            # two of the same would grow together
            or (part == " " and left[-1] != right[0] and {left[-1], right[0]} & SIGNS)
            or (part == "\n" and (left[-1] in "([{,;" or right[0] in ")]},;"))
        )
    )


def _is_gap(piece):
    return piece[0] in ("comment", "space")


def _blank(kind, text):
    if kind in ("code", "space"):
        return text
    if kind == "text":
        return text[0] + re.sub(r"[^\n]", " ", text[1:-1]) + text[-1]
    return re.sub(r"[^\n]", " ", text)
