import numpy as np
import torch

from attn_helpers.layers.positions import rope
from attn_helpers.reference.attention import scaled_dot_product_attention


def test_rows_are_normed_as_in_torch(page):
    x, gain = np.random.default_rng(0).normal(size=(2, 11)) * 0.01
    got = page.evaluate(
        "([x, gain]) => [...rmsNorm(Float64Array.from(x), gain, 1e-5)]",
        [x.tolist(), gain.tolist()],
    )
    norm = torch.nn.RMSNorm(11, eps=1e-5, dtype=torch.float64)
    norm.weight.data = torch.from_numpy(gain)
    np.testing.assert_allclose(got, norm(torch.from_numpy(x)).detach(), atol=1e-12)


def test_neighbours_are_turned_as_in_the_package(page):
    x = torch.randn(
        3, 7, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    expected = rope(x, base=1000.0)  # (head, place, width)
    for place in (0, 1, 6):
        heads = x[:, place].flatten().tolist()
        got = page.evaluate(
            "([x, place]) => { const out = Float64Array.from(x);"
            " turn(out, 10, place, 1000); return [...out]; }",
            [heads, place],
        )
        np.testing.assert_allclose(got, expected[:, place].flatten(), atol=1e-12)


def test_query_heads_share_keys_and_values_by_neighbours(page):
    heads, shared, t, width = 6, 2, 5, 3
    rng = np.random.default_rng(0)
    q = 50 * rng.normal(size=(heads, 1, width))  # scores that overflow without a peak
    k, v = rng.normal(size=(2, shared, t, width)) * [[[[20]]], [[[1]]]]
    by_token = [a.swapaxes(0, 1).ravel().tolist() for a in (k, v)]
    output, weights = page.evaluate(
        "([q, keys, values, length, heads, kvHeads]) => {"
        " const weights = new Float32Array(heads * length);"
        " const read = { q, keys, values, length, heads, kvHeads, weights };"
        " return [[...attendNewest(read)], [...weights]]; }",
        [q.ravel().tolist(), *by_token, t, heads, shared],
    )
    expected = scaled_dot_product_attention(
        q, k.repeat(heads // shared, 0), v.repeat(heads // shared, 0)
    )
    np.testing.assert_allclose(output, expected[0].ravel(), atol=1e-6)
    np.testing.assert_allclose(weights, expected[1].ravel(), atol=1e-6)


def test_a_store_grows_and_forgets_nothing(page):
    keys, values = page.evaluate(
        "() => { const store = makeStore(3); let kept;"
        " for (let i = 0; i < 150; i++)"
        "   kept = store.put(i, [i, 0.5, -i], [2 * i, i, 0.25]);"
        " return [kept.keys, kept.values].map((a) => [...a.subarray(0, 450)]); }"
    )
    i = np.arange(150)
    np.testing.assert_array_equal(
        np.reshape(keys, (150, 3)), np.stack([i, 0 * i + 0.5, -i], 1)
    )
    np.testing.assert_array_equal(
        np.reshape(values, (150, 3)), np.stack([2 * i, i, 0 * i + 0.25], 1)
    )
