// The head mixer's view: columns with cuts to drag, a map per head, and the mixture.

import { mountChallenge } from "../kit/challenge.js";
import {
  afresh,
  announcer,
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
import { ownWords } from "../kit/own_words.js";
import { columnBar, cutsOf } from "./column_bar.js";
import { besides, presets } from "./cutting.js";
import { headMaps } from "./head_maps.js";
import { mixture } from "./mixture.js";
import { sentence, textOf } from "./sentence.js";

const INPUTS = [
  ...["tokens", "X", "w_q", "w_k", "w_v", "w_o"],
  ...["widths", "baseline", "off", "split", "selected"],
];
const NAMES = { off: "the heads' switches" };
const SPLITS = [
  ["transpose", "by columns (right)"],
  ["reshape only", "by reshape alone (wrong)"],
];

function render({ model, el }) {
  const root = stage(el, "head-mixer", "Head mixer: the columns of a model cut into heads");
  const [bar, heads, mixed] = [columnBar(model, root), headMaps(model), mixture(root)];
  const [cuts, panel, hints] = [besides(model, bar.element), controls(model), advice(model)];
  const outcome = h("div", { class: "bw-outcome" }, mixed.element, panel.element);
  root.append(hints.first, cuts.element, heads.element, outcome, hints.note);
  const say = announcer(root);
  const even = presets(model);
  even.append(resetButton(model, INPUTS));
  root.append(even);

  function paint() {
    const shown = look(model);
    if (!shown) return;
    for (const { draw } of [hints, bar, heads, mixed, cuts, panel]) draw(shown);
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
  const [tokens, X, wQ, wK, wV, wO, widths, baseline, off, split] = INPUTS.map((name) =>
    model.get(name),
  );
  const [d, cuts, transposed] = [X[0].length, cutsOf(widths), split === "transpose"];
  const fits = [widths, baseline].every((heads) => cutsOf(heads).at(-1) === d);
  if (X.length !== tokens.length || !fits) return null;
  const w = { wQ, wK, wV, wO };
  const results = multiHead(X, w, widths, { off, transposed });
  const before = multiHead(X, w, baseline).output;
  const change = results.output.map((row, i) => Math.hypot(...row.map((v, j) => v - before[i][j])));
  const numbers = X.map((row, i) => row.map((_, j) => i * d + j));
  const chosen = chosenOf(model);
  // with one head both splits are the same, and each row is one token
  const rowsAreTokens = transposed || widths.length === 1;
  return {
    tokens,
    widths,
    baseline,
    cuts,
    off,
    transposed,
    rowsAreTokens,
    numbered: !transposed,
    rowNames: rowsAreTokens ? tokens : tokens.map((_, i) => `row ${i + 1}`),
    chosen,
    ofChosen: (number) => Math.floor(number / d) === chosen,
    given: cutHeads(numbers, widths, transposed),
    ...results,
    change,
    longest: Math.max(1e-9, ...before.map((row) => Math.hypot(...row))),
  };
}

const chosenOf = (model) => Math.min(model.get("selected"), model.get("tokens").length - 1);

/** The frame in a sentence or two. */
function report({ tokens, widths, off, transposed, rowsAreTokens, chosen, change }) {
  const names = off.filter((head) => head < widths.length).map((head) => head + 1);
  const most = change.indexOf(Math.max(...change));
  const wrong = rowsAreTokens
    ? "With one head there is nothing to swap: both splits are the same. "
    : `Without the transpose the numbers of “${tokens[chosen]}” go to neighbouring rows of few heads: a row is no token any more. `;
  const heads = names.length ? `Off: ${names.join(", ")}.` : "All heads are on.";
  const moved =
    change[most] < 0.005
      ? "No output has changed."
      : `The output of “${tokens[most]}” changes most, by ${format(change[most])}; that of the least changed token by ${format(Math.min(...change))}.`;
  return `${transposed ? "" : wrong}${heads} ${moved}`;
}

/** What to try first, and what there is to see. */
function advice(model) {
  const first = h("p", { class: "bw-first", hidden: Boolean(model.get("challenge").goal) });
  const note = h("p", { class: "bw-note" });
  const draw = ({ widths, baseline, numbered }) => {
    const off = `switch off head ${widths.length}, then head 1. Then drag a cut.`;
    const cut = "add a cut, and drag it.";
    first.textContent = `Try: ${widths.length > 1 ? off : cut} Whose output changes?`;
    const numbers = numbered ? "left the numbers of q that it got, then " : "";
    const than = baseline.length > 1 ? `heads of ${baseline.join(", ")} columns` : "one head";
    note.textContent = `In a head: ${numbers}how much each row attends to each column (violet), and what it gives: pink is positive, grey negative. Change: how far an output is from that of ${than}, all on.`;
  };
  return { first, note, draw };
}

/** Other words, how the numbers are split, and whose are marked. */
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
  const textNow = () => textOf(model.get("tokens"), model.get("X"));
  const words = ownWords("your own words", "Nouns: Capital. Verbs: CAPITALS.", {
    read: () => textNow() ?? "",
    write: (text) => update(model, sentence(text) ?? {}),
  });
  const element = h("div", { class: "bw-row" }, words.element, split.element, marking);
  const draw = ({ tokens, numbered }) => {
    build(tokens, tokens);
    marking.hidden = !numbered;
    words.element.hidden = textNow() === null || Boolean(model.get("challenge").goal);
    for (const control of [split, marked, words]) control.refresh();
  };
  return { element, draw };
}

const view = { render };
export default view;
