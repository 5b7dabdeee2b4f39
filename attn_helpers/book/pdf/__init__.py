"""One PDF of the whole book, printed by a browser from the built pages."""
