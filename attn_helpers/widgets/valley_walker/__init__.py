"""A bandwidth that rolls into the valley of its loss, step by step."""

from attn_helpers.widgets.valley_walker.widget import ValleyWalker

__all__ = ["ValleyWalker"]
