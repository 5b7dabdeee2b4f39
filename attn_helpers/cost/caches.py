"""What caches of keys and values grow by with each token, by formula."""

import torch

from attn_helpers._checks import check_count


def cache_bytes_per_token(
    num_layers: int,
    num_kv_heads: int,
    head_dim: int,
    dtype: torch.dtype = torch.bfloat16,
) -> int:
    """What caches of keys and values grow by with each token, by formula.

    A key and a value for each key-value head of each layer: as many as there are query
    heads in multi-head attention, fewer in grouped-query and one in multi-query
    attention.

    Example:
        >>> [cache_bytes_per_token(32, heads, 128) for heads in (32, 8, 1)]
        [524288, 131072, 16384]
    """
    sizes = {"num_layers": num_layers, "num_kv_heads": num_kv_heads}
    _check_counts("cache_bytes_per_token", **sizes, head_dim=head_dim)
    return 2 * num_layers * num_kv_heads * head_dim * dtype.itemsize


def latent_cache_bytes_per_token(
    num_layers: int, d_latent: int, d_rope: int, dtype: torch.dtype = torch.bfloat16
) -> int:
    """The same for ``LatentAttention``: a latent and a key that tells the place.

    Example:
        >>> latent_cache_bytes_per_token(60, d_latent=512, d_rope=64)
        69120
    """
    sizes = {"num_layers": num_layers, "d_latent": d_latent, "d_rope": d_rope}
    _check_counts("latent_cache_bytes_per_token", **sizes)
    return num_layers * (d_latent + d_rope) * dtype.itemsize


def _check_counts(function, **sizes):
    for argument, value in sizes.items():
        check_count(value, function=function, argument=argument)
