// Matrices whose numbers lie as whole numbers of few bits in blocks of 32, and are multiplied so.

/** The number that each pattern of 16 bits is in half precision. */
export function makeHalves() {
  return Float64Array.from({ length: 0x10000 }, (_, bits) => {
    const [sign, exponent, rest] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) return rest ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent ? (1024 + rest) * 2 ** (exponent - 25) : rest * 2 ** -24);
  });
}

/**
 * Q4_1: of 32 numbers first a scale and a least value in half precision, then 16 bytes; byte j
 * has number j in its low four bits and number 16 + j in the high ones. Five words of 32 bits
 * in all, so each word is read once. Two rows go together: they share what is read of x.
 */
export function multiplyQ4(words, halves, x, out) {
  const blocks = x.length >> 5;
  const row = 5 * blocks;
  const sums = new Float64Array(blocks); // each is multiplied with the least value of its block
  for (let i = 0; i < x.length; i++) sums[i >> 5] += x[i];
  for (let r = 0, p = 0; r < out.length; r += 2, p += row) {
    let a = 0;
    let b = 0;
    for (let k = 0, i = 0; k < blocks; k++, i += 16) {
      const headA = words[p];
      const headB = words[p + row];
      let dotA = 0;
      let dotB = 0;
      p++;
      for (const end = i + 16; i < end; i += 4, p++) {
        const u = words[p];
        const v = words[p + row];
        let y = x[i];
        dotA += (u & 15) * y;
        dotB += (v & 15) * y;
        y = x[i + 1];
        dotA += ((u >>> 8) & 15) * y;
        dotB += ((v >>> 8) & 15) * y;
        y = x[i + 2];
        dotA += ((u >>> 16) & 15) * y;
        dotB += ((v >>> 16) & 15) * y;
        y = x[i + 3];
        dotA += ((u >>> 24) & 15) * y;
        dotB += ((v >>> 24) & 15) * y;
        y = x[i + 16];
        dotA += ((u >>> 4) & 15) * y;
        dotB += ((v >>> 4) & 15) * y;
        y = x[i + 17];
        dotA += ((u >>> 12) & 15) * y;
        dotB += ((v >>> 12) & 15) * y;
        y = x[i + 18];
        dotA += ((u >>> 20) & 15) * y;
        dotB += ((v >>> 20) & 15) * y;
        y = x[i + 19];
        dotA += (u >>> 28) * y;
        dotB += (v >>> 28) * y;
      }
      a += halves[headA & 0xffff] * dotA + halves[headA >>> 16] * sums[k];
      b += halves[headB & 0xffff] * dotB + halves[headB >>> 16] * sums[k];
    }
    out[r] = a;
    out[r + 1] = b;
  }
}

/** Q8_0: of 32 numbers first a scale in half precision, then one signed byte for each. */
export function multiplyQ8(bytes, halves, x, out) {
  const row = 34 * (x.length >> 5);
  const scales = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  for (let r = 0, p = 0; r < out.length; r += 2, p += row) {
    let a = 0;
    let b = 0;
    for (let i = 0; i < x.length; ) {
      const scaleA = halves[scales[p >> 1]];
      const scaleB = halves[scales[(p + row) >> 1]];
      let dotA = 0;
      let dotB = 0;
      p += 2;
      for (const end = p + 32; p < end; p++, i++) {
        const y = x[i];
        dotA += bytes[p] * y;
        dotB += bytes[p + row] * y;
      }
      a += scaleA * dotA;
      b += scaleB * dotB;
    }
    out[r] = a;
    out[r + 1] = b;
  }
}

/** Row `r` of a Q8_0 matrix, as numbers. */
export function readQ8(bytes, halves, r, out) {
  const start = 34 * (out.length >> 5) * r;
  for (let i = 0, p = start; i < out.length; i++, p++) {
    if (i % 32 === 0) p += 2;
    const head = p - (i % 32) - 2;
    out[i] = halves[(bytes[head] & 0xff) | ((bytes[head + 1] & 0xff) << 8)] * bytes[p];
  }
}

/**
 * The matrix in `tensor` (see readGguf) as what multiplies: `times(x)`, and for Q8_0 `row(i)`,
 * both in double precision. The number of rows has to be even, as two go together.
 */
export function matrixOf(buffer, { kind, shape, at }, halves) {
  const [cols, rows] = shape;
  const blocks = (rows * cols) >> 5;
  const filled = (size, fill) => {
    const out = new Float64Array(size);
    fill(out);
    return out;
  };
  if (kind === 3) {
    const words = new Int32Array(buffer, at, 5 * blocks);
    return { times: (x) => filled(rows, (out) => multiplyQ4(words, halves, x, out)) };
  }
  if (kind === 8) {
    const bytes = new Int8Array(buffer, at, 34 * blocks);
    return {
      times: (x) => filled(rows, (out) => multiplyQ8(bytes, halves, x, out)),
      row: (i) => filled(cols, (out) => readQ8(bytes, halves, i, out)),
    };
  }
  throw new Error(`This page can multiply tensors of kinds Q4_1 and Q8_0, but not of ${kind}.`);
}
