import json
from html.parser import HTMLParser

import pytest

from attn_helpers.widgets.predict_question import PredictQuestion

PLAIN_TAGS = {"p", "strong", "ol", "ul", "li", "details", "summary", "b", "code", "div"}
OPTIONS = [
    {"text": "it depends", "feedback": "A mean of equal things?", "right": False},
    {"text": "`v`", "feedback": "The weights sum to 1 < 2.", "right": True},
    {"text": "zero", "feedback": "The weights sum to 1.", "right": False},
]


def question(**traits):
    prompt = "All values equal `v`. What is `weights @ values`?"
    return PredictQuestion(**{"prompt": prompt, "options": OPTIONS} | traits)


def test_is_solved_once_a_right_option_was_tried():
    widget = question()
    assert not widget.solved
    widget.chosen = [2]
    assert not widget.solved
    widget.chosen = [2, 1]
    assert widget.solved


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"options": OPTIONS[:1]}, "at least two answers; got 1"),
        ({"options": OPTIONS[::2]}, "at least one option must be right; got 0 of 2"),
        ({"options": [*OPTIONS, {"text": "x"}]}, r"got text \(str\) at options\[3\]"),
        ({"options": [*OPTIONS, {}]}, r"got nothing at options\[3\]"),
        (
            {"options": [{"text": "x", "feedback": "y", "right": 1}, *OPTIONS]},
            r"right \(bool\); got .* right \(int\) at options\[0\]",
        ),
        ({"chosen": [3]}, r"indices of the 3 options; got chosen=\[3\]"),
        ({"chosen": [1, 1]}, r"different indices .* got chosen=\[1, 1\]"),
        ({"chosen": ["a"]}, "chosen"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    widget = question(chosen=[2])
    before = widget.state()
    with pytest.raises(Exception, match=message):
        widget.set_trait_values(traits)
    assert widget.state() == before


def test_fewer_options_than_were_tried_are_refused_unless_forgotten():
    widget = question(chosen=[2])
    with pytest.raises(ValueError, match=r"2 options; got chosen=\[2\]"):
        widget.options = OPTIONS[:2]
    widget.set_trait_values({"options": OPTIONS[:2], "chosen": []})
    assert len(widget.options) == 2


def test_its_state_goes_through_json_and_its_fallback_repeats():
    widget = question(chosen=[0])
    state = json.loads(json.dumps(widget.state()))
    assert state == widget.state()
    assert PredictQuestion(**state).fallback() == widget.fallback()


def test_the_alternative_text_is_the_prompt():
    assert question().alt() == "All values equal v. What is weights @ values?"


def test_the_fallback_is_plain_html_with_every_answer_and_its_feedback():
    class Tags(HTMLParser):
        seen = set()  # noqa: RUF012

        def handle_starttag(self, tag, attrs):
            self.seen.add(tag)
            assert attrs == []

    text = question().fallback()
    Tags().feed(text)
    assert Tags.seen <= PLAIN_TAGS
    assert "<code>weights @ values</code>" in text
    assert "The weights sum to 1 &lt; 2." in text
    assert text.index("<details>") < text.index("✓ Right: <b><code>v</code>.</b>")


def test_text_can_never_become_html():
    evil = {"text": "<img src=x>", "feedback": "`<b>`", "right": True}
    text = question(options=[evil, OPTIONS[0]], prompt="<script>").page_html()
    assert "<img" not in text
    assert "<script" not in text


# --- in a page ---


def test_an_answer_by_mouse_and_one_by_key(show):
    shown = show(question())
    page = shown.page
    assert page.inner_text(".bw-feedback >> nth=0") == ""
    page.get_by_role("button", name="it depends").click()
    assert shown.assert_python_agrees()["chosen"] == [0]
    assert "Not this one. A mean of equal" in page.inner_text(".bw-feedback >> nth=0")
    assert page.inner_text(".bw-mark >> nth=0") == "✗"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    solved = shown.assert_python_agrees()
    assert (solved["chosen"], solved["solved"]) == ([0, 1], True)
    assert "Right. The weights sum to 1 < 2." in page.inner_text(
        ".bw-feedback >> nth=1"
    )
    assert page.inner_text(".bw-note").startswith("Found at try 2.")
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


def test_the_other_answers_stay_open_and_one_can_start_again(show):
    shown = show(question(chosen=[1]))
    page = shown.page
    page.get_by_role("button", name="zero").click()
    page.get_by_role("button", name="zero").click()
    assert shown.assert_python_agrees()["chosen"] == [1, 2]
    page.get_by_text("Start again").click()
    assert shown.assert_python_agrees()["chosen"] == []
    assert page.evaluate("document.activeElement.innerText").endswith("it depends")
    assert page.inner_text(".bw-feedback >> nth=1") == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [("zero", "zero."), ("Zero.", "Zero."), ("None at all?", "None at all?")],
)
def test_each_answer_ends_with_one_stop_in_the_page_and_without_it(show, text, told):
    option = {"text": text, "feedback": "As it sums to 0.", "right": True}
    widget = question(options=[option, OPTIONS[0]])
    remarks = widget.fallback().split("<summary>Answer</summary>")[1]
    assert f"<b>{told}</b> As it" in remarks
    assert "<b>it depends.</b> A mean" in remarks
    shown = show(widget)
    shown.page.emulate_media(media="print")
    assert f"Answer: {told} As it sums" in shown.page.inner_text(".bw-answer")


def test_another_question_set_from_python_brings_its_own_answers(show):
    shown = show(question())
    script = "([name, value]) => liveWidgets[0].model.set(name, value)"
    shown.page.evaluate(script, ["prompt", "And now?"])
    shown.page.evaluate(script, ["options", OPTIONS[::-1][:2]])
    shown.state()
    assert shown.page.inner_text("legend") == "Predict: And now?"
    assert shown.page.locator(".bw-options button").all_inner_texts() == ["zero", "v"]


def test_code_is_shown_as_code_and_html_as_text(show):
    evil = {"text": "<img src=x>", "feedback": "`<b>`", "right": True}
    shown = show(question(options=[evil, OPTIONS[0]], chosen=[0]))
    assert shown.page.inner_text("legend code >> nth=1") == "weights @ values"
    assert shown.page.locator(".bw img").count() == 0
    assert shown.page.inner_text(".bw-feedback code") == "<b>"


def test_on_paper_the_answer_is_there(show):
    shown = show(question())
    assert not shown.page.locator(".bw-answer").is_visible()
    shown.page.emulate_media(media="print")
    assert "Answer: v. The weights" in shown.page.inner_text(".bw-answer")


def test_python_takes_every_state_that_the_controls_lead_to(show):
    show(question()).assert_python_takes_every_end(steps=10)


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    shown = show(question(), question(chosen=[0, 1]), theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0
    heights = shown.page.evaluate(
        "[...document.querySelectorAll('.bw-options button')]"
        ".map((b) => b.clientHeight)"
    )
    assert min(heights) >= 40
