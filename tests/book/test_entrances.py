"""The root of the site, and what a host shows for a wrong address."""

from types import SimpleNamespace

import pytest

from attn_helpers.book import entrances


@pytest.fixture
def app(tmp_path):
    config = SimpleNamespace(
        root_doc="chapters/index",
        html_title="Kinds & ways",
        html_baseurl="https://teacher.example/a/book/",
        ogp_image="_static/a.png",
    )
    builder = SimpleNamespace(format="html", get_target_uri=lambda page: f"{page}.html")
    return SimpleNamespace(outdir=str(tmp_path), config=config, builder=builder)


def test_the_root_leads_on_and_is_known_by_its_title_and_picture(app, tmp_path):
    entrances.write_root(app, None)
    text = (tmp_path / "index.html").read_text("utf-8")
    assert "<title>Kinds &amp; ways</title>" in text
    front = "https://teacher.example/a/book/chapters/index.html"
    assert f'<link rel="canonical" href="{front}">' in text
    assert 'content="0; url=chapters/index.html"' in text
    assert 'content="https://teacher.example/a/book/_static/a.png"' in text


@pytest.mark.parametrize(("kind", "error"), [("latex", None), ("html", ValueError())])
def test_only_pages_that_were_built_get_a_root(app, tmp_path, kind, error):
    app.builder.format = kind
    entrances.write_root(app, error)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_address_is_answered_with_the_front_page_and_the_search(app):
    [(name, context, template)] = entrances.pages(app)
    assert (name, template) == ("404", "page.html")
    assert 'href="chapters/index.html"' in context["body"]
    assert 'href="search.html"' in context["body"]


@pytest.mark.parametrize(
    ("address", "base"),
    [("https://teacher.example/a/book/", "/a/book/"), ("https://teacher.example", "/")],
)
def test_the_links_of_that_page_begin_at_the_root_of_the_site(app, address, base):
    app.config.html_baseurl = address
    [(_, context, _)] = entrances.pages(app)
    assert context["metatags"] == f'<base href="{base}" />'
