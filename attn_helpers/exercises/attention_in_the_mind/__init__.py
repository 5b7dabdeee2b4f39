"""Attention measured and modelled in people."""
