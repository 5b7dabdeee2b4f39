// Reaction times in words and in a table.
import { format, h } from "../kit/dom.js";

export const ms = (x) => (x === null ? "–" : format(x, 0));

/** A table; the first column holds the names of the rows. */
export function table(caption, head, rows) {
  const row = (cells) =>
    h("tr", {}, ...cells.map((c, i) => h(i ? "td" : "th", i ? {} : { scope: "row" }, c)));
  return h(
    "div",
    { class: "bw-table", tabindex: 0, role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, ...head.map((c) => h("th", { scope: "col" }, c)))),
      h("tbody", {}, ...rows.map(row)),
    ),
  );
}
