// The head mixer's view: a bar of columns with cuts to drag, a map per head, the mixture.

import { mountChallenge } from "../kit/challenge.js";
import {
  afresh,
  announcer,
  button,
  choice,
  format,
  h,
  onResize,
  redrawOn,
  resetButton,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { cutHeads, multiHead } from "../kit/math/heads.js";
import { columnBar, cutsOf } from "./column_bar.js";
import { even, headMaps } from "./head_maps.js";
import { mixture } from "./mixture.js";

const INPUTS = ["tokens", "X", "w_q", "w_k", "w_v", "w_o", "widths", "off", "split", "selected"];
const NAMES = { off: "the heads' switches" };
const SPLITS = [
  ["transpose", "by columns (right)"],
  ["reshape only", "reshape without transpose (wrong)"],
];
// Presets are claims; each takes d_model and gives a number of heads.
const PRESETS = [
  ["One head", () => 1],
  ["Two heads", () => 2],
  ["Four heads", (d) => Math.min(4, d)],
  ["A column each", (d) => d],
];
const TITLE = "The columns of q, k and v: drag a cut";
const NOTE =
  "In a head, left: the numbers of q it was given (k and v alike), counted row by row, those of one token marked. Right: how much each row attends to each column. Below, pink is positive and grey negative, each table on its own scale.";

function render({ model, el }) {
  const root = stage(el, "head-mixer", "Head mixer: the columns of a model cut into heads");
  const [bar, panel] = [columnBar(model, root), controls(model)];
  const [heads, mixed] = [headMaps(model), mixture()];
  root.append(
    h("p", { class: "bw-title" }, TITLE),
    bar.element,
    presets(model),
    panel.element,
    heads.element,
    mixed.element,
    h("p", { class: "bw-note" }, NOTE),
  );
  const say = announcer(root);

  function paint() {
    const shown = look(model);
    if (!shown) return;
    for (const { draw } of [bar, panel, heads, mixed]) draw(shown);
    say(report(shown));
    for (const name of ["weights", "joined", "output", "change"]) model.set(name, shown[name]);
  }
  return together(
    redrawOn(model, INPUTS, paint),
    onResize(root, paint),
    mountChallenge(model, root, NAMES),
  );
}

/** All numbers of one frame; null in the middle of a change. */
function look(model) {
  const [tokens, X, wQ, wK, wV, wO, widths, off, split] = INPUTS.map((name) => model.get(name));
  const [d, cuts, transposed] = [X[0].length, cutsOf(widths), split === "transpose"];
  if (X.length !== tokens.length || cuts.at(-1) !== d) return null;
  const w = { wQ, wK, wV, wO };
  const results = multiHead(X, w, widths, { off, transposed });
  const whole = multiHead(X, w, widths, { transposed }).output;
  const change = results.output.map((row, i) => Math.hypot(...row.map((v, j) => v - whole[i][j])));
  const numbers = X.map((row, i) => row.map((_, j) => i * d + j));
  const chosen = chosenOf(model);
  // with one head both splits are the same, and each row is one token
  const rowsAreTokens = transposed || widths.length === 1;
  return {
    tokens,
    widths,
    cuts,
    off,
    transposed,
    rowsAreTokens,
    rowNames: rowsAreTokens ? tokens : tokens.map((_, i) => `row ${i + 1}`),
    chosen,
    ofChosen: (number) => Math.floor(number / d) === chosen,
    given: cutHeads(numbers, widths, transposed),
    ...results,
    change,
  };
}

const chosenOf = (model) => Math.min(model.get("selected"), model.get("tokens").length - 1);

/** The frame in a sentence or two. */
function report({ tokens, widths, off, transposed, rowsAreTokens, chosen, change }) {
  const names = off.filter((head) => head < widths.length).map((head) => head + 1);
  const most = change.indexOf(Math.max(...change));
  const wrong = rowsAreTokens
    ? "With one head there is nothing to swap: both splits are the same."
    : `Without the transpose the numbers of “${tokens[chosen]}” went to neighbouring rows of few heads: a row is no token any more.`;
  const heads = names.length
    ? `Off: ${names.join(", ")}. The output of “${tokens[most]}” changes most, by ${format(change[most])}; that of the least changed token by ${format(Math.min(...change))}.`
    : "All heads are on. Switch one off and see whose output changes.";
  return transposed ? heads : `${wrong} ${heads}`;
}

/** Buttons that cut evenly. */
function presets(model) {
  const cutInto = (count) => {
    const d = model.get("X")[0].length;
    update(model, { widths: even(d, count(d)), off: [] });
  };
  return h(
    "div",
    { class: "bw-row", role: "group", "aria-label": "Cuts" },
    ...PRESETS.map(([claim, count]) => button(claim, () => cutInto(count))),
  );
}

/** How the numbers are split, whose are marked, and the way back. */
function controls(model) {
  const split = choice("split", SPLITS, {
    read: () => model.get("split"),
    write: (value) => update(model, { split: value }),
  });
  const marking = h("span");
  let marked;
  const build = afresh((tokens) => {
    const options = tokens.map((word, i) => [i, `${i + 1} ${word}`]);
    marked = choice("mark the numbers of", options, {
      read: () => chosenOf(model),
      write: (value) => update(model, { selected: Number(value) }),
    });
    marking.replaceChildren(marked.element);
  });
  const reset = resetButton(model, INPUTS);
  const element = h("div", { class: "bw-row" }, split.element, marking, reset);
  const draw = ({ tokens }) => {
    build(tokens, tokens);
    split.refresh();
    marked.refresh();
  };
  return { element, draw };
}

const view = { render };
export default view;
