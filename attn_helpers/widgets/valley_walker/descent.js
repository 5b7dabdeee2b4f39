// Gradient descent on the logarithm of a bandwidth.
import { leaveOneOutSlope } from "../kit/math/leave_one_out.js";

/** How fast the error grows with ln h: h times its slope in h. */
export const logSlope = (x, y, bandwidth) => bandwidth * leaveOneOutSlope(x, y, bandwidth);

/** The bandwidths of so many steps, and the step in ln h that would follow. */
export function descend(x, y, { start, rate, momentum, steps }) {
  const path = [start];
  let [logH, step] = [Math.log(start), 0];
  for (;;) {
    step = momentum * step - rate * logSlope(x, y, path.at(-1));
    if (path.length > steps) return { path, next: step };
    logH += step;
    path.push(Math.exp(logH));
  }
}
