"""What a figure takes from a link: Python takes all that its limits allow."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import TraitError

from attn_helpers.widgets.kit.base import widget_classes

CLASSES = widget_classes()
WIDGETS = {name: cls() for name, cls in CLASSES.items()}
WITH_LIMITS = [name for name, widget in WIDGETS.items() if widget.limits()]
BAD = [None, -1, 0.5, 1e9, True, "no", [], [[]], [7] * 70, [[7, 7]] * 70, {}]
STATES = 12  # that are tried of each figure


def within(rule, state):
    """A strategy for the values that keep to a rule, where lists have fixed lengths."""
    kind, *how = rule
    if kind == "one of":
        return st.sampled_from(how[0])
    if kind == "number":
        return st.floats(*how, allow_nan=False)
    if kind == "whole":
        return st.integers(*how)
    if kind == "place in":
        named = state[how[0]]
        listed = named if isinstance(named, list) else state[named]
        return st.integers(0, len(listed) - 1)
    if kind == "text":
        return st.text(how[2], min_size=how[0], max_size=how[1])
    if kind == "each":
        return st.tuples(*(within(one, state) for one in how[0])).map(list)
    if kind == "several":
        inner, least, most, along = how
        if along:
            least = most = len(state[along])
        return st.lists(within(inner, state), min_size=least, max_size=most)
    return st.sampled_from(splits(how[1]))


def splits(total):
    """A few lists of whole numbers that sum to ``total``."""
    return [[total], [1] * total, [1, total - 1], [total - 2, 1, 1]]


@pytest.mark.parametrize("name", WITH_LIMITS)
def test_python_takes_what_a_link_may_set_and_the_page_takes_it_too(name, taken):
    widget = WIDGETS[name]
    rules, state = widget.limits(), widget.state()
    for rule in list(rules.values()):
        if rule[0] == "several" and rule[4] in rules:  # both keep their length
            rules[rule[4]][2:4] = [len(state[rule[4]])] * 2
    drawn = st.fixed_dictionaries(
        {key: within(rule, state) for key, rule in rules.items() if key != "chosen"}
    )

    @settings(max_examples=STATES)
    @given(drawn)
    def each_state(values):
        cls = type(widget)
        free = [key for key in state if not cls.class_traits()[key].read_only]
        cls(**{key: state[key] for key in free} | values)
        assert taken(widget, values) == values

    each_state()


@pytest.mark.parametrize("name", WITH_LIMITS)
def test_what_python_refuses_the_page_refuses(name, taken):
    widget, cls = WIDGETS[name], type(WIDGETS[name])
    state = widget.state()
    for key in state:
        if cls.class_traits()[key].read_only:
            continue
        for value in BAD:
            try:
                twin = cls()
                with twin.hold_trait_notifications():
                    for one, first in state.items():
                        if not cls.class_traits()[one].read_only:
                            setattr(twin, one, first)
                setattr(twin, key, value)
            except TraitError:
                assert taken(widget, {key: value}) == {}, (key, value)


@pytest.mark.parametrize("name", CLASSES)
def test_a_link_sets_inputs_alone_and_never_the_goal(name):
    widget = CLASSES[name]()
    assert set(widget.limits()) <= set(widget.inputs()) - {"challenge"}
