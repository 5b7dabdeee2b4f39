from attn_helpers.naming import told_apart


def test_repeated_words_are_counted_and_the_others_left_alone():
    words = "das Boot verließ das Ufer und das Land".split()
    assert told_apart(words) == "das₁ Boot verließ das₂ Ufer und das₃ Land".split()


def test_two_digits_are_small_too():
    assert told_apart(["a"] * 10)[-1] == "a₁₀"


def test_no_words_have_no_names():
    assert told_apart([]) == []
