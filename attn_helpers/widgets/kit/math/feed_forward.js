// The feed-forward layer of one token, with ReLU.
import { timesMatrix } from "./vectors.js";

// wIn has a column and wOut a row for each hidden unit.
export function feedForward(x, { wIn, bIn, wOut }) {
  const hidden = timesMatrix(x, wIn).map((h, i) => Math.max(0, h + bIn[i]));
  return { hidden, output: timesMatrix(hidden, wOut) };
}
