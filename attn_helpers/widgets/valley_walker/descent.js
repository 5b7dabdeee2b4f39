// Gradient descent on the logarithm of a bandwidth.
import { leaveOneOut } from "../kit/math/leave_one_out.js";

/** The loss at a bandwidth, and how fast it grows with ln h: h times its slope in h. */
export function lossAt(x, y, bandwidth) {
  const { error, slope } = leaveOneOut(x, y, bandwidth);
  return { bandwidth, loss: error, slope: bandwidth * slope };
}

/** The start, the stop after each of so many steps, and the step in ln h that would follow. */
export function descend(x, y, { start, rate, momentum, steps }) {
  const stops = [lossAt(x, y, start)];
  let [logH, step] = [Math.log(start), 0];
  for (;;) {
    step = momentum * step - rate * stops.at(-1).slope;
    if (stops.length > steps) return { stops, step };
    logH += step;
    stops.push(lossAt(x, y, Math.exp(logH)));
  }
}
