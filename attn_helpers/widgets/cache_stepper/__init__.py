"""What a cache of keys and values keeps while a text is written, and what it saves."""

from attn_helpers.widgets.cache_stepper.widget import SENTENCE, CacheStepper

__all__ = ["SENTENCE", "CacheStepper"]
