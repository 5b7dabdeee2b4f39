"""Look inside models: who feels whom, how deep, and what each head does."""
