// A vector brought to one length: √(its width).
import { dot, sum } from "./vectors.js";

const EPS = 1e-5;

// Divided by the root of the mean of its squares; its direction stays.
export function rmsNorm(x) {
  const root = Math.sqrt(dot(x, x) / x.length + EPS);
  return x.map((xi) => xi / root);
}

// The same after the mean is taken away.
export function layerNorm(x) {
  const mean = sum(x) / x.length;
  return rmsNorm(x.map((xi) => xi - mean));
}
