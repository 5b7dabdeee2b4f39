"""What a widget takes in, keeps to itself and notices: every trait of every one."""

import copy
import doctest
import json
import pickle

import numpy as np
import pytest
import torch
import traitlets

from attn_helpers.widgets.cueing_experiment import CueingExperiment
from attn_helpers.widgets.kit import traits
from attn_helpers.widgets.kit.base import widget_classes
from attn_helpers.widgets.query_key_playground import QueryKeyPlayground

CLASSES = widget_classes()
# Where a trait starts empty, something for it to hold.
SAMPLES = {
    "challenge": {
        "goal": "pull",
        "conditions": [{"path": ["a", 0], "op": ">=", "value": 0.5, "hint": "more"}],
        "keep": [],
        "start": {},
    },
    ("CueingExperiment", "trials"): [{"condition": "valid", "rt": 312.5}],
    ("SearchExperiment", "trials"): [
        {
            "condition": "feature",
            "present": True,
            "size": 4,
            "answer": True,
            "rt": 400.0,
        }
    ],
    ("PredictQuestion", "chosen"): [0],
    ("QueryKeyPlayground", "mask"): [True, False, True],
    ("QueryKeyPlayground", "labels"): ["a", "b", "c"],
    ("QueryKeyPlayground", "axes"): [["right", "up"], ["right", "up"]],
    ("SoftmaxDial", "labels"): ["a", "b", "c", "d"],
    ("HeadMixer", "off"): [1],
    ("MaskPainter", "padding"): [5],
    ("MaskPainter", "queries"): ["the", "cat", "sat", "on", "a", "mat"],
    ("AlignmentViewer", "layers"): ["first"],
    ("AlignmentViewer", "heads"): ["only"],
}


def writable(cls):
    return [n for n in cls().inputs() if not cls.class_traits()[n].read_only]


TRAITS = [(name, trait) for name, cls in CLASSES.items() for trait in writable(cls)]


def sample(name, trait):
    value = getattr(CLASSES[name](), trait)
    return SAMPLES.get((name, trait), SAMPLES.get(trait, traits.plain(value)))


def scalars_of_numpy(value):
    """Every number as numpy's, every list as a tuple."""
    if isinstance(value, dict):
        return {key: scalars_of_numpy(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return tuple(map(scalars_of_numpy, value))
    if isinstance(value, bool):
        return np.bool_(value)
    if isinstance(value, int):
        return np.int16(value) if value < 2**15 else np.int64(value)
    if isinstance(value, float):
        short = np.float32(value)
        return short if float(short) == value else np.float64(value)
    return np.str_(value) if isinstance(value, str) else value


def arrays_of_numpy(value):
    """Every list of equal kinds and lengths as an array."""
    if isinstance(value, dict):
        return {key: arrays_of_numpy(entry) for key, entry in value.items()}
    if isinstance(value, list):
        kinds = {type(entry) for entry in np.ravel(np.array(value, dtype=object))}
        if len(kinds) == 1 and kinds <= {bool, int, float, str}:
            return np.array(value)
        return [arrays_of_numpy(entry) for entry in value]
    return np.array(value) if isinstance(value, bool | int | float) else value


def leaves(value):
    if isinstance(value, dict):
        value = list(value.values())
    return (
        [x for entry in value for x in leaves(entry)]
        if isinstance(value, list)
        else [value]
    )


def page_with(name, trait, value):
    widget = CLASSES[name](**{trait: value})
    return widget, widget.page_html()


@pytest.mark.parametrize("as_numpy", [scalars_of_numpy, arrays_of_numpy])
@pytest.mark.parametrize(("name", "trait"), TRAITS)
def test_numbers_of_numpy_become_plain_ones_on_the_way_in(name, trait, as_numpy):
    value = sample(name, trait)
    expected, page = page_with(name, trait, value)
    widget, page_of_numpy = page_with(name, trait, as_numpy(value))
    assert getattr(widget, trait) == getattr(expected, trait)
    assert page_of_numpy == page
    for of in (trait, *widget.results):
        kinds = {type(leaf) for leaf in leaves(getattr(widget, of))}
        assert kinds <= {bool, int, float, str, type(None)}, of


def test_a_sample_of_every_trait_holds_something():
    empty = [(name, trait) for name, trait in TRAITS if sample(name, trait) in ([], {})]
    assert empty == [("GlimpseViewer", "wanted")] or empty == []


@pytest.mark.parametrize(
    "give",
    [
        lambda w, value: setattr(w, "Q", value),
        lambda w, value: w.set_trait("Q", value),
        lambda w, value: w.set_state({"Q": value}),
        lambda w, value: w.set_trait_values({"Q": value}),
    ],
)
def test_by_whichever_way_a_value_comes_it_becomes_plain(give):
    widget = QueryKeyPlayground()
    give(widget, torch.tensor([[0.5, -0.25]]))
    assert json.dumps(widget.state()["Q"]) == "[[0.5, -0.25]]"
    assert widget.Q == [[0.5, -0.25]]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.longdouble(0.5), 0.5),
        (np.array([np.longdouble(0.5)]), [0.5]),
        (np.array(3), 3),
        (np.array([[True], [False]]), [[True], [False]]),
        (np.array([1, "a", None, np.int8(3)], dtype=object), [1, "a", None, 3]),
        (({np.int64(1): (np.float16(0.5),)},), [{1: [0.5]}]),
    ],
)
def test_plain_goes_to_any_depth(value, expected):
    found = traits.plain(value)
    assert found == expected
    assert "np." not in repr(found)


