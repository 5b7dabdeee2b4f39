"""Each chapter has a face: small, always the same, from the numbers of its notebook."""

import html
import json
import os
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from attn_helpers.book.contents import chapters, numbered_name, topic_of
from attn_helpers.book.motifs import (
    LARGEST,
    attention_in_the_mind,
    first_state,
    ink,
    learning_to_attend,
    motif,
    soft_lookup,
)
from attn_helpers.data.nile import load_nile
from attn_helpers.widgets.valley_walker import ValleyWalker
from tests.copies import ROOT

CLASSES = {"query", "key", "value", "output", "weight", "quiet", "line", "flat"}
NUMBER = r"-?\d+(?:\.\d+)?"


@pytest.mark.parametrize("page", chapters())
def test_a_motif_is_small_and_silent_and_has_the_colours_of_the_roles(page):
    text = motif(page)
    assert 500 < len(text.encode()) <= LARGEST
    root = ElementTree.fromstring(text)
    assert root.attrib["aria-hidden"] == "true" and root.attrib["focusable"] == "false"
    assert root.attrib["class"] == "motif"
    for element in root:
        assert set(element.attrib["class"].split()) <= CLASSES
        assert not {"fill", "stroke", "style"} & set(element.attrib)
        places = [*map(float, re.findall(NUMBER, element.attrib.get("d", "")))]
        assert all(-150 <= number <= 250 for number in places)
    first_state.cache_clear()
    assert motif(page) == text


def test_no_two_chapters_have_the_same_face():
    assert len({motif(page) for page in chapters()}) == len(chapters())


@pytest.fixture
def notebook(tmp_path):
    """notebook(topic, state, …) writes a chapter whose widgets have these states."""

    def write(topic, widget, *states):
        page = f"chapters/{numbered_name(topic, 1)}"
        outputs = [
            {"data": {"text/html": [f'<div class="book-widget" data-widget="{widget}" '
             f'data-state="{html.escape(json.dumps(state))}">']}} for state in states
        ]  # fmt: skip
        cells = [{"outputs": [{"name": "stdout"}]}, {"outputs": outputs}, {}]
        path = tmp_path / f"{page}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"cells": cells}), "utf-8")
        return page

    return write


DISPLAY = {"seed": 1, "sizes": [4, 24, 12]}


def test_the_first_state_counts_and_a_change_shows(notebook, tmp_path):
    page = notebook("attention_in_the_mind", "SearchExperiment", DISPLAY, {"seed": 2})
    before = motif(page, tmp_path)
    assert before == attention_in_the_mind.draw(DISPLAY)
    notebook("attention_in_the_mind", "SearchExperiment", DISPLAY | {"seed": 5})
    path = tmp_path / f"{page}.ipynb"
    later = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(later, later))
    assert motif(page, tmp_path) == attention_in_the_mind.draw(DISPLAY | {"seed": 5})
    assert motif(page, tmp_path) != before


def test_a_chapter_without_its_widget_or_without_a_drawing_has_no_face(
    notebook, tmp_path
):
    assert motif(notebook("soft_lookup", "SoftmaxDial", {}), tmp_path) == ""
    assert motif(notebook("new_topic", "SoftLookup", {}), tmp_path) == ""


def paths(text, role):
    """The drawn commands of the paths of a role."""
    drawn = [element.attrib for element in ElementTree.fromstring(text)]
    return [e["d"] for e in drawn if "d" in e and role in e["class"].split()]


def test_the_search_display_has_one_orange_letter_among_as_many_as_it_says():
    drawn = attention_in_the_mind.draw(DISPLAY)
    assert [d.count("v") for d in paths(drawn, "query")] == [1]
    assert [d.count("v") for d in paths(drawn, "key")] == [23]


