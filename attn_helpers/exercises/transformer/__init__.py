"""Norm, block, feed-forward, one table for both ends, the loss, beam search."""
