"""Attention tile by tile: what is held, what is kept of a row, and what is moved."""

from attn_helpers.widgets.tile_stepper.widget import TileStepper

__all__ = ["TileStepper"]
