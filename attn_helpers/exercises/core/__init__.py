"""What checks an exercise: its parts, the judge, and the words that the judge says."""
