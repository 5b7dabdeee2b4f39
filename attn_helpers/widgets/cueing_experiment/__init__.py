"""A Posner cueing experiment to take oneself."""

from attn_helpers.widgets.cueing_experiment.widget import CueingExperiment

__all__ = ["CueingExperiment"]
