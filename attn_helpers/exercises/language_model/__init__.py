"""Next-token loss, choosing a token, the cache, its size, drafts, what heads do."""
