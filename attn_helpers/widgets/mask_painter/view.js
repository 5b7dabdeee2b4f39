// The mask painter's view: a matrix to paint, and what flows through layers under it.

import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  checkbox,
  clamp,
  copy,
  format,
  h,
  redrawOn,
  resetButton,
  s,
  set,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { causalMask, prefixMask, windowMask } from "../kit/math/masks.js";
import { layersToReach } from "../kit/math/reach.js";
import { maskedSoftmax } from "../kit/math/softmax.js";

const INPUTS = [
  "tokens",
  "queries",
  "mask",
  "scores",
  "layers",
  "task",
  "given",
  "padding",
  "selected",
];
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const LEVEL = 64; // height of a layer in the flow

const filled = (tQ, tK, may) =>
  Array.from({ length: tQ }, (_, i) => Array.from({ length: tK }, (_, j) => may(i, j)));
/** Words that come more than once with a small number: the first, the second. */
const toldApart = (words) =>
  words.map((word, i) => {
    if (words.indexOf(word) === words.lastIndexOf(word)) return word;
    const nth = words.slice(0, i + 1).filter((other) => other === word).length;
    return word + String.fromCodePoint(...[...String(nth)].map((digit) => 0x2080 + Number(digit)));
  });
const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);
// Who may attend, from the sizes and the number n on the slider, where it counts.
const PRESETS = [
  ["Everyone", (tQ, tK) => filled(tQ, tK, () => true)],
  ["Causal", (tQ, tK) => causalMask(tQ, tK, tK - tQ)],
  ["Window", (tQ, tK, n) => windowMask(tQ, n, tK, tK - tQ)],
  ["Prefix", (tQ, tK, n) => prefixMask(tQ, n, tK, tK - tQ), (_, n) => ({ given: n })],
  [
    "Padding",
    (tQ, tK, n) => filled(tQ, tK, (_, j) => j < tK - n),
    (tK, n) => ({ padding: range(tK - n, tK) }),
  ],
  [
    "One cell too many",
    (tQ, tK) => filled(tQ, tK, (i, j) => j <= i + tK - tQ || (!i && j === tK - 1)),
  ],
  ["Nobody", (tQ, tK) => filled(tQ, tK, () => false)],
];

