"""What a layer costs: by formula, and by meters that watch it run."""

from attn_helpers.cost.caches import cache_bytes_per_token, latent_cache_bytes_per_token
from attn_helpers.cost.flops import count_flops
from attn_helpers.cost.multi_head import multi_head_flops, multi_head_parameters
from attn_helpers.cost.parameters import count_parameters
from attn_helpers.cost.peak import peak_bytes

__all__ = [
    "cache_bytes_per_token",
    "count_flops",
    "count_parameters",
    "latent_cache_bytes_per_token",
    "multi_head_flops",
    "multi_head_parameters",
    "peak_bytes",
]
