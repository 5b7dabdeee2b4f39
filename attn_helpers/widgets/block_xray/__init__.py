"""One token's vector on its way through a Transformer block."""

from attn_helpers.widgets.block_xray.widget import EXAMPLE, SENTENCE, BlockXray

__all__ = ["EXAMPLE", "SENTENCE", "BlockXray"]
