// The playground's view: two planes, a row per key, a few controls.
import { mountChallenge } from "../kit/challenge.js";
import {
  afresh,
  announcer,
  button,
  choice,
  copy,
  format,
  h,
  point,
  redrawOn,
  round,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { attention } from "../kit/math/attention.js";
import { toldApart } from "../kit/naming.js";
import { keyTable } from "./key_table.js";
import { planes } from "./planes.js";

const SCORE_NAMES = [
  ["scaledDot", "dot product ÷ √d"],
  ["dot", "dot product"],
  ["cosine", "cosine"],
  ["gaussian", "Gaussian (−distance² ÷ 2)"],
  ["bilinear", "bilinear (quarter turn)"],
  ["additive", "additive (tanh)"],
];
const MOST_KEYS = 8;
const MOST_QUERIES = 3;
const INPUTS = ["Q", "K", "V", "labels", "score", "temperature", "mask"];
const NAMES = { Q: "the query", K: "each key", V: "each value" };
// Presets are claims: each begins with what the figure began with, all keys to be read.
const PLAIN = { score: "scaledDot", temperature: 1, mask: [] };
const PRESETS = [
  [
    "Two keys tie",
    {
      Q: [[1.5, 0]],
      K: [
        [1.2, 1.2],
        [1.2, -1.2],
        [-1.6, 0],
      ],
    },
  ],
  [
    "The loud key wins",
    {
      Q: [[1, 0.6]],
      K: [
        [0.9, 0.5],
        [2.2, -0.6],
        [-0.6, 1.4],
      ],
    },
  ],
  ["Cold: winner takes all", { temperature: 0.0625 }],
  ["Hot: the plain mean", { temperature: 64 }],
  ["Nothing may be read", { mask: "none" }],
];

function render({ model, el }) {
  const root = stage(
    el,
    "query-key-playground",
    "Attention playground: queries, keys and values in the plane",
  );
  const state = {
    model,
    start: copy(Object.fromEntries(INPUTS.map((name) => [name, model.get(name)]))),
    chosen: 0, // whose weights are shown, when there are several queries
    choose: (i) => {
      state.chosen = i;
      paint();
    },
  };
  const parts = [planes(state), keyTable(state), queryPicker(state), controls(state)];
  const [drawn, table, ...below] = parts.map(({ element }) => element);
  drawn.append(table);
  root.append(drawn);
  const say = announcer(root);
  root.append(...below);

  function paint() {
    const shown = look(state);
    if (!shown) return;
    for (const { draw } of parts) draw(shown);
    say(report(shown));
    for (const name of ["scores", "weights", "output"]) model.set(name, shown[name]);
  }
  return together(redrawOn(model, INPUTS, paint), mountChallenge(model, root, NAMES));
}

/** All numbers of one frame; null in the middle of a change. */
function look(state) {
  const read = (...names) => names.map((name) => state.model.get(name));
  const [Q, K, V, mask, labels] = read("Q", "K", "V", "mask", "labels");
  const [score, parameters, temperature] = read("score", "parameters", "temperature");
  if (K.length !== V.length || (mask.length && mask.length !== K.length)) return null;
  state.chosen = Math.min(state.chosen, Q.length - 1);
  const results = attention(Q, K, V, {
    score,
    params: parameters[score],
    temperature,
    mask: mask.length ? Q.map(() => mask) : null,
  });
  const [keyNames, valueNames] = ["k", "v"].map((letter) =>
    toldApart(K.map((_, j) => labels[j] ?? `${letter}${j + 1}`)),
  );
  return { Q, K, V, mask, keyNames, valueNames, chosen: state.chosen, ...results };
}

/** The frame in a sentence. */
function report({ weights, output, chosen }) {
  return weights[chosen].some(Boolean)
    ? `The weights sum to 1; the output is ${point(output[chosen])}.`
    : "The query may attend to nothing: all weights and the output are 0.";
}

/** A button for each query, where there are several. */
function queryPicker(state) {
  const element = h("div", { class: "bw-row", role: "group", "aria-label": "Show the weights of" });
  const build = afresh(({ Q }) => {
    element.hidden = Q.length === 1;
    element.replaceChildren(
      ...Q.map((_, i) => button(`q${i + 1}`, () => state.choose(i))),
      button("Remove this query", () => removeQuery(state)),
    );
  });
  const draw = (shown) => {
    build(shown.Q.length, shown);
    for (const i of shown.Q.keys())
      element.children[i].setAttribute("aria-pressed", i === shown.chosen);
  };
  return { element, draw };
}

/** Score and temperature, buttons that add, and the presets. */
function controls(state) {
  const { model } = state;
  const score = choice("score", SCORE_NAMES, {
    read: () => model.get("score"),
    write: (value) => update(model, { score: value }),
  });
  const temperature = slider("temperature", {
    min: -4,
    max: 6,
    step: 0.25,
    read: () => Math.log2(model.get("temperature")),
    write: (power) => model.set("temperature", round(2 ** power * 100) / 100),
    show: () => format(model.get("temperature")),
    done: () => model.save_changes(),
  });
  const add = button("Add a key", () => addKey(model));
  const addQuery = button("Add a query", () => addAQuery(state));
  const reset = button("Reset", () => begin(state, {}));
  const tries = PRESETS.map(([claim, preset]) =>
    button(claim, () => begin(state, claimed(state.start, preset))),
  );
  const presets = { class: "bw-row", role: "group", "aria-label": "Starting points" };
  const element = h(
    "div",
    { class: "bw-tries" },
    h("div", { class: "bw-row" }, score.element, temperature.element),
    h("div", { class: "bw-row" }, add, addQuery, reset),
    h("div", { ...presets, hidden: Boolean(model.get("challenge").goal) }, "Try:", ...tries),
  );
  const draw = ({ Q, K }) => {
    add.disabled = K.length >= MOST_KEYS;
    addQuery.disabled = Q.length >= MOST_QUERIES;
    score.refresh();
    temperature.refresh();
  };
  return { element, draw };
}

const GOLDEN = 2.4; // radians; turned on by it, directions never coincide
const spot = (angle, radius) => [Math.cos, Math.sin].map((part) => round(radius * part(angle)));

function addKey(model) {
  const [K, V, labels, mask] = ["K", "V", "labels", "mask"].map((name) => model.get(name));
  update(model, {
    K: [...K, spot(GOLDEN * K.length + 0.4, 1.7)],
    V: [...V, spot(GOLDEN * K.length - 0.4, 2)],
    labels: labels.length ? [...labels, `k${K.length + 1}`] : [],
    mask: mask.length ? [...mask, true] : [],
  });
}

function addAQuery(state) {
  const Q = state.model.get("Q");
  state.chosen = Q.length;
  update(state.model, { Q: [...Q, spot(GOLDEN * Q.length, 1.4)] });
}

function removeQuery(state) {
  const gone = state.chosen;
  state.chosen = 0;
  update(state.model, { Q: state.model.get("Q").filter((_, i) => i !== gone) });
}

/** Back to how the figure began, or to something else to begin with. */
function begin(state, other) {
  state.chosen = 0;
  update(state.model, { ...state.start, ...other });
}

/** What a preset needs; with other keys come values for them. */
function claimed({ K, V }, preset) {
  const next = { ...PLAIN, ...preset };
  if (next.mask === "none") next.mask = K.map(() => false);
  if (next.K) {
    next.labels = [];
    next.V = V.length < next.K.length ? next.K : V.slice(0, next.K.length);
  }
  return next;
}

const view = { render };
export default view;
