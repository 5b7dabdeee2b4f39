// Weights from scores, and how spread out they are.
import { sum } from "./vectors.js";

// (score - largest) / temperature: at most 0, and -Infinity stays -Infinity.
export function gapsToTheLargest(scores, temperature) {
  const largest = Math.max(...scores);
  const peak = Number.isFinite(largest) ? largest : 0;
  return scores.map((s) => (s - peak) / temperature);
}

// Shares that are never negative and sum to 1; nothing but -Infinity gives zeros.
export function softmax(scores, temperature = 1) {
  const exp = gapsToTheLargest(scores, temperature).map(Math.exp);
  const total = sum(exp) || 1;
  return exp.map((e) => e / total);
}

export function logSoftmax(scores, temperature = 1) {
  const gaps = gapsToTheLargest(scores, temperature);
  const logTotal = Math.log(sum(gaps.map(Math.exp)) || 1);
  return gaps.map((g) => g - logTotal);
}

// mask: null, or one boolean per score. A row with nothing allowed gives zeros.
export function maskedSoftmax(scores, mask, temperature = 1) {
  const allowed = mask ? scores.map((s, i) => (mask[i] ? s : -Infinity)) : scores;
  return softmax(allowed, temperature);
}

// In nats; 0 · log 0 counts as 0.
export function entropy(weights) {
  return 0 - sum(weights.map((w) => (w > 0 ? w * Math.log(w) : 0)));
}
