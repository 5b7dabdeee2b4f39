"""What `check` has judged, as a table."""

from attn_helpers.exercises.core.progress import NOTHING, Progress
from attn_helpers.exercises.core.registry import exercises_of
from attn_helpers.exercises.core.result import Result

CORRECT, NOT_YET = Result("correct"), Result("not yet")
NOT_ATTEMPTED = Result("not attempted")


def noted(*pairs):
    progress = Progress()
    for id, result in pairs:
        progress.note(id, result)
    return progress


def test_before_anything_is_judged_it_says_so_in_a_sentence():
    assert str(noted()) == noted()._repr_markdown_() == NOTHING
    assert str(noted(("softmax", NOT_ATTEMPTED))) == NOTHING


def test_there_is_a_line_for_each_topic_with_a_verdict():
    correct = [("rope", CORRECT), ("alibi", CORRECT)]
    progress = noted(*correct, ("softmax", NOT_YET), ("entropy", NOT_YET))
    assert progress.rows() == [
        ("dot product attention", "0 of 6", "entropy, softmax"),
        ("position", f"2 of {len(exercises_of('position'))}: alibi, rope", ""),
    ]


def test_the_newest_verdict_counts_and_what_was_correct_stays_so():
    progress = noted(("rope", NOT_YET), ("rope", NOT_ATTEMPTED))
    assert progress.statuses == {"rope": "not yet"}
    progress.note("rope", CORRECT)
    progress.note("rope", NOT_YET)
    assert progress.statuses == {"rope": "correct"}


def test_it_reads_as_a_table_as_text_and_as_markdown():
    progress = noted(("rope", CORRECT), ("entropy", NOT_YET))
    heading, first, second = str(progress).splitlines()
    assert heading.split() == ["topic", "correct", "not", "yet"]
    assert first.index("0 of 6") == second.index("1 of 5") == heading.index("correct")
    assert repr(progress) == str(progress)
    assert progress._repr_markdown_().splitlines() == [
        "| topic | correct | not yet |",
        "| --- | --- | --- |",
        "| dot product attention | 0 of 6 | entropy |",
        "| position | 1 of 5: rope |  |",
    ]
