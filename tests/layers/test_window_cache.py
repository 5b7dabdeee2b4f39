import copy

import pytest
import torch
from torch.testing import assert_close

from attn_helpers.layers.attention import ScoreAttention, attention
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.local import LocalMAttention
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.positions import Rotary
from attn_helpers.layers.relative_positions import AlibiBias, BiasedScore
from attn_helpers.layers.scoring import ScaledDotScore
from attn_helpers.layers.window_cache import WindowCache
from attn_helpers.reference.masks import causal_mask, window_mask

B, T, HEADS, D_MODEL = 2, 23, 3, 3 * 4
ATTENDS = {
    "attention": attention,
    "rotary": Rotary(),
    "ALiBi": ScoreAttention(BiasedScore(AlibiBias(HEADS))),
}
each_attend = pytest.mark.parametrize("attend", ATTENDS.values(), ids=ATTENDS)
each_window = pytest.mark.parametrize("window", [1, 2, 5, 7, T, 31])


def layer_and_rows(attend=attention, num_kv_heads=1):
    torch.manual_seed(0)
    layer = MultiHeadAttention(D_MODEL, HEADS, num_kv_heads, attend=attend)
    return layer.double(), torch.randn(B, T, D_MODEL, dtype=torch.float64)


def looking_back(window, t_q, t_k=None, first=0):
    """Each query sees itself and the ``window`` - 1 keys before it."""
    size = t_q, t_q if t_k is None else t_k
    near = window_mask(size[0], window - 1, size[1], first)
    return torch.from_numpy(causal_mask(*size, first) & near)


def whole_text(layer, x, window):
    """Without a cache."""
    return layer(x, mask=looking_back(window, x.shape[1]))[0]


@each_attend
@each_window
def test_row_by_row_is_the_window_over_the_whole_text(attend, window):
    """The text is many times as long as most windows, and no step needs a mask."""
    layer, x = layer_and_rows(attend)
    cache, outputs = WindowCache(window), []
    for place in range(T):
        assert len(cache) == place
        outputs.append(layer(x[:, place : place + 1], cache=cache)[0])
        assert cache.k.shape == cache.v.shape == (B, 1, min(place + 1, window - 1), 4)
    assert_close(torch.cat(outputs, dim=1), whole_text(layer, x, window))


@each_attend
@each_window
@pytest.mark.parametrize("parts", [[11, 1, 1, 7, 3], [3, 1, 2, 13, 1, 3], [23]])
@pytest.mark.parametrize("spare", [0, 3])
def test_parts_longer_than_the_window_see_what_it_lets_them(
    attend, window, parts, spare
):
    """The mask speaks of all rows, and the layer uses the columns of those held."""
    layer, x = layer_and_rows(attend)
    cache, outputs = WindowCache(window, spare), []
    for part in x.split(parts, dim=1):
        t, first = part.shape[1], len(cache)
        mask = looking_back(window, t, first + t, first)
        outputs.append(layer(part, mask=mask, cache=cache)[0])
        assert cache.k.shape[-2] == min(first + t, window - 1 + spare)
    assert_close(torch.cat(outputs, dim=1), whole_text(layer, x, window))


@pytest.mark.parametrize("window", [2, 5, 7])
def test_attention_with_a_window_of_its_own_needs_no_more_than_a_causal_mask(window):
    """So a language model, whose mask is causal, may have layers with a window."""
    local = LocalMAttention(ScaledDotScore(), radius=window - 1)
    layer, x = layer_and_rows(Rotary(local))
    few, every = WindowCache(window), KVCache()
    for part in x.split([11, 1, 1, 7, 3], dim=1):
        t, first = part.shape[1], len(few)
        mask = torch.from_numpy(causal_mask(t, first + t, first))
        got, _ = layer(part, mask=mask, cache=few)
        assert_close(got, layer(part, mask=mask, cache=every)[0])
    assert few.k.shape[-2] == window - 1 and every.k.shape[-2] == T


def test_the_rows_come_back_in_the_order_of_the_text_and_the_newest_survive():
    cache = WindowCache(window=5)
    for place in range(13):
        row = torch.tensor([[float(place)]])
        k, v, first = cache.append(row, -row)
        last = list(range(max(place - 4, 0), place + 1))
        assert k.flatten().tolist() == last and first == len(last) - 1
        assert (-v).flatten().tolist() == last


