"""A step after the other, by hand and by a clock that is moved on."""

import pytest

from tests.widgets.kit.conftest import furnish

START = """() => {
  window.model = modelOf({ at: 5, last: 6 });
  const ends = () => [2, model.get("last")];
  window.way = player.player(model, "at", "step", { ends, show: (n) => `no. ${n}` });
  main.append(way.element);
  for (const name of ["at", "last"]) model.on(`change:${name}`, way.draw);
  way.draw();
}"""


@pytest.fixture
def playing(new_context):
    """A page with a player for steps from 2 to 6, at 5, whose clock stands still."""
    page = new_context(viewport={"width": 400, "height": 300}).new_page()
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    furnish(page)
    page.evaluate(START)
    return page


def at(page):
    return page.evaluate("model.get('at')")


def said(page):
    return page.locator("output").inner_text(), page.locator("button").inner_text()


def test_a_step_is_chosen_by_hand_and_told(playing):
    assert said(playing) == ("no. 5", "Play")
    playing.get_by_label("step").press("Home")
    assert at(playing) == 2 and said(playing) == ("no. 2", "Play")
    assert playing.evaluate("model.saved.length") > 0


def test_it_goes_to_the_last_step_and_is_done(playing):
    button = playing.locator("button")
    button.click()
    assert (at(playing), button.inner_text()) == (5, "Pause")
    playing.clock.run_for(899)
    assert at(playing) == 5
    playing.clock.run_for(1)
    assert (at(playing), button.inner_text()) == (6, "Play")
    playing.clock.run_for(5000)
    assert at(playing) == 6


def test_from_the_last_step_it_starts_anew_and_can_be_stopped(playing):
    playing.evaluate("model.set('at', 6)")
    button = playing.locator("button")
    button.click()
    assert at(playing) == 2
    playing.clock.run_for(1000)
    button.click()
    assert (at(playing), button.inner_text()) == (3, "Play")
    playing.clock.run_for(5000)
    assert at(playing) == 3


def test_a_hand_on_the_slider_stops_it(playing):
    playing.locator("button").click()
    playing.get_by_label("step").press("Home")
    playing.clock.run_for(5000)
    assert at(playing) == 2 and said(playing) == ("no. 2", "Play")


def test_a_figure_that_is_gone_goes_no_further(playing):
    playing.locator("button").click()
    playing.evaluate("way.stop()")
    playing.clock.run_for(5000)
    assert at(playing) == 5


def test_ends_may_move(playing):
    playing.evaluate("model.set('last', 4)")
    slider = playing.get_by_label("step")
    assert (slider.get_attribute("max"), said(playing)[0]) == ("4", "no. 4")
    playing.evaluate("model.set('last', 9)")
    playing.locator("button").click()
    playing.clock.run_for(900 * 9)
    assert at(playing) == 9
