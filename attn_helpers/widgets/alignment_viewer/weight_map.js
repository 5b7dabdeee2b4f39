// The table of weights: a cell for each pair of tokens, and a frame around what is lit up.
import { afresh, clamp, h, s, set } from "../kit/dom.js";
import { SIDES, visible } from "./tokens.js";

const CELL = [14, 30]; // how high a cell may be, in pixels

/** The table; `draw` frames a row or a column. `cells` is what changes its width. */
export function weightMap() {
  const labels = {
    target: h("div", { class: "bw-down" }),
    source: h("div", { class: "bw-along" }),
  };
  const cells = s("svg", { preserveAspectRatio: "none" });
  const frame = s("rect", { class: "bw-frame" });
  const note = h("p", { class: "bw-note" });
  const hidden = { class: "bw-map", "aria-hidden": "true" };
  const table = h("div", hidden, labels.target, cells, h("span"), labels.source);
  const build = afresh(({ tokens, axes, map }) => {
    for (const side of SIDES)
      labels[side].replaceChildren(...tokens[side].map((text, i) => label(side, text, i)));
    note.textContent = `weights, 0 to 1: a row for each ${axes.target} token`;
    table.style.setProperty("--columns", map[0].length);
    set(cells, { viewBox: `0 0 ${map[0].length} ${map.length}` });
    cells.replaceChildren(...cellsOf(map), frame);
  });
  const draw = (shown) => {
    build(shown.scene, shown);
    size(table, cells, shown.map);
    for (const side of SIDES) {
      const at = side === shown.lit.side ? shown.lit.i : shown.strongest;
      for (const [i, one] of [...labels[side].children].entries())
        one.classList.toggle("bw-on", i === at);
    }
    drawFrame(frame, shown);
  };
  return { element: h("div", {}, note, table), cells, draw };
}

const label = (side, text, i) =>
  h("span", { [`data-${side}`]: i }, h("span", { dir: "auto" }, visible(text)));

function cellsOf(map) {
  const cell = (w, x, y) =>
    s("rect", { x, y, width: 1, height: 1, "fill-opacity": w, "data-target": y });
  return map.flatMap((row, t) => row.map((w, i) => cell(w, i, t)));
}

/** Cells about as high as wide, within limits; labels are thinned out where they are narrow. */
function size(table, cells, map) {
  const width = cells.clientWidth / map[0].length;
  cells.style.height = `${map.length * clamp(width, ...CELL)}px`;
  table.classList.toggle("bw-dense", width < CELL[0]);
}

function drawFrame(frame, { lit, map }) {
  const { side, i } = lit;
  frame.classList.toggle("bw-column", side === "source");
  set(
    frame,
    side === "target"
      ? { x: 0, y: i, width: map[0].length, height: 1 }
      : { x: i, y: 0, width: 1, height: map.length },
  );
}
