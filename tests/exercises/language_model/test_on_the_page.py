"""What the questions of the page claim."""

import numpy as np
import torch

from attn_helpers.exercises.language_model.keep_top_p import keep_top_p
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.reference.masks import causal_mask
from attn_helpers.widgets.cache_stepper import CacheStepper


@torch.no_grad()
def test_step_by_step_gives_what_the_whole_text_gives_up_to_rounding():
    torch.manual_seed(0)
    layer, cache = MultiHeadAttention(6, 2), KVCache()
    x = torch.randn(1, 50, 6)
    at_once, _ = layer(x, mask=torch.tensor(causal_mask(50)))
    steps = [layer(row, cache=cache)[0] for row in x.split(1, dim=1)]
    torch.testing.assert_close(torch.cat(steps, 1), at_once, rtol=0, atol=1e-6)
    assert len(cache) == 50


def test_what_a_triangle_at_place_0_shows_the_second_piece():
    wrong = np.tril(np.ones((4, 8)))
    assert wrong.sum(axis=1).tolist() == [1, 2, 3, 4]
    assert not wrong[:, 4:].any()
    assert causal_mask(8)[4].sum() == 5


def test_a_temperature_first_keeps_three_and_last_two():
    logits = np.log([0.6, 0.3, 0.1])
    share = np.exp(logits / 2) / np.exp(logits / 2).sum()
    assert share.round(2).tolist() == [0.47, 0.33, 0.19]
    assert np.isfinite(keep_top_p(logits / 2, 0.85)).sum() == 3
    assert np.isfinite(keep_top_p(logits, 0.85) / 2).sum() == 2


def test_what_the_wrong_q_writes():
    q, p = np.array([0.5, 0.3, 0.1, 0.1]), np.array([0.4, 0.3, 0.2, 0.1])
    drawn = np.array([0.625, 0.375, 0.0, 0.0])
    np.testing.assert_allclose(drawn[:2], q[:2] / q[:2].sum())

    def written(q):
        with np.errstate(divide="ignore"):
            stands = drawn * np.minimum(p / q, 1)
        rest = np.maximum(p - q, 0)
        return stands.sum(), stands + (1 - stands.sum()) * rest / rest.sum()

    stand, right = written(drawn)
    np.testing.assert_allclose([stand, *right], [0.7, *p])
    stand, wrong = written(q)
    np.testing.assert_allclose(
        [stand, *wrong], [0.875, 0.5, 0.375, 0.125, 0], atol=1e-15
    )


def test_only_a_latent_is_small_and_gives_each_head_its_own_key():
    kinds = ("MHA", "GQA by twos", "GQA by fours", "MQA", "MLA")
    steppers = {kind: CacheStepper(sharing=kind) for kind in kinds}
    small = {kind for kind, s in steppers.items() if s.model_bytes <= 1e10}
    own = {kind for kind, s in steppers.items() if s.own_keys == 8}
    assert (small, own) == ({"MQA", "MLA"}, {"MHA", "MLA"})
    assert round(steppers["MHA"].model_bytes / 1e9, 2) == 68.72


def test_recomputing_costs_more_the_shorter_the_prompt():
    times = [CacheStepper(prompt=prompt).times_more for prompt in range(1, 13)]
    assert times == sorted(times, reverse=True)
    assert [time >= 6 for time in times] == [True] * 3 + [False] * 9
    assert round(times[8], 2) == 3.47


def test_no_other_slider_brings_it_past_six_times():
    for read in range(9, 12):
        assert CacheStepper(prompt=9, read=read).times_more < 3.47
