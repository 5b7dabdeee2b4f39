"""Real data out of installed packages; nothing is downloaded."""
