"""Softmax, temperature, attention, masks and entropy."""
