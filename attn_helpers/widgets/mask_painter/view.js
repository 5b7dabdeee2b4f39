// The mask painter's view: a matrix to paint, and what flows through layers under it.

import { mountChallenge } from "../kit/challenge.js";
import { announcer, h, redrawOn, resetButton, slider, stage, together } from "../kit/dom.js";
import { layersToReach } from "../kit/math/reach.js";
import { maskedSoftmax } from "../kit/math/softmax.js";
import { toldApart } from "../kit/naming.js";
import { flow } from "./flow.js";
import { matrix } from "./matrix.js";
import { CHOICES, presets } from "./presets.js";

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
const NOTE =
  "Paint cells. Filled: may attend, with its weight. Hatched: may not; a number says after how many layers it comes through all the same. Framed: a leak.";

function render({ model, el }) {
  const root = stage(el, "mask-painter", "Mask painter: who may attend to whom");
  const state = {
    model,
    at: [0, 0], // the cell that the keys are on
    brush: null, // what a stroke paints; null between two strokes
    ...CHOICES,
    change: (choices) => {
      Object.assign(state, choices);
      paint();
    },
  };
  const parts = [matrix(state), flow(state), controls(state), presets(state)];
  const [table, figure, ...rows] = parts.map(({ element }) => element);
  root.append(h("div", { class: "bw-canvas" }, table, figure), h("p", { class: "bw-note" }, NOTE));
  const say = announcer(root);
  root.append(...rows);

  function paint() {
    const shown = look(model);
    if (!shown) return;
    for (const { draw } of parts) draw(shown);
    say(report(shown));
    for (const name of ["weights", "reach", "leaks"]) model.set(name, shown[name]);
  }
  return together(redrawOn(model, INPUTS, paint), mountChallenge(model, root));
}

/** All numbers of one frame; null in the middle of a change. */
function look(model) {
  const [tokens, queries, mask, scores, layers, task, given, padding, selected] = INPUTS.map(
    (name) => model.get(name),
  );
  const crossing = queries.length > 0;
  const keyNames = tokens.map((word, j) => (padding.includes(j) ? "[pad]" : word));
  const rowNames = crossing ? queries : keyNames;
  const fits = (rows) => rows.length === rowNames.length && rows[0].length === tokens.length;
  if (!fits(mask) || !fits(scores)) return null;
  const reach = crossing
    ? mask.map((row) => row.map((may) => (may ? 1 : -1)))
    : layersToReach(mask, layers);
  const next = task === "next token";
  const forbidden = (i, j) => {
    const position = i + tokens.length - rowNames.length;
    const real = !padding.includes(position) || (crossing && !next);
    const ahead = next && position >= given - 1 && j > position;
    return real && (padding.includes(j) || ahead);
  };
  return {
    crossing,
    mask,
    layers: crossing ? 1 : layers,
    given,
    judged: next || padding.length > 0,
    chosen: Math.min(selected, rowNames.length - 1),
    keyNames,
    rowNames,
    keyMarked: toldApart(keyNames),
    rowMarked: toldApart(rowNames),
    weights: scores.map((row, i) => maskedSoftmax(row, mask[i])),
    reach,
    leaks: reach.flatMap((row, i) =>
      row.flatMap((steps, j) => (steps >= 0 && forbidden(i, j) ? [[i, j]] : [])),
    ),
  };
}

/** The frame in a few sentences. */
function report(shown) {
  const { mask, layers, given, judged, chosen, keyMarked, rowMarked, reach, leaks } = shown;
  const output = `“${rowMarked[chosen]}”`;
  const known = reach[chosen].filter((steps) => steps >= 0);
  const deep = leaks.filter(([i, j]) => reach[i][j] > 1).length;
  const own = leaks.find(([i]) => i === chosen);
  const sentences = [
    !mask[chosen].some(Boolean) && `${output} may attend to nothing: its weights are 0.`,
    `After ${layers === 1 ? "1 layer" : `${layers} layers`} ${output} depends on ${known.length} of ${keyMarked.length} inputs.`,
    given > 1 && `The first ${given} tokens are given: nothing is asked before the last of them.`,
    leaks.length && `Leaks: ${leaks.length - deep} direct, ${deep} through layers.`,
    judged && !leaks.length && "No leak.",
    own && `It must not know “${keyMarked[own[1]]}”, but: ${path(shown, ...own)}.`,
  ];
  return sentences.filter(Boolean).join(" ");
}

/** Words on the way from input `j` to output `i`. */
function path({ mask, reach, keyMarked, rowMarked }, i, j) {
  const names = [rowMarked[i]];
  let at = i;
  for (let n = reach[i][j]; n > 0; n -= 1) {
    const handsOn = (k) => (n === 1 ? k === j : reach[k][j] === n - 1);
    at = mask[at].findIndex((may, k) => may && handsOn(k));
    names.unshift(keyMarked[at]);
  }
  return names.join(" → ");
}

/** How many layers, where there are several, and the way back. */
function controls(state) {
  const { model } = state;
  const layers = slider("layers", {
    min: 1,
    max: 4,
    step: 1,
    read: () => model.get("layers"),
    write: (n) => model.set("layers", n),
    show: String,
    done: () => model.save_changes(),
  });
  const reset = resetButton(model, INPUTS);
  reset.addEventListener("click", () => state.change(CHOICES));
  const element = h("div", { class: "bw-row" }, layers.element, reset);
  const draw = ({ crossing }) => {
    layers.element.hidden = crossing;
    layers.refresh();
  };
  return { element, draw };
}

const view = { render };
export default view;