def containers(value):
    """Every list and dictionary in a value, itself first."""
    if isinstance(value, list | dict):
        yield value
        for entry in value.values() if isinstance(value, dict) else value:
            yield from containers(entry)


@pytest.mark.parametrize(("name", "trait"), TRAITS)
def test_no_widget_shares_a_value_with_another_or_with_the_caller(name, trait):
    value = sample(name, trait)
    given = copy.deepcopy(value)
    one, other = CLASSES[name](**{trait: given}), CLASSES[name](**{trait: given})
    fresh, again = CLASSES[name](), CLASSES[name]()
    for a, b in [(one, other), (fresh, again)]:
        ids = {id(container) for container in containers(getattr(a, trait))}
        assert not ids & {id(x) for x in containers(getattr(b, trait))}
        assert not ids & {id(x) for x in containers(given)}
        assert not ids & {id(x) for x in containers(a.state()[trait])}


@pytest.mark.parametrize(("name", "trait"), TRAITS)
def test_a_change_in_place_is_one_of_the_whole_trait(name, trait):
    value = sample(name, trait)
    number = len(list(containers(value)))
    for i in range(number):
        widget = CLASSES[name](**{trait: value})
        part = list(containers(getattr(widget, trait)))[i]
        expected = copy.deepcopy(value)
        list(containers(expected))[i].clear()
        try:
            part.clear()
        except (ValueError, traitlets.TraitError):  # what would be refused as a whole
            with pytest.raises((ValueError, traitlets.TraitError)):
                CLASSES[name](**{trait: expected})
            assert getattr(widget, trait) == value
            expected = value
        assert getattr(widget, trait) == expected
        state = widget.state()
        twin = CLASSES[name](
            **{other: state[other] for other in writable(CLASSES[name])}
        )
        assert widget.page_html() == twin.page_html()
        for result in widget.results:
            assert getattr(widget, result) == getattr(twin, result)


def playground():
    return QueryKeyPlayground(Q=[[1.0, 0.0], [0.0, 1.0]])


