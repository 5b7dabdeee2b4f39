// Why a softmax in limited precision gave no shares, or wrong ones, in a sentence.
import { format } from "../kit/dom.js";
import { softmax } from "../kit/math/softmax.js";

export const LARGEST = { float64: Number.MAX_VALUE, float32: 3.4e38, float16: 65504 };

/** The sentence; "" when all is well. `scores` as they enter exp. */
export function trouble(scores, weights, precision, subtractMax) {
  const top = Math.max(...scores);
  const total = weights.reduce((a, b) => a + b, 0);
  const cure = " Subtract the maximum first and the largest term is exp(0) = 1.";
  const off = Math.max(...softmax(scores).map((w, i) => Math.abs(w - weights[i])));
  if (off < 0.02) return "";
  if (top > LARGEST[precision])
    return `The score ${format(top, 0)} itself is more than ${precision} can hold.`;
  if (subtractMax) return "";
  if (total === 0)
    return `The exponentials add up to more than ${precision} can hold, so each share is something ÷ ∞ = 0: wrong without a warning.${cure}`;
  if (Math.exp(top) > LARGEST[precision])
    return `exp(${format(top, 1)}) is more than ${precision} can hold, so it becomes ∞, and ∞ ÷ ∞ is not a number: NaN.${cure}`;
  if (total > 0)
    return `exp(${format(top, 1)}) is so small that ${precision} keeps few of its digits, or none: these shares are wrong without a warning.${cure}`;
  return `Even exp(${format(top, 1)}) is too small for ${precision}, so every term becomes 0, and 0 ÷ 0 is not a number: NaN.${cure}`;
}
