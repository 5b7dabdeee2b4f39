// The mask painter's view: a matrix to paint, and what flows through layers under it.

import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  h,
  redrawOn,
  resetButton,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { causalMask } from "../kit/math/masks.js";
import { layersToReach } from "../kit/math/reach.js";
import { maskedSoftmax } from "../kit/math/softmax.js";
import { toldApart } from "../kit/naming.js";
import { ownWords } from "../kit/own_words.js";
import { flow } from "./flow.js";
import { history } from "./history.js";
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
const MOST = 10; // words
const LEGEND = [
  ["open", ".67", "may attend: weight"],
  ["shut", "", "may not"],
  ["shut", "2", "comes through after 2 layers"],
  ["open bw-leak", "", "a leak"],
];

function render({ model, el }) {
  const root = stage(el, "mask-painter", "Mask painter: who may attend to whom");
  const past = history(model);
  const state = {
    model,
    at: [0, 0], // the cell that the keys are on
    brush: null, // what a stroke paints; null between two strokes
    ...CHOICES,
    change: (choices) => {
      Object.assign(state, choices);
      paint();
    },
    act: past.note,
  };
  const parts = [matrix(state), flow(state), controls(state, past), presets(state), past];
  const [table, figure, ...rows] = parts.slice(0, 4).map(({ element }) => element);
  root.append(h("div", { class: "bw-canvas" }, table, figure), legend());
  const say = announcer(root);
  root.append(...rows);
  root.addEventListener("keydown", (event) => {
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey)) return;
    if (event.target.localName === "input") return; // it has an undo of its own
    event.preventDefault();
    past.undo();
  });

  function paint() {
    const shown = look(model);
    if (!shown) return;
    for (const { draw } of parts) draw(shown);
    say(report(shown));
    for (const name of ["weights", "reach", "leaks"]) model.set(name, shown[name]);
  }
  return together(redrawOn(model, INPUTS, paint), mountChallenge(model, root));
}

function legend() {
  const key = ([kind, text, meaning]) =>
    h("span", {}, h("span", { class: `bw-sample bw-${kind}` }, h("span", {}, text)), meaning);
  return h("p", { class: "bw-note bw-legend" }, ...LEGEND.map(key));
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

/** How many layers, where there are several, the words, and the ways back. */
function controls(state, past) {
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
  const words = ownWords("your own words", "Then all scores are 0.", {
    read: () => model.get("tokens").join(" "),
    write: (text) => take(state, text),
  });
  const reset = resetButton(model, INPUTS);
  reset.addEventListener("click", () => {
    past.forget();
    state.change(CHOICES);
  });
  const element = h("div", { class: "bw-row" }, layers.element, past.element, reset, words.element);
  const draw = ({ crossing }) => {
    layers.element.hidden = crossing;
    layers.refresh();
    words.element.hidden = crossing || Boolean(model.get("challenge").goal);
    words.refresh();
  };
  return { element, draw };
}

/** Two to ten other words; as many as before keep the mask. */
function take(state, text) {
  const { model } = state;
  const tokens = text.split(/\s+/).filter(Boolean).slice(0, MOST);
  const before = model.get("tokens");
  if (tokens.length < 2 || String(tokens) === String(before)) return;
  state.act();
  const t = tokens.length;
  const fresh = { mask: causalMask(t), given: 0, padding: [] };
  const scores = tokens.map(() => Array(t).fill(0));
  update(model, { tokens, scores, ...(t === before.length ? {} : fresh) });
}

const view = { render };
export default view;
