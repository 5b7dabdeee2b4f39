"""The page's masks must equal the reference's."""

from attn_helpers.reference.masks import causal_mask, prefix_mask, window_mask


def test_masks(js):
    for t_q, t_k in [(1, 1), (3, 7), (7, 3), (5, 5)]:
        for first in ((), (0,), (2,), (t_k - t_q,)):
            places = t_k, *first
            expected = causal_mask(t_q, *places).tolist()
            assert js("causalMask", t_q, *places) == expected
            for radius in (0, 2):
                expected = window_mask(t_q, radius, *places).tolist()
                assert js("windowMask", t_q, radius, *places) == expected
                expected = prefix_mask(t_q, radius, *places).tolist()
                assert js("prefixMask", t_q, radius, *places) == expected
    assert js("causalMask", 3) == causal_mask(3).tolist()
    assert js("windowMask", 3, 1) == window_mask(3, 1).tolist()
    assert js("prefixMask", 3, 2) == prefix_mask(3, 2).tolist()
