"""Write the static pictures: SVG elements as text, equal to the last character."""

from xml.sax.saxutils import escape, quoteattr

FONT = "DejaVu Sans, Verdana, sans-serif"
INK = "#222832"
FAINT = "#c9c9c9"
COLORS = {
    "query": "#D55E00",
    "key": "#0072B2",
    "value": "#009E73",
    "output": "#CC79A7",
}
WEIGHT = "#54278f"  # the dark end of the book's map of weights


def element(tag: str, content: str = "", /, **attributes: object) -> str:
    """One element; ``stroke_width=2`` becomes ``stroke-width``, floats get 2 digits."""
    written = "".join(
        f" {name.rstrip('_').replace('_', '-')}={quoteattr(_number(value))}"
        for name, value in attributes.items()
    )
    return f"<{tag}{written}>{content}</{tag}>"


def label(text: str, x: float, y: float, **attributes: object) -> str:
    """Text at a place, 13 units high unless told otherwise."""
    attributes = {"font_size": 13, "fill": INK, "font_family": FONT} | attributes
    return element("text", escape(text), x=x, y=y, **attributes)


def stroke(d: str, color: str = INK, width: float = 3, **attributes: object) -> str:
    """An open path."""
    return element(
        "path", d=d, fill="none", stroke=color, stroke_width=width, **attributes
    )


def picture(width: float, height: float, *elements: str) -> str:
    """The whole drawing on white, so that it also reads on a dark page."""
    ground = element("rect", width=width, height=height, fill="#fff")
    return element(
        "svg",
        ground + "".join(elements),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
    )


def _number(value):
    if isinstance(value, float):
        return f"{value + 0.0:.2f}".rstrip("0").rstrip(".")
    return str(value)
