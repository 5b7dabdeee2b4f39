"""Real data out of installed packages, each with its source and its licence."""
