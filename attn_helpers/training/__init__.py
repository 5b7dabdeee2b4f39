"""One loop that trains every model of this book, and stops when it should."""

from attn_helpers.training.loop import History, Settings, fit
from attn_helpers.training.schedules import inverse_square_root, linear_decay, warm_up
from attn_helpers.training.seeds import seeded

__all__ = [
    "History",
    "Settings",
    "fit",
    "inverse_square_root",
    "linear_decay",
    "seeded",
    "warm_up",
]
