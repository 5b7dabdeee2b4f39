"""Titles of exercises and solutions say what their place does not say already."""

import pytest
from docutils import nodes
from docutils.utils import new_document
from sphinx_exercise.nodes import exercise_enumerable_node, solution_node

from attn_helpers.book.exercise_titles import shorten


@pytest.fixture
def title_of():
    """title_of(kind, node, …): the title that this becomes."""

    def shortened(kind, *parts):
        document = new_document("page")
        document += kind("", nodes.title("", "", *parts))
        shorten(None, document, "page")
        return document[0][0]

    return shortened


def test_the_title_of_an_exercise_loses_its_parentheses_and_keeps_what_is_in_them(
    title_of,
):
    parts = (
        nodes.Text(" ("),
        nodes.Text("Scale by "),
        nodes.math("", "d_k"),
        nodes.Text(")"),
    )
    title = title_of(exercise_enumerable_node, *parts)
    assert title.astext() == "Scale by d_k"
    assert isinstance(title[1], nodes.math)


def test_a_title_without_them_stays(title_of):
    title = title_of(exercise_enumerable_node, nodes.Text("Exercise (hard)"))
    assert title.astext() == "Exercise (hard)"


def test_a_solution_does_not_repeat_the_exercise(title_of):
    link = nodes.reference("", " Exercise 2.1 (Scale)", refid="ex-scale")
    title = title_of(solution_node, nodes.Text("Solution to"), link)
    assert title.astext() == "A solution" and not list(title.findall(nodes.reference))
