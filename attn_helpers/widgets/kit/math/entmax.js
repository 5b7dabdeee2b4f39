// Weights that can be exactly zero: sparsemax and entmax.
import { gapsToTheLargest, softmax } from "./softmax.js";
import { sum } from "./vectors.js";

// The point of the simplex nearest to the scores; a sort finds the threshold.
export function sparsemax(scores) {
  const gaps = gapsToTheLargest(scores, 1);
  let [sofar, threshold] = [0, 0];
  for (const [i, gap] of [...gaps].sort((a, b) => b - a).entries()) {
    sofar += gap;
    if (1 + (i + 1) * gap > sofar) threshold = (sofar - 1) / (i + 1);
  }
  return gaps.map((g) => Math.max(g - threshold, 0));
}

// (1 + (alpha - 1) x) to the power 1 / (alpha - 1), 0 below the root; exp(x) as alpha -> 1.
function power(x, alpha) {
  return Math.exp(Math.log1p(Math.max((alpha - 1) * x, -1)) / (alpha - 1));
}

// alpha = 1 is the softmax, 2 is sparsemax; the number to subtract is found by halving.
export function entmax(scores, alpha = 1.5) {
  if (alpha === 1) return softmax(scores);
  if (alpha === 2) return sparsemax(scores);
  const gaps = gapsToTheLargest(scores, 1);
  const powers = (shift) => gaps.map((g) => power(g - shift, alpha));
  let [low, high] = [0, -Math.expm1((1 - alpha) * Math.log(gaps.length)) / (alpha - 1)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (sum(powers(middle)) >= 1) low = middle;
    else high = middle;
  }
  const total = sum(powers(low)) || 1;
  return powers(low).map((w) => w / total);
}
