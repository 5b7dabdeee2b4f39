"""Traits on their way, by a clock that stands still until it is moved on."""

import pytest

from tests.widgets.kit.conftest import furnish

START = """() => {
  window.model = modelOf({
    place: 10, ratio: 4, shift: -2, rows: [[0, 1], [2, 3]], words: ["a"], mask: [],
  });
  window.seen = [];
  model.on("change", () => seen.push(structuredClone(model.state)));
  const { start, to, stop } = sending.sending(model, main, ["place", "ratio"]);
  Object.assign(window, { start, to, stopAll: stop });
}"""


@pytest.fixture
def sent(new_context):
    """sent(traits, wait) sends them, waits, and gives all states on the way."""
    page = new_context(viewport={"width": 400, "height": 300}).new_page()
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    furnish(page)
    page.evaluate(START)

    def go(traits, wait=0):
        page.evaluate(
            "(traits) => { seen.length = 0; if (traits) to(traits); }", traits
        )
        page.clock.run_for(wait)
        return page.evaluate("seen")

    go.page = page
    go.state = lambda: page.evaluate("model.state")
    go.busy = lambda: page.evaluate("main.hasAttribute('aria-busy')")
    return go


def test_numbers_glide_and_python_hears_of_the_end_alone(sent):
    way = sent({"ratio": 1, "rows": [[4, 1], [2, -3]]}, 200)
    rows = [state["rows"] for state in way]
    assert len(rows) > 10 and all(0 < row[0][0] < 4 for row in rows[4:])
    assert all(row[0][1] == 1 and row[1][0] == 2 for row in rows)
    for (a, _), (_, d) in rows:
        assert a / 4 == pytest.approx((3 - d) / 6, abs=1e-3)
    assert sent.busy() and sent.page.evaluate("model.saved") == []
    sent(None, 200)
    assert (sent.state()["ratio"], sent.state()["rows"]) == (1, [[4, 1], [2, -3]])
    assert not sent.busy() and len(sent.page.evaluate("model.saved")) == 1


def test_a_number_alone_goes_in_equal_ratios_where_it_can_and_whole_ones_stay(sent):
    sent.page.evaluate("model.state.ratio = 4.5")
    way = sent({"ratio": 0.5, "place": 2, "shift": 2}, 130)
    assert all(isinstance(state["place"], int) for state in way)
    middle = min(way, key=lambda state: abs(state["ratio"] - 1.5))
    assert middle["place"] == pytest.approx(10 * 0.2**0.5, abs=1)
    assert middle["shift"] in (-1, 0, 1)


def test_what_has_another_form_is_there_at_once(sent):
    first = {"rows": [[1, 1]], "words": ["b"], "mask": [True], "place": 0}
    sent(first)
    state = sent.state()
    assert state["place"] == 10
    assert [state[name] for name in ("rows", "words", "mask")] == [
        [[1, 1]],
        ["b"],
        [True],
    ]


def test_sent_elsewhere_on_the_way_they_go_there(sent):
    sent({"shift": 100}, 100)
    assert -2 < sent.state()["shift"] < 100
    sent({"shift": -2}, 280)
    assert sent.busy()
    sent(None, 100)
    assert sent.state()["shift"] == -2 and not sent.busy()


def test_a_new_way_is_busy_even_when_it_begins_as_another_ends(sent):
    sent({"shift": 5}, 400)
    sent.page.emulate_media(reduced_motion="reduce")
    sent({"shift": 6})
    assert sent.state()["shift"] == 6
    sent.page.emulate_media(reduced_motion="no-preference")
    sent({"shift": 7}, 100)
    assert sent.busy()


def test_the_first_traits_are_kept_apart_from_the_model(sent):
    sent({"place": 3}, 400)
    assert sent.page.evaluate("start") == {"place": 10, "ratio": 4}


def test_once_stopped_nothing_moves(sent):
    sent({"shift": 100}, 100)
    sent.page.evaluate("stopAll()")
    still = sent.state()
    assert sent(None, 400) == [] and sent.state() == still
