"""A table cut into heads, which can be swapped and switched off."""

from attn_helpers.widgets.head_mixer.widget import (
    EXAMPLE,
    SENTENCE,
    HeadMixer,
    sentence,
)

__all__ = ["EXAMPLE", "SENTENCE", "HeadMixer", "sentence"]
