"""The definitions in numpy: correct before fast."""
