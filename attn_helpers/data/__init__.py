"""Real data out of installed packages, and small tasks whose answers are known.

Nothing is downloaded.
"""
