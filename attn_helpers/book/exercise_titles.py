"""Sphinx extension: the title of an exercise without parentheses, "A solution" below.

The number of an exercise stands on a line of its own, so its title needs no
parentheses. Its solution stands in the same card and need not repeat the title.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_exercise.nodes import is_exercise_node, is_solution_node

SOLUTION = "A solution"


def shorten(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Say in each title what its place on the page does not say already."""
    for exercise in doctree.findall(is_exercise_node):
        title = exercise.children[0]
        if title.astext().startswith(" (") and title.astext().endswith(")"):
            title[0:1] = []
            title[-1:] = []
    for solution in doctree.findall(is_solution_node):
        solution.children[0].children = [nodes.Text(SOLUTION)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("doctree-resolved", shorten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
