import numpy as np
import pytest

from attn_helpers._checks.message import complaint, listed, shapes


def test_a_complaint_is_one_sentence_and_perhaps_its_cure():
    assert complaint("f", "x must be even", "x=7") == "f: x must be even; got x=7."
    assert complaint("f", "x must be even", "x=7", "Write 8.") == (
        "f: x must be even; got x=7. Write 8."
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [(["q"], "q"), (["q", "k"], "q and k"), (["q", "k", "v"], "q, k and v")],
)
def test_words_are_listed_as_one_would_say_them(words, text):
    assert listed(words) == text


def test_shapes_are_named():
    assert shapes(q=np.ones((2, 3)), k=np.ones(5)) == "q (2, 3) and k (5,)"
