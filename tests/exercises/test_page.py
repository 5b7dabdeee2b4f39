"""Predict-questions and widget challenges, in the widgets that show them."""

import re

import pytest

from attn_helpers.exercises import (
    ask,
    challenge,
    challenges,
    conditions_met,
    questions,
)
from attn_helpers.exercises.core.registry import exercises_of, on_the_page, topics
from attn_helpers.widgets.kit.base import widget_classes

QUESTIONS, CHALLENGES = questions(), challenges()
each_question = pytest.mark.parametrize("id", QUESTIONS)
each_challenge = pytest.mark.parametrize("id", CHALLENGES)


def traits(widget):
    return {name: getattr(widget, name) for name in (*widget.inputs(), *widget.results)}


@each_question
def test_one_option_is_right_and_each_has_feedback_of_its_own(id):
    options = QUESTIONS[id].options
    assert sum(option.right for option in options) == 1
    assert len(options) >= 3
    assert len({option.feedback for option in options}) == len(options)
    assert all(len(option.feedback) >= 40 for option in options)


@each_question
def test_question_texts_are_in_our_voice(id):
    question = QUESTIONS[id]
    assert question.prompt.endswith("?")
    for option in question.options:
        assert option.text.endswith(".")
        assert option.feedback.endswith(".")
        for text in (option.text, option.feedback, question.prompt):
            assert not re.search(r"\b(simply|just|obviously|[Ww]rong!)\b|\$", text)


def test_the_right_option_is_not_always_in_one_place():
    places = {[o.right for o in q.options].index(True) for q in QUESTIONS.values()}
    assert len(places) >= 2


@each_question
def test_ask_shows_the_question(id):
    widget = ask(id)
    assert widget.prompt == QUESTIONS[id].prompt
    assert [o["text"] for o in widget.options] == [
        o.text for o in QUESTIONS[id].options
    ]
    assert not widget.solved


@each_challenge
def test_the_start_is_not_the_goal_and_the_goal_can_be_reached(id):
    found = CHALLENGES[id]
    widget = widget_classes()[found.widget]
    assert not conditions_met(found, traits(widget(**found.state)))
    assert conditions_met(found, traits(widget(**{**found.state, **found.solved})))


@each_challenge
def test_the_solving_move_touches_only_what_may_be_moved(id):
    found = CHALLENGES[id]
    assert found.solved
    assert set(found.solved) <= set(found.state)
    assert not set(found.solved) & set(found.keep)
    assert set(found.keep) <= set(found.state)


@each_challenge
def test_challenge_shows_the_widget_with_its_goal(id):
    found, widget = CHALLENGES[id], challenge(id)
    assert type(widget).__name__ == found.widget
    assert widget.challenge["goal"] == found.goal
    assert [c["hint"] for c in widget.challenge["conditions"]] == [
        c["hint"] for c in found.conditions
    ]
    assert all(c["hint"][-1] in ".?" for c in found.conditions)
    assert found.goal.endswith(".")
    assert "`" not in found.goal + "".join(c["hint"] for c in found.conditions)


@pytest.mark.parametrize("topic", topics())
def test_every_topic_has_exercises_questions_and_a_challenge(topic):
    assert len(exercises_of(topic)) >= 3
    assert len(on_the_page(topic).QUESTIONS) >= 3
    assert len(on_the_page(topic).CHALLENGES) >= 1


@pytest.mark.parametrize("name", ["ask", "challenge"])
def test_an_unknown_id_names_the_close_ones(name):
    show, near = {"ask": (ask, "own-nam"), "challenge": (challenge, "loud-kee")}[name]
    with pytest.raises(KeyError, match=r"did you mean '(own-name|loud-key)"):
        show(near)
