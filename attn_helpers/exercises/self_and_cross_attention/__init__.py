"""Self-attention, cross-attention, masks, and finding leaks."""
