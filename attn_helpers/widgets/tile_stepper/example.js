// Eight queries, keys and values, fixed; the last key is whatever it is asked to be.
export const SIZE = 8;
export const D_K = 4;
export const D_V = 2;

/** A query begins with √d_k = 2: the first number of a key is added to all its scores. */
export const QUERIES = [
  [2, 0.1, 2.3, -0.9],
  [2, 0.5, -2, 1.2],
  [2, -0.5, -0.5, 1.7],
  [2, -0.1, -1.6, -1.3],
  [2, -1.2, -0.2, 0.3],
  [2, 0.3, 0.4, -0.8],
  [2, 1.3, -0.7, -1.3],
  [2, -0.3, 1, 2],
];
const KEYS = [
  [-1, 1.2, -0.4, -0.4],
  [-0.3, 0.8, 0.6, 0.4],
  [-0.1, 0, 1.2, 0.8],
  [-0.1, -2, 1.2, -0.8],
  [0.4, 0, 0.6, -0.4],
  [0.2, 0.4, -1.2, -0.6],
  [-1, -0.6, -1, 0.2],
];
export const VALUES = [
  [0.9, -0.6],
  [-1.3, 0.6],
  [1.5, -0.1],
  [-0.9, -1.5],
  [0.1, 0.7],
  [0.5, -0.6],
  [0.5, 0.6],
  [1.8, -1.2],
];

/** The keys, the last of which has `lastScore` with every query. */
export const keysWith = (lastScore) => [...KEYS, [lastScore, 0, 0, 0]];
