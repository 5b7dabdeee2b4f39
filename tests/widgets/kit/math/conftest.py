"""The page's mathematics, called from Python."""

import json

import pytest
from py_mini_racer import MiniRacer

from attn_helpers.widgets.kit import bundle

# JSON has no word for these three; they travel as strings.
REPLACER = "(_, x) => typeof x === 'number' && !isFinite(x) ? String(x) : x"


@pytest.fixture(scope="session")
def js():
    """js("softmax", [1, 2]) calls what a module of kit/math exports."""
    names = sorted(path.name for path in (bundle.HERE / "kit/math").glob("*.js"))
    context = MiniRacer()
    context.eval(bundle.joined(*(f"kit/math/{name}" for name in names)))
    context.eval("Object.assign(globalThis, ...Object.values(modules));")

    def call(function, *arguments):
        # What json writes for inf and nan, Infinity and NaN, is JavaScript as well.
        literals = ", ".join(json.dumps(argument) for argument in arguments)
        return json.loads(
            context.eval(f"JSON.stringify({function}({literals}), {REPLACER})")
        )

    return call
