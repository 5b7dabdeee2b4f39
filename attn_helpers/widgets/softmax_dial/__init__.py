"""Scores to pull and the weights they turn into."""

from attn_helpers.widgets.softmax_dial.widget import SoftmaxDial

__all__ = ["SoftmaxDial"]
