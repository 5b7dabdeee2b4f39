"""Split, merge, the whole operation, shared keys, counting."""
