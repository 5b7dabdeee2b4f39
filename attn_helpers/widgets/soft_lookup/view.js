// The soft lookup's view: a query among keys on a line, and what it gets back.
import { decimals, niceStep, span } from "../kit/axes.js";
import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  choice,
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
import { nadarayaWatson } from "../kit/math/kernel_regression.js";
import { grainOf, plot } from "./plot.js";

const INPUTS = ["x", "y", "query", "kernel", "bandwidth", "x_label", "y_label"];
const NAMES = { x: "the data", y: "the data" };
const KERNELS = [
  ["gaussian", "Gaussian"],
  ["triangular", "triangular"],
  ["epanechnikov", "Epanechnikov"],
  ["boxcar", "boxcar (in or out)"],
];
// Presets are claims. Between two points neither is nearest: the first goes to one of them.
const PRESETS = [
  [
    "Nearest point only",
    ({ x, query, reach }) => ({ bandwidth: reach.hard, query: nearest(x, query) }),
  ],
  ["A soft neighbourhood", ({ reach }) => ({ bandwidth: reach.soft })],
  ["The mean of everything", ({ reach }) => ({ bandwidth: reach.mean })],
];

const nearest = (x, query) =>
  x.reduce((best, v) => (Math.abs(v - query) < Math.abs(best - query) ? v : best));
const significant = (value, digits) => Number(value.toPrecision(digits));

function render({ model, el }) {
  const root = stage(el, "soft-lookup", "Soft lookup: a query among keys on a line");
  const drawing = plot(model);
  const parts = [drawing, controls(model), presets(model)];
  root.append(...parts.map(({ element }) => element));
  const say = announcer(root);

  function paint() {
    const shown = look(model);
    if (!shown) return;
    for (const { draw } of parts) draw(shown);
    say(report(shown));
    for (const name of ["weights", "estimate"]) model.set(name, shown[name]);
  }
  return together(
    redrawOn(model, INPUTS, paint),
    onResize(drawing.element, paint),
    mountChallenge(model, root, NAMES),
  );
}

/** All numbers of one frame; null in the middle of a change. */
function look(model) {
  const [x, y, query, kernel, bandwidth, xLabel, yLabel] = INPUTS.map((name) => model.get(name));
  if (x.length !== y.length) return null;
  const result = nadarayaWatson([query], x, y, bandwidth, kernel);
  const [weights, estimate] = [result.weights[0], result.estimate[0]];
  return {
    ...{ x, y, query, kernel, bandwidth, xLabel, yLabel, weights, estimate },
    reach: reachOf(x),
    largest: Math.max(...weights),
    where: `${xLabel} ${format(query, decimals(grainOf(x)) + 1)}`,
    value: format(estimate, decimals(niceStep(span(y) / 500))),
  };
}

/** The bandwidths between which everything happens: one key alone, and all alike. */
function reachOf(x) {
  const sorted = [...x].sort((a, b) => a - b);
  const gaps = sorted
    .slice(1)
    .map((v, i) => v - sorted[i])
    .filter((gap) => gap > 0);
  const hard = gaps.length ? Math.min(...gaps) / 5 : 0.2;
  return {
    hard: significant(hard, 3),
    soft: significant(span(x) / 12, 3),
    mean: significant(span(x) * 20, 3),
  };
}

/** The frame in a sentence. */
function report({ x, yLabel, weights, largest, where, value }) {
  return largest
    ? `At ${where} the estimate of ${yLabel} is ${value}. 90 % of the weight lies on ${carriers(weights)} of ${x.length} points; the largest weight is ${format(largest, 3)}.`
    : `At ${where} there is no data within reach: all weights are 0, and so is the estimate.`;
}

/** How many of the largest weights it takes to reach 90 %. */
function carriers(weights) {
  let sum = 0;
  const sorted = [...weights].sort((a, b) => b - a);
  return (
    1 +
    sorted.findIndex((w) => {
      sum += w;
      return sum >= 0.9 - 1e-12;
    })
  );
}

/** How far "near" reaches, and in which form. */
function controls(model) {
  const reach = () => reachOf(model.get("x"));
  const kernel = choice("kernel", KERNELS, {
    read: () => model.get("kernel"),
    write: (value) => update(model, { kernel: value }),
  });
  const bandwidth = slider("bandwidth", {
    min: 0,
    max: 1,
    step: 0.005,
    read: () => partOf(reach(), model.get("bandwidth")),
    write: (part) => model.set("bandwidth", bandwidthAt(reach(), part)),
    show: () => String(significant(model.get("bandwidth"), 2)),
    done: () => model.save_changes(),
  });
  const draw = () => {
    kernel.refresh();
    bandwidth.refresh();
  };
  return { element: h("div", { class: "bw-row" }, bandwidth.element, kernel.element), draw };
}

/** From the hardest bandwidth, 0, to the softest, 1, in equal ratios; and back. */
const bandwidthAt = ({ hard, mean }, part) => significant(hard * (mean / hard) ** part, 3);
const partOf = ({ hard, mean }, bandwidth) => Math.log(bandwidth / hard) / Math.log(mean / hard);

/** A button for each claim, pressed while it holds, and one that goes back. */
function presets(model) {
  const wanted = (traits, shown) => ({ kernel: "gaussian", ...traits(shown) });
  const buttons = PRESETS.map(([claim, traits]) =>
    button(claim, () => update(model, wanted(traits, look(model)))),
  );
  const label = { role: "group", "aria-label": "From hard lookup to the mean" };
  const reset = resetButton(model, INPUTS);
  const element = h("div", { class: "bw-row bw-tries", ...label }, ...buttons, reset);
  const draw = (shown) => {
    for (const [i, [, traits]] of PRESETS.entries()) {
      const holds = Object.entries(wanted(traits, shown)).every(([name, v]) => shown[name] === v);
      buttons[i].setAttribute("aria-pressed", holds);
    }
  };
  return { element, draw };
}

const view = { render };
export default view;
