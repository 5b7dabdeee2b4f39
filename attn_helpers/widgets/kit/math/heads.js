// Attention in several heads side by side.
import { attention } from "./attention.js";
import { sum, timesMatrix } from "./vectors.js";

// A matrix cut into as many columns as `widths` says. Without the transpose each head
// gets the next numbers in reading order instead, whichever rows they come from.
export function cutHeads(M, widths, transposed = true) {
  const flat = M.flat();
  return widths.map((width, head) => {
    const from = sum(widths.slice(0, head));
    const start = (i) => (transposed ? i * M[0].length + from : from * M.length + i * width);
    return M.map((_, i) => flat.slice(start(i), start(i) + width));
  });
}

// Attention in each head, side by side, mixed by wO; heads that are `off` give zeros.
export function multiHead(X, { wQ, wK, wV, wO }, widths, { off = [], transposed = true } = {}) {
  const cut = (w) =>
    cutHeads(
      X.map((x) => timesMatrix(x, w)),
      widths,
      transposed,
    );
  const [Q, K, V] = [wQ, wK, wV].map(cut);
  const heads = widths.map((_, head) => attention(Q[head], K[head], V[head]));
  const joined = X.map((_, i) =>
    heads.flatMap(({ output }, head) => output[i].map((v) => (off.includes(head) ? 0 : v))),
  );
  const output = joined.map((row) => timesMatrix(row, wO));
  return { weights: heads.map(({ weights }) => weights), joined, output };
}
