"""Sphinx extension: what one finds at the root of the site, and at a wrong address.

The root leads on to the front page. A host such as GitHub Pages shows ``404.html`` for
an address that it does not know, however deep that lies; so all links of this page
begin at the root of the site.
"""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from sphinx.application import Sphinx

NOT_FOUND = "404"
LOST = """\
<h1>There is no page here</h1>
<p>The address may have been mistyped, or the page has moved.
<a href="{front}">The front page</a> has a map of all chapters, and
<a href="search.html">the search</a> looks through all pages.</p>"""
ROOT = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="canonical" href="{address}">
<meta property="og:title" content="{title}">
<meta property="og:url" content="{address}">
<meta property="og:image" content="{image}">
<meta name="twitter:card" content="summary_large_image">
<meta http-equiv="refresh" content="0; url={front}">
</head>
<body>
<h1>{title}</h1>
<p><a href="{front}">To the front page</a></p>
</body>
</html>
"""


def pages(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """The page for a wrong address, in the look of the book."""
    front = app.builder.get_target_uri(app.config.root_doc)
    base = urlsplit(app.config.html_baseurl).path or "/"
    context = {
        "title": "There is no page here",
        "body": LOST.format(front=escape(front)),
        "metatags": f'<base href="{escape(base)}" />',
    }
    yield NOT_FOUND, context, "page.html"


def write_root(app: Sphinx, exception: Exception | None) -> None:
    """Write the page that leads from the root to the front page."""
    if exception or app.builder.format != "html":
        return
    front = app.builder.get_target_uri(app.config.root_doc)
    text = ROOT.format(
        title=escape(app.config.html_title),
        address=escape(urljoin(app.config.html_baseurl, front)),
        image=escape(urljoin(app.config.html_baseurl, app.config.ogp_image)),
        front=escape(front),
    )
    Path(app.outdir, "index.html").write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("html-collect-pages", pages)
    app.connect("build-finished", write_root)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
