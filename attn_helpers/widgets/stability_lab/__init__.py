"""Training runs of a small language model, and what keeps them stable."""

from attn_helpers.widgets.stability_lab.widget import StabilityLab

__all__ = ["StabilityLab"]
