"""A page of two questions and a challenge, and what a reader does with them."""

from attn_helpers.exercises import ask, challenge, questions

ID, OTHER, GOAL = "shift-scores", "doubled-scores", "half-for-the-best"
COUNTER = f'<p data-done="{ID} {OTHER} {GOAL} softmax" hidden></p>'
FORGET = '<p data-forget="" hidden></p>'
MORE = COUNTER + FORGET
RIGHT = [option.right for option in questions()[ID].options].index(True)
WRONG = (RIGHT + 1) % len(questions()[ID].options)


def bets():
    """The figures of the page."""
    return ask(ID), ask(OTHER), challenge(GOAL)


def counted(page):
    return page.inner_text("[data-done]")


def chosen(page, number=0):
    return page.evaluate(f"liveWidgets[{number}].model.get('chosen')")


def choose(page, option, number=0):
    page.locator(".book-widget").nth(number).locator("li button").nth(option).click()


def solve(page):
    page.evaluate("liveWidgets[2].model.set('temperature', 2.09)")
    page.wait_for_selector(".bw-challenge[data-solved]")


def kept(page):
    return dict(page.evaluate("Object.entries(localStorage)"))
