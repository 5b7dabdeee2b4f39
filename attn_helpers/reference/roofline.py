"""How long an operation takes at least: the roofline model."""

from typing import NamedTuple

from attn_helpers._checks import check_positive, takes


class Roofline(NamedTuple):
    """How long an operation takes at least, and what it waits for."""

    seconds: float
    bound: str


@takes(
    flops=check_positive,
    moved_bytes=check_positive,
    peak_flops=check_positive,
    bandwidth=check_positive,
)
def roofline(
    flops: float, moved_bytes: float, peak_flops: float, bandwidth: float
) -> Roofline:
    """The time that arithmetic or memory needs, whichever is longer.

    Both go on at once, so the slower one decides. Arithmetic does when the operation's
    intensity (FLOPs for each byte moved) is at least ``peak_flops / bandwidth``.

    Args:
        flops: FLOPs of the operation.
        moved_bytes: bytes that it reads and writes.
        peak_flops: FLOPs that the device computes in a second.
        bandwidth: bytes that it moves in a second.

    Returns:
        seconds, and ``"compute"`` or ``"memory"``: what binds.

    Example:
        >>> roofline(flops=6e12, moved_bytes=1e9, peak_flops=3e12, bandwidth=1e11)
        Roofline(seconds=2.0, bound='compute')
        >>> roofline(flops=6e9, moved_bytes=1e11, peak_flops=3e12, bandwidth=1e11)
        Roofline(seconds=1.0, bound='memory')

    Source: Williams, Waterman and Patterson (2009), doi:10.1145/1498765.1498785.
    """
    computing, moving = flops / peak_flops, moved_bytes / bandwidth
    return Roofline(
        max(computing, moving), "compute" if computing >= moving else "memory"
    )