def test_what_was_let_go_leaves_no_memory_behind():
    cache, one = WindowCache(window=5), torch.ones(B, 1, 3)
    cache.append(torch.ones(B, 997, 3), torch.ones(B, 997, 7))
    for _ in range(3):
        for held, width in ((cache.k, 3), (cache.v, 7)):
            assert held.untyped_storage().nbytes() == B * 4 * width * 4
        assert cache.nbytes == B * 4 * (3 + 7) * 4
        cache.append(one, torch.ones(B, 1, 7))


def test_gradients_reach_the_rows_of_the_window_and_no_others():
    layer, x = layer_and_rows(Rotary())
    x.requires_grad_()
    cache = WindowCache(window=5)
    for place in range(11):
        output, _ = layer(x[:, place : place + 1], cache=cache)
    (got,) = torch.autograd.grad(output.sin().sum(), x, retain_graph=True)
    (expected,) = torch.autograd.grad(
        whole_text(layer, x, 5)[:, 10].sin().sum(), x, retain_graph=True
    )
    assert_close(got, expected)
    felt = got.abs().sum(dim=(0, 2)) > 0
    assert felt.nonzero().flatten().tolist() == [6, 7, 8, 9, 10]


@pytest.mark.parametrize("odd", [torch.nan, torch.inf])
def test_a_row_that_was_let_go_may_have_been_anything(odd):
    layer, x = layer_and_rows()
    cache, outputs = WindowCache(window=5), []
    x[:, 3] = odd
    for place in range(T):
        outputs.append(layer(x[:, place : place + 1], cache=cache)[0])
    finite = torch.cat(outputs, dim=1).isfinite().all(-1).all(0)
    assert finite.logical_not().nonzero().flatten().tolist() == [3, 4, 5, 6, 7]


# --- going back ----------------------------------------------------------------------


@pytest.mark.parametrize("back", [0, 1, 2, 3])
def test_after_many_windows_spare_rows_can_be_taken_back(back):
    layer, x = layer_and_rows(Rotary())
    cache = WindowCache(window=5, spare=3)
    for place in range(17):
        layer(x[:, place : place + 1], cache=cache)
    cache.truncate(17 - back)
    outputs = [layer(x[:, [place]], cache=cache)[0] for place in range(17 - back, T)]
    expected = whole_text(layer, x, 5)[:, 17 - back :]
    assert_close(torch.cat(outputs, dim=1), expected)


@pytest.mark.parametrize(("spare", "least"), [(0, 17), (3, 14)])
def test_what_was_let_go_cannot_be_gone_back_to(spare, least):
    cache = WindowCache(window=5, spare=spare)
    cache.append(torch.ones(B, 17, 3), torch.ones(B, 17, 3))
    with pytest.raises(ValueError) as caught:
        cache.truncate(least - 1)
    assert str(caught.value) == (
        f"WindowCache: length must be at least {least}, as older rows have been let "
        f"go; got length={least - 1}. A larger spare holds more of them."
    )
    cache.truncate(least)
    assert len(cache) == least and cache.k.shape[-2] == 4


def test_before_anything_was_let_go_all_rows_can_be_taken_back():
    cache = WindowCache(window=5)
    cache.append(torch.ones(B, 4, 3), torch.ones(B, 4, 3))
    cache.truncate(1)
    assert len(cache) == 1 and cache.k.shape[-2] == 1


def test_copies_and_picked_rows_go_their_own_way_with_all_they_know():
    cache = WindowCache(window=3)
    for _ in range(5):
        cache.append(torch.ones(B, 1, 3), torch.ones(B, 1, 3))
    for other in (copy.copy(cache), cache[torch.tensor([1, 0, 1])]):
        new = torch.zeros(len(other.k), 1, 3)
        k, _, first = other.append(new, new)
        assert len(other) == 6 and first == 2 and k.shape == (len(new), 3, 3)
    assert len(cache) == 5 and (cache.k == 1).all()


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0,), "window must be at least 1; got window=0."),
        ((3, -1), "spare must be at least 0; got spare=-1."),
    ],
)
def test_windows_that_cannot_be_are_refused(sizes, message):
    with pytest.raises(ValueError) as caught:
        WindowCache(*sizes)
    assert str(caught.value) == f"WindowCache: {message}"


def test_on_another_device_rows_stay_there():
    cache, row = WindowCache(window=3), torch.ones(B, 1, 5, device="meta")
    for _ in range(5):
        k, _, _ = cache.append(row, row)
    assert k.is_meta and cache.k.is_meta and k.shape == (B, 3, 5)
