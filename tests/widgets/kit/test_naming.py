from attn_helpers.naming import told_apart


def test_the_page_names_as_python_does(engine):
    for words in (
        "das Boot verließ das Ufer und das Land".split(),
        ["a"] * 11,
        ["", ""],
        [],
    ):
        assert engine("naming", "toldApart", words) == told_apart(words)
