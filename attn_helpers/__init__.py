"""Tested building blocks of the book *Attention, from Mind to Machine*.

Import by full name, for example
``from attn_helpers.reference.attention import scaled_dot_product_attention``.
Importing this package loads neither numpy nor torch.
"""

__version__ = "0.2.0.dev0"
