"""From a dictionary to a weighted mean of its entries."""
