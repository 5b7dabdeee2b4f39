"""What several of these exercises are built from."""

OVERFLOW = (
    "Right until the scores are large: near 1000 `exp` overflows. Subtract the largest "
    "score first."
)
