"""Kernel regression: a query that slides over data."""

from attn_helpers.widgets.soft_lookup.widget import SoftLookup

__all__ = ["SoftLookup"]
