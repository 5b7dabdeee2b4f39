"""What a page lets a reader reach, Python takes as well."""

from pathlib import Path

import numpy as np
import traitlets

ENDS = Path(__file__).with_suffix(".js")


def assert_python_takes_every_end(shown, i, steps, atol):
    """Every state that the controls of widget ``i`` lead to, with the same results.

    Each control is pushed to its end, and then ``steps`` of them in any order.
    """
    shown.page.add_script_tag(path=ENDS)
    script = "([i, steps]) => statesAtTheEnds(liveWidgets[i], steps)"
    states = shown.page.evaluate(script, [i, steps])
    assert len(states) > 2, "the controls lead nowhere"
    for how, state in states:
        assert_python_has_it_so(type(shown.widgets[i]), state, how, atol)
    assert shown.errors == []


def assert_python_has_it_so(cls, state, how, atol):
    inputs = {
        name: value
        for name, value in state.items()
        if name not in cls.results and not cls.class_traits()[name].read_only
    }
    try:
        expected = cls(**inputs)
    except (traitlets.TraitError, ValueError) as error:
        raise AssertionError(f"{how}: {error}") from None
    for name in cls.results:
        got = np.array([state[name]], float)
        wanted = np.array([getattr(expected, name)], float)
        np.testing.assert_allclose(
            got, wanted, atol=atol, rtol=1e-9, err_msg=f"{how}: {name}"
        )
