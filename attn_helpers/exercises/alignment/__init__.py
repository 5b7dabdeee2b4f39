"""Counted alignments, two scores, a memory, a fair measure."""
