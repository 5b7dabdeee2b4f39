"""A refused value: its words, and how little of Python's machinery a reader sees."""

import pytest
import traitlets
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from attn_helpers.widgets.kit.validation import TraitRefused
from attn_helpers.widgets.query_key_playground import QueryKeyPlayground

NAME = "QueryKeyPlayground"
REFUSED = [
    ("temperature = -1.0", f"{NAME}: temperature must be greater than 0"),
    ("temperature = 'warm'", f"The 'temperature' trait of a {NAME} instance expected"),
    ("score = 'loud'", f"The 'score' trait of a {NAME} instance expected any of"),
    ("labels = [1, 2, 3]", f"The 'labels' trait of a {NAME} instance contains"),
    ("Q[0] = [1, 2, 3]", f"{NAME}: Q must have d=2 for its last axis"),
]


@pytest.mark.parametrize(("line", "message"), REFUSED)
def test_a_notebook_shows_a_refusal_as_one_line(line, message, capsys):
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    playground = QueryKeyPlayground()
    before = playground.state()
    shell.user_ns["playground"] = playground
    shell.run_cell(f"playground.{line}")
    [shown] = capsys.readouterr().out.splitlines()
    assert shown.startswith(f"TraitRefused: {message}")
    assert playground.state() == before


def test_a_refusal_is_a_traitlets_error_and_a_value_error():
    for kind in (traitlets.TraitError, ValueError):
        with pytest.raises(kind, match="expected a float"):
            QueryKeyPlayground().temperature = "warm"
    assert TraitRefused.__mro__.index(traitlets.TraitError) == 1
