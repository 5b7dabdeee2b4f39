// How far off a lookup is where it may not copy, and the slope of that error. Written out
// in loops, as a figure takes dozens of both in one frame; the kernel is the Gaussian.

/** What all other points say of point i: estimate minus y, and its rate with bandwidth. */
function missOf(x, y, bandwidth, i) {
  const far = (j) => (x[j] - x[i]) ** 2;
  let nearest = Infinity;
  for (let j = 0; j < x.length; j += 1) if (j !== i) nearest = Math.min(nearest, far(j));
  let total = 0;
  let above = 0;
  let farther = 0;
  let both = 0;
  for (let j = 0; j < x.length; j += 1) {
    if (j === i) continue;
    const more = far(j) - nearest;
    const gap = y[j] - y[i];
    const weight = Math.exp(-more / (2 * bandwidth * bandwidth));
    total += weight;
    above += weight * gap;
    farther += weight * more;
    both += weight * more * gap;
  }
  const miss = above / total;
  return [miss, (both - farther * miss) / total / bandwidth ** 3];
}

/** The typical miss, in units of y, and its derivative with respect to the bandwidth. */
export function leaveOneOut(x, y, bandwidth) {
  let [squares, products] = [0, 0];
  for (let i = 0; i < x.length; i += 1) {
    const [miss, rate] = missOf(x, y, bandwidth, i);
    squares += miss * miss;
    products += miss * rate;
  }
  const error = Math.sqrt(squares / x.length);
  return { error, slope: products / x.length / (error || 1) };
}
