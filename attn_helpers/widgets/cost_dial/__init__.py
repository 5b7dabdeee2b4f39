"""What one layer costs at a length, and which limit of a device it meets first."""

from attn_helpers.widgets.cost_dial.widget import CostDial

__all__ = ["CostDial"]
