"""A softmax in pieces, joining two of them, tiles, the way back, what is moved."""
