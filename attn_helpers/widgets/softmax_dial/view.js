// The softmax dial's view: scores to pull, a temperature, and the weights they give.
import { keeps, mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  checkbox,
  choice,
  copy,
  format,
  h,
  onResize,
  redrawOn,
  resetButton,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { entmax, sparsemax } from "../kit/math/entmax.js";
import { softmaxInPrecision } from "../kit/math/precision.js";
import { entropy } from "../kit/math/softmax.js";
import { sum } from "../kit/math/vectors.js";
import { toldApart } from "../kit/naming.js";
import { LARGEST, trouble } from "./overflow.js";
import { extentOf, scoreColumns } from "./score_columns.js";

const INPUTS = [
  "scores",
  "labels",
  "temperature",
  "normaliser",
  "alpha",
  "precision",
  "subtract_max",
  "offset",
];
const NAMES = { subtract_max: "the subtraction" };
const FEWEST = 2;
const MOST = 8;
const NORMALISERS = {
  softmax: (scores, { precision, subtractMax }) =>
    softmaxInPrecision(scores, { precision, subtractMax }),
  sparsemax: (scores) => sparsemax(scores),
  entmax: (scores, { alpha }) => entmax(scores, alpha),
};
// Presets are claims; each names every input but the labels and the normaliser.
const PLAIN = { temperature: 1, precision: "float64", subtract_max: true, offset: 0 };
const PRESETS = [
  ["A tie", { ...PLAIN, scores: [2, 2, 0, -1] }],
  ["One clear winner", { ...PLAIN, scores: [4.5, 1, 0, -1] }],
  ["Scores ×10", { ...PLAIN, scores: [20, 10, 0, -10] }],
  [
    "Overflow in float16",
    { ...PLAIN, scores: [2, 1, 0, -1], precision: "float16", subtract_max: false, offset: 10 },
  ],
];

const orNull = (x) => (Number.isFinite(x) ? x : null);
const nameOf = (labels, i) => labels[i] ?? `k${i + 1}`;
const eachItself = (values) => values.map((value) => [value, value]);

function render({ model, el }) {
  const root = stage(el, "softmax-dial", "Softmax dial: scores become weights");
  const state = {
    model,
    names: [],
    extent: 4, // the end of the scale of scores
    settled: [], // weights after the last change,
    before: [], // and before it
    offered: false, // the choice of a normaliser, once there was another than softmax
    pulling: false, // during a gesture the scale and the earlier weights hold still
    pull: (name, value) => {
      state.pulling = true;
      model.set(name, value);
    },
    settle: () => {
      state.pulling = false;
      model.save_changes();
      paint();
    },
  };
  const [drawing, fault] = [scoreColumns(state), faultLine()];
  const above = [drawing, dial(state), otherNormalisers(state), presets(model), machine(state)];
  root.append(...above.map(({ element }) => element));
  const say = announcer(root);
  root.append(fault.element);

  function paint() {
    const shown = look(state);
    if (!shown) return;
    for (const { draw } of [...above, fault]) draw(shown);
    say(report(shown));
    for (const [name, value] of Object.entries(shown.results)) model.set(name, value);
  }
  const onWidth = onResize(drawing.element, () => {
    state.pulling = false; // new columns take the place of the one pulled
    paint();
  });
  return together(redrawOn(model, INPUTS, paint), onWidth, mountChallenge(model, root, NAMES));
}

/** All numbers of one frame; null in the middle of a change. */
function look(state) {
  const traits = INPUTS.map((name) => state.model.get(name));
  const [scores, labels, temperature, normaliser, alpha, precision, subtractMax, offset] = traits;
  if (labels.length && labels.length !== scores.length) return null;
  const soft = normaliser === "softmax";
  const added = soft ? offset : 0;
  const exponents = scores.map((x) => (x + added) / temperature);
  const weights = NORMALISERS[normaliser](exponents, { precision, subtractMax, alpha });
  const names = toldApart(scores.map((_, i) => nameOf(labels, i)));
  remember(state, { scores, names, weights, soft });
  const sign = added < 0 ? "\u2212" : "+";
  const inside = added ? `(scores ${sign} ${format(Math.abs(added), 1)})` : "scores";
  return {
    ...{ scores, names, weights, normaliser, soft },
    previous: state.pulling ? state.settled : state.before,
    extent: state.extent,
    offered: state.offered,
    formula: `${normaliser === "entmax" ? `${alpha}-entmax` : normaliser}(${inside} ÷ ${temperature})`,
    plain: precision === "float64" && subtractMax && !offset,
    problem: soft ? trouble(exponents, weights, precision, subtractMax) : "",
    results: resultsOf(weights),
  };
}

/** What frames leave for later ones. */
function remember(state, { scores, names, weights, soft }) {
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  if (!same(names, state.names)) state.pulling = false; // a handle that is gone ends no gesture
  state.names = names;
  state.offered ||= !soft;
  if (state.pulling) return;
  state.extent = extentOf(scores);
  if (!same(weights, state.settled)) [state.before, state.settled] = [state.settled, weights];
}

/** As traits: what is not finite is null. */
function resultsOf(weights) {
  const total = sum(weights);
  return {
    weights: weights.map(orNull),
    entropy: Number.isFinite(total / total) ? entropy(weights.map((w) => w / total)) : null,
    largest: orNull(Math.max(...weights)),
    support: weights.filter((w) => w > 0).length,
  };
}

/** The frame in a sentence. */
function report({ names, offered, results }) {
  const { weights, entropy: spread, largest, support } = results;
  if (spread === null) return "No entropy: these are not shares.";
  const counted = offered ? `Weights above 0: ${support} of ${weights.length}. ` : "";
  const most = Math.log(weights.length);
  return `${counted}Entropy ${format(spread)} nats: ${format((100 * spread) / most, 0)} % of ln ${weights.length} = ${format(most)}. The largest weight is ${format(largest, 3)} (${names[weights.indexOf(largest)]}).`;
}

/** Why there are no shares, or wrong ones; told at once, unlike the report. */
function faultLine() {
  const element = h("p", { class: "bw-fault", role: "status" });
  const draw = ({ problem }) => {
    if (element.textContent !== problem) element.textContent = problem;
  };
  return { element, draw };
}

/** The temperature, and how many scores there are. */
function dial(state) {
  const { model } = state;
  const temperature = slider("temperature", {
    min: -2,
    max: 2,
    step: 0.02,
    read: () => Math.log10(model.get("temperature")),
    write: (power) => state.pull("temperature", Number((10 ** power).toPrecision(3))),
    show: () => String(Number(model.get("temperature").toPrecision(3))),
    done: state.settle,
  });
  const add = button("Add a score", () => setScores(model, [...model.get("scores"), 0]));
  const remove = button("Remove the last", () =>
    setScores(model, model.get("scores").slice(0, -1)),
  );
  add.hidden = remove.hidden = keeps(model, ["scores"]);
  const draw = ({ scores }) => {
    temperature.refresh();
    add.disabled = scores.length >= MOST;
    remove.disabled = scores.length <= FEWEST;
  };
  return { element: h("div", { class: "bw-row" }, temperature.element, add, remove), draw };
}

/** Scores come and go at the end, and given labels with them. */
function setScores(model, scores) {
  const labels = model.get("labels");
  update(model, { scores, labels: labels.length ? scores.map((_, i) => nameOf(labels, i)) : [] });
}

/** The choice of a normaliser, and what only entmax has. */
function otherNormalisers(state) {
  const { model } = state;
  const normaliser = choice("normaliser", eachItself(Object.keys(NORMALISERS)), {
    read: () => model.get("normaliser"),
    write: (value) => update(model, { normaliser: value }),
  });
  const alpha = slider("α", {
    min: 1,
    max: 4,
    step: 0.05,
    read: () => model.get("alpha"),
    write: (value) => state.pull("alpha", value),
    show: () => format(model.get("alpha")),
    done: state.settle,
  });
  const element = h("div", { class: "bw-row" }, normaliser.element, alpha.element);
  const draw = (shown) => {
    normaliser.refresh();
    alpha.refresh();
    element.hidden = !shown.offered;
    alpha.element.hidden = shown.normaliser !== "entmax";
  };
  return { element, draw };
}

/** A button for each claim, where it could not only spoil a challenge, and Reset. */
function presets(model) {
  const fixed = keeps(model, Object.keys(PRESETS[0][1]));
  const claims = PRESETS.map(([claim, traits]) => button(claim, () => claimed(model, traits)));
  for (const claim of claims) claim.hidden = fixed;
  const row = { class: "bw-row bw-tries", role: "group", "aria-label": "Starting points" };
  const element = h("div", row, ...claims, resetButton(model, INPUTS));
  const draw = ({ soft }) => {
    claims.at(-1).hidden = fixed || !soft; // only the softmax overflows
  };
  return { element, draw };
}

/** A preset; labels stay where there is still one for each score. */
function claimed(model, traits) {
  const labels = model.get("labels");
  const kept = labels.length === traits.scores.length ? labels : [];
  update(model, { ...copy(traits), labels: kept });
}

/** What belongs to the softmax in a computer alone; unfolded where it makes a difference. */
function machine(state) {
  const { model } = state;
  const precision = choice("numbers kept in", eachItself(Object.keys(LARGEST)), {
    read: () => model.get("precision"),
    write: (value) => update(model, { precision: value }),
  });
  const offset = slider("add to every score", {
    min: -100,
    max: 100,
    step: 1,
    read: () => Math.sign(model.get("offset")) * Math.sqrt(10 * Math.abs(model.get("offset"))),
    write: (v) => state.pull("offset", Number(((v * Math.abs(v)) / 10).toFixed(1))),
    show: () => format(model.get("offset"), 1),
    done: state.settle,
  });
  const subtract = checkbox("subtract the maximum first", {
    read: () => model.get("subtract_max"),
    write: (value) => update(model, { subtract_max: value }),
  });
  const controls = [precision, offset, subtract];
  const element = h(
    "details",
    { class: "bw-machine" },
    h("summary", {}, "In a computer: precision and overflow"),
    h("div", { class: "bw-row" }, ...controls.map((control) => control.element)),
  );
  const draw = ({ plain, soft }) => {
    for (const control of controls) control.refresh();
    if (!plain) element.open = true;
    element.hidden = !soft;
  };
  return { element, draw };
}

const view = { render };
export default view;
