"""Links of the built pages: inside the book, and to the services that run it."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from attn_helpers.book.plain import BRANCH

ROOT = Path(__file__).parents[2]
THEME_TEMPLATES = "_static/"


class Anchors(HTMLParser):
    """The ids and the links of one page."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id") or attributes.get("name"))
        for key in ("href", "src"):
            if attributes.get(key) and tag != "base":
                self.links.append(attributes[key])


@pytest.fixture(scope="module")
def pages(html):
    found = [
        path
        for path in html.rglob("*.html")
        if not path.relative_to(html).as_posix().startswith(THEME_TEMPLATES)
    ]
    return {path: Anchors(path.read_text(encoding="utf-8")) for path in found}


def test_every_internal_link_and_anchor_leads_somewhere(pages):
    broken, checked = [], 0
    for page, anchors in pages.items():
        for link in anchors.links:
            parts = urlsplit(link)
            is_figure = link.startswith("#figure=")  # see test_figure_links
            if parts.scheme or parts.netloc or is_figure:
                continue
            checked += 1
            target = (
                (page.parent / unquote(parts.path)).resolve() if parts.path else page
            )
            if not target.exists():
                broken.append((page.name, link))
            elif parts.fragment and target in pages:
                if unquote(parts.fragment) not in pages[target].ids:
                    broken.append((page.name, link))
    assert broken == []
    assert checked > 100


def test_launch_links_name_the_repository_the_branch_and_an_existing_file(pages):
    repository = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]
    owner_and_name = repository["url"].removeprefix("https://github.com/")
    launches = {
        link
        for anchors in pages.values()
        for link in anchors.links
        if "colab.research.google.com" in link or "mybinder.org" in link
    }
    assert launches
    for link in launches:
        assert owner_and_name in link and BRANCH in link, link
        file = unquote(link).split("chapters/")[-1]
        assert (ROOT / "chapters" / file).exists(), link


def test_every_notebook_page_offers_both_launches(pages, html):
    for notebook in sorted((ROOT / "chapters").glob("*.ipynb")):
        links = pages[html / "chapters" / f"{notebook.stem}.html"].links
        for service in ("colab.research.google.com", "mybinder.org"):
            assert any(service in link for link in links), (notebook.stem, service)
