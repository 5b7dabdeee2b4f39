"""What several of these exercises are built from."""


def split_at_once(x, num_heads):
    return x.reshape(x.shape[0], num_heads, x.shape[1], -1)


def split_interleaved(x, num_heads):
    b, t, _ = x.shape
    return x.reshape(b, t, -1, num_heads).transpose(0, 3, 1, 2)


def merge_at_once(heads):
    b, h, t, d = heads.shape
    return heads.reshape(b, t, h * d)


def merge_interleaved(heads):
    """The heads of a token shuffled like cards."""
    return heads.transpose(0, 2, 3, 1).reshape(heads.shape[0], heads.shape[2], -1)
