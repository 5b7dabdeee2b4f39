// Attention piece by piece: of one query a maximum, a sum and a mixture of values are kept.
import { sum, timesMatrix } from "./vectors.js";

export const start = (dV) => ({ maximum: -Infinity, total: 0, mixture: Array(dV).fill(0) });

// What was measured from `before` is multiplied by this to be measured from `now`.
export const correction = (before, now) => Math.exp(gap(before, now));

// scores: a row with -Infinity for what is hidden; V: the values of the same keys.
export function update({ maximum, total, mixture }, scores, V) {
  const largest = Math.max(maximum, ...scores);
  const exp = scores.map((score) => Math.exp(gap(score, largest)));
  const old = correction(maximum, largest);
  return {
    maximum: largest,
    total: total * old + sum(exp),
    mixture: timesMatrix(exp, V).map((x, c) => mixture[c] * old + x),
  };
}

// The logarithm of the sum of exp(score) is -Infinity where nothing was seen.
export function finish({ maximum, total, mixture }) {
  const output = mixture.map((x) => x / (total || 1));
  return { output, logSumExp: maximum + Math.log(total || 1) };
}

const gap = (score, largest) => score - (Number.isFinite(largest) ? largest : 0);
