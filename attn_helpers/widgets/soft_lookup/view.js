// The soft lookup's view: a query among keys on a line, and what it gets back.

import { axesOf, decimals, grid, niceStep, span } from "../kit/axes.js";
import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  choice,
  clamp,
  draggable,
  format,
  h,
  onResize,
  pointerIn,
  redrawOn,
  resetButton,
  s,
  set,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { LOG_KERNELS, nadarayaWatson } from "../kit/math/kernel_regression.js";

const INPUTS = ["x", "y", "query", "kernel", "bandwidth", "x_label", "y_label"];
const KERNELS = [
  ["gaussian", "Gaussian"],
  ["triangular", "triangular"],
  ["epanechnikov", "Epanechnikov"],
  ["boxcar", "boxcar (in or out)"],
];
// From top to bottom, in pixels: the plot, the kernel on the axis of keys, the labels.
const BOX = { left: 46, right: 14, top: 48, foot: 262 };
const CREST = 274;
const AXIS = 322;
const HEIGHT = 362;

const significant = (value, digits) => Number(value.toPrecision(digits));

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

function render({ model, el }) {
  const get = (name) => model.get(name);
  const root = stage(el, "soft-lookup", "Soft lookup: a query among keys on a line");
  const svg = s("svg", { role: "group", "aria-label": "Keys, values, query and estimate" });
  const ground = s("g");
  const curve = s("path", { class: "bw-curve" });
  const hill = s("path", { class: "bw-hill" });
  const level = s("line", { class: "bw-level" });
  const [stems, dots] = [s("g", { class: "bw-stems" }), s("g", { class: "bw-dots" })];
  const diamond = s("path", { class: "bw-diamond" });
  const answer = s("text", { class: "bw-answer-number" });
  const line = s("line", { y1: BOX.top - 8, y2: AXIS });
  const grip = s("circle", { r: 9, cy: BOX.top - 8 });
  const hit = s("rect", {
    y: BOX.top - 30,
    width: 44,
    height: AXIS - BOX.top + 34,
    fill: "transparent",
  });
  const name = s("text", { class: "bw-strong", y: BOX.top - 4 }, "query");
  const handle = s("g", { class: "bw-query-line" }, hit, line, grip, name);
  svg.append(ground, curve, hill, stems, level, dots, handle, diamond, answer);

  let at = null; // the scales of the present drawing
  let reach = null;
  let drawn = "-"; // what the picture was made from
  let grain = 1; // one press of an arrow key

  const ask = (x) =>
    model.set("query", Number(clamp(x, at.x0, at.x1).toFixed(decimals(grain) + 1)));
  const done = () => model.save_changes();
  svg.addEventListener("click", (event) => {
    ask(at.fromX(pointerIn(svg, event)[0]));
    done();
  });

  const kernel = choice("kernel", KERNELS, {
    read: () => get("kernel"),
    write: (value) => update(model, { kernel: value }),
  });
  const bandwidth = slider("bandwidth", {
    min: 0,
    max: 1,
    step: 0.005,
    read: () => Math.log(get("bandwidth") / reach.hard) / Math.log(reach.mean / reach.hard),
    write: (part) =>
      model.set("bandwidth", significant(reach.hard * (reach.mean / reach.hard) ** part, 3)),
    show: () => String(significant(get("bandwidth"), 2)),
    done,
  });
  const presets = [
    ["Nearest point only", "hard"],
    ["A soft neighbourhood", "soft"],
    ["The mean of everything", "mean"],
  ].map(([claim, size]) => [
    button(claim, () => update(model, { kernel: "gaussian", bandwidth: reach[size] })),
    size,
  ]);
  root.append(
    svg,
    h("div", { class: "bw-row" }, bandwidth.element, kernel.element),
    h(
      "div",
      { class: "bw-row", role: "group", "aria-label": "From hard lookup to the mean" },
      ...presets.map(([element]) => element),
      resetButton(model, INPUTS),
    ),
  );
  const say = announcer(root);

  /** What changes only with the data, the labels or the width. */
  function build(x, y, width) {
    at = axesOf(x, y, width, BOX);
    reach = reachOf(x);
    grain = niceStep(span(x) / 600);
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    ground.replaceChildren(...grid(at, AXIS, get("x_label"), get("y_label")));
    stems.replaceChildren(...x.map((v) => s("line", { x1: at.toX(v), x2: at.toX(v), y1: AXIS })));
    dots.replaceChildren(...x.map((v, i) => s("circle", { cx: at.toX(v), cy: at.toY(y[i]) })));
    set(handle, { "aria-label": "query", "aria-valuemin": at.x0, "aria-valuemax": at.x1 });
  }

  /** The estimate at every other pixel; a break where no key is in reach. */
  function regression(x, y) {
    const places = pixels(2).map(at.fromX);
    const { estimate, weights } = nadarayaWatson(places, x, y, get("bandwidth"), get("kernel"));
    const found = weights.map((row) => row.some(Boolean));
    const step = (i) =>
      `${found[i - 1] ? "L" : "M"}${at.left + 2 * i} ${at.toY(estimate[i]).toFixed(1)}${found[i - 1] ? "" : "h0"}`;
    return places.map((_, i) => (found[i] ? step(i) : "")).join("");
  }
  const pixels = (step) =>
    Array.from(
      { length: 1 + Math.floor((at.right - at.left) / step) },
      (_, i) => at.left + i * step,
    );

  function paint() {
    const [x, y, query] = [get("x"), get("y"), get("query")];
    if (x.length !== y.length) return; // a change half told
    const width = Math.round(svg.clientWidth) || at?.width || 640;
    const scene = JSON.stringify([x, y, get("x_label"), get("y_label"), width]);
    if (!drawn.startsWith(scene)) build(x, y, width);
    const result = nadarayaWatson([query], x, y, get("bandwidth"), get("kernel"));
    const [weights, estimate] = [result.weights[0], result.estimate[0]];
    const largest = Math.max(...weights);
    const height = (v) =>
      Math.exp(LOG_KERNELS[get("kernel")]((query - v) / get("bandwidth"))) * (AXIS - CREST);
    x.forEach((v, i) => {
      const share = largest ? weights[i] / largest : 0;
      set(stems.children[i], { y2: AXIS - Math.max(4, height(v)) });
      set(dots.children[i], { r: 3 + 5 * Math.sqrt(weights[i]), opacity: 0.28 + 0.72 * share });
    });
    const crest = pixels(1).map((p) => `L${p} ${(AXIS - height(at.fromX(p))).toFixed(1)}`);
    hill.setAttribute("d", `M${at.left} ${AXIS}${crest.join("")}L${at.right} ${AXIS}`);
    const fitted = scene + get("bandwidth") + get("kernel");
    if (fitted !== drawn) curve.setAttribute("d", regression(x, y));
    drawn = fitted;
    place(query, estimate, largest > 0);
    for (const [element, size] of presets) {
      const on = get("kernel") === "gaussian" && get("bandwidth") === reach[size];
      element.setAttribute("aria-pressed", on);
    }
    kernel.refresh();
    bandwidth.refresh();
    const where = `${get("x_label")} ${format(query, decimals(grain) + 1)}`;
    const value = format(estimate, decimals(niceStep(span(y) / 500)));
    set(handle, { "aria-valuenow": query, "aria-valuetext": where });
    answer.textContent = largest ? value : "no data within reach";
    say(
      largest
        ? `At ${where} the estimate of ${get("y_label")} is ${value}. 90 % of the weight lies on ${carriers(weights)} of ${x.length} points; the largest weight is ${format(largest, 3)}.`
        : `At ${where} there is no data within reach: all weights are 0, and so is the estimate.`,
    );
    model.set("weights", weights);
    model.set("estimate", estimate);
  }

  function place(query, estimate, found) {
    const px = clamp(at.toX(query), at.left, at.right);
    const py = clamp(at.toY(estimate), BOX.top, BOX.foot);
    const left = px > at.width * 0.62; // labels stay inside the drawing
    const anchor = { "text-anchor": left ? "end" : "start" };
    set(line, { x1: px, x2: px });
    set(grip, { cx: px });
    set(hit, { x: px - 22 });
    set(name, { x: px + (left ? -14 : 14), ...anchor });
    set(diamond, { d: `M${px} ${py - 10}l10 10l-10 10l-10 -10z`, "fill-opacity": found ? 1 : 0 });
    set(level, { x1: at.left, x2: px, y1: py, y2: py, visibility: found ? "visible" : "hidden" });
    set(answer, { x: px + (left ? -15 : 15), y: py - 8, ...anchor });
  }

  draggable(handle, {
    // in steps of one key press
    at: (event) => [at.fromX(pointerIn(svg, event)[0]) / grain, 0],
    move: (x) => ask(x * grain),
    position: () => [get("query") / grain, 0],
    done,
    step: 1,
    axes: "x",
  });
  return together(
    redrawOn(model, INPUTS, paint),
    onResize(svg, paint),
    mountChallenge(model, root, { x: "the data", y: "the data" }),
  );
}

const view = { render };
export default view;
