// A column for each reading of the image: the glimpse, its ink, its loss.
import { format, h, s, set } from "../kit/dom.js";
import { pixels } from "./picture.js";

const KINDS = ["wanted", "picked", "mean", "soft"];
const CAPTION =
  "Ink: mean darkness. Loss: mean squared difference from the wanted glimpse. Drag its frame.";

/** The table; `draw` writes the readings, or a dash for what is not yet there. */
export function table() {
  const columns = KINDS.map((kind) => ({
    title: h("th", { scope: "col" }),
    patch: s("svg", { class: `bw-patch bw-${kind}`, "aria-hidden": "true" }),
    ink: h("td"),
    loss: h("td"),
  }));
  const row = (name, cell) => h("tr", {}, h("th", { scope: "row" }, name), ...columns.map(cell));
  const grid = h(
    "table",
    {},
    h("caption", {}, CAPTION),
    h("thead", {}, h("tr", {}, h("td"), ...columns.map(({ title }) => title))),
    h(
      "tbody",
      {},
      row("glimpse", ({ patch }) => h("td", {}, patch)),
      row("ink", ({ ink }) => ink),
      row("loss", ({ loss }) => loss),
    ),
  );
  const draw = ({ readings, size }) => {
    for (const [i, column] of columns.entries()) drawColumn(column, readings[i], size);
  };
  return { element: h("div", { class: "bw-table" }, grid), draw };
}

function drawColumn({ title, patch, ink, loss }, reading, size) {
  const { glimpse } = reading;
  title.textContent = reading.title;
  set(patch, { viewBox: `0 0 ${size} ${size}` });
  patch.replaceChildren(...(glimpse ? pixels(glimpse, size) : []));
  ink.textContent = glimpse ? format(reading.ink, 3) : "–";
  loss.textContent = glimpse ? format(reading.loss, 3) : "–";
}
