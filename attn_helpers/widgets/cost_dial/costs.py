"""What one layer costs on one device: arithmetic, memory, and the time they need."""

from dataclasses import dataclass
from typing import NamedTuple

from attn_helpers.reference.attention_cost import (
    BlockShape,
    block_flops,
    crossing_length,
    pair_flops,
    score_flops,
    token_flops,
    training_flops,
)
from attn_helpers.reference.attention_memory import (
    block_traffic,
    held_bytes,
    score_bytes,
)
from attn_helpers.reference.roofline import roofline

ITEM_BYTES = {"float32": 4, "float16": 2, "int8": 1}
PHASES = ["training", "prefill", "decode"]
# Bytes of memory, bytes a second, and FLOPs a second in each kind of number. The phone
# and the laptop are examples in round numbers, not products. The GPU has those of
# NVIDIA's data sheet of the H200 SXM (2024), rounded: 141 GB, 4.8 TB/s, and without
# sparsity 67 TFLOP/s in float32, 990 in float16, 1980 in int8.
DEVICES: dict[str, dict] = {
    "phone": {
        "memory": 8e9,
        "bandwidth": 5e10,
        "peak": {"float32": 1e12, "float16": 2e12, "int8": 4e12},
    },
    "laptop": {
        "memory": 16e9,
        "bandwidth": 1e11,
        "peak": {"float32": 3e12, "float16": 6e12, "int8": 12e12},
    },
    "GPU": {
        "memory": 141e9,
        "bandwidth": 4.8e12,
        "peak": {"float32": 6.7e13, "float16": 9.9e14, "int8": 1.98e15},
    },
}
BEYOND = 2**40  # tokens: no device here holds so many


class Parts(NamedTuple):
    """FLOPs that grow with the tokens, and those that grow with the pairs."""

    tokens: int
    pairs: int


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What the dial is set to."""

    length: int
    width: int
    heads: int
    batch: int
    dtype: str
    phase: str
    fused: bool
    device: str

    @property
    def is_training(self) -> bool:
        """Whether there is a backward pass."""
        return self.phase == "training"

    def shape(self, length: int) -> BlockShape:
        """The block at another length; in decoding one token of it is new."""
        return BlockShape(
            t_q=1 if self.phase == "decode" else length,
            t_k=length,
            d_model=self.width,
            num_heads=self.heads,
            batch=self.batch,
        )

    def parts(self, length: int) -> Parts:
        """The FLOPs at a length, in two parts."""
        shape = self.shape(length)
        if not self.is_training:
            return Parts(token_flops(shape), pair_flops(shape))
        recomputed = score_flops(shape) if self.fused else 0
        return Parts(3 * token_flops(shape), 3 * pair_flops(shape) + recomputed)

    @property
    def flops(self) -> int:
        """The FLOPs at the present length."""
        shape = self.shape(self.length)
        return (
            training_flops(shape, self.fused)
            if self.is_training
            else block_flops(shape)
        )

    def held(self, length: int) -> int:
        """The bytes that the layer holds at a length."""
        size = ITEM_BYTES[self.dtype]
        return held_bytes(self.shape(length), size, self.fused, self.is_training)

    @property
    def score_matrices(self) -> int:
        """The bytes of what plain attention holds for each pair."""
        if self.fused:
            return 0
        matrices = 3 if self.is_training else 2
        return matrices * score_bytes(self.shape(self.length), ITEM_BYTES[self.dtype])

    @property
    def moved(self) -> int:
        """The bytes moved; the backward pass moves about twice those of the forward."""
        size = ITEM_BYTES[self.dtype]
        forward = block_traffic(self.shape(self.length), size, self.fused)
        return 3 * forward if self.is_training else forward

    @property
    def intensity(self) -> float:
        """FLOPs for each byte moved."""
        return self.flops / self.moved

    @property
    def crossing(self) -> float:
        """The length at which both parts are equal."""
        forward = crossing_length(self.width)
        return forward * 6 / 7 if self.is_training and self.fused else forward

    @property
    def wall(self) -> int:
        """The longest text that fits into the device's memory; 0 if none does."""
        low, high = 0, BEYOND
        while high - low > 1:
            middle = (low + high) // 2
            if self.held(middle) <= self.memory:
                low = middle
            else:
                high = middle
        return low

    @property
    def memory(self) -> float:
        """Bytes that the device has."""
        return DEVICES[self.device]["memory"]

    @property
    def bandwidth(self) -> float:
        """Bytes that the device moves in a second."""
        return DEVICES[self.device]["bandwidth"]

    @property
    def peak(self) -> float:
        """FLOPs that the device computes in a second."""
        return DEVICES[self.device]["peak"][self.dtype]

    @property
    def seconds(self) -> float:
        """The time that the layer takes at least."""
        return self._roof.seconds

    @property
    def bound(self) -> str:
        """What takes that time: ``compute`` or ``memory``."""
        return self._roof.bound

    @property
    def _roof(self):
        return roofline(self.flops, self.moved, self.peak, self.bandwidth)
