// Every query's mixture of the values.
import { SCORES } from "./scoring.js";
import { maskedSoftmax } from "./softmax.js";
import { timesMatrix } from "./vectors.js";

// Q, K, V: rows of queries, keys, values; mask: null or a row of booleans per query.
// The scores come back raw, before temperature and mask.
export function attention(
  Q,
  K,
  V,
  { score = "scaledDot", params = {}, temperature = 1, mask = null } = {},
) {
  const scores = Q.map((q) => K.map((k) => SCORES[score](q, k, params)));
  const weights = scores.map((row, i) => maskedSoftmax(row, mask?.[i], temperature));
  return { scores, weights, output: weights.map((row) => timesMatrix(row, V)) };
}
