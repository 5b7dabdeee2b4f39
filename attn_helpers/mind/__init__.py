"""Models of human attention, with parameters in milliseconds, degrees and items."""
