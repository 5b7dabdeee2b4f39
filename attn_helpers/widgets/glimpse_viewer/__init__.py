"""A window that hard attention throws onto an image."""

from attn_helpers.widgets.glimpse_viewer.widget import GlimpseViewer

__all__ = ["GlimpseViewer"]
