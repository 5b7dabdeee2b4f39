// The softmax dial's view: scores to pull, a temperature, and the weights they give.

import { keeps, mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  checkbox,
  choice,
  clamp,
  copy,
  format,
  h,
  onResize,
  redrawOn,
  resetButton,
  s,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { entmax, sparsemax } from "../kit/math/entmax.js";
import { softmaxInPrecision } from "../kit/math/precision.js";
import { entropy } from "../kit/math/softmax.js";
import { LARGEST, trouble } from "./overflow.js";
import { column, extentOf, HEIGHT, hasMoved, LEFT, panels, place } from "./score_columns.js";

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
const FEWEST = 2;
const MOST = 8;
const NORMALISERS = {
  softmax: (scores, { precision, subtract_max }) =>
    softmaxInPrecision(scores, { precision, subtractMax: subtract_max }),
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

function render({ model, el }) {
  const get = (name) => model.get(name);
  const root = stage(el, "softmax-dial", "Softmax dial: scores become weights");
  const svg = s("svg", { role: "group", "aria-label": "Scores above, weights below" });
  const [ground, columns] = [s("g"), s("g")];
  svg.append(ground, columns);
  const name = (i) => get("labels")[i] ?? `k${i + 1}`;

  let drawn = [];
  let scene = "";
  let extent = 4;
  let pulling = false; // during a gesture the scale holds still
  let [settled, before] = [[], []];
  let offered = false; // the choice of a normaliser, once there was another than softmax

  const during = (name, value) => {
    pulling = true;
    model.set(name, value);
  };
  const done = () => {
    pulling = false;
    model.save_changes();
    paint();
  };
  const temperature = slider("temperature", {
    min: -2,
    max: 2,
    step: 0.02,
    read: () => Math.log10(get("temperature")),
    write: (power) => during("temperature", Number((10 ** power).toPrecision(3))),
    show: () => String(Number(get("temperature").toPrecision(3))),
    done,
  });
  const offset = slider("add to every score", {
    min: -100,
    max: 100,
    step: 1,
    read: () => Math.sign(get("offset")) * Math.sqrt(10 * Math.abs(get("offset"))),
    write: (v) => during("offset", Number(((v * Math.abs(v)) / 10).toFixed(1))),
    show: () => format(get("offset"), 1),
    done,
  });
  const normaliser = choice(
    "normaliser",
    Object.keys(NORMALISERS).map((n) => [n, n]),
    {
      read: () => get("normaliser"),
      write: (value) => update(model, { normaliser: value }),
    },
  );
  const alpha = slider("α", {
    min: 1,
    max: 4,
    step: 0.05,
    read: () => get("alpha"),
    write: (value) => during("alpha", value),
    show: () => format(get("alpha")),
    done,
  });
  const others = h("div", { class: "bw-row" }, normaliser.element, alpha.element);
  const precision = choice(
    "numbers kept in",
    Object.keys(LARGEST).map((p) => [p, p]),
    {
      read: () => get("precision"),
      write: (value) => update(model, { precision: value }),
    },
  );
  const subtract = checkbox("subtract the maximum first", {
    read: () => get("subtract_max"),
    write: (value) => update(model, { subtract_max: value }),
  });
  /** Scores come and go at the end; given labels go along. */
  const resize = (scores) => {
    const labels = get("labels").length ? scores.map((_, i) => name(i)) : [];
    update(model, { scores, labels });
  };
  const add = button("Add a score", () => resize([...get("scores"), 0]));
  const remove = button("Remove the last", () => resize(get("scores").slice(0, -1)));
  const claims = PRESETS.map(([claim, state]) => {
    const labels = () => (get("labels").length === state.scores.length ? get("labels") : []);
    return button(claim, () => update(model, { ...copy(state), labels: labels() }));
  });
  const fixed = keeps(model, Object.keys(PRESETS[0][1]));
  for (const claim of claims) claim.hidden = fixed;
  add.hidden = remove.hidden = keeps(model, ["scores"]);
  const machine = h(
    "details",
    { class: "bw-machine" },
    h("summary", {}, "In a computer: precision and overflow"),
    h("div", { class: "bw-row" }, precision.element, offset.element, subtract.element),
  );
  root.append(
    svg,
    h("div", { class: "bw-row" }, temperature.element, add, remove),
    others,
    h(
      "div",
      { class: "bw-row", role: "group", "aria-label": "Starting points" },
      ...claims,
      resetButton(model, INPUTS),
    ),
    machine,
  );
  const say = announcer(root);
  const fault = h("p", { class: "bw-fault", role: "status" });
  root.append(fault);

  /** A column for each score; needed anew only when one came or went. */
  function build(scores, width) {
    pulling = false; // a handle that is gone cannot end its gesture
    drawn = scores.map((_, i) =>
      column(svg, i, (width - LEFT) / scores.length, {
        name: name(i),
        extent: () => extent,
        read: () => get("scores")[i],
        write: (score) => {
          const limit = pulling ? extent : 1000; // a key press may leave the scale
          const next = [...get("scores")];
          next[i] = clamp(score, -limit, limit);
          during("scores", next);
        },
        done,
      }),
    );
    columns.replaceChildren(
      ...drawn.flatMap((parts) => [
        parts.bar,
        parts.label,
        parts.weight,
        parts.ghost,
        parts.share,
        parts.handle,
      ]),
    );
  }

  function paint() {
    const scores = get("scores");
    const labels = get("labels");
    if (labels.length && labels.length !== scores.length) return; // a change half told
    if (!pulling) extent = extentOf(scores);
    const width = Math.round(svg.clientWidth) || 640;
    const next = JSON.stringify([scores.length, labels, width]);
    if (scene !== next) build(scores, width);
    scene = next;
    const kind = get("normaliser");
    const soft = kind === "softmax";
    const added = soft ? get("offset") : 0;
    const sign = added < 0 ? "\u2212" : "+";
    const inside = added ? `(scores ${sign} ${format(Math.abs(added), 1)})` : "scores";
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const settings = {
      precision: get("precision"),
      subtract_max: get("subtract_max"),
      alpha: get("alpha"),
    };
    const exponents = scores.map((x) => (x + added) / get("temperature"));
    const weights = NORMALISERS[kind](exponents, settings);
    const previous = pulling ? settled : before;
    const marked = weights.some((weight, i) => hasMoved(previous[i], weight))
      ? " · dashed: before"
      : "";
    const title = `${width < 400 ? "" : "weights = "}${kind === "entmax" ? `${get("alpha")}-entmax` : kind}(${inside} ÷ ${get("temperature")})${marked}`;
    ground.replaceChildren(...panels(width, extent, title));
    for (const [i, score] of scores.entries())
      place(drawn[i], { score, weight: weights[i], previous: previous[i], extent });
    if (!pulling && JSON.stringify(weights) !== JSON.stringify(settled))
      [before, settled] = [settled, weights];
    for (const control of [temperature, normaliser, alpha, offset, precision, subtract])
      control.refresh();
    add.disabled = scores.length >= MOST;
    remove.disabled = scores.length <= FEWEST;
    if (settings.precision !== "float64" || !settings.subtract_max || get("offset"))
      machine.open = true;
    offered ||= !soft;
    others.hidden = !offered;
    alpha.element.hidden = kind !== "entmax";
    machine.hidden = !soft;
    claims.at(-1).hidden = fixed || !soft;
    report(
      weights,
      soft ? trouble(exponents, weights, settings.precision, settings.subtract_max) : "",
    );
  }

  function report(weights, problem) {
    const total = weights.reduce((a, b) => a + b, 0);
    const spread = orNull(entropy(weights.map((w) => w / total)));
    const largest = orNull(Math.max(...weights));
    const sound = Number.isFinite(total / total);
    const most = Math.log(weights.length);
    const support = weights.filter((w) => w > 0).length;
    say(
      sound
        ? `${offered ? `Weights above 0: ${support} of ${weights.length}. ` : ""}Entropy ${format(spread)} nats: ${format((100 * spread) / most, 0)} % of ln ${weights.length} = ${format(most)}. The largest weight is ${format(largest, 3)} (${name(weights.indexOf(largest))}).`
        : "No entropy: these are not shares.",
    );
    if (fault.textContent !== problem) fault.textContent = problem;
    model.set("weights", weights.map(orNull));
    model.set("entropy", sound ? spread : null);
    model.set("largest", largest);
    model.set("support", support);
  }

  return together(
    redrawOn(model, INPUTS, paint),
    onResize(svg, paint),
    mountChallenge(model, root, { subtract_max: "the subtraction" }),
  );
}

const view = { render };
export default view;
