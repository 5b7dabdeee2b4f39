"""Queries, keys and values to drag in a plane."""

from attn_helpers.widgets.query_key_playground.widget import QueryKeyPlayground

__all__ = ["QueryKeyPlayground"]
