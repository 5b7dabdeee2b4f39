"""Readers of the files in which published models come."""
