// A little statistics of reaction times; statistics.py is the twin.
import { sum } from "../kit/math/vectors.js";

const mean = (xs) => (xs.length ? sum(xs) / xs.length : null);

function standardError(xs) {
  if (xs.length < 2) return null;
  const centre = mean(xs);
  const variance = sum(xs.map((x) => (x - centre) ** 2)) / (xs.length - 1);
  return Math.sqrt(variance / xs.length);
}

/** One cell of a design: times outside the limits are set aside and counted. */
export function cell(times, [fastest, slowest]) {
  const answered = times.filter((t) => t !== null);
  const kept = answered.filter((t) => t >= fastest && t <= slowest);
  const anticipations = answered.filter((t) => t < fastest).length;
  return {
    n: kept.length,
    mean: mean(kept),
    se: standardError(kept),
    anticipations,
    lapses: times.length - kept.length - anticipations,
  };
}

/** a − b of two cells with its standard error; null where a mean is missing. */
export function difference(a, b) {
  if (a.mean === null || b.mean === null) return { value: null, se: null };
  const se = a.se === null || b.se === null ? null : Math.hypot(a.se, b.se);
  return { value: a.mean - b.mean, se };
}

/** The least-squares line through cell means (x = size); needs two sizes. */
export function line(cells) {
  const points = cells.filter((c) => c.mean !== null);
  const x = mean(points.map((c) => c.size));
  const spread = sum(points.map((c) => (c.size - x) ** 2));
  if (!spread) return { slope: null, intercept: null, se: null };
  const share = points.map((c) => (c.size - x) / spread);
  const slope = sum(points.map((c, i) => share[i] * c.mean));
  const known = points.every((c) => c.se !== null);
  return {
    slope,
    intercept: mean(points.map((c) => c.mean)) - slope * x,
    se: known ? Math.hypot(...points.map((c, i) => share[i] * c.se)) : null,
  };
}
