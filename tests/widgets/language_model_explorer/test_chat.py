import json

import pytest
from py_mini_racer import MiniRacer

from attn_helpers.pretrained.smollm import as_chat
from attn_helpers.widgets.kit import bundle

CHAT = "language_model_explorer/chat.js"


@pytest.mark.parametrize(
    "turns",
    [["What is two plus two?"], ["a", "b\n", "«ç»"], ["", "", "", "x"], []],
)
@pytest.mark.parametrize("system", [None, "You are kind."])
def test_a_conversation_is_written_as_in_python(turns, system):
    context = MiniRacer()
    context.eval(bundle.joined(CHAT))
    given = json.dumps([turns] if system is None else [turns, system])
    got = context.eval(f'modules["{CHAT}"].asChat(...{given})')
    assert got == as_chat(*turns, **({} if system is None else {"system": system}))
