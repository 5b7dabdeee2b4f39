// What is stored of each token: a stack of boxes, each as high as it has numbers.
import { s } from "../kit/dom.js";
import { HEAD_DIM, HEADS, widthsOf } from "./sizes.js";

const NUMBER = 1.25; // px that one number is high
const BETWEEN = 5; // px between keys and values
export const STORE = 2 * HEADS * HEAD_DIM * NUMBER + BETWEEN; // px, the highest stack

/** As many boxes as there are heads of keys and of values; full where they are kept for the
 *  next step, hollow where they are thrown away. */
export function storeOf(shown, { left, side, below }) {
  const { cache, fresh, read, stored } = shown;
  const boxes = boxesOf(shown.sharing);
  const tokens = Array.from({ length: cache ? stored : read }, (_, n) => read - 1 - n);
  const kindOf = (token) => (token >= fresh ? "bw-kept bw-now" : "bw-kept");
  const stacks = tokens.map((token) => {
    const box = { x: left + token * side + 1, width: side - 4 };
    const parts = boxes.map(({ role, y, high }) =>
      s("rect", { ...box, class: `bw-${role}`, y: below + y, height: high - 1 }),
    );
    return s("g", { class: cache ? kindOf(token) : "bw-lost", "data-token": token }, ...parts);
  });
  return [...stacks, ...namesOf(shown, boxes, left - 6, below)];
}

/** Role, place and height of each box of a stack, from above. */
function boxesOf(sharing) {
  const widths = widthsOf(sharing);
  const half = widths.length / 2;
  const roles = sharing === "MLA" ? ["latent", "key"] : ["key", "value"];
  let y = 0;
  return widths.map((width, n) => {
    if (n === half) y += BETWEEN;
    const box = { role: roles[n < half ? 0 : 1], y, high: width * NUMBER };
    y += box.high;
    return box;
  });
}

function namesOf({ sharing, cache }, boxes, x, below) {
  const second = below + Math.max(26, boxes[boxes.length / 2].y + 10);
  const parts = sharing === "MLA" ? ["latent", "one key"] : ["keys", "values"];
  const names = [
    ["bw-of-key", below + 12, parts[0]],
    [sharing === "MLA" ? "bw-of-key" : "bw-of-value", second, parts[1]],
    ["bw-said", second + 14, cache ? "kept" : "thrown away"],
  ];
  return names.map(([kind, y, text]) =>
    s("text", { class: kind, x, y, "text-anchor": "end" }, text),
  );
}
