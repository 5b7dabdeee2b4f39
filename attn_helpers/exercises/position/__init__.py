"""Sinusoids, adding them, rotations, ALiBi, stretching."""
