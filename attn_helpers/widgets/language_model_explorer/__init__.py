"""A small language model that runs in the page, and shows how it reads."""

from attn_helpers.widgets.language_model_explorer.widget import LanguageModelExplorer

__all__ = ["LanguageModelExplorer"]
