"""A slope, a descent, a gradient, a fair exam, a loop in torch."""
