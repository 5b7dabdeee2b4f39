"""A control that only a kernel can drive."""

CONTROL = '<script type="application/vnd.jupyter.widget-view+json">{}</script>'
LAUNCH = '<a href="https://colab.research.google.com/x.ipynb">Colab</a>'


def test_a_control_that_needs_python_says_so_and_links_to_where_it_runs(open_page):
    page = open_page(more=CONTROL)
    assert page.locator(".book-needs-kernel a").count() == 0
    page = open_page(more=LAUNCH + CONTROL)
    note = page.locator(".book-needs-kernel")
    assert note.get_attribute("role") == "note"
    assert "does not move on this page" in note.inner_text()
    link = note.locator("a")
    assert link.get_attribute("href") == "https://colab.research.google.com/x.ipynb"
    assert page.said == []
