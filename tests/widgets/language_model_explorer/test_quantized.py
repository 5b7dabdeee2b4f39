import base64

import gguf
import numpy as np
import pytest

from tests.widgets.language_model_explorer.conftest import Q4, Q8, as_text

ROWS, COLS = 26, 96


def test_each_pattern_of_16_bits_is_its_number(page):
    text = page.evaluate("new Uint8Array(makeHalves().buffer).toBase64()")
    halves = np.frombuffer(base64.b64decode(text))
    expected = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    np.testing.assert_array_equal(halves, expected.astype(float))


def stored(kind, seed=0):
    """Random blocks, every pattern of bits in them; and the numbers they stand for."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(ROWS, COLS)).astype(np.float32)
    content = gguf.quantize(numbers, kind)
    return content.tobytes(), gguf.dequantize(content, kind)


def multiplied(page, kind, content, x):
    """The page's product; the matrix lies behind other bytes, as in a file."""
    return page.evaluate(
        "([text, kind, shape, x]) => {"
        " const tensor = { kind, shape, at: 64 };"
        " return [...matrixOf(bufferOf(text), tensor, makeHalves())"
        ".times(Float64Array.from(x))]; }",
        [as_text(bytes(64) + content), int(kind), [COLS, ROWS], list(x)],
    )


@pytest.mark.parametrize("kind", [Q4, Q8])
def test_a_product_is_that_of_the_numbers_in_the_blocks(page, kind):
    content, numbers = stored(kind)
    x = np.random.default_rng(1).normal(size=COLS)
    got = multiplied(page, kind, content, x)
    np.testing.assert_allclose(got, numbers.astype(float) @ x, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", [Q4, Q8])
def test_each_number_is_multiplied_with_its_own(page, kind):
    content, numbers = stored(kind)
    columns = page.evaluate(
        "([text, kind, shape]) => {"
        " const tensor = { kind, shape, at: 0 };"
        " const matrix = matrixOf(bufferOf(text), tensor, makeHalves());"
        " return Array.from({ length: shape[0] }, (_, i) => {"
        " const x = new Float64Array(shape[0]);"
        " x[i] = 1; return [...matrix.times(x)]; }); }",
        [as_text(content), int(kind), [COLS, ROWS]],
    )
    np.testing.assert_allclose(np.transpose(columns), numbers, atol=1e-6, rtol=0)


def test_a_row_of_8_bit_numbers_can_be_read(page):
    content, numbers = stored(Q8)
    for r in (0, 11, ROWS - 1):
        row = page.evaluate(
            "([text, shape, r]) => { const tensor = { kind: 8, shape, at: 0 };"
            " return [...matrixOf(bufferOf(text), tensor, makeHalves()).row(r)]; }",
            [as_text(content), [COLS, ROWS], r],
        )
        np.testing.assert_allclose(row, numbers[r], atol=1e-7, rtol=0)


def test_another_kind_is_refused(page):
    with pytest.raises(Exception, match="kinds Q4_1 and Q8_0, but not of 2"):
        multiplied(page, 2, b"", [0.0])
