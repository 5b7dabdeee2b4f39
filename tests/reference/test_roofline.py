import pytest

from attn_helpers.reference.roofline import roofline


def test_the_slower_of_arithmetic_and_memory_decides():
    assert roofline(300.0, 7.0, peak_flops=30.0, bandwidth=1.0) == (10.0, "compute")
    assert roofline(300.0, 11.0, peak_flops=30.0, bandwidth=1.0) == (11.0, "memory")
    assert roofline(300.0, 10.0, peak_flops=30.0, bandwidth=1.0) == (10.0, "compute")


def test_a_time_without_a_bandwidth_is_refused():
    with pytest.raises(ValueError, match="roofline: moved_bytes must be greater than"):
        roofline(1, 0, 1, 1)
