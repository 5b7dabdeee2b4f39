"""A text that grows by a token at each step: what was given, and what was written."""

from attn_helpers.book.motifs.ink import HEIGHT, WIDTH, line, picture, place

WIDGET = "CacheStepper"
BETWEEN = 3  # tokens
WIDEST = WIDTH - 8


def draw(state: dict) -> str:
    """A row for each step; a token is as long as its letters."""
    tokens, prompt = state["tokens"], state["prompt"]
    letters = sum(map(len, tokens))
    letter = (WIDEST - BETWEEN * len(tokens)) / letters
    steps = range(prompt, len(tokens))
    pitch = HEIGHT / len(steps)
    given, written, newest = "", "", ""
    for row, last in enumerate(steps):
        x, y = 4.0, (row + 0.5) * pitch
        for at, token in enumerate(tokens[: last + 1]):
            length = letter * len(token)
            dash = f"M{place(x)} {place(y)}h{place(length)}"
            x += length + BETWEEN
            if at == last:
                newest += dash
            elif at < prompt:
                given += dash
            else:
                written += dash
    return picture(
        line("quiet flat", given, 8.0, 0.35),
        line("weight flat", written, 8.0, 0.5),
        line("query flat", newest, 8.0),
    )
