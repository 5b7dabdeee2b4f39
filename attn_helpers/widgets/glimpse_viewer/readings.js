// A column for each way to read the image: what was seen, its ink, its loss.
import { format, h, s, set } from "../kit/dom.js";
import { pixels } from "./picture.js";

const KINDS = ["picked", "mean", "soft"];
const CAPTION = "Loss: mean squared difference from the wanted glimpse.";
const FLIGHT = 450; // milliseconds from the image to the table

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
      row("seen", ({ patch }) => h("td", {}, patch)),
      row("ink", ({ ink }) => ink),
      row("loss", ({ loss }) => loss),
    ),
  );
  const draw = ({ readings, size }) => {
    for (const [i, column] of columns.entries()) drawColumn(column, readings[i], size);
  };
  return { element: h("div", { class: "bw-table" }, grid), picked: columns[0].patch, draw };
}

function drawColumn({ title, patch, ink, loss }, reading, size) {
  const { glimpse } = reading;
  title.textContent = reading.title;
  set(patch, { viewBox: `0 0 ${size} ${size}` });
  patch.replaceChildren(...(glimpse ? pixels(glimpse, size) : []));
  ink.textContent = glimpse ? format(reading.ink, 3) : "–";
  loss.textContent = glimpse ? `${reading.often ? "mean " : ""}${format(reading.loss, 3)}` : "–";
}

/** Let `patch` come from where `frame` lies in the image. */
export function fly(patch, frame) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const [from, to] = [frame, patch].map((element) => element.getBoundingClientRect());
  const start = `translate(${from.x - to.x}px, ${from.y - to.y}px) scale(${from.width / to.width})`;
  const way = [{ transform: start }, { transform: "none" }];
  patch.animate(way, { duration: FLIGHT, easing: "ease-in-out" });
}
