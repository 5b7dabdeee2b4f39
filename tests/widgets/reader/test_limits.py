"""Whether a value keeps to a rule, and which of several values a figure takes."""

import pytest

from attn_helpers.widgets.kit import limits
from attn_helpers.widgets.query_key_playground import QueryKeyPlayground


def test_lists_that_belong_together_are_taken_together_or_not_at_all(taken):
    playground = QueryKeyPlayground()
    four = [[1, 0], [0, 1], [1, 1], [0, 0]]
    assert taken(playground, {"K": four, "V": four}) == {"K": four, "V": four}
    assert taken(playground, {"K": four, "temperature": 2}) == {"temperature": 2}
    assert taken(playground, {"K": four, "V": [[1, "x"]] * 4}) == {}
    assert taken(playground, {"mask": [True, False, True]})
    assert taken(playground, {"mask": [True, False]}) == {}
    masked = QueryKeyPlayground(mask=[True, True, False])
    assert taken(masked, {"K": four, "V": four}) == {}  # the mask stays as it is
    assert taken(masked, {"K": four, "V": four, "mask": []})


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (limits.one_of([1, "a", False]), [1, "a", False], [0, "b", None, "1", True]),
        (limits.number(0, 2), [0, 2, 0.5], [-0.1, 2.1, "1", None, True, [1]]),
        (limits.whole(0, 2), [0, 1, 2], [-1, 3, 0.5, "1", None, True]),
        (limits.place_in("words"), [0, 1], [-1, 2, 0.5, "0"]),
        (limits.place_in("side"), [0, 1], [2]),
        (limits.text(1, 3, "ab"), ["a", "bab"], ["", "abab", "c", 1, ["a"]]),
        (limits.each(limits.whole(0, 1), limits.whole(5, 6)), [[0, 5]], [[5, 0], [0]]),
        (
            limits.several(limits.whole(0, 1), 1, 2),
            [[0], [1, 1]],
            [[], [0] * 3, [2], 0],
        ),
        (
            limits.several(limits.whole(0, 1), 0, 3, "words"),
            [[], [0, 1]],
            [[0], [0] * 3],
        ),
        (
            limits.summing(limits.several(limits.whole(1, 3), 1, 3), 3),
            [[3], [1, 2]],
            [[2], [4, -1]],
        ),
    ],
    ids=lambda given: given[0] if isinstance(given[0], str) else "",
)
def test_each_kind_of_rule(rule, good, bad, taken):
    class Figure:
        def limits(self):
            return {"x": rule}

        def state(self):
            return {"x": good[0], "words": ["a", "b"], "side": "words"}

    for value in good:
        assert taken(Figure(), {"x": value}) == {"x": value}
    for value in bad:
        assert taken(Figure(), {"x": value}) == {}
    assert taken(Figure(), {"y": 1}) == taken(Figure(), {"words": []}) == {}
