"""The numbers in the contents are those of the pages that come out."""

import io

import pytest

pytestmark = pytest.mark.needs("pypdf")


class FakePage:
    """A browser in which the contents grow once the numbers are filled in."""

    def __init__(self, *pages_at):
        self.pages_at, self.filled = list(pages_at), []

    def evaluate(self, program, numbers):
        self.filled.append(numbers)

    def pdf(self, **options):
        assert options == {
            "prefer_css_page_size": True,
            "outline": True,
            "tagged": True,
        }
        return pdf_with({"01_kinds": self.pages_at.pop(0)})


def pdf_with(places):
    """A PDF of five pages in which these names stand on these pages."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    for _ in range(5):
        writer.add_blank_page(100, 100)
    for name, number in places.items():
        writer.add_named_destination(name, number - 1)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_a_place_is_found_on_its_page_counted_from_one():
    from attn_helpers.book.pdf.printed import pages_of

    assert pages_of(pdf_with({"a": 1, "b--c": 4})) == {"a": 1, "b--c": 4}


def test_it_is_printed_until_the_numbers_are_those_of_the_pages():
    from attn_helpers.book.pdf.printed import printed

    page = FakePage(2, 3, 3)
    assert printed(page) == pdf_with({"01_kinds": 3})
    assert page.filled == [{}, {"01_kinds": 2}, {"01_kinds": 3}]


def test_numbers_that_never_settle_are_an_error():
    from attn_helpers.book.pdf.printed import printed

    with pytest.raises(RuntimeError, match="printed: the pages of the contents"):
        printed(FakePage(1, 2, 1, 2, 1, 2))
