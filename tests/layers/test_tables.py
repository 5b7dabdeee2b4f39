import copy
import pickle

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from attn_helpers.layers.tables import Table, wide


def squares(numbers, like):
    """Made of whole numbers on the device of ``like``, as ``asked`` records."""
    asked.append(len(numbers))
    assert numbers.device == like.device
    return numbers.to(like) ** 2


asked = []


@pytest.fixture
def table():
    asked.clear()
    return Table(squares)


ONE = torch.ones(())


def test_rows_are_made_once(table):
    for first, rows in ((0, 5), (2, 3), (4, 1), (0, 0)):
        expected = torch.arange(first, first + rows).float() ** 2
        assert torch.equal(table(first, rows, like=ONE), expected)
    assert asked == [5]


def test_it_grows_by_half_at_least_so_that_a_decoder_seldom_waits(table):
    for t in range(100):
        assert table(t, 1, like=ONE).tolist() == [t**2]
    assert asked == [1, 2, 4, 8, 16, 32, 64, 128]
    assert table(1000, 3, like=ONE).tolist() == [1000**2, 1001**2, 1002**2]


def test_each_dtype_and_each_device_has_its_own(table):
    for made in (1, 0):
        asked.clear()
        for like in (ONE, ONE.double(), ONE.to("meta")):
            rows = table(2, 2, like=like)
            assert (rows.device, rows.dtype) == (like.device, like.dtype)
        assert asked == 3 * made * [4]


def test_before_the_first_row_there_is_more(table):
    assert table(-3, 5, like=ONE).tolist() == [9, 4, 1, 0, 1]


def test_what_is_made_in_inference_serves_in_training(table):
    with torch.inference_mode():
        table(0, 3, like=ONE)
    x = torch.ones(3, requires_grad=True)
    (x * table(0, 3, like=ONE)).sum().backward()
    assert x.grad.tolist() == [0, 1, 4]


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_begins_empty(table, copied):
    table(0, 300, like=ONE)
    twin = copied(table)
    assert twin.kept == {} and twin(3, 1, like=ONE).tolist() == [9]


def test_a_tracer_leaves_nothing_behind(table):
    with FakeTensorMode():
        assert table(0, 3, like=torch.ones(())).shape == (3,)
    assert table(0, 3, like=ONE).tolist() == [0, 1, 4]


def test_a_compiled_table_is_as_long_as_it_is_asked(table):
    compiled = torch.compile(lambda x: x + table(1, len(x), like=x), backend="eager")
    for t in (2, 3, 5):
        expected = 1 + torch.arange(1.0, t + 1) ** 2
        assert torch.equal(compiled(torch.ones(t)), expected)


@pytest.mark.parametrize(
    ("device", "dtype", "expected"),
    [
        ("cpu", torch.float32, torch.float64),
        ("cpu", torch.bfloat16, torch.float64),
        ("meta", torch.float32, torch.float32),  # as any device that may lack float64
        ("meta", torch.bfloat16, torch.float32),
        ("meta", torch.float64, torch.float64),
    ],
)
def test_angles_are_as_wide_as_the_device_allows(device, dtype, expected):
    assert wide(torch.ones((), device=device, dtype=dtype)) == expected
