"""How large the layer is, what it does to read a row, and what it keeps of it."""

HEADS, HEAD_DIM, LATENT, TURNED = 8, 4, 16, 2
D_MODEL = HEADS * HEAD_DIM
BYTES = 2  # of a number in 16 bit
SHARING = {"MHA": 8, "GQA by twos": 4, "GQA by fours": 2, "MQA": 1, "MLA": 0}
# Llama 3.1 8B (arXiv:2407.21783); the window is Mistral 7B's, whose sizes are the same
# (arXiv:2310.06825).
MODEL = {"layers": 32, "heads": 32, "head_dim": 128, "tokens": 131072, "window": 4096}


def widths_of(sharing: str) -> list[int]:
    """How wide each part is that is stored of a token: keys and values, or a latent."""
    heads = [HEAD_DIM] * SHARING[sharing]
    return [*heads, *heads] or [LATENT, TURNED]


def token_bytes(sharing: str) -> int:
    """What one layer stores of one token.

    Example:
        >>> [token_bytes(sharing) for sharing in SHARING]
        [128, 64, 32, 16, 36]
    """
    return BYTES * sum(widths_of(sharing))


def model_bytes(sharing: str, is_windowed: bool) -> int:
    """What all layers of the large model store of a long text.

    Example:
        >>> [round(model_bytes(sharing, False) / 1e9, 2) for sharing in SHARING]
        [68.72, 34.36, 17.18, 2.15, 4.83]
    """
    more = 1 if sharing in ("MQA", "MLA") else MODEL["heads"] // HEADS
    a_token = token_bytes(sharing) * more * MODEL["head_dim"] // HEAD_DIM
    return MODEL["layers"] * a_token * MODEL["window" if is_windowed else "tokens"]


def multiplications(sharing: str) -> tuple[int, int]:
    """How many it takes to project a row, and how many for each key that it sees.

    Example:
        >>> multiplications("MHA"), multiplications("MLA")
        ((4096, 64), (4160, 272))
    """
    query, out, stored = D_MODEL**2, D_MODEL**2, sum(widths_of(sharing))
    if sharing != "MLA":
        return query + D_MODEL * stored + out, 2 * D_MODEL
    query += D_MODEL * HEADS * TURNED
    absorbed = 2 * D_MODEL * LATENT  # into the queries, and out of the mixtures
    return query + D_MODEL * stored + absorbed + out, HEADS * (2 * LATENT + TURNED)
