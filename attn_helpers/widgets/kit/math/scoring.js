// Scores of one query against one key.
import { dot, timesMatrix, unit } from "./vectors.js";

export const SCORES = {
  dot: (q, k) => dot(q, k),
  scaledDot: (q, k) => dot(q, k) / Math.sqrt(q.length),
  cosine: (q, k) => dot(unit(q), unit(k)),
  gaussian: (q, k, { bandwidth = 1 } = {}) => {
    const gaps = q.map((x, i) => (x - k[i]) / bandwidth);
    return 0 - 0.5 * dot(gaps, gaps);
  },
  additive: (q, k, { wQ, wK, wOut }) => {
    const fromKey = timesMatrix(k, wK);
    return dot(
      timesMatrix(q, wQ).map((x, i) => Math.tanh(x + fromKey[i])),
      wOut,
    );
  },
  bilinear: (q, k, { w }) => dot(timesMatrix(q, w), k),
};
