"""A query and a key that slide along a sentence."""

from attn_helpers.widgets.position_dial.widget import PositionDial

__all__ = ["PositionDial"]
