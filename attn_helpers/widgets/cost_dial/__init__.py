"""How the cost of one layer grows with the text, and where it meets a device's limits."""

from attn_helpers.widgets.cost_dial.widget import CostDial

__all__ = ["CostDial"]