function render({ model, el }) {
  const get = (name) => model.get(name);
  const root = stage(el, "mask-painter", "Mask painter: who may attend to whom");
  const nameOf = (j) => (get("padding").includes(j) ? "[pad]" : get("tokens")[j]);
  const rowName = (i) => (get("queries").length ? get("queries")[i] : nameOf(i));
  const size = () => [get("queries").length || get("tokens").length, get("tokens").length];
  // where a word may come twice and its place does not show
  const keyMarked = (j) => toldApart(get("tokens").map((_, k) => nameOf(k)))[j];
  const rowMarked = (i) => (get("queries").length ? toldApart(get("queries"))[i] : keyMarked(i));
  const chosen = () => Math.min(get("selected"), size()[0] - 1);
  const stacked = () => (get("queries").length ? 1 : get("layers"));
  let [shown, cells, totals, at, brush] = ["", [], [], [0, 0], null];

  // --- the matrix ---
  const table = h("table", {
    role: "grid",
    "aria-label": "Mask: rows are queries, columns are keys. Space lets attend or forbids.",
  });
  const flow = s("svg", { role: "img" });
  const title = h("figcaption");
  const figure = h("figure", { class: "bw-flow" }, title, flow);
  root.append(h("div", { class: "bw-canvas" }, table, figure));

  function allow([i, j], may) {
    if (get("mask")[i][j] === may) return;
    const mask = copy(get("mask"));
    mask[i][j] = may;
    model.set("mask", mask);
  }
  const cellOf = (element) =>
    element?.closest?.("[data-cell]")?.dataset.cell.split(",").map(Number);
  const stroke = (event) => {
    const under = document.elementFromPoint(event.clientX, event.clientY);
    if (table.contains(under) && cellOf(under)) allow(cellOf(under), brush);
  };
  table.addEventListener("pointerdown", (event) => {
    const cell = cellOf(event.target);
    if (!cell || event.button) return;
    event.preventDefault();
    event.target.closest("td").focus({ preventScroll: true });
    table.setPointerCapture(event.pointerId);
    brush = !get("mask")[cell[0]][cell[1]];
    allow(cell, brush);
  });
  table.addEventListener("pointermove", (event) => {
    if (brush === null) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    (passed.length ? passed : [event]).forEach(stroke);
  });
  table.addEventListener("lostpointercapture", () => {
    brush = null;
    model.save_changes();
  });
  table.addEventListener("focusin", (event) => {
    const cell = cellOf(event.target);
    if (!cell) return;
    cells[at[0]][at[1]].tabIndex = -1;
    at = cell;
    cells[at[0]][at[1]].tabIndex = 0;
    if (chosen() !== at[0]) update(model, { selected: at[0] });
  });
  table.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow && ![" ", "Enter"].includes(event.key)) return;
    event.preventDefault();
    const [tQ, tK] = size();
    if (arrow)
      cells[clamp(at[0] + arrow[0], 0, tQ - 1)][clamp(at[1] + arrow[1], 0, tK - 1)].focus();
    else {
      allow(at, !get("mask")[at[0]][at[1]]);
      model.save_changes();
    }
  });

  function build([tQ, tK]) {
    cells = filled(tQ, tK, (i, j) =>
      h("td", { "data-cell": `${i},${j}`, tabindex: -1 }, h("span")),
    );
    totals = cells.map(() => h("td", { class: "bw-total" }));
    at = [chosen(), 0];
    cells[at[0]][0].tabIndex = 0;
    const head = (text, scope) => h("th", { scope }, h("span", { dir: "auto" }, text));
    table.replaceChildren(
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td", { class: "bw-corner" }, "query \\ key"),
          ...range(0, tK).map((j) => head(nameOf(j), "col")),
          h("th", { scope: "col", class: "bw-sum" }, "sum"),
        ),
      ),
      h(
        "tbody",
        {},
        ...cells.map((row, i) => h("tr", {}, head(rowName(i), "row"), ...row, totals[i])),
      ),
    );
  }

  // --- controls ---
  let number = 2; // radius, length of the prefix, or padded tokens
  let both = false; // keep closed what is closed
  let last = null;
  function apply(preset) {
    last = preset;
    const [, mask, more = () => ({})] = preset;
    const [tQ, tK] = size();
    const n = Math.min(number, tK - 1);
    const made = { mask: mask(tQ, tK, n), given: 0, padding: [], ...more(tK, n) };
    if (both) {
      made.mask = made.mask.map((row, i) => row.map((may, j) => may && get("mask")[i][j]));
      made.padding = [...get("padding"), ...made.padding];
      made.given = Math.max(get("given"), made.given);
    }
    update(model, made);
  }
  const amount = slider("size of window, prefix, padding", {
    min: 1,
    max: 5,
    step: 1,
    read: () => number,
    write: (n) => {
      number = n;
      amount.refresh();
      if (!both && last?.[1].length === 3) apply(last); // a mask that takes n
    },
    show: String,
    done: () => {},
  });
  const depth = slider("layers", {
    min: 1,
    max: 4,
    step: 1,
    read: () => get("layers"),
    write: (n) => model.set("layers", n),
    show: String,
    done: () => model.save_changes(),
  });
  const combine = checkbox("only where it is open already (AND)", {
    read: () => both,
    write: (on) => {
      both = on;
    },
  });
  root.append(
    h(
      "p",
      { class: "bw-note" },
      "Paint cells. Filled: may attend, with its weight. Hatched: may not; a number says after how many layers it comes through all the same. Framed: a leak.",
    ),
  );
  const say = announcer(root);
  const reset = resetButton(model, INPUTS);
  reset.addEventListener("click", () => {
    [both, number, last] = [false, 2, null];
    for (const control of [amount, combine]) control.refresh();
  });
  root.append(
    h("div", { class: "bw-row" }, depth.element, reset),
    h(
      "div",
      {
        class: "bw-row",
        role: "group",
        "aria-label": "Masks",
        hidden: Boolean(get("challenge").goal),
      },
      ...PRESETS.map((preset) => button(preset[0], () => apply(preset))),
      amount.element,
      combine.element,
    ),
  );

  // --- drawing ---
  function forbidden(i, j) {
    const [tQ, tK] = size();
    const position = i + tK - tQ;
    const next = get("task") === "next token";
    const real = !get("padding").includes(position) || (get("queries").length > 0 && !next);
    return (
      real && (get("padding").includes(j) || (next && position >= get("given") - 1 && j > position))
    );
  }

  /** Words on the way from input `j` to output `i`. */
  function path(reach, i, j) {
    const names = [rowMarked(i)];
    for (let n = reach[i][j]; n > 0; n -= 1) {
      i = get("mask")[i].findIndex((may, k) => may && (n === 1 ? k === j : reach[k][j] === n - 1));
      names.unshift(keyMarked(i));
    }
    return names.join(" → ");
  }

  function drawCell(i, j, weight, steps) {
    const may = get("mask")[i][j];
    const leak = steps >= 0 && forbidden(i, j);
    const cell = cells[i][j];
    cell.className = `${may ? "bw-open" : "bw-shut"}${leak ? " bw-leak" : ""}`;
    cell.style.setProperty("--share", weight);
    cell.firstChild.textContent = may ? format(weight).replace(/^0/, "") : steps > 1 ? steps : "";
    const words = may
      ? `may attend, weight ${format(weight)}`
      : `may not attend${steps > 1 ? `, comes through after ${steps} layers` : ""}`;
    set(cell, {
      "aria-selected": may,
      "aria-label": `${rowMarked(i)} to ${keyMarked(j)}: ${words}${leak ? ", a leak" : ""}`,
    });
  }

  function drawFlow(reach, layers) {
    const [t] = size();
    const step = Math.min(44, 300 / t);
    const to = chosen();
    const leaking = range(0, t).filter((j) => reach[to][j] >= 0 && forbidden(to, j));
    const place = (layer, i) => [(i + 0.5) * step, 14 + LEVEL * (layers - layer)];
    const lit = (layer, i) => reach[to][i] >= 0 && reach[to][i] <= layers - layer;
    const bad = (layer, i) => leaking.some((x) => reach[i][x] >= 0 && reach[i][x] <= layer);
    const lines = { faint: "", lit: "", bad: "" };
    const nodes = [];
    for (let layer = 0; layer <= layers; layer += 1) {
      for (let i = 0; i < t; i += 1) {
        const [cx, cy] = place(layer, i);
        const on = lit(layer, i);
        const kind = on && bad(layer, i) ? "bad" : on ? "lit" : "faint";
        nodes.push(
          s("circle", {
            class: `bw-${layer === layers && i === to ? "output-dot" : kind}`,
            cx,
            cy,
            r: on ? 6 : 4,
            "data-output": i,
          }),
        );
        for (let j = 0; layer && j < t; j += 1) {
          if (i !== j && !get("mask")[i][j]) continue;
          lines[!on ? "faint" : bad(layer - 1, j) ? "bad" : "lit"] +=
            `M${place(layer - 1, j)}L${cx} ${cy}`;
        }
      }
    }
    const height = 14 + LEVEL * layers;
    const labels = range(0, t).map((j) => {
      const x = (j + 0.7) * step;
      return s(
        "text",
        { x, y: height + 18, transform: `rotate(-45 ${x} ${height + 18})`, "text-anchor": "end" },
        nameOf(j).slice(0, 9),
      );
    });
    set(flow, {
      viewBox: `-20 0 ${t * step + 20} ${height + 62}`,
      "aria-label": `${range(0, t)
        .filter((j) => reach[to][j] >= 0)
        .map(keyMarked)
        .join(", ")} can reach ${rowMarked(to)}`,
    });
    flow.style.maxWidth = `${t * step + 20}px`;
    flow.replaceChildren(
      ...Object.entries(lines).map(([kind, d]) => s("path", { class: `bw-${kind}`, d })),
      ...nodes,
      ...labels,
    );
  }
  flow.addEventListener("click", (event) => {
    const output = event.target.dataset.output;
    if (output) update(model, { selected: Number(output) });
  });

  function report(reach, leaks) {
    const to = chosen();
    const deep = leaks.filter(([i, j]) => reach[i][j] > 1).length;
    const layers = stacked() === 1 ? "1 layer" : `${stacked()} layers`;
    const mine = leaks.find(([i]) => i === to);
    const judged = get("task") === "next token" || get("padding").length;
    say(
      [
        get("mask")[to].some(Boolean)
          ? ""
          : `“${rowMarked(to)}” may attend to nothing: its weights are 0.`,
        `After ${layers} “${rowMarked(to)}” depends on ${reach[to].filter((n) => n >= 0).length} of ${reach[to].length} inputs.`,
        get("given") > 1
          ? `The first ${get("given")} tokens are given: nothing is asked before the last of them.`
          : "",
        leaks.length
          ? `Leaks: ${leaks.length - deep} direct, ${deep} through layers.`
          : judged
            ? "No leak."
            : "",
        mine ? `It must not know “${keyMarked(mine[1])}”, but: ${path(reach, ...mine)}.` : "",
      ]
        .filter(Boolean)
        .join(" "),
    );
  }

  function paint() {
    const [tQ, tK] = size();
    const fits = (rows) => rows.length === tQ && rows[0].length === tK;
    if (!fits(get("mask")) || !fits(get("scores"))) return; // a change half told
    const next = JSON.stringify([range(0, tQ).map(rowName), range(0, tK).map(nameOf)]);
    if (shown !== next) build([tQ, tK]);
    shown = next;
    const weights = get("scores").map((row, i) => maskedSoftmax(row, get("mask")[i]));
    const reach = get("queries").length
      ? get("mask").map((row) => row.map((may) => (may ? 1 : -1)))
      : layersToReach(get("mask"), get("layers"));
    const leaks = [];
    reach.forEach((row, i) => {
      row.forEach((steps, j) => {
        drawCell(i, j, weights[i][j], steps);
        if (steps >= 0 && forbidden(i, j)) leaks.push([i, j]);
      });
      totals[i].textContent = get("mask")[i].some(Boolean) ? 1 : 0;
      totals[i].parentElement.classList.toggle("bw-chosen", i === chosen());
    });
    figure.hidden = depth.element.hidden = get("queries").length > 0;
    title.textContent = `Paths to the output of “${rowMarked(chosen())}”`;
    if (!figure.hidden) drawFlow(reach, get("layers"));
    for (const control of [amount, depth, combine]) control.refresh();
    report(reach, leaks);
    for (const [name, value] of Object.entries({ weights, reach, leaks })) model.set(name, value);
  }

  return together(redrawOn(model, INPUTS, paint), mountChallenge(model, root));
}

const view = { render };
export default view;
