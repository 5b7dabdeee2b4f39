"""A mask to paint, and what each output can then see."""

from attn_helpers.widgets.mask_painter.widget import MaskPainter

__all__ = ["MaskPainter"]
