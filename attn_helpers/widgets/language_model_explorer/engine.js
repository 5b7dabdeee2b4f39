// A small Llama, one token at a time, with a cache: the page's twin of `llama` in
// models/language_model.py.
import { likeliest } from "./serve.js";

const EPS = 1e-5;
const BASE = 10000; // of RoPE

/** The float16 numbers that lie in a buffer. */
export function halves(buffer) {
  return Float32Array.from(new Uint16Array(buffer), (bits) => {
    const [exponent, fraction] = [(bits >> 10) & 31, (bits & 1023) / 1024];
    const size = exponent ? (1 + fraction) * 2 ** (exponent - 15) : fraction * 2 ** -14;
    return bits >> 15 ? -size : size;
  });
}

/** The matrix w, row by row, times the vector x. */
export function times(w, x) {
  const y = new Float32Array(w.length / x.length);
  for (let row = 0, at = 0; row < y.length; row += 1) {
    let total = 0;
    for (let i = 0; i < x.length; i += 1, at += 1) total += w[at] * x[i];
    y[row] = total;
  }
  return y;
}

/** RMSNorm with a gain. */
export function scaled(x, gain) {
  const squares = x.reduce((total, xi) => total + xi * xi, 0);
  const root = Math.sqrt(squares / x.length + EPS);
  return x.map((xi, i) => (xi / root) * gain[i]);
}

/** RoPE in each head: neighbours are turned as a pair. */
export function turned(x, width, place) {
  const y = new Float32Array(x.length);
  for (let i = 0; i < x.length; i += 2) {
    const angle = place * BASE ** (-(i % width) / width);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    y[i] = x[i] * cos - x[i + 1] * sin;
    y[i + 1] = x[i] * sin + x[i + 1] * cos;
  }
  return y;
}

/** Attention of one query in each head over the first `t` keys and values:
 *  { mixed, weights }, the weights of one head after the other. */
export function attended(q, keys, values, t, { heads, kvHeads, headWidth }) {
  const [mixed, weights] = [new Float32Array(q.length), new Float32Array(heads * t)];
  for (let head = 0; head < heads; head += 1) {
    const from = Math.floor((head * kvHeads) / heads) * headWidth; // of its keys and values
    const row = weights.subarray(head * t, (head + 1) * t);
    for (let j = 0; j < t; j += 1) {
      let score = 0;
      for (let i = 0; i < headWidth; i += 1) score += q[head * headWidth + i] * keys[j][from + i];
      row[j] = score / Math.sqrt(headWidth);
    }
    const largest = row.reduce((a, b) => Math.max(a, b));
    const total = row.reduce((sum, score) => sum + Math.exp(score - largest), 0);
    for (let j = 0; j < t; j += 1) {
      row[j] = Math.exp(row[j] - largest) / total;
      for (let i = 0; i < headWidth; i += 1)
        mixed[head * headWidth + i] += row[j] * values[j][from + i];
    }
  }
  return { mixed, weights };
}

/** The model's tables, cut out of the buffer in the order in which Python packs them. */
export function tables(buffer, { vocab, layers, heads, kvHeads, dModel, dFf }) {
  const numbers = halves(buffer);
  let at = 0;
  const next = (size) => {
    at += size;
    return numbers.subarray(at - size, at);
  };
  const shared = (dModel * dModel * kvHeads) / heads;
  const embed = next(vocab * dModel);
  const blocks = Array.from({ length: layers }, () => ({
    gain: next(dModel),
    q: next(dModel * dModel),
    k: next(shared),
    v: next(shared),
    out: next(dModel * dModel),
    feedGain: next(dModel),
    gate: next(dFf * dModel),
    widen: next(dFf * dModel),
    narrow: next(dFf * dModel),
    keys: [],
    values: [],
  }));
  const gain = next(dModel);
  if (at !== numbers.length)
    throw new Error(`These sizes ask for ${at} numbers; the model has ${numbers.length}.`);
  return { embed, blocks, gain };
}

/** The engine, see the contract in serve.js. `sizes` are those that Python packs with. */
export function makeTinyEngine(buffer, sizes) {
  const { letters, layers, heads, kvHeads, dModel, maxLength } = sizes;
  const headWidth = dModel / heads;
  const form = { heads, kvHeads, headWidth };
  const { embed, blocks, gain } = tables(buffer, { ...sizes, vocab: letters.length });
  const bytesPerToken = layers * 2 * kvHeads * headWidth * 4; // keys and values, float32
  const plus = (x, y) => x.map((xi, i) => xi + y[i]);
  const unembed = (x) => times(embed, scaled(x, gain));
  let length = 0;

  function throughBlock(x, block) {
    const read = scaled(x, block.gain);
    const turn = (w) => turned(times(w, read), headWidth, length);
    block.keys[length] = turn(block.k);
    block.values[length] = times(block.v, read);
    const found = attended(turn(block.q), block.keys, block.values, length + 1, form);
    const between = plus(x, times(block.out, found.mixed));
    const normed = scaled(between, block.feedGain);
    const wide = times(block.widen, normed);
    const hidden = times(block.gate, normed).map((g, i) => (g / (1 + Math.exp(-g))) * wide[i]);
    return { out: plus(between, times(block.narrow, hidden)), weights: found.weights };
  }

  return {
    describe: () => ({
      ...{ name: "our own model", vocab: letters.length, maxLength, bytesPerToken },
      ...{ layers, heads, kvHeads, headWidth, letters },
    }),
    encode: (text) =>
      [...text].map((letter) => {
        const id = letters.indexOf(letter);
        if (id < 0) throw new Error(`“${letter}” is not one of this model's letters.`);
        return id;
      }),
    decode: (ids) => Array.from(ids, (id) => letters[id]).join(""),
    piece: (id) => letters[id],
    get length() {
      return length;
    },
    keep(n) {
      length = Math.min(length, n);
    },
    cacheBytes: () => length * bytesPerToken,
    step(id, wantsLens) {
      const stream = [embed.slice(id * dModel, (id + 1) * dModel)];
      const rows = [];
      for (const block of blocks) {
        const { out, weights } = throughBlock(stream.at(-1), block);
        stream.push(out);
        rows.push(...weights);
      }
      length += 1;
      const logits = unembed(stream.at(-1));
      const readings = wantsLens ? stream.map((x) => likeliest(unembed(x), letters.length)) : [];
      const lens = wantsLens && {
        ids: Int32Array.from(readings.flatMap(({ ids }) => [...ids])),
        p: Float32Array.from(readings.flatMap(({ logp }) => [...logp].map(Math.exp))),
      };
      return { logits, weights: Float32Array.from(rows), lens: lens || null };
    },
  };
}
