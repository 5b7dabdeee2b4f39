"""One loop that trains every model of this book, and stops when it should."""

from attn_helpers.training.loop import History, Settings, fit
from attn_helpers.training.schedules import linear_decay
from attn_helpers.training.seeds import seeded

__all__ = ["History", "Settings", "fit", "linear_decay", "seeded"]
