// What a Transformer block costs: FLOPs, bytes held and moved, and the time they need.
// A shape is { tQ, tK, dModel, numHeads, kvWidth, dFf, ffMatrices, batch }.

/** Numbers in the matrices of a block. */
const parametersOf = ({ dModel, kvWidth, dFf, ffMatrices }) =>
  2 * dModel * (dModel + kvWidth) + ffMatrices * dModel * dFf;

/** What grows with the new tokens: projections and feed-forward. */
export const tokenFlops = (shape) => 2 * shape.batch * shape.tQ * parametersOf(shape);

/** A dot product of a query and a key for each pair and head. */
export const scoreFlops = ({ batch, tQ, tK, dModel }) => 2 * batch * tQ * tK * dModel;

/** What grows with the pairs: scores and weighted sums. */
export const pairFlops = (shape) => 2 * scoreFlops(shape);

/** Forward and backward; fused attention computes the scores once more. */
export const trainingFlops = (shape, fused) =>
  3 * (tokenFlops(shape) + pairFlops(shape)) + (fused ? scoreFlops(shape) : 0);

/** The number of keys from which pairs cost more than all else, forward. */
export const crossingLength = (shape) => parametersOf(shape) / (2 * shape.dModel);

/** Bytes of one score matrix of each head. */
export const scoreBytes = ({ batch, numHeads, tQ, tK }, itemsize) =>
  batch * numHeads * tQ * tK * itemsize;

const cacheBytes = ({ batch, tK, kvWidth }, itemsize) => 2 * batch * tK * kvWidth * itemsize;
const queryBytes = ({ batch, tQ, dModel }, itemsize) => batch * tQ * dModel * itemsize;
const hiddenBytes = ({ batch, tQ, dFf }, itemsize) => batch * tQ * dFf * itemsize;
const parameterBytes = (shape, itemsize) => parametersOf(shape) * itemsize;

/** Bytes that a block holds when nothing is thrown away before it is done. */
export function heldBytes(shape, itemsize, fused, training) {
  const rows =
    3 * queryBytes(shape, itemsize) + cacheBytes(shape, itemsize) + hiddenBytes(shape, itemsize);
  const once = parameterBytes(shape, itemsize) + rows;
  const matrices = fused ? 0 : training ? 3 : 2;
  return (training ? 2 : 1) * once + matrices * scoreBytes(shape, itemsize);
}

/** Bytes that attention reads and writes, forward. */
function attentionTraffic(shape, itemsize, fused) {
  const ends = 2 * queryBytes(shape, itemsize) + cacheBytes(shape, itemsize);
  return fused ? ends : ends + 4 * scoreBytes(shape, itemsize);
}

/** Bytes that the whole block moves, forward: each product's factors and result. */
export function blockTraffic(shape, itemsize, fused) {
  const rows = queryBytes(shape, itemsize);
  const newKeys = (cacheBytes(shape, itemsize) / shape.tK) * shape.tQ;
  const projections = rows + rows + newKeys + (rows + rows);
  const feedForward = (rows + hiddenBytes(shape, itemsize)) * 2;
  const attention = attentionTraffic(shape, itemsize, fused);
  return parameterBytes(shape, itemsize) + projections + attention + feedForward;
}

/** The time that arithmetic or memory needs, whichever is longer, and which it is. */
export function roofline(flops, movedBytes, peakFlops, bandwidth) {
  const [computing, moving] = [flops / peakFlops, movedBytes / bandwidth];
  const bound = computing >= moving ? "compute" : "memory";
  return { seconds: Math.max(computing, moving), bound };
}
