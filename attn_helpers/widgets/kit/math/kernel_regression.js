// Kernel regression: attention whose score is the logarithm of a kernel.
import { softmax } from "./softmax.js";
import { dot } from "./vectors.js";

const outsideIsNever = (u, inside) => (Math.abs(u) < 1 ? inside(Math.abs(u)) : -Infinity);

// Each takes the gap in bandwidths.
export const LOG_KERNELS = {
  gaussian: (u) => -0.5 * u * u,
  epanechnikov: (u) => outsideIsNever(u, (a) => Math.log1p(-a * a)),
  triangular: (u) => outsideIsNever(u, (a) => Math.log1p(-a)),
  boxcar: (u) => (Math.abs(u) <= 1 ? 0 : -Infinity),
};

// A query with no neighbour in reach gets the estimate 0 and weights of 0.
export function nadarayaWatson(xQuery, x, y, bandwidth, kernel = "gaussian") {
  const weights = xQuery.map((at) =>
    softmax(x.map((xi) => LOG_KERNELS[kernel]((at - xi) / bandwidth))),
  );
  return { estimate: weights.map((row) => dot(row, y)), weights };
}
