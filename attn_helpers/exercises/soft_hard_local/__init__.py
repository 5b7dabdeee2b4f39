"""Sparsemax, two losses, two gradients of a choice, local-p."""
