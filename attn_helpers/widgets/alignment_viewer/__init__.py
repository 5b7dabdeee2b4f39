"""Attention maps as lines between two texts."""

from attn_helpers.widgets.alignment_viewer.widget import AlignmentViewer

__all__ = ["AlignmentViewer"]
