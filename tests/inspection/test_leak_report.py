import pytest

from attn_helpers.inspection.leak_report import LeakReport


def report(**found):
    """Where nothing was found but what is given."""
    nothing = dict.fromkeys(("leaks", "cut", "lost", "broken", "across"), ())
    return LeakReport(**{**nothing, **found})


def pairs(number):
    return tuple((0, key) for key in range(1, number + 1))


NEXT = ((0, 1), (1, 2), (2, 3), (3, 4))


def test_words_stand_for_positions():
    words = "the boat left the bank".split()
    assert report(leaks=NEXT).in_words(words) == (
        "leak: the₁ feels boat, boat feels left, left feels the₂, the₂ feels bank"
    )
    assert report(lost=((3,),)).in_words(words) == "output not finite: the₂"


def test_queries_and_keys_may_have_words_of_their_own():
    found = report(leaks=((0, 0), (1, 2)), cut=((1, 0),))
    assert found.in_words(["das", "Boot"], ["the", "boat", "left"]).split("\n") == [
        "leak: das feels the, Boot feels left",
        "cut: Boot does not feel the",
    ]


def test_a_long_line_goes_on_below_itself():
    words = [f"a long word {number}" for number in range(5)]
    lines = report(leaks=NEXT).in_words(words).split("\n")
    assert len(lines) > 1
    assert max(map(len, lines)) <= 72
    assert [line[:2] for line in lines] == ["le"] + ["  "] * (len(lines) - 1)


@pytest.mark.parametrize("number", [5, 6])
def test_six_are_named(number):
    named = str(report(leaks=pairs(number)))
    assert named.count("feels") == number
    assert "more" not in named


@pytest.mark.parametrize("number", [7, 10])
def test_of_a_longer_list_six_are_named_and_the_others_counted(number):
    named = str(report(leaks=pairs(number)))
    assert named.count("feels") == 6
    assert named.replace("\n ", "").endswith(f"0 feels 6 and {number - 6} more")


def test_every_kind_of_finding_has_a_line():
    everything = LeakReport(
        leaks=((0, 1, 2),),
        cut=((1, 0, 0),),
        lost=((1, 2),),
        broken=((1, 2, 0), (1, 2, 1)),
        across=((0, 1),),
    )
    assert str(everything).split("\n") == [
        "leak: sample 0: 1 feels 2",
        "cut: sample 1: 0 does not feel 0",
        "output not finite: sample 1: 2",
        "gradient not finite: 2 pairs",
        "samples mix: 0 feels 1",
    ]


@pytest.mark.parametrize("part", ["leaks", "cut", "lost", "broken", "across"])
def test_any_finding_spoils_a_clean_report(part):
    assert report().clean
    assert str(report()) == "clean: every pair that may flow does, and no other"
    assert not report(**{part: ((0, 1),)}).clean