EDITS = {
    "an entry": lambda Q: Q[0].__setitem__(0, 7.0),
    "a row": lambda Q: Q.__setitem__(1, [7.0, 7.0]),
    "a slice": lambda Q: Q.__setitem__(slice(0, 1), [[7.0, 7.0]]),
    "append": lambda Q: Q.append([7.0, 7.0]),
    "extend": lambda Q: Q.extend([[7.0, 7.0]]),
    "insert": lambda Q: Q.insert(0, [7.0, 7.0]),
    "delete": lambda Q: Q.__delitem__(0),
    "pop": lambda Q: Q.pop(),
    "remove": lambda Q: Q.remove([1.0, 0.0]),
    "sort": lambda Q: Q.sort(),
    "reverse": lambda Q: Q.reverse(),
    "add": lambda Q: Q.__iadd__([[7.0, 7.0]]),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_every_way_to_edit_a_list_is_noticed(edit):
    widget, expected = playground(), [[1.0, 0.0], [0.0, 1.0]]
    heard = []
    widget.observe(heard.append, names="weights")
    same, like = edit(widget.Q), edit(expected)
    assert same == like
    assert widget.Q == expected
    assert widget.output == QueryKeyPlayground(Q=expected).output
    assert len(heard) == 1


def test_multiplying_a_list_is_noticed():
    widget = QueryKeyPlayground()
    widget.Q *= 3
    assert widget.Q == [[1.5, 0.5]] * 3 and len(widget.output) == 3


DICT_EDITS = {
    "an entry": lambda d: d.__setitem__("rt", 7.0),
    "delete": lambda d: d.__delitem__("rt"),
    "update": lambda d: d.update(rt=7.0),
    "join": lambda d: d.__ior__({"rt": 7.0}),
    "default": lambda d: d.setdefault("block", 3),
    "pop": lambda d: d.pop("rt"),
    "popitem": lambda d: d.popitem(),
}


@pytest.mark.parametrize("edit", DICT_EDITS.values(), ids=DICT_EDITS)
def test_every_way_to_edit_a_dictionary_is_noticed(edit):
    start = [{"condition": "valid", "rt": 312.0}, {"condition": "valid", "rt": 300.0}]
    widget, expected = CueingExperiment(trials=start), copy.deepcopy(start)
    assert edit(widget.trials[0]) == edit(expected[0])
    assert widget.trials == expected
    assert widget.summary == CueingExperiment(trials=expected).summary


def test_a_row_stays_in_step_with_its_widget_and_a_lost_one_says_so():
    widget = playground()
    row = widget.Q[0]
    row[0] = 5.0
    row[1] = 6.0
    assert widget.Q == [[5.0, 6.0], [0.0, 1.0]]
    widget.Q.pop(0)
    with pytest.raises(RuntimeError, match=r"Q has changed .* again from widget\.Q"):
        row[0] = 7.0
    assert widget.Q == [[0.0, 1.0]]


def test_an_edit_that_is_refused_leaves_everything_as_it_was():
    widget = playground()
    before, row = widget.state(), widget.Q[0]
    with pytest.raises(ValueError, match="Q must be"):
        row.append(3.0)
    assert widget.state() == before
    assert row == [1.0, 0.0]


def test_two_parts_that_belong_together_can_be_edited_together():
    widget = playground()
    with widget.hold_trait_notifications():
        widget.K.pop()
        widget.V.pop()
    assert len(widget.weights[0]) == 2


@pytest.mark.parametrize(
    "kind", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_a_copy_is_an_ordinary_list(kind):
    widget = playground()
    copied = kind(widget.Q)
    assert copied == widget.Q and type(copied) is list
    copied.append([9.0, 9.0])
    assert len(widget.Q) == 2


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([{"condition": "valid", "rt": float("nan")}], "must be finite"),
        ([{"condition": "valid", "rt": 3.0, "note": {1, 2}}], r"got \{1, 2\}"),
        ([{"condition": "valid", "rt": 3.0, "note": b"x"}], "trials must hold numbers"),
        ([{"condition": "valid", "rt": 3.0, 5: 1}], r"by names\) of these"),
        (
            [{"condition": "valid", "rt": 3.0, "late": np.inf}],
            "finite, or None; got inf",
        ),
    ],
)
def test_what_json_has_no_word_for_is_refused_on_the_way_in(value, message):
    with pytest.raises(traitlets.TraitError, match=message):
        CueingExperiment(trials=value)
    widget = CueingExperiment()
    with pytest.raises(traitlets.TraitError, match=message):
        widget.trials = value
    assert widget.trials == []


def test_a_masked_array_is_refused():
    with pytest.raises(traitlets.TraitError, match="Q"):
        QueryKeyPlayground(Q=np.ma.masked_array([[1.0, 2.0]], [[False, True]]))


def test_every_trait_of_every_widget_is_of_these_kinds():
    for name, cls in CLASSES.items():
        for trait in [*cls().inputs(), *cls.results]:
            assert isinstance(cls.class_traits()[trait], traits._Plain), (name, trait)


def test_the_examples_run():
    assert doctest.testmod(traits).failed == 0
