"""Made-up tasks whose answers are known."""
