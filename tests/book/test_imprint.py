"""Every page says who may use the book, and which version it is."""

import re
import tomllib

import yaml
from pybtex.database import parse_string

import attn_helpers
from attn_helpers.book import imprint

CITATION = yaml.safe_load(imprint.CITATION.read_text("utf-8"))


def test_the_entry_is_one_that_bibtex_reads():
    [entry] = parse_string(imprint.bibtex(CITATION, "2026"), "bibtex").entries.values()
    assert entry.type == "misc"
    authors = [str(person) for person in entry.persons["author"]]
    assert authors == [f"{{{CITATION['authors'][0]['name']}}}"]
    assert dict(entry.fields) == {
        "title": CITATION["title"],
        "year": "2026",
        "version": attn_helpers.__version__,
        "url": CITATION["url"],
    }


def test_several_authors_are_several_for_bibtex():
    several = CITATION | {"authors": [{"name": "A. B. Cee"}, {"name": "D. Eff"}]}
    [entry] = parse_string(imprint.bibtex(several, "2026"), "bibtex").entries.values()
    assert [str(who) for who in entry.persons["author"]] == ["{A. B. Cee}", "{D. Eff}"]


def test_the_footer_holds_the_licences_of_the_package():
    text = (imprint.ROOT / "pyproject.toml").read_text("utf-8")
    declared = tomllib.loads(text)["project"]["license"].split(" AND ")
    assert declared == CITATION["license"]
    shown = {
        name.replace("CC BY", "CC-BY").replace(" ", "-") for name in imprint.LICENCES
    }
    assert shown == set(declared)


def test_every_page_names_licences_version_and_how_to_cite(html):
    pages = [*html.glob("chapters/**/*.html"), html / "genindex.html"]
    assert len(pages) > 12
    for page in pages:
        text = page.read_text("utf-8")
        [footer] = re.findall(r'<div class="extra_footer">(.+?)</div>', text, re.DOTALL)
        for address in imprint.LICENCES.values():
            assert f'href="{address}"' in footer, page
        assert f"Version {attn_helpers.__version__}." in footer, page
        how = re.search(r'href="([^"#]*)#([^"]+)">How to cite<', footer)
        cited = (page.parent / how[1]).resolve() if how[1] not in ("", "#") else page
        assert f'<section id="{how[2]}">' in cited.read_text("utf-8"), page


def test_the_front_page_shows_version_and_entry(html):
    text = (html / "chapters" / "index.html").read_text("utf-8")
    assert f"You are reading version {attn_helpers.__version__}." in text
    assert CITATION["url"] in re.search(r"@misc.+?</pre>", text, re.DOTALL)[0]


def test_a_page_that_is_shared_names_the_book_and_shows_a_picture(html):
    config = yaml.safe_load((imprint.ROOT / "_config.yml").read_text("utf-8"))
    text = (html / "chapters" / "index.html").read_text("utf-8")
    tags = dict(re.findall(r'<meta property="og:([\w:]+)" content="([^"]*)"', text))
    assert tags["site_name"] == config["title"]
    folder, _, picture = tags["image"].rpartition("/_static/")
    assert folder == config["html"]["baseurl"].rstrip("/")
    assert (html / "_static" / picture).stat().st_size > 10_000
    assert len(tags["image:alt"]) > 20


def test_the_front_page_bears_the_title_of_the_book_once(html):
    text = (html / "chapters" / "index.html").read_text("utf-8")
    assert (
        re.search("<title>(.*?)</title>", text)[1] == "Attention, from Mind to Machine"
    )