def test_the_soft_lookup_asks_between_the_years_and_shows_each_of_them():
    year, flow = load_nile()
    state = {"x": year.tolist(), "y": flow.tolist(), "query": 1899.5}
    drawn = soft_lookup.draw(state | {"bandwidth": 3.0, "kernel": "gaussian"})
    (asked,) = paths(drawn, "query")
    across = 8 + (1899.5 - year[0]) / (year[-1] - year[0]) * (ink.WIDTH - 16)
    assert asked.startswith(f"M{across:.1f} ")
    (faint,) = paths(drawn, "value")
    assert faint.count("M") + drawn.count('class="value"') == len(year)


def test_the_ball_rolls_from_where_it_is_to_the_bottom_of_the_valley():
    drawn = learning_to_attend.draw(ValleyWalker(steps=2).state())
    circles = [e.attrib for e in ElementTree.fromstring(drawn) if e.tag.endswith("e")]
    balls = [(float(c["cx"]), float(c["cy"])) for c in circles]
    assert len(balls) == 1 + 12 and balls[-1] == balls[2]  # the large one comes last
    (edge,) = paths(drawn, "quiet")
    points = np.array(re.findall(f"({NUMBER}) ({NUMBER})", edge), float)
    deepest = points[points[:, 1].argmax()]
    assert balls[-2] == pytest.approx(deepest, abs=2.5)
    assert balls[0][0] > balls[-1][0] > balls[-2][0]


def states_of(topic):
    """The state that a chapter's face is drawn from, and the picture."""
    (page,) = [page for page in chapters() if topic_of(page) == topic]
    module = __import__(f"attn_helpers.book.motifs.{topic}", fromlist=["WIDGET"])
    return first_state(ROOT / f"{page}.ipynb", module.WIDGET), motif(page)


def opacities(text, role):
    """The opacity of each square of a role, by its place."""
    found = {}
    for element in ElementTree.fromstring(text):
        if element.attrib["class"] == role and element.tag == "path":
            for corner in re.findall(rf"M({NUMBER}) ({NUMBER})", element.attrib["d"]):
                found[tuple(map(float, corner))] = float(element.attrib["opacity"])
    return found


def test_the_strongest_key_is_the_one_with_the_largest_score():
    state, drawn = states_of("dot_product_attention")
    lines = [e.attrib for e in ElementTree.fromstring(drawn) if e.tag == "path"]
    keys = [line for line in lines if "key" in line["class"].split()]
    strongest = max(keys, key=lambda line: float(line["opacity"]))
    key = max(state["K"], key=lambda k: np.dot(k, state["Q"][0]))
    end = [float(number) for number in re.findall(NUMBER, strongest["d"])[2:]]
    assert end == pytest.approx([88 + 44 * key[0], 78 - 44 * key[1]], abs=0.06)


def test_the_alignment_is_darkest_where_the_translator_looks_most():
    state, drawn = states_of("alignment")
    shades = opacities(drawn, "weight")
    columns = sorted({x for x, _ in shades})
    rows = sorted({y for _, y in shades})
    assert (len(rows), len(columns)) == np.shape(state["weights"])
    for y, weights in zip(rows, state["weights"], strict=True):
        shown = [shades[x, y] for x in columns]
        assert shown[int(np.argmax(weights))] == max(shown)


def test_no_word_of_the_mask_is_read_that_may_not_be():
    state, drawn = states_of("self_and_cross_attention")
    mask = np.array(state["mask"])
    (points,) = paths(drawn, "quiet")
    assert points.count("M") == (~mask).sum()
    assert len(opacities(drawn, "weight")) == mask.sum()


def test_a_digit_has_its_pixels_and_one_glimpse():
    state, drawn = states_of("soft_hard_local")
    image = np.array(state["image"])
    assert len(opacities(drawn, "quiet")) == (image > ink.FAINTEST * image.max()).sum()
    assert len(paths(drawn, "query")) == 1


