"""Entropy and size of scores, sinks, rows all alike, clipped gradients, 16 bits."""
