"""A field that takes a reader's words, and shows what it has made of them."""

import pytest

from tests.widgets.kit.conftest import furnish

START = """() => {
  window.model = modelOf({ words: "a b" });
  const write = (text) => { if (text.trim()) model.set("words", text.trim()); };
  window.field = own_words.ownWords("words", "At least one.", {
    read: () => model.get("words"), write,
  });
  main.append(field.element);
  field.refresh();
}"""


@pytest.fixture
def page(new_context):
    page = new_context(viewport={"width": 400, "height": 300}).new_page()
    furnish(page)
    page.evaluate(START)
    return page


def words(page):
    return page.evaluate("model.get('words')"), page.get_by_label("words").input_value()


def test_it_shows_the_words_and_says_what_it_takes(page):
    assert words(page) == ("a b", "a b")
    told = page.get_by_label("words").get_attribute("aria-describedby")
    assert page.locator(f"[id='{told}']").inner_text() == "At least one."


@pytest.mark.parametrize("key", ["Enter", "Tab"])
def test_words_are_taken_on_enter_or_when_it_is_left(page, key):
    field = page.get_by_label("words")
    field.fill(" c ")
    assert words(page) == ("a b", " c ")
    field.press(key)
    assert words(page) == ("c", "c")


def test_what_cannot_be_taken_goes_away(page):
    field = page.get_by_label("words")
    field.fill("   ")
    field.press("Enter")
    assert words(page) == ("a b", "a b")


def test_what_is_being_written_stays_until_there_are_other_words(page):
    page.get_by_label("words").fill("half a wo")
    page.evaluate("field.refresh()")
    assert words(page) == ("a b", "half a wo")
    page.evaluate("() => { model.set('words', 'x'); field.refresh(); }")
    assert words(page) == ("x", "x")
