// What w_o mixes of the heads, and how far each output has moved.
import { afresh, format, h, s, set } from "../kit/dom.js";
import { largest, shade, short, square, WORDS } from "./cells.js";

const SIDE = 16;
const TOP = 20; // above the rows, for the titles
const NUMBER = 44; // pixels for a number at the end of a row
const WIDEST = 440;

/** A row of squares for each token, and a bar as long as its change. */
export function mixture(root) {
  const svg = s("svg", { role: "img" });
  const element = h("div", { class: "bw-mixed" }, svg);
  let rows = [];
  const build = afresh(({ tokens, output }, wide) => {
    const [t, d] = [tokens.length, output[0].length];
    set(svg, { viewBox: `0 0 ${wide} ${TOP + t * SIDE}` });
    svg.style.maxWidth = `${wide}px`;
    rows = tokens.map((word, i) => rowOf(word, TOP + i * SIDE, d, wide));
    const beyond = WORDS + d * SIDE + 12;
    const title = (x, text) => s("text", { class: "bw-strong", x, y: 13 }, text);
    const titles = [title(WORDS, "Mixed by w_o"), title(beyond, "Change")];
    svg.replaceChildren(...titles, ...rows.flatMap((row) => row.parts));
  });
  const draw = (shown) => {
    const { tokens, output, change, longest } = shown;
    const room = root.clientWidth > 64 ? root.clientWidth - 32 : WIDEST;
    const wide = Math.min(WIDEST, room);
    build([tokens, output[0].length, wide], shown, wide);
    const most = largest(output);
    for (const [i, { cells, bar, number, long }] of rows.entries()) {
      for (const [j, rect] of cells.entries()) shade(rect, output[i][j], most);
      bar.style.width = `${Math.min(1, change[i] / longest) * long}px`;
      number.textContent = format(change[i]);
    }
    const told = change.map((moved, i) => `${tokens[i]} ${format(moved)}`).join(", ");
    set(svg, { "aria-label": `Mixed by w_o; change of each output: ${told}` });
  };
  return { element, draw };
}

function rowOf(word, y, d, wide) {
  const from = WORDS + d * SIDE + 12;
  const long = Math.max(20, wide - from - NUMBER);
  const text = (x, anchor, content) => s("text", { x, y: y + 12, "text-anchor": anchor }, content);
  const cells = Array.from({ length: d }, (_, j) => square(WORDS + j * SIDE, y, SIDE));
  const way = s("rect", { class: "bw-way", x: from, y, width: long, height: SIDE - 3 });
  const bar = s("rect", { class: "bw-change", x: from, y, height: SIDE - 3 });
  const number = text(from + long + 6, "start", "");
  number.classList.add("bw-strong");
  const parts = [text(WORDS - 4, "end", short(word)), ...cells, way, bar, number];
  return { cells, bar, number, long, parts };
}
