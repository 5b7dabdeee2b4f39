"""A small book that Sphinx has read."""

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

PAGES = {
    "index.md": """\
# Front
```{toctree}
:numbered:
one
parts/two
```
""",
    "one.md": """\
# The *first* one
(here)=
## A place
:::{glossary}
key
  What it is found by.
:::
$$a = b$$ (eq-a)
:::{exercise} Try
:label: ex-try
Do it.
:::
""",
    "parts/two.md": """\
# The second
:::{exercise} Other
:label: ex-other
Do it.
:::
:::{figure} picture.png
:name: fig-a
A caption.
:::
```{bibliography} works.bib
```
{cite:p}`Bahdanau2015`
""",
    "parts/picture.png": "",
    "parts/program.py": "import os\n\n\ndef answer():\n    return 42\n",
    "parts/works.bib": """\
@article{Bahdanau2015,
  author = {Bahdanau, Dzmitry and Cho, Kyunghyun and Bengio, Yoshua},
  title = {Neural machine translation}, journal = {ICLR}, year = {2015}}
@book{Cho2014, author = {Cho, Kyunghyun}, title = {Phrases}, year = {2014},
  publisher = {ACL}}
""",
}
SITE = "https://book.example/attention/"


@pytest.fixture(scope="session")
def small_book(tmp_path_factory):
    """The application of Sphinx after it has built the small book."""
    root = tmp_path_factory.mktemp("small")
    for name, text in PAGES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    settings = {
        "extensions": ["myst_parser", "sphinx_exercise", "sphinxcontrib.bibtex"],
        "myst_enable_extensions": ["colon_fence", "dollarmath"],
        "bibtex_bibfiles": ["parts/works.bib"],
        "bibtex_reference_style": "author_year",
        "html_baseurl": SITE,
        "numfig": True,
    }
    with docutils_namespace():
        out, trees = root / "out", root / "trees"
        app = Sphinx(root, None, out, trees, "html", settings, None, None)
        app.build()
        yield app
