// All that happens to a sentence's vectors in the three blocks.
import { attention } from "../kit/math/attention.js";
import { feedForward } from "../kit/math/feed_forward.js";
import { layerNorm, rmsNorm } from "../kit/math/norm.js";
import { timesMatrix } from "../kit/math/vectors.js";

export const BLOCKS = 3;
export const NORMS = { RMSNorm: rmsNorm, LayerNorm: layerNorm };

const plus = (A, B) => A.map((row, i) => row.map((a, j) => a + B[i][j]));
const nothing = (A) => A.map((row) => row.map(() => 0));
const lengths = (A) => A.map((row) => Math.hypot(...row));

/** The stations of the block that is looked into, and the stream's growth through all. */
export function trace(X, w, { order, norm, off, block }) {
  const passed = [];
  for (let x = X; passed.length < BLOCKS; x = passed.at(-1).stations.at(-1))
    passed.push(through(x, w, { isPre: order === "pre-norm", off }, NORMS[norm]));
  const { stations, weights, hidden } = passed[block - 1];
  const growth = [X, ...passed.map((one) => one.stations.at(-1))].map(lengths);
  return { stations, lengths: stations.map(lengths), weights, hidden, growth };
}

/** One block; `off` says of each sub-layer whether it adds zeros. */
function through(x, w, { isPre, off }, norm) {
  const read = isPre ? x.map(norm) : x;
  const [Q, K, V] = [w.wQ, w.wK, w.wV].map((table) => read.map((row) => timesMatrix(row, table)));
  const { weights, output } = attention(Q, K, V);
  const mixed = output.map((row) => timesMatrix(row, w.wO));
  const added = off.attention ? nothing(mixed) : mixed;
  const between = plus(x, added);
  const normed = between.map(norm);
  const units = normed.map((row) => feedForward(row, w));
  const found = units.map(({ output: written }) => written);
  const addedLater = off.feedForward ? nothing(found) : found;
  const out = plus(isPre ? between : normed, addedLater);
  return {
    stations: isPre
      ? [x, read, added, between, normed, addedLater, out]
      : [x, added, between, normed, addedLater, out, out.map(norm)],
    weights,
    hidden: units.map(({ hidden }) => hidden),
  };
}
