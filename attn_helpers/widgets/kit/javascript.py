"""What in a JavaScript source is code, and what only looks like it."""

import re

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
    r"|[(,=:\[!&|?{;+\-*/%~^<>]"
    r"|await|case|delete|do|else|in|instanceof|new|of|return|throw|typeof|void|yield"
)


def blanked(source):
    """The source, letter for letter, with spaces for comments, texts and patterns.

    Line ends stay, and so do the quotes around a text in ``"`` or ``'``. What stands
    in a template's ``${…}`` is code.

    Example:
        >>> blanked('f("a b"); // say')
        'f("   ");       '
    """
    out, at, last = [], 0, ""
    depths = []  # of the braces in each template that is open
    while at < len(source):
        piece = PIECE.match(source, at)
        kind, text = piece.lastgroup, piece[0]
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
        out.append(_written(kind, text))
        at += len(text)
        if kind not in ("comment", "space"):
            last = "(" if text.endswith("${") else text
    return "".join(out)


def _written(kind, text):
    if kind in ("code", "space"):
        return text
    if kind == "text":
        return text[0] + re.sub(r"[^\n]", " ", text[1:-1]) + text[-1]
    return re.sub(r"[^\n]", " ", text)
