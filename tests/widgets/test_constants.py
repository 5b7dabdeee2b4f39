"""A number that stands in Python and in JavaScript is one number."""

import importlib
import json
import re
from collections import defaultdict
from dataclasses import replace

import pytest
from py_mini_racer import MiniRacer

from attn_helpers.widgets.kit import bundle, svg

CONSTANT = re.compile(r"^const ([A-Z][A-Z_]*) =", re.M)
OTHERWISE_WRITTEN = {"KINDS", "METHODS", "PUBLISHED"}  # compared one by one below
FOLDERS = sorted(path.parent.name for path in bundle.HERE.glob("*/view.js"))


def in_the_page(folder):
    """The values of each constant at the top of a folder's scripts."""
    found = defaultdict(list)
    for path in sorted((bundle.HERE / folder).glob("*.js")):
        name = f"{folder}/{path.name}"
        *before, module = bundle.modules_of(name)
        named = {constant: constant for constant in CONSTANT.findall(module.body)}
        script = "".join(m.script() for m in (*before, replace(module, exports=named)))
        text = MiniRacer().eval(
            f"const modules = {{}};\n{script}JSON.stringify(modules['{name}'])"
        )
        for constant, value in json.loads(text).items():
            found[constant].append(value)
    return found


def in_python(folder):
    """The constants of a widget that go through JSON."""
    module = importlib.import_module(f"attn_helpers.widgets.{folder}.widget")
    found = {}
    for name, value in vars(module).items():
        if name.isupper() and isinstance(value, int | float | list | tuple | dict):
            try:
                found[name] = json.loads(json.dumps(value))
            except TypeError:
                continue
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_has_one_name_has_one_value(folder):
    page, python = in_the_page(folder), in_python(folder)
    shared = (page.keys() & python.keys()) - OTHERWISE_WRITTEN
    assert [name for name in shared if python[name] not in page[name]] == []


def test_there_are_such_constants():
    shared = {f: in_the_page(f).keys() & in_python(f).keys() for f in FOLDERS}
    assert shared["cueing_experiment"] >= {"CONDITIONS", "LIMITS", "BAND"}
    assert shared["position_dial"] >= {"LAST", "REACH"}
    assert shared["soft_lookup"] >= {"CREST", "AXIS", "HEIGHT"}
    assert shared["valley_walker"] >= {
        "LOSSES",
        "FLOWS",
        "MOST",
        "BOTTOM",
        "YEAR_TICKS",
    }


def of_search(page, python):
    assert page["PUBLISHED"]["conjunction"] == python["PUBLISHED"]
    assert page["COLUMNS"] * page["ROWS"] == python["MOST"]
    kinds = [[kind["condition"], kind["present"]] for kind in page["KINDS"]]
    assert kinds == python["KINDS"]


def of_positions(page, python):
    assert [name for name, _ in page["METHODS"]] == list(python["METHODS"])


def of_lookup(page, python):
    box = page["BOX"]
    assert [box["left"], box["top"], box["foot"]] == [
        python[name] for name in ("LEFT", "TOP", "FOOT")
    ]
    assert python["WIDTH"] - box["right"] == python["RIGHT"]


def of_glimpses(page, python):
    assert page["MOST"] == python["MOST_PICKS"]


def of_valley(page, python):
    assert [page["LOW"], page["HIGH"]] == python["LIMITS"]["start"]


OF = {
    "position_dial": of_positions,
    "search_experiment": of_search,
    "soft_lookup": of_lookup,
    "glimpse_viewer": of_glimpses,
    "valley_walker": of_valley,
}


@pytest.mark.parametrize("folder", OF)
def test_what_has_two_names_has_one_value(folder):
    page = {name: values[0] for name, values in in_the_page(folder).items()}
    OF[folder](page, in_python(folder))


def test_the_playground_offers_the_scores_that_python_has():
    python = importlib.import_module("attn_helpers.widgets.query_key_playground.widget")
    [names] = in_the_page("query_key_playground")["SCORE_NAMES"]
    offered = [name for name, _ in names]
    assert offered == list(python.SCORES)


def test_each_role_has_one_colour_in_the_page_and_in_the_pictures():
    style = bundle.read("kit/base.css").lower()
    light = style[: style.index("}")]
    colours = dict(re.findall(r"--bw-(\w+?)(?:-colour)?: (#\w{6})", light))
    for role, colour in (svg.COLORS | {"weight": svg.WEIGHT}).items():
        assert colours[role] == colour.lower(), role
