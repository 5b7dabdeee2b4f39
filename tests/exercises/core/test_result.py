from attn_helpers.exercises import Result
from attn_helpers.exercises.core.result import Passage, Source


def test_a_result_reads_as_a_sentence():
    assert str(Result("correct")) == "Correct"
    assert repr(Result("correct", "Why?")) == "Correct: Why?"
    assert repr(Result("not yet", "Look at q.")) == "Not yet: Look at q."
    assert repr(Result("not attempted", "Begin.")) == "Not attempted: Begin."


def test_only_what_is_correct_is_true():
    assert Result("correct")
    assert not Result("not yet", "Look at q.")
    assert not Result("not attempted", "Begin.")


def test_markdown_keeps_code_and_escapes_the_rest():
    result = Result("not yet", "d_k is `d ** 0.5`, not w[0] * 2 or $x$.")
    assert result._repr_markdown_() == (
        r"**Not yet.** d\_k is `d ** 0.5`, not w\[0\] \* 2 or \$x\$."
    )


def test_a_result_without_a_message_has_no_trailing_space():
    assert Result("correct")._repr_markdown_() == "**Correct.**"


def test_passages_show_without_quotes():
    assert repr(Passage("Sum along a row.")) == "Sum along a row."
    assert repr(Source("x = 1")) == "x = 1"
    assert Source("a_b = 1")._repr_markdown_() == "```python\na_b = 1\n```"


def test_a_remark_stands_below_the_code():
    source = Source("x = 1", "Why a_b?")
    assert source == "x = 1"
    assert repr(source) == "x = 1\n\nWhy a_b?"
    assert source._repr_markdown_() == "```python\nx = 1\n```\n\nWhy a\\_b?"
