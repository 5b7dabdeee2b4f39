"""Measurements against the book's budgets: ``python -m benchmarks [name …]``.

Nothing here is a test: a loaded machine would make it fail. Times are CPU times of one
thread, taken in turns A B A B in one process and given as ratios of medians.
"""
