"""Attention with less memory, or with less arithmetic."""
