// The mask as a table to paint: rows are queries, columns are keys.
import { afresh, clamp, copy, format, h, set, update } from "../kit/dom.js";

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The table; `state.at` is the cell that the keys are on, `state.brush` what a stroke paints. */
export function matrix(state) {
  const element = h("table", {
    role: "grid",
    "aria-label": "Mask: rows are queries, columns are keys. Space lets attend or forbids.",
  });
  paintWithPointer(element, state);
  paintWithKeys(element, state);
  const build = afresh(({ rowNames, keyNames, chosen }) => {
    element.replaceChildren(head(keyNames), body(rowNames, keyNames));
    state.at = [chosen, 0];
    cellAt(element, state.at).tabIndex = 0;
  });
  const draw = (shown) => {
    build([shown.rowNames, shown.keyNames], shown);
    for (const [i, row] of shown.mask.entries()) {
      for (const j of row.keys()) drawCell(cellAt(element, [i, j]), i, j, shown);
      const { lastChild: total, classList } = element.tBodies[0].rows[i];
      total.textContent = row.some(Boolean) ? 1 : 0;
      classList.toggle("bw-chosen", i === shown.chosen);
    }
  };
  return { element, draw };
}

const cellAt = (table, [i, j]) => table.tBodies[0].rows[i].cells[j + 1];
const placeOf = (element) => element?.closest?.("[data-cell]")?.dataset.cell.split(",").map(Number);
const name = (text, scope) => h("th", { scope }, h("span", { dir: "auto" }, text));

function head(keyNames) {
  const corner = h("td", { class: "bw-corner" }, "query \\ key");
  const sum = h("th", { scope: "col", class: "bw-sum" }, "sum");
  return h("thead", {}, h("tr", {}, corner, ...keyNames.map((key) => name(key, "col")), sum));
}

function body(rowNames, keyNames) {
  const cell = (i, j) => h("td", { "data-cell": `${i},${j}`, tabindex: -1 }, h("span"));
  const row = (query, i) => {
    const total = h("td", { class: "bw-total" });
    return h("tr", {}, name(query, "row"), ...keyNames.map((_, j) => cell(i, j)), total);
  };
  return h("tbody", {}, ...rowNames.map(row));
}

function drawCell(cell, i, j, { mask, weights, reach, leaks, rowMarked, keyMarked }) {
  const [may, weight, steps] = [mask[i][j], weights[i][j], reach[i][j]];
  const leak = leaks.some(([to, from]) => to === i && from === j);
  cell.className = `${may ? "bw-open" : "bw-shut"}${leak ? " bw-leak" : ""}`;
  cell.style.setProperty("--share", weight);
  cell.firstChild.textContent = may ? format(weight).replace(/^0/, "") : steps > 1 ? steps : "";
  const words = may
    ? `may attend, weight ${format(weight)}`
    : `may not attend${steps > 1 ? `, comes through after ${steps} layers` : ""}`;
  set(cell, {
    "aria-selected": may,
    "aria-label": `${rowMarked[i]} to ${keyMarked[j]}: ${words}${leak ? ", a leak" : ""}`,
  });
}

/** A press turns a cell over; what the pointer then passes becomes like it. A finger that
 *  moves up or down scrolls the page and paints nothing. */
function paintWithPointer(table, state) {
  const { model } = state;
  let waiting = null; // the cell under a finger that may still begin to scroll
  const begin = (place) => {
    waiting = null;
    state.act();
    allow(model, place, state.brush);
  };
  const stroke = (event) => {
    const under = document.elementFromPoint(event.clientX, event.clientY);
    const place = table.contains(under) && placeOf(under);
    if (!place) return;
    if (waiting && place[0] === waiting[0] && place[1] !== waiting[1]) begin(waiting);
    if (!waiting) allow(model, place, state.brush);
  };
  table.addEventListener("pointerdown", (event) => {
    const place = placeOf(event.target);
    if (!place || event.button) return;
    event.preventDefault();
    cellAt(table, place).focus({ preventScroll: true });
    table.setPointerCapture(event.pointerId);
    state.brush = !model.get("mask")[place[0]][place[1]];
    if (event.pointerType === "touch") waiting = place;
    else begin(place);
  });
  table.addEventListener("pointermove", (event) => {
    if (state.brush === null) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    (passed.length ? passed : [event]).forEach(stroke);
  });
  table.addEventListener("pointerup", () => waiting && begin(waiting));
  table.addEventListener("lostpointercapture", () => {
    [state.brush, waiting] = [null, null];
    model.save_changes();
  });
}

/** Arrows move from cell to cell, of which one takes the focus; Space and Enter paint. */
function paintWithKeys(table, state) {
  const { model } = state;
  table.addEventListener("focusin", (event) => {
    const place = placeOf(event.target);
    if (!place) return;
    cellAt(table, state.at).tabIndex = -1;
    cellAt(table, place).tabIndex = 0;
    state.at = place;
    if (model.get("selected") !== place[0]) update(model, { selected: place[0] });
  });
  table.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey) return; // the browser's own keys
    if (!arrow && ![" ", "Enter"].includes(event.key)) return;
    event.preventDefault();
    const [i, j] = state.at;
    const mask = model.get("mask");
    if (arrow) {
      const next = [
        clamp(i + arrow[0], 0, mask.length - 1),
        clamp(j + arrow[1], 0, mask[0].length - 1),
      ];
      cellAt(table, next).focus();
    } else if (!event.repeat) {
      state.act();
      allow(model, state.at, !mask[i][j]);
      model.save_changes();
    }
  });
}

function allow(model, [i, j], may) {
  if (model.get("mask")[i][j] === may) return;
  const mask = copy(model.get("mask"));
  mask[i][j] = may;
  model.set("mask", mask);
}
