import numpy as np
import pytest
import torch

from attn_helpers.tasks.price_lists import (
    FIRST,
    GOODS,
    NOW,
    PRICES,
    UNKNOWN,
    WORDS,
    Boards,
    closing_boards,
    read,
    running_boards,
)

B, T = 5, 29
KINDS = {"running": running_boards, "closing": closing_boards}
each_kind = pytest.mark.parametrize("draw", KINDS.values(), ids=KINDS)


def board(draw, seed=0, boards=B, lines=T):
    return draw(np.random.default_rng(seed), boards, lines)


def answers_of_a_reader(lines):
    """Read the words of a board from the top and keep two books."""
    now, first = {}, {}
    for line in lines:
        good, word = line.split()
        if word in PRICES:
            now[good] = word
            first.setdefault(good, word)
            yield None, None, None
        else:
            asked = now if word == "now?" else first
            yield asked.get(good), now.get(good), first.get(good)


@each_kind
def test_answers_are_those_of_somebody_who_reads_the_words(draw):
    boards = board(draw)
    for b in range(B):
        for t, prices in enumerate(answers_of_a_reader(read(boards, b))):
            for array, price in zip(
                (boards.answers, boards.now, boards.first), prices, strict=True
            ):
                number = UNKNOWN if price is None else PRICES.index(price)
                assert array[b, t] == number


def test_about_half_of_the_lines_ask_and_half_of_those_for_the_first_price():
    boards = board(running_boards, boards=101, lines=101)
    assert (boards.words >= NOW).mean() == pytest.approx(0.5, abs=0.02)
    assert (boards.words == FIRST).mean() == pytest.approx(0.25, abs=0.02)
    assert np.bincount(boards.goods.ravel(), minlength=len(GOODS)).min() > 1200
    prices = boards.words[boards.words < NOW]
    assert np.bincount(prices, minlength=len(PRICES)).min() > 550


def test_closing_boards_ask_once_for_every_good_after_the_prices():
    boards = board(closing_boards)
    assert boards.goods.shape == (B, T + len(GOODS))
    assert (boards.words[:, :T] < NOW).all()
    assert (boards.words[:, T:] == NOW).all()
    np.testing.assert_array_equal(boards.goods[:, T:], [range(len(GOODS))] * B)


def test_hard_are_the_questions_that_order_decides():
    boards = Boards(*np.array([[[0]], [[NOW]], [[3]], [[3]]]))
    assert not boards.hard.any()
    assert boards._replace(first=np.array([[4]])).hard.all()


def test_a_question_about_what_was_never_written_has_no_answer():
    boards = board(running_boards, lines=1)
    assert (boards.answers == UNKNOWN).all()
    assert not boards.hard.any()


@each_kind
def test_the_seed_decides(draw):
    one, same, other = (board(draw, seed).words for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_what_has_no_answer_is_left_out_of_torch_s_loss():
    assert UNKNOWN == torch.nn.CrossEntropyLoss().ignore_index


def test_words_are_prices_then_questions():
    assert (WORDS[NOW], WORDS[FIRST]) == ("now?", "first?")


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: running_boards(0, 2, 3), TypeError, "running_boards: rng must be a"),
        (
            lambda: running_boards(np.random.default_rng(0), 0, 3),
            ValueError,
            "running_boards: boards must be at least 1; got boards=0.",
        ),
        (
            lambda: closing_boards(np.random.default_rng(0), 3, 0),
            ValueError,
            "closing_boards: lines must be at least 1; got lines=0.",
        ),
        (lambda: closing_boards(None, 2, 3), TypeError, "closing_boards: rng must be"),
    ],
)
def test_impossible_boards_are_refused(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert message in str(caught.value)
