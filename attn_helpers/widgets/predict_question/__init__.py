"""A question to commit to before reading the answer."""

from attn_helpers.widgets.predict_question.widget import PredictQuestion

__all__ = ["PredictQuestion"]
