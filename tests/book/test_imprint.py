"""Every page says who may use the book, and which version it is."""

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