def test_a_clock_has_the_hand_of_the_query_and_the_shorter_one_of_the_key():
    state, drawn = states_of("position")
    lengths = {}
    for role in ("query", "key"):
        ends = [np.array(re.findall(NUMBER, d), float) for d in paths(drawn, role)]
        assert len(ends) == len(state["Q"]) / 2
        lengths[role] = [np.hypot(*(end[2:] - end[:2])) for end in ends]
    assert min(lengths["query"]) > max(lengths["key"])
    x0, y0, x1, y1 = (
        float(number) for number in re.findall(NUMBER, paths(drawn, "query")[0])
    )
    angle = np.arctan2(state["Q"][1], state["Q"][0]) + state["query_position"]
    turned = np.exp(1j * angle)
    assert (x1 - x0, y0 - y1) == pytest.approx(
        (30 * turned.real, 30 * turned.imag), abs=0.2
    )


def test_each_word_is_asked_by_every_head_at_most_once():
    state, drawn = states_of("multi_head")
    words, (width, *_) = len(state["X"]), state["widths"]
    assert drawn.count('class="query"') == words
    q, k = (np.array(state["X"]) @ np.array(state[name]) for name in ("w_q", "w_k"))
    of_heads = (slice(at, at + width) for at in range(0, q.shape[1], width))
    most = np.array([(q[:, at] @ k[:, at].T).argmax(axis=1) for at in of_heads])
    assert len(paths(drawn, "weight")) == (most != np.arange(words)).sum()


def test_the_stream_of_a_block_has_a_line_for_each_token():
    state, drawn = states_of("transformer")
    (stream,) = paths(drawn, "quiet")
    assert stream.count("H") == len(state["X"])
    before = np.abs(state["X"])
    shown = opacities(drawn, "value")
    assert len(shown) == (before > 0).sum()
    assert len(set(shown.values())) == len(np.unique(before[before > 0]))


def test_a_text_grows_by_one_orange_token_at_each_step():
    state, drawn = states_of("language_model")
    steps = len(state["tokens"]) - state["prompt"]
    (newest,), (given,), (written,) = (
        paths(drawn, role) for role in ("query", "quiet", "weight")
    )
    assert newest.count("M") == steps
    assert given.count("M") == steps * state["prompt"]
    assert written.count("M") == steps * (steps - 1) / 2
    assert max(map(float, re.findall(rf"M({NUMBER})", newest))) < ink.WIDTH - 8


def test_the_runs_with_a_warm_up_end_below_those_without():
    _, drawn = states_of("training_dynamics")
    ends = {
        role: [float(re.findall(NUMBER, d)[-1]) for d in paths(drawn, role)]
        for role in ("quiet", "weight")
    }
    assert len(ends["quiet"]) == len(ends["weight"]) == 3
    assert min(ends["weight"]) > max(ends["quiet"])  # y grows downwards


def test_the_lines_of_the_wall_meet_in_the_dot_and_one_is_twice_as_steep():
    _, drawn = states_of("the_quadratic_wall")
    rise = {}
    for role in ("quiet", "weight"):
        points = np.array(re.findall(f"({NUMBER}) ({NUMBER})", paths(drawn, role)[-1]))
        y = points[:, 1].astype(float)
        middle = y[len(y) // 2]
        rise[role] = y[0] - y[-1]
    dots = [e for e in ElementTree.fromstring(drawn) if e.tag == "circle"]
    assert float(dots[0].attrib["cy"]) == pytest.approx(middle, abs=0.1)
    assert rise["weight"] == pytest.approx(2 * rise["quiet"], abs=1)


def test_a_map_leaves_out_what_is_almost_nothing_and_groups_what_is_alike():
    drawn = ink.squares("weight", [[0.0, 0.03, 0.5], [0.5, 1.0, 2.0]], 1, 2, 10, 9)
    root = ElementTree.fromstring(f"<svg>{drawn}</svg>")
    shown = {float(e.attrib["opacity"]): e.attrib["d"] for e in root}
    assert shown == {
        0.5: "M21 2h9v9h-9zM1 12h9v9h-9z",
        1.0: "M11 12h9v9h-9zM21 12h9v9h-9z",
    }


def test_a_curve_has_one_digit_behind_the_point():
    assert ink.curve([0, 1.25, 3], [2.04, -0.01, 5]) == "M0 2L1.2 0L3 5"
