import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from attn_helpers.layers.choice import one_hot
from attn_helpers.models.ensemble import Ensemble
from attn_helpers.models.glimpse import GlimpseReader, mix
from attn_helpers.training import seeded

B, SIZE, WINDOW, STRIDE, D_MODEL, CLASSES = 3, 12, 5, 2, 14, 11
PLACES = 16  # (12 - 5) // 2 + 1 = 4 along each side


@pytest.fixture
def reader():
    with seeded(0):
        return GlimpseReader(SIZE, WINDOW, STRIDE, D_MODEL, CLASSES)


@pytest.fixture
def scenes():
    return torch.rand(B, SIZE, SIZE, generator=torch.Generator().manual_seed(1))


def test_windows_are_the_squares_of_the_scene_row_by_row(reader, scenes):
    windows = reader.windows(scenes)
    assert windows.shape == (B, PLACES, WINDOW**2)
    for place in range(PLACES):
        row, column = (STRIDE * i for i in divmod(place, 4))
        square = scenes[:, row : row + WINDOW, column : column + WINDOW]
        assert_close(windows[:, place], square.flatten(1))


def test_the_first_look_sees_the_blur_alone(reader, scenes):
    memory, scores = reader.first_look(scenes)
    assert memory.shape == (B, D_MODEL)
    assert scores.shape == (B, PLACES)
    means = scenes.reshape(B, 3, 4, 3, 4).mean((2, 4))  # of each square of 4 by 4
    flat = means.repeat_interleave(4, 1).repeat_interleave(4, 2)
    for got, want in zip(reader.first_look(flat), (memory, scores), strict=True):
        assert_close(got, want)


def test_scores_are_the_query_times_the_key_of_each_place(reader, scenes):
    memory, scores = reader.first_look(scenes)
    query = reader.q_proj(memory)
    for place in range(PLACES):
        assert_close(scores[:, place], query @ reader.places[place])


def test_one_hot_weights_pick_a_window_and_others_mix(reader, scenes):
    windows = reader.windows(scenes)
    index = torch.tensor([0, 7, 15])
    picked = mix(one_hot(index, torch.zeros(B, PLACES)), windows)
    assert_close(picked, windows[torch.arange(B), index])
    weights = torch.rand(B, PLACES)
    total = sum(weights[:, [j]] * windows[:, j] for j in range(PLACES))
    assert_close(mix(weights, windows), total)


def test_a_window_without_weight_is_not_seen_whatever_is_in_it():
    windows = torch.tensor([[1.0, 2.0], [torch.nan, torch.inf]])
    assert_close(mix(torch.tensor([1.0, 0.0]), windows), windows[0])
    assert mix(torch.tensor([0.5, 0.5]), windows).isfinite().logical_not().all()


def test_the_answer_to_every_window_at_once_is_that_to_each_alone(reader, scenes):
    memory, _ = reader.first_look(scenes)
    windows = reader.windows(scenes)
    at_once = reader.answer(memory[:, None], windows)
    assert at_once.shape == (B, PLACES, CLASSES)
    for place in range(PLACES):
        assert_close(at_once[:, place], reader.answer(memory, windows[:, place]))


def test_the_answer_uses_both_looks(reader, scenes):
    memory = reader.first_look(scenes)[0].detach().requires_grad_()
    glimpse = reader.windows(scenes)[:, 3].requires_grad_()
    reader.answer(memory, glimpse).sum().backward()
    assert (memory.grad != 0).any() and (glimpse.grad != 0).any()


def third(scores):
    return one_hot(torch.full((len(scores),), 2), scores)


def test_a_reader_answers_from_the_blur_and_the_window_it_was_given(reader, scenes):
    look = reader(scenes, third)
    memory, scores = reader.first_look(scenes)
    assert_close(look.scores, scores)
    assert_close(look.weights, third(scores))
    assert_close(look.answer, reader.answer(memory, reader.windows(scenes)[:, 2]))
    assert_close(look.guess, reader.baseline(memory))


def test_readers_side_by_side_see_what_each_would_see_alone(scenes):
    members = []
    for seed in range(2):
        with seeded(seed):
            members.append(GlimpseReader(SIZE, WINDOW, STRIDE, D_MODEL, CLASSES))
    together = Ensemble(members)(scenes=scenes, weigh=third)
    for i, member in enumerate(members):
        for got, want in zip(together, member(scenes, third), strict=True):
            assert_close(got[i], want)


def test_the_baseline_learns_without_changing_what_is_remembered(reader, scenes):
    memory, _ = reader.first_look(scenes)
    guess = reader.baseline(memory)
    assert guess.shape == (B,)
    guess.sum().backward()
    assert reader.blur_proj.weight.grad is None
    assert reader.baseline_proj.weight.grad is not None


def test_soft_attention_learns_where_to_look():
    # a bright pixel lies in one of four corners; its window alone names the class
    with seeded(0):
        reader = GlimpseReader(8, 4, 4, 16, classes=4)
        optimizer = torch.optim.SGD(reader.parameters(), lr=0.5)
    scenes = torch.zeros(4, 8, 8)
    corners = [(0, 0), (0, 7), (7, 0), (7, 7)]
    for label, (row, column) in enumerate(corners):
        scenes[label, row, column] = 5.0
    for _ in range(300):
        memory, scores = reader.first_look(scenes)
        glimpse = mix(scores.softmax(-1), reader.windows(scenes))
        loss = functional.cross_entropy(reader.answer(memory, glimpse), torch.arange(4))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1


def test_scenes_of_another_size_are_refused_by_name(reader):
    message = (
        r"^first_look: scenes must have size=12 for its last axis; "
        r"got scenes \(3, 12, 13\)\.$"
    )
    with pytest.raises(ValueError, match=message):
        reader.first_look(torch.zeros(3, 12, 13))
    with pytest.raises(
        ValueError, match=r"^windows: scenes .*; got scenes \(12, 12\)\.$"
    ):
        reader.windows(torch.zeros(12, 12))


def test_sizes_that_would_lose_pixels_or_have_no_window_are_refused():
    with pytest.raises(ValueError) as caught:
        GlimpseReader(size=17)
    assert str(caught.value) == (
        "GlimpseReader: size must be a multiple of blur; got size=17, blur=4."
    )
    message = r"^GlimpseReader: window .* size; got window=8 and size=4\.$"
    with pytest.raises(ValueError, match=message):
        GlimpseReader(size=4, window=8)
