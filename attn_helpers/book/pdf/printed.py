"""Print the whole book as one PDF.

python -m attn_helpers.book.pdf.printed /usr/bin/chromium

The browser sets the text, and only then it is known on which page a chapter begins. So
the book is printed until the numbers in its contents are those of the pages.
"""

import io
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml
from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader

from attn_helpers.book.contents import ROOT
from attn_helpers.book.pdf.joined import joined

HTML = ROOT / "_build" / "html"
NAME = "attention-from-mind-to-machine.pdf"
ATTEMPTS = 4
TIMEOUT_MS = 600_000
# Without the last one letters stand on whole points of a screen, not of paper.
FLAGS = ("--no-sandbox", "--disable-gpu", "--font-render-hinting=none")
IN_PLACE = "document.fonts.ready.then(() => window.MathJax?.startup.promise)"
FILL = """(pages) => {
  for (const link of document.querySelectorAll("a.to-page")) {
    link.textContent = pages[link.hash.slice(1)] ?? "000";
  }
}"""


def printed(page: Page) -> bytes:
    """The open document as a PDF, with the numbers of its pages."""
    numbers: dict[str, int] = {}
    for _ in range(ATTEMPTS):
        page.evaluate(FILL, numbers)
        pdf = page.pdf(prefer_css_page_size=True, outline=True, tagged=True)
        before, numbers = numbers, pages_of(pdf)
        if numbers == before:
            return pdf
    raise RuntimeError(
        "printed: the pages of the contents came out different each time."
    )


def pages_of(pdf: bytes) -> dict[str, int]:
    """On which page each place stands that something links to."""
    reader = PdfReader(io.BytesIO(pdf))
    return {
        name.removeprefix("/"): 1 + (reader.get_destination_page_number(place) or 0)
        for name, place in reader.named_destinations.items()
    }


def print_book(html: Path, browser: str, root: Path = ROOT) -> bytes:
    """The pages in the folder ``html`` as one PDF."""
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    source = html.with_name("book.html")
    source.write_text(joined(html, root, config["html"]["baseurl"]), "utf-8")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=FLAGS)
        page = chromium.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.goto(source.as_uri())
        page.evaluate(IN_PLACE)
        pdf = printed(page)
        chromium.close()
    return pdf


def main(arguments: Sequence[str]) -> int:
    """Print what `make build` has built, and say where it lies."""
    target = HTML / NAME
    target.write_bytes(print_book(HTML, arguments[0]))
    pages = len(PdfReader(target).pages)
    print(f"{target}: {pages} pages, {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
