import collections
import os
import pickle

import pytest

from attn_helpers.pretrained.formats.restricted_pickle import Record, load_restricted


class Attack:
    """Asks, when it is read, that a function be called."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


class Tokenizer:
    def __init__(self):
        self.word_index = {"a": 2}


@pytest.fixture
def saved(tmp_path):
    def save(thing, protocol=4):
        path = tmp_path / "x.pkl"
        data = thing if isinstance(thing, bytes) else pickle.dumps(thing, protocol)
        path.write_bytes(data)
        return path

    return save


@pytest.mark.parametrize("protocol", range(6))
def test_plain_containers_are_read(saved, protocol):
    thing = {"a": [1, 2.5, None, True], "b": ({"x"}, b"y", -(2**70))}
    allowed = {("builtins", "set"): set, ("__builtin__", "set"): set}
    # the oldest protocols write bytes as a call of an encoder
    allowed |= {("_codecs", "encode"): lambda text, _: text.encode("latin1")}
    assert load_restricted(saved(thing, protocol), allowed) == thing


@pytest.mark.parametrize("protocol", range(6))
def test_a_malicious_pickle_is_refused_and_named_and_does_nothing(
    saved, tmp_path, protocol
):
    trace = tmp_path / "trace"
    path = saved(Attack(os.system, f"touch {trace}"), protocol)
    name = f"{os.system.__module__}.system"
    with pytest.raises(pickle.UnpicklingError, match=name):
        load_restricted(path, {("collections", "OrderedDict"): dict})
    assert not trace.exists()
    pickle.loads(path.read_bytes())  # what the same file does to a trusting reader
    assert trace.exists()


def test_the_message_is_one_sentence_of_rule_and_fact(saved):
    with pytest.raises(pickle.UnpicklingError) as caught:
        load_restricted(saved(Attack(eval, "1 + 1")), {})
    assert str(caught.value) == (
        "load_restricted: a pickle may name only what is on the list of allowed "
        "names; got builtins.eval. Nothing was called."
    )


def test_a_module_that_is_not_allowed_is_not_even_imported(saved):
    path = saved(b"cantigravity\nnothing\n.")
    with pytest.raises(pickle.UnpicklingError, match=r"antigravity\.nothing"):
        load_restricted(path, {})


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("collections", "OrderedDict.fromkeys"),  # an attribute of what is allowed
        ("collections", "namedtuple"),  # a neighbour of what is allowed
        ("os.path", "OrderedDict"),  # the same name elsewhere
        ("builtins", "getattr"),
    ],
)
def test_only_the_exact_name_opens_the_door(saved, module, name):
    # protocol 4, two short texts, and the order to look up the second in the first
    texts = b"".join(b"\x8c" + bytes([len(t)]) + t.encode() for t in (module, name))
    path = saved(b"\x80\x04" + texts + b"\x93.")
    with pytest.raises(pickle.UnpicklingError, match=f"got {module}.{name}"):
        load_restricted(path, {("collections", "OrderedDict"): dict})


def test_a_pickle_cannot_change_a_class_for_those_that_come_after(saved):
    # look up the class and, without making an object of it, set an attribute on it
    state = b"N}" + b"X\x0c\x00\x00\x00__setstate__" + b"cbuiltins\nint\n" + b"s\x86"
    allowed = {("m", "T"): Record, ("builtins", "int"): int}
    with pytest.raises(pickle.UnpicklingError, match=r"got Record\.__setstate__\.$"):
        load_restricted(saved(b"\x80\x02cm\nT\n" + state + b"b."), allowed)
    assert not hasattr(Record, "__setstate__")


def test_an_unwanted_class_becomes_an_empty_object_with_the_attributes(saved):
    allowed = {(Tokenizer.__module__, "Tokenizer"): Record}
    got = load_restricted(saved(Tokenizer()), allowed)
    assert type(got) is Record
    assert got.word_index == {"a": 2}


def test_an_allowed_class_is_the_one_given(saved):
    allowed = {("collections", "OrderedDict"): dict}
    got = load_restricted(saved(collections.OrderedDict(a=1)), allowed)
    assert type(got) is dict and got == {"a": 1}
