"""Numbers on their way, by a clock that stands still until it is moved on."""

import itertools

import pytest

from tests.widgets.kit.conftest import furnish

START = """() => {
  window.drawn = [];
  window.going = motion.gliding((numbers) => drawn.push([...numbers]));
}"""


@pytest.fixture
def glide(new_context):
    """glide(to, wait) sends numbers there, waits, and gives all that was drawn."""
    context = new_context(viewport={"width": 400, "height": 300})
    page = context.new_page()
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    furnish(page)
    page.evaluate(START)

    def go(to, wait=0):
        page.evaluate("(to) => { drawn.length = 0; if (to) going.to(to); }", to)
        page.clock.run_for(wait)
        return page.evaluate("drawn")

    go.page = page
    return go


def test_the_first_numbers_are_drawn_at_once_and_once(glide):
    assert glide([3, -1], 400) == [[3, -1]]


def test_then_they_glide_for_300_milliseconds_slower_towards_the_end(glide):
    glide([0, 10])
    way = glide([8, 2], 280)
    first = [x for x, _ in way]
    assert first == sorted(first) and first[0] >= 0 and len(way) > 10
    assert all(x == pytest.approx(10 - y) for x, y in way)
    assert 7.9 < first[-1] < 8
    steps = [b - a for a, b in itertools.pairwise(first[1:])]
    assert steps == sorted(steps, reverse=True)
    assert glide(None, 60)[-1] == [8, 2]
    assert glide(None, 500) == []


def test_sent_elsewhere_on_the_way_they_start_from_where_they_are(glide):
    glide([0])
    [last] = glide([100], 100)[-1]
    assert 40 < last < 70
    back = [x for [x] in glide([0], 400)]
    assert last - 15 < back[0] <= last
    assert back == sorted(back, reverse=True) and back[-1] == 0


def test_sent_where_they_go_already_they_do_not_start_anew(glide):
    glide([0])
    [last] = glide([100], 200)[-1]
    assert glide([100]) == [[last]]
    assert glide(None, 120)[-1] == [100]


def test_more_or_fewer_numbers_are_drawn_at_once(glide):
    glide([0])
    glide([100], 100)
    assert glide([1, 2], 400) == [[1, 2]]
    assert glide([5], 400) == [[5]]


def test_without_a_way_they_are_there_at_once_and_end_one_that_has_begun(glide):
    glide([0])
    glide([100], 100)
    glide.page.evaluate("going.to([7], true)")
    assert glide.page.evaluate("drawn.at(-1)") == [7]
    assert glide(None, 400) == []


def test_where_goingis_not_wanted_there_is_none(glide):
    glide.page.emulate_media(reduced_motion="reduce")
    glide([0])
    assert glide([100], 400) == [[100]]
    glide.page.emulate_media(reduced_motion="no-preference")
    assert len(glide([0], 400)) > 10


def test_a_figure_that_is_gone_draws_no_more(glide):
    glide([0])
    glide([100], 100)
    glide.page.evaluate("going.stop()")
    assert glide(None, 400) == []
