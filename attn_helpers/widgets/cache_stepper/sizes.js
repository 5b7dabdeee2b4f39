// How large the layer is, what it does to read a row, and what it would keep of it.
export const HEADS = 8; // of queries
export const HEAD_DIM = 4;
export const LATENT = 16; // wide, in place of all keys and values
export const TURNED = 2; // wide is the key beside it that positions turn
export const D_MODEL = HEADS * HEAD_DIM;
const BYTES = 2; // of a number in 16 bit

/** How many heads of keys and values there are; a latent is no head. */
export const SHARING = { MHA: 8, "GQA by twos": 4, "GQA by fours": 2, MQA: 1, MLA: 0 };

/** A model of these sizes: Llama 3.1 8B (arXiv:2407.21783); the window is Mistral 7B's,
 *  whose sizes are the same (arXiv:2310.06825). */
const MODEL = { layers: 32, heads: 32, head_dim: 128, tokens: 131072, window: 4096 };

/** The widths of what is kept of a token: keys, and values; or a latent and a key. */
export function widthsOf(sharing) {
  if (sharing === "MLA") return [LATENT, TURNED];
  const heads = Array(SHARING[sharing]).fill(HEAD_DIM);
  return [...heads, ...heads];
}

const total = (values) => values.reduce((all, x) => all + x, 0);

/** Bytes of one token in one layer. */
export const tokenBytes = (sharing) => BYTES * total(widthsOf(sharing));

/** Bytes of a long text in all layers of the model; its heads share as these do. */
export function modelBytes(sharing, isWindowed) {
  const { layers, heads, head_dim, tokens, window } = MODEL;
  const more = ["MQA", "MLA"].includes(sharing) ? 1 : heads / HEADS;
  const wider = (more * head_dim) / HEAD_DIM;
  return layers * wider * tokenBytes(sharing) * (isWindowed ? window : tokens);
}

/** Multiplications for a row, and for each key that it sees. */
function costOf(sharing) {
  const kept = total(widthsOf(sharing));
  const [query, out] = [D_MODEL * D_MODEL, D_MODEL * D_MODEL];
  if (sharing !== "MLA") return [query + D_MODEL * kept + out, 2 * D_MODEL];
  const turned = D_MODEL * HEADS * TURNED;
  const absorbed = 2 * D_MODEL * LATENT; // into the queries, and out of the mixtures
  return [query + turned + D_MODEL * kept + absorbed + out, HEADS * (2 * LATENT + TURNED)];
}

/** How often each pair has been computed, and what has been done `[with, without]` a cache:
 *  rows, dot products of a query with a key, and all multiplications. */
export function workOf({ cache, sharing, read, prompt, window }) {
  const steps = Array.from({ length: read }, (_, i) => read - Math.max(i, prompt - 1));
  const [each, pair] = costOf(sharing);
  const done = (often) => {
    const rows = total(often);
    const seen = total(often.map((times, i) => times * Math.min(i + 1, window)));
    return [rows, HEADS * seen, rows * each + seen * pair];
  };
  const [kept, anew] = [done(steps.map(() => 1)), done(steps)];
  const times = steps.map((often, i) =>
    steps.map((_, j) => (j > i || j <= i - window ? 0 : cache ? 1 : often)),
  );
  return { times, counts: kept.map((count, n) => [count, anew[n]]) };
}
