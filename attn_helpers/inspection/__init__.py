"""Look inside models: who feels whom, how deep, and with which weights."""
