"""A visual search experiment to take oneself."""

from attn_helpers.widgets.search_experiment.widget import SearchExperiment

__all__ = ["SearchExperiment"]
