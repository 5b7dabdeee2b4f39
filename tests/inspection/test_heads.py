import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.testing import assert_close

from attn_helpers.inspection.heads import (
    after_same_token,
    at_offset,
    at_place,
    head_scores,
    of_tokens,
    same_token,
)

IDS = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 9, 9, 2]])
B, T, HEADS = 2, 5, 3


def by_rule(rule):
    """A pattern from a sentence about one row of tokens, a query and a key."""
    rows = [[[rule(x, i, j) for j in range(T)] for i in range(T)] for x in IDS.tolist()]
    return torch.tensor(rows)


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        (at_offset(T, -1).expand(B, T, T), lambda x, i, j: j == i - 1),
        (at_offset(T, 2).expand(B, T, T), lambda x, i, j: j == i + 2),
        (at_place(T, 3).expand(B, T, T), lambda x, i, j: j == 3),
        (same_token(IDS), lambda x, i, j: i != j and x[i] == x[j]),
        (
            after_same_token(IDS),
            lambda x, i, j: 0 < j <= i and x[j - 1] == x[i],
        ),
        (of_tokens(IDS, [1, 9]), lambda x, i, j: x[j] in (1, 9)),
    ],
    ids=[
        "previous",
        "two ahead",
        "place 3",
        "same token",
        "after same token",
        "of tokens",
    ],
)
def test_patterns_mean_what_they_say(pattern, rule):
    assert torch.equal(pattern, by_rule(rule))


def test_patterns_stand_on_the_device_of_the_tokens():
    ids = IDS.to("meta")
    patterns = (
        same_token(ids),
        after_same_token(ids),
        of_tokens(ids, [1, 9]),
        at_offset(T, -1, device="meta"),
        at_place(T, 0, device="meta"),
    )
    assert all(pattern.is_meta for pattern in patterns)


def test_tokens_are_chosen_on_a_device_that_minds_where_they_stand():
    with FakeTensorMode():  # computes nothing, but refuses to mix devices
        ids = torch.zeros(2, T, dtype=torch.long, device="cuda")
        assert of_tokens(ids, [1, 9]).is_cuda


def some_weights():
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(2, B, HEADS, T, T, generator=generator, dtype=torch.float64)
    return list(scores.softmax(-1))  # two layers


@pytest.mark.parametrize("queries", [None, torch.tensor([0, 1, 1, 0, 1]) > 0])
def test_scores_agree_with_a_loop(queries):
    weights, pattern = some_weights(), same_token(IDS)
    got = head_scores(weights, pattern, queries)
    for layer, head in [(0, 0), (0, 2), (1, 1)]:
        shares = [
            sum(weights[layer][b, head, i, j] for j in range(T) if pattern[b, i, j])
            for b in range(B)
            for i in range(T)
            if pattern[b, i].any() and (queries is None or queries[i])
        ]
        assert_close(got[layer, head], sum(shares) / len(shares))


def test_a_head_that_does_nothing_else_scores_one():
    weights = at_offset(T, -1).double().expand(B, HEADS, T, T)
    assert head_scores([weights], at_offset(T, -1)).tolist() == [[1.0] * HEADS]


def test_scores_refuse_a_pattern_of_another_shape():
    with pytest.raises(ValueError) as caught:
        head_scores(some_weights(), at_offset(7, -1))
    assert str(caught.value) == (
        "head_scores: pattern must broadcast to the scores (2, 5, 5); "
        "got pattern (7, 7)."
    )


def test_scores_refuse_a_layer_that_kept_no_weights_or_others():
    first, second = some_weights()
    with pytest.raises(
        TypeError, match=r"weights\[1\] must be a torch tensor; got .*No"
    ):
        head_scores([first, None], same_token(IDS))
    with pytest.raises(
        ValueError, match=r"weights\[0\] and weights\[1\] must share t_k"
    ):
        head_scores([first, second[..., 1:]], same_token(IDS))
