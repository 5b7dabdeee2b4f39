// A language model of Llama's kind, which reads token by token and keeps keys and values.

/** Each number of x over the root mean square of all, times its gain. */
export function rmsNorm(x, gain, epsilon) {
  let squares = 0;
  for (const v of x) squares += v * v;
  const scale = 1 / Math.sqrt(squares / x.length + epsilon);
  return x.map((v, i) => v * scale * gain[i]);
}

/** Turn neighbours, (0, 1), (2, 3) and so on within each head, by the angles of a place. */
export function turn(x, width, place, base) {
  for (let i = 0; i < x.length; i += 2) {
    const angle = place * base ** (-(i % width) / width);
    const [cos, sin, a, b] = [Math.cos(angle), Math.sin(angle), x[i], x[i + 1]];
    x[i] = a * cos - b * sin;
    x[i + 1] = a * sin + b * cos;
  }
}

/**
 * What the heads of the newest query read: its weights go to `weights`, a row of `length`
 * for each head; `keys` and `values` have a row of `kvHeads` vectors for each token. Query
 * heads share a head of keys and values by neighbours.
 */
export function attendNewest({ q, keys, values, length, heads, kvHeads, weights }) {
  const [width, mixed] = [q.length / heads, new Float64Array(q.length)];
  const [row, sharing] = [kvHeads * width, heads / kvHeads];
  for (let head = 0; head < heads; head++) {
    const own = head * width;
    const shared = Math.floor(head / sharing) * width;
    const w = weights.subarray(head * length, (head + 1) * length);
    let peak = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < length; j++) {
      let score = 0;
      for (let i = 0, k = j * row + shared; i < width; i++) score += q[own + i] * keys[k + i];
      w[j] = score / Math.sqrt(width);
      peak = Math.max(peak, w[j]);
    }
    let total = 0;
    for (let j = 0; j < length; j++) {
      w[j] = Math.exp(w[j] - peak);
      total += w[j];
    }
    for (let j = 0; j < length; j++) {
      w[j] /= total;
      for (let i = 0, k = j * row + shared; i < width; i++) mixed[own + i] += w[j] * values[k + i];
    }
  }
  return mixed;
}

/** The keys and values of one layer; a row for each token, in single precision. */
export function makeStore(row) {
  let keys = new Float32Array(64 * row);
  let values = new Float32Array(64 * row);
  const doubled = (old) => {
    const larger = new Float32Array(2 * old.length);
    larger.set(old);
    return larger;
  };
  return {
    put(place, k, v) {
      if ((place + 1) * row > keys.length) [keys, values] = [doubled(keys), doubled(values)];
      keys.set(k, place * row);
      values.set(v, place * row);
      return { keys, values };
    },
  };
}

/**
 * The model. `sizes` is `{ heads, kvHeads, base, epsilon }`; `embed` and the matrices of a
 * block are those of matrixOf, `norm`, `attentionNorm` and `feedForwardNorm` are gains.
 * `step(id)` gives the logits, and the weights of the newest query, (layers * heads, t).
 */
export function makeLlama({ heads, kvHeads, base, epsilon }, { embed, blocks, norm }) {
  const width = embed.row(0).length / heads;
  const stores = blocks.map(() => makeStore(kvHeads * width));
  let length = 0;

  function attention(layer, x, weights) {
    const block = blocks[layer];
    const h = rmsNorm(x, block.attentionNorm, epsilon);
    const [q, k, v] = [block.q.times(h), block.k.times(h), block.v.times(h)];
    turn(q, width, length - 1, base);
    turn(k, width, length - 1, base);
    const kept = stores[layer].put(length - 1, k, v);
    return block.out.times(attendNewest({ q, ...kept, length, heads, kvHeads, weights }));
  }

  function feedForward(block, x) {
    const h = rmsNorm(x, block.feedForwardNorm, epsilon);
    const [gate, up] = [block.gate.times(h), block.up.times(h)];
    return block.down.times(up.map((u, i) => (u * gate[i]) / (1 + Math.exp(-gate[i]))));
  }

  return {
    get length() {
      return length;
    },
    keep(n) {
      length = Math.min(length, n);
    },
    /** Bytes of the keys and values of one token, in all layers. */
    bytesPerToken: blocks.length * 2 * kvHeads * width * Float32Array.BYTES_PER_ELEMENT,
    step(id) {
      length++;
      const weights = new Float32Array(blocks.length * heads * length);
      let x = embed.row(id);
      blocks.forEach((block, layer) => {
        const own = weights.subarray(layer * heads * length, (layer + 1) * heads * length);
        const read = attention(layer, x, own);
        x = x.map((v, i) => v + read[i]);
        const thought = feedForward(block, x);
        x = x.map((v, i) => v + thought[i]);
      });
      const logits = Float32Array.from(embed.times(rmsNorm(x, norm, epsilon)));
      return { logits, weights };
    },
  };
}
