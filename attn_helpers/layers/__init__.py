"""Attention in torch: one concept a file."""
