import json

import numpy as np
import pytest
import torch
from torch.nn import functional

from attn_helpers.cost import count_flops
from attn_helpers.efficient.latent import Absorbed, LatentAttention
from attn_helpers.exercises import challenge
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.positions import rope
from attn_helpers.layers.window_cache import WindowCache
from attn_helpers.widgets.cache_stepper import SENTENCE, CacheStepper
from attn_helpers.widgets.cache_stepper.layer import _table, vector
from attn_helpers.widgets.cache_stepper.sizes import (
    D_MODEL,
    HEAD_DIM,
    HEADS,
    LATENT,
    SHARING,
    TURNED,
    model_bytes,
)

WORDS = ["red", "fish", "blue", "one", "sea", "old", "net"]
RUNS = [  # prompt, read, window
    (4, 12, 12),
    (1, 11, 5),
    (7, 7, 3),
    (2, 5, 1),
    (3, 12, 2),
]


def steps_of(prompt, read):
    """The rows that are computed in each step without a cache."""
    return [range(rows) for rows in range(prompt, read + 1)]


# --- what is counted ---


def row_costs(sharing, read, window):
    """Multiplications of each row, by the meter, in the layers of the package."""
    if sharing == "MLA":
        layer = LatentAttention(D_MODEL, HEADS, HEAD_DIM, LATENT, TURNED)
        layer = Absorbed(layer)
    else:
        layer = MultiHeadAttention(D_MODEL, HEADS, SHARING[sharing], bias=False)
    rows = torch.randn(1, read, D_MODEL).split(1, dim=1)
    cache = WindowCache(window)
    return [count_flops(lambda row=row: layer(row, cache=cache)) // 2 for row in rows]


@pytest.mark.parametrize("sharing", SHARING)
@pytest.mark.parametrize(("prompt", "read", "window"), RUNS)
def test_multiplications_are_those_that_the_meter_counts(sharing, prompt, read, window):
    stepper = CacheStepper(sharing=sharing, prompt=prompt, read=read, window=window)
    costs = row_costs(sharing, read, window)
    anew = sum(costs[i] for rows in steps_of(prompt, read) for i in rows)
    assert stepper.counts[2] == [sum(costs), anew]
    assert stepper.times_more == anew / sum(costs)


@pytest.mark.parametrize("sharing", SHARING)
@pytest.mark.parametrize(("prompt", "read", "window"), RUNS)
@pytest.mark.parametrize("cache", [True, False])
def test_each_pair_counts_as_often_as_it_is_computed(
    sharing, prompt, read, window, cache
):
    traits = {"prompt": prompt, "read": read, "window": window, "cache": cache}
    stepper = CacheStepper(sharing=sharing, **traits)
    rows, dots = np.zeros((2, 2), int)
    times = np.zeros((2, read, read), int)
    for step, all_rows in enumerate(steps_of(prompt, read)):
        for i in all_rows:
            new = step == 0 or i == all_rows[-1]
            for kind in [0, 1] if new else [1]:
                rows[kind] += 1
                for j in range(read):
                    if i - window < j <= i:
                        times[kind, i, j] += 1
                        dots[kind] += HEADS
    assert stepper.counts[:2] == [rows.tolist(), dots.tolist()]
    assert stepper.times == times[0 if cache else 1].tolist()


def test_the_counts_of_the_first_picture_worked_by_hand():
    few, many = CacheStepper().counts[2]
    assert few == 12 * 4 * 32**2 + 64 * (12 * 13 // 2)
    pairs = [n * (n + 1) // 2 for n in range(4, 13)]
    assert many == sum(range(4, 13)) * 4 * 32**2 + 64 * sum(pairs)
    assert round(CacheStepper().times_more, 2) == 5.87


# --- what is kept ---


def test_bytes_are_those_of_a_cache_in_half_precision():
    for sharing, heads in SHARING.items():
        layer = LatentAttention(D_MODEL, HEADS, HEAD_DIM, LATENT, TURNED)
        if heads:
            layer = MultiHeadAttention(D_MODEL, HEADS, heads)
        for read in (4, 11):
            cache = KVCache()
            layer.half()(torch.randn(1, read, D_MODEL).half(), cache=cache)
            stepper = CacheStepper(sharing=sharing, cache=True, read=read)
            assert stepper.cached_bytes == cache.k.nbytes + cache.v.nbytes
    assert CacheStepper(cache=True, window=5).cached_bytes == 5 * 128
    assert CacheStepper().cached_bytes == 0


def test_bytes_of_the_large_model_worked_by_hand():
    """32 layers, 32 query heads of 128; 4.5 such heads are DeepSeek's 512 + 64."""
    numbers = {
        "MHA": 2 * 32 * 128,
        "GQA by twos": 2 * 16 * 128,
        "GQA by fours": 2 * 8 * 128,  # Llama 3.1 8B
        "MQA": 2 * 128,
        "MLA": 512 + 64,
    }
    for sharing, n in numbers.items():
        whole = 32 * n * 2 * 131_072
        assert CacheStepper(sharing=sharing).model_bytes == whole
        assert CacheStepper(sharing=sharing, window=11).model_bytes == whole / 32
    assert round(model_bytes("GQA by fours", False) / 1e9, 2) == 17.18
    assert round(model_bytes("GQA by fours", True) / 1e9, 2) == 0.54


def test_a_text_as_long_as_the_window_is_not_windowed():
    traits = {"tokens": WORDS, "prompt": 2}
    assert CacheStepper(window=7, **traits).model_bytes == 68_719_476_736
    assert CacheStepper(window=6, **traits).model_bytes == 68_719_476_736 // 32


def test_only_shared_heads_have_no_keys_of_their_own():
    keys = [CacheStepper(sharing=sharing).own_keys for sharing in SHARING]
    assert keys == [8, 4, 2, 1, 8]


# --- what comes out ---

MLA_TABLES = [
    (4, (D_MODEL, HEADS * (HEAD_DIM + TURNED))),
    (5, (D_MODEL, LATENT + TURNED)),
    (3, (D_MODEL, D_MODEL)),
]


def tensor(*table):
    return torch.tensor(_table(*table))


def by_head(table):
    return table.view(len(table), HEADS, HEAD_DIM).transpose(0, 1)


def by_torch(sharing, words, window):
    """The last output by torch's own attention, keys and values made for each head."""
    x, places = (
        torch.tensor(np.array([vector(w) for w in words])),
        torch.arange(len(words)),
    )
    if sharing == "MLA":
        w_q, w_down, w_o = (tensor(n, *shape) for n, shape in MLA_TABLES)
        down = x @ w_down
        q = (x @ w_q).view(len(x), HEADS, -1).transpose(0, 1)
        q = torch.cat([q[..., :HEAD_DIM], rope(q[..., HEAD_DIM:], places)], -1)
        k, v = (by_head(down[:, :LATENT] @ tensor(n, LATENT, D_MODEL)) for n in (6, 7))
        shared = rope(down[:, LATENT:], places).expand(HEADS, -1, -1)
        k = torch.cat([k, shared], -1)
    else:
        g, w_o = SHARING[sharing], tensor(3, D_MODEL, D_MODEL)
        q, k, v = (
            (x @ tensor(n, D_MODEL, width * HEAD_DIM)).view(len(x), width, HEAD_DIM)
            for n, width in enumerate((HEADS, g, g))
        )
        q, k, v = (part.transpose(0, 1) for part in (q, k, v))
        q, k = rope(q, places), rope(k, places)
        k, v = (part.repeat_interleave(HEADS // g, dim=0) for part in (k, v))
    offsets = places[:, None] - places
    mask = (offsets >= 0) & (offsets < window)
    mixed = functional.scaled_dot_product_attention(q, k, v, mask)
    return (mixed.transpose(0, 1).reshape(len(x), D_MODEL) @ w_o)[-1]


@pytest.mark.parametrize("sharing", SHARING)
@pytest.mark.parametrize(("prompt", "read", "window"), RUNS)
def test_both_outputs_are_those_of_torch(sharing, prompt, read, window):
    stepper = CacheStepper(sharing=sharing, prompt=prompt, read=read, window=window)
    expected = by_torch(sharing, SENTENCE[:read], window)
    for output in stepper.outputs:
        np.testing.assert_allclose(output, expected, atol=1e-12)


def test_outputs_feel_words_places_and_the_window():
    output = CacheStepper().outputs[0]
    others = [
        CacheStepper(tokens=[*SENTENCE[:5], "made", *SENTENCE[6:]]),
        CacheStepper(tokens=[SENTENCE[1], SENTENCE[0], *SENTENCE[2:]]),
        CacheStepper(window=11),
        *(CacheStepper(sharing=sharing) for sharing in list(SHARING)[1:]),
    ]
    for other in others:
        assert np.abs(np.subtract(other.outputs[0], output)).max() > 1e-3


# --- what it takes ---


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"tokens": ["a"]}, r"len\(tokens\) must be from 2 to 12; got len\(tokens\)=1"),
        ({"tokens": ["a"] * 13}, r"from 2 to 12; got len\(tokens\)=13"),
        ({"prompt": 0}, "prompt must be from 1 to 12; got prompt=0"),
        ({"read": 13}, "read must be from 1 to 12; got read=13"),
        ({"window": 0}, "window must be from 1 to 12; got window=0"),
        ({"sharing": "GQA"}, "sharing"),
        ({"cache": "yes"}, "cache"),
    ],
)
def test_bad_traits_are_refused_and_the_old_values_stay(traits, message):
    stepper = CacheStepper()
    before = stepper.state()
    with pytest.raises(Exception, match=message):
        stepper.set_trait_values(traits)
    assert stepper.state() == before


def test_the_prompt_ends_with_the_text_and_no_less_has_been_read():
    assert CacheStepper(prompt=9, read=2).steps == [9]
    assert CacheStepper(tokens=WORDS, prompt=12, read=12).steps == [7]
    assert CacheStepper(tokens=WORDS, prompt=5, read=12).steps == [5, 6, 7]


def test_its_state_and_results_go_through_json_and_its_picture_repeats():
    stepper = CacheStepper(tokens=WORDS, sharing="MLA", window=3, cache=True)
    state = json.loads(json.dumps(stepper.state(), allow_nan=False))
    json.dumps([getattr(stepper, name) for name in stepper.results], allow_nan=False)
    assert CacheStepper(**state).picture() == stepper.picture()


def test_the_alternative_text_has_the_numbers():
    assert CacheStepper().alt() == (
        "12 tokens have been read, 4 of them at once, with MHA. Nothing is kept: each "
        "step computes all rows once more. With a cache 12 rows have been projected, "
        "in all 54,144 multiplications; without, 72 rows and 317,568, 5.87 times as "
        "many. With the sizes of Llama 3.1 8B a cache of this kind would hold 68.72 GB "
        "at 131,072 tokens."
    )
    kept = CacheStepper(sharing="MLA", cache=True, window=5).alt()
    assert "Kept: keys and values of 5 tokens, 180 bytes." in kept
    assert "0.15 GB at 131,072 tokens in a window of 4,096." in kept


def test_the_picture_names_what_the_figure_names():
    picture = CacheStepper().picture()
    texts = ("created", "heavens", "thrown away", "317,568", "5.87", "68.72 GB")
    for text in (*texts, "keys", "values", *SHARING):
        assert f">{text}<" in picture, text
    latent = CacheStepper(sharing="MLA", cache=True).picture()
    assert ">latent<" in latent and ">kept<" in latent and ">keys<" not in latent
    assert ">9<" in picture and ">9<" not in latent


# --- in a page ---

SHOWN = 1e-6  # a browser keeps six digits of an opacity


def still(shown):
    """Numbers jump to where they are sent."""
    shown.page.emulate_media(reduced_motion="reduce")
    shown.page.evaluate("document.fonts.ready")
    return shown


def texts(shown, place):
    return shown.page.locator(place).all_text_contents()


@pytest.mark.parametrize("sharing", SHARING)
def test_the_page_counts_and_computes_what_python_does(show, sharing):
    steppers = [
        CacheStepper(
            sharing=sharing, prompt=prompt, read=read, window=window, cache=cache
        )
        for prompt, read, window in RUNS
        for cache in (True, False)
    ]
    shown = show(*steppers)
    for i in range(len(steppers)):
        state = shown.assert_python_agrees(i)
        assert state["outputs"][0] == state["outputs"][1]  # to the last digit
    assert shown.errors == []


@pytest.mark.parametrize("cache", [True, False])
def test_cells_say_how_often_and_are_as_full(show, cache):
    shown = still(show(CacheStepper(prompt=3, read=10, window=6, cache=cache)))
    times = np.zeros((12, 12), int)
    times[:10, :10] = shown.assert_python_agrees()["times"]
    assert times.max() == (1 if cache else 8)
    said = texts(shown, ".bw-triangle .bw-small")
    assert said == [f"{n}" if n else "" for n in times.ravel()]
    cells = shown.page.locator(".bw-triangle rect:is(.bw-cell, .bw-none)")
    found = cells.evaluate_all(
        "(all) => all.map((e) => [e.classList.contains('bw-cell'),"
        " e.classList.contains('bw-now'), Number(e.style.fillOpacity)])"
    )
    seen, now, full = np.array(found).reshape(12, 12, 3).transpose(2, 0, 1)
    np.testing.assert_array_equal(seen, times > 0)
    np.testing.assert_allclose(full, 0.42 * times / 12, atol=SHOWN)
    rows = np.arange(12)[:, None]
    np.testing.assert_array_equal(now, (times > 0) & ((rows == 9) | (not cache)))


def boxes(shown, kind):
    """Of each token's stack the boxes' roles and how many numbers each one is high."""
    return shown.page.locator(f".bw-triangle .{kind}").evaluate_all(
        "(all) => all.map((g) => [Number(g.dataset.token), [...g.children].map((e) =>"
        " [e.getAttribute('class'), (Number(e.getAttribute('height')) + 1) / 1.25])])"
    )


@pytest.mark.parametrize("sharing", SHARING)
def test_the_store_has_a_box_for_each_head_as_high_as_it_has_numbers(show, sharing):
    shown = still(show(CacheStepper(sharing=sharing, cache=True, read=9, window=5)))
    stacks = dict(boxes(shown, "bw-kept"))
    assert sorted(stacks) == [4, 5, 6, 7, 8]
    heads = SHARING[sharing]
    expected = [*[["bw-key", 4]] * heads, *[["bw-value", 4]] * heads]
    if sharing == "MLA":
        expected = [["bw-latent", 16], ["bw-key", 2]]
    for stack in stacks.values():
        assert stack == expected
    held = 2 * sum(height for stack in stacks.values() for _, height in stack)
    assert held == shown.assert_python_agrees()["cached_bytes"]
    new = shown.page.locator(".bw-triangle .bw-kept.bw-now")
    assert new.evaluate_all("(all) => all.map((g) => g.dataset.token)") == ["8"]
    queries = shown.page.locator(".bw-query").count()
    assert queries == HEADS  # whoever shares, and nobody asks with an old one


@pytest.mark.parametrize("cache", [True, False])
def test_words_stand_beside_the_rows_and_the_prompt_above_the_line(show, cache):
    shown = still(show(CacheStepper(prompt=3, read=5, cache=cache)))
    names = shown.page.locator(".bw-triangle .bw-name")
    assert names.all_text_contents() == SENTENCE[:5]
    past = names.evaluate_all("all => all.map(e => e.classList.contains('bw-past'))")
    assert past == [cache] * 4 + [False]
    middles = names.evaluate_all(
        "(all) => all.map((e) => e.getBoundingClientRect())"
        ".map(({ top, bottom }) => (top + bottom) / 2)"
    )
    line = shown.page.locator(".bw-under").bounding_box()["y"]
    assert [y < line for y in middles] == [True] * 3 + [False] * 2
    cells = shown.page.locator(".bw-cell").all()
    rows = [cells[n].bounding_box() for n in (0, 1, 3, 6, 10)]
    assert all(
        abs(row["y"] + row["height"] / 2 - y) < 3
        for row, y in zip(rows, middles, strict=True)
    )


def test_in_the_prefill_all_rows_of_the_prompt_are_new(show):
    shown = still(show(CacheStepper(prompt=3, read=3, cache=True)))
    assert shown.page.locator(".bw-cell.bw-now").count() == 6
    assert shown.page.locator(".bw-query").count() == 3 * HEADS
    assert shown.page.locator(".bw-kept.bw-now").count() == 3


def test_the_switch_keeps_what_was_thrown_away(show):
    shown = still(show(CacheStepper(read=6)))
    page = shown.page
    assert len(boxes(shown, "bw-lost")) == 6 and not boxes(shown, "bw-kept")
    assert page.locator(".bw-query").count() == 6 * HEADS
    assert "Kept: nothing, 0 bytes" in page.inner_text(".bw-tally")
    assert texts(shown, "td.bw-chosen, th.bw-chosen") == [
        "without",
        "15",
        "368",
        "64,384",
    ]
    page.get_by_role("checkbox").click()
    assert shown.assert_python_agrees()["cache"]
    assert len(boxes(shown, "bw-kept")) == 6 and not boxes(shown, "bw-lost")
    assert page.locator(".bw-query").count() == HEADS
    assert "Kept: 6 tokens × 128 bytes = 768 bytes" in page.inner_text(".bw-tally")
    assert texts(shown, "td.bw-chosen, th.bw-chosen") == ["with", "6", "168", "25,920"]
    assert texts(shown, "tbody tr:last-child td") == ["1", "2.48"]
    assert shown.errors == []
    assert len(shown.requests) == 1  # the page itself


def test_both_outputs_are_shown_and_said_to_be_identical(show):
    shown = still(show(CacheStepper(sharing="MQA", read=8)))
    output = shown.assert_python_agrees()["outputs"][0]
    line = "  ".join(f"{x:.3f}".replace("-", "−") for x in output[:4]) + " …"
    assert texts(shown, ".bw-outputs output") == [line, line]
    assert "Output for “heavens”: identical" in shown.page.inner_text(".bw-outputs")


def test_bars_are_as_long_as_the_bytes(show):
    for window, length in ((12, "131,072 tokens"), (7, "a window of 4,096")):
        shown = still(show(CacheStepper(sharing="MQA", window=window)))
        sizes = np.array([model_bytes(name, window < 12) for name in SHARING])
        widths = shown.page.locator(".bw-bar").evaluate_all(
            "(all) => all.map((e) => parseFloat(e.style.width))"
        )
        np.testing.assert_allclose(widths, 100 * sizes / 68_719_476_736, atol=1e-3)
        assert texts(shown, ".bw-number") == [f"{n / 1e9:.2f} GB" for n in sizes]
        assert texts(shown, "li.bw-chosen > span:first-child") == ["MQA"]
        assert f"Llama 3.1 8B's sizes, {length}:" in shown.page.inner_text(".bw-bytes")


@pytest.mark.parametrize("cache", [True, False])
def test_each_step_is_told(show, cache):
    shown = still(show(CacheStepper(read=4, cache=cache)))
    said = []
    for _ in range(9):
        shown.state()
        said.append(shown.page.inner_text(".bw-status"))
        shown.page.get_by_role("slider", name="tokens").press("ArrowRight")
    assert said[0] == "Prefill: 4 rows at once, 10 pairs in each head. Next: “God”."
    assert (
        said[1]
        == {
            True: "Decode: “God” is read, one row, 5 pairs in each head. "
            "Keys and values of 4 earlier tokens are there. Next: “created”.",
            False: "Decode: “God” is read, and all 5 rows are computed: 15 pairs in "
            "each head, 10 of them not for the first time. Next: “created”.",
        }[cache]
    )
    assert "“.” is read" in said[8] and "Next" not in said[8]
    assert shown.page.locator("output").first.inner_text() == "12, decode"


def test_one_is_told_as_one(show):
    shown = still(show(CacheStepper(prompt=1, read=1, cache=True, sharing="MLA")))
    status = shown.page.locator(".bw-status")
    assert (
        status.inner_text()
        == "Prefill: 1 row at once, 1 pair in each head. Next: “the”."
    )
    shown.page.get_by_role("slider", name="tokens").press("ArrowRight")
    shown.state()
    assert "The latents of 1 earlier token are there." in status.inner_text()


def test_a_longer_prompt_leaves_fewer_steps(show):
    shown = still(show(CacheStepper(read=6)))
    page = shown.page
    tokens = page.get_by_role("slider", name="tokens")
    page.get_by_role("slider", name="prompt").press("End")
    assert shown.assert_python_agrees()["times_more"] == 1
    assert tokens.get_attribute("min") == "12"
    page.get_by_role("slider", name="prompt").press("Home")
    state = shown.assert_python_agrees()
    assert (state["prompt"], state["read"], state["counts"][0]) == (1, 6, [6, 21])
    assert tokens.get_attribute("min") == "1"
    page.get_by_role("slider", name="window").press("Home")
    assert shown.assert_python_agrees()["counts"][1] == [8 * 6, 8 * 21]
    page.get_by_label("heads kept").select_option("MQA")
    page.get_by_role("button", name="Reset").click()
    assert shown.assert_python_agrees() == show(CacheStepper(read=6)).state()


def test_play_reads_on_from_the_prompt_to_the_end(show):
    shown = still(show(CacheStepper(prompt=9)))
    page = shown.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    play = page.locator(".bw-player button")
    play.click()
    assert page.evaluate("liveWidgets[0].model.state.read") == 9
    page.clock.run_for(1000)
    assert page.evaluate("liveWidgets[0].model.state.read") == 10
    page.clock.run_for(3000)
    assert page.evaluate("liveWidgets[0].model.state.read") == 12
    assert play.inner_text() == "Play"


def test_counts_glide_where_motion_is_wanted(show):
    shown = show(CacheStepper())
    page = shown.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.clock.run_for(100)
    first = page.locator(".bw-triangle .bw-small").first
    assert first.text_content() == "9"
    page.get_by_role("checkbox").click()
    page.clock.run_for(150)
    assert 1 < int(first.text_content()) < 9
    page.clock.run_for(300)
    assert first.text_content() == "1"


def test_another_text_from_python_is_drawn_as_if_anew(show):
    shown = still(show(CacheStepper(cache=True)))
    other = CacheStepper(tokens=WORDS, prompt=12, window=9, sharing="MLA").state()
    shown.page.evaluate(
        "(state) => Object.entries(state).forEach("
        "([name, value]) => liveWidgets[0].model.set(name, value))",
        other,
    )
    shown.assert_python_agrees()
    used, anew = shown.drawn_anew()
    assert used == anew


def test_after_any_control_it_is_drawn_as_if_anew(show):
    shown = still(show(CacheStepper(tokens=WORDS, prompt=2, read=5)))
    for control in shown.use_all_controls():
        shown.pause()
        used, anew = shown.drawn_anew()
        assert used == anew, control
        shown.assert_python_agrees()
    assert shown.errors == []


def test_python_takes_every_state_that_the_controls_lead_to(show):
    still(show(CacheStepper())).assert_python_takes_every_end()


def challenged(show, id):
    """A page with the widget of a challenge, and what the challenge says."""
    shown = still(show(challenge(id)))
    return shown, shown.page.locator(".bw-challenge")


def test_keys_of_their_own_in_10_gb_are_found_after_two_wrong_ways(show):
    shown, panel = challenged(show, "own-keys-in-10-gb")
    heads = shown.page.get_by_label("heads kept")
    for kind, said in {
        "GQA by fours": "Too much is kept",
        "MQA": "heads read one and the same key",
    }.items():
        heads.select_option(kind)
        shown.state()
        assert said in panel.inner_text()
    shown.page.get_by_role("slider", name="window").press("Home")
    shown.state()
    assert "Leave the window alone" in panel.inner_text()
    shown.page.get_by_role("button", name="Reset").click()
    heads.select_option("MLA")
    shown.state()
    assert "Solved" in panel.inner_text()


def test_six_times_are_passed_by_a_shorter_prompt_alone(show):
    shown, panel = challenged(show, "past-six-times")
    prompt = shown.page.get_by_role("slider", name="prompt")
    shown.page.get_by_role("slider", name="tokens").press("Home")
    shown.state()
    assert "Read to the end" in panel.inner_text()
    shown.page.get_by_role("slider", name="tokens").press("End")
    for _ in range(5):
        prompt.press("ArrowLeft")
        shown.state()
        assert "steps after the prompt" in panel.inner_text()
    prompt.press("ArrowLeft")
    shown.state()
    assert "Solved" in panel.inner_text()


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_is_accessible_and_fits(show, theme, width):
    long = CacheStepper(tokens=["comfortable"] * 12, sharing="MLA", cache=True)
    short = CacheStepper(tokens=WORDS[:2], prompt=2, window=1)
    shown = show(CacheStepper(), long, short, theme=theme, width=width)
    assert shown.violations() == []
    assert shown.sideways() <= 0


def test_no_name_is_cut_off(show):
    for width in (360, 800):
        shown = still(show(CacheStepper(), width=width))
        lefts = shown.page.locator(".bw-triangle text").evaluate_all(
            "(all) => all.filter((e) => e.textContent).map((e) => e.getBBox().x)"
        )
        assert min(lefts) >= 8  # right of the prompt's line


def test_the_whole_figure_is_seen_at_once(show):
    for stepper in (CacheStepper(), CacheStepper(cache=True, sharing="MLA", window=5)):
        page = show(stepper, width=1366, height=640).page
        assert page.locator(".bw-cache-stepper").bounding_box()["height"] <= 560
