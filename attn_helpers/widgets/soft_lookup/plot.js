// The drawing: the points, the kernel on the axis of keys, the curve, the query to pull.
import { axesOf, decimals, grid, niceStep, span } from "../kit/axes.js";
import { afresh, clamp, draggable, pointerIn, s, set } from "../kit/dom.js";
import { LOG_KERNELS, nadarayaWatson } from "../kit/math/kernel_regression.js";

// From top to bottom, in pixels: the plot, the kernel on the axis of keys, the labels.
const BOX = { left: 46, right: 14, top: 48, foot: 262 };
const CREST = 274;
const AXIS = 322;
const HEIGHT = 362;

/** How far one press of an arrow key takes the query. */
export const grainOf = (x) => niceStep(span(x) / 600);

/** All of the drawing; `draw` makes anew what depends on the data, and moves the rest. */
export function plot(model) {
  const element = s("svg", { role: "group", "aria-label": "Keys, values, query and estimate" });
  const ground = s("g");
  const [curve, hill] = [s("path", { class: "bw-curve" }), s("path", { class: "bw-hill" })];
  const [stems, dots] = [s("g", { class: "bw-stems" }), s("g", { class: "bw-dots" })];
  const [asked, got] = [queryLine(), answer()];
  const { handle } = asked;
  element.append(ground, curve, hill, stems, got.level, dots, handle, got.diamond, got.number);

  let at = null; // the scales of the present drawing
  const build = afresh(({ x, y, xLabel, yLabel }, width) => {
    at = axesOf(x, y, width, BOX);
    set(element, { viewBox: `0 0 ${width} ${HEIGHT}` });
    ground.replaceChildren(...grid(at, AXIS, xLabel, yLabel));
    stems.replaceChildren(...x.map((v) => s("line", { x1: at.toX(v), x2: at.toX(v), y1: AXIS })));
    dots.replaceChildren(...x.map((v, i) => s("circle", { cx: at.toX(v), cy: at.toY(y[i]) })));
    set(handle, { "aria-label": "query", "aria-valuemin": at.x0, "aria-valuemax": at.x1 });
  });
  const fit = afresh((shown) => set(curve, { d: regression(at, shown) }));
  const draw = (shown) => {
    const { x, y, xLabel, yLabel, kernel, bandwidth } = shown;
    const width = Math.round(element.clientWidth) || at?.width || 640;
    const scene = [x, y, xLabel, yLabel, width];
    build(scene, shown, width);
    fit([scene, kernel, bandwidth], shown);
    set(hill, { d: outline(at, shown) });
    for (const i of x.keys()) drawPoint(stems.children[i], dots.children[i], i, shown);
    asked.place(at, shown);
    got.place(at, shown);
  };
  pull(model, element, handle, () => at);
  return { element, draw };
}

/** The query goes where its line is pulled, and where the plot is clicked. */
function pull(model, svg, handle, scales) {
  const grain = () => grainOf(model.get("x"));
  const under = (event) => scales().fromX(pointerIn(svg, event)[0]);
  const ask = (x) => {
    const { x0, x1 } = scales();
    model.set("query", Number(clamp(x, x0, x1).toFixed(decimals(grain()) + 1)));
  };
  const done = () => model.save_changes();
  svg.addEventListener("click", (event) => {
    ask(under(event));
    done();
  });
  draggable(handle, {
    // in steps of one key press
    at: (event) => [under(event) / grain(), 0],
    move: (x) => ask(x * grain()),
    position: () => [model.get("query") / grain(), 0],
    done,
    step: 1,
    axes: "x",
  });
}

/** Where the query is drawn, and whether labels must stand on its left to stay inside. */
function spot(at, query) {
  const px = clamp(at.toX(query), at.left, at.right);
  return { px, left: px > at.width * 0.62 };
}

const anchored = (left) => ({ "text-anchor": left ? "end" : "start" });

/** The line to pull; `place` moves it to the query. */
function queryLine() {
  const line = s("line", { y1: BOX.top - 8, y2: AXIS });
  const grip = s("circle", { r: 9, cy: BOX.top - 8 });
  const box = { y: BOX.top - 30, width: 44, height: AXIS - BOX.top + 34 };
  const hit = s("rect", { ...box, fill: "transparent" });
  const name = s("text", { class: "bw-strong", y: BOX.top - 4 }, "query");
  const handle = s("g", { class: "bw-query-line" }, hit, line, grip, name);
  const place = (at, { query, where }) => {
    const { px, left } = spot(at, query);
    set(line, { x1: px, x2: px });
    set(grip, { cx: px });
    set(hit, { x: px - 22 });
    set(name, { x: px + (left ? -14 : 14), ...anchored(left) });
    set(handle, { "aria-valuenow": query, "aria-valuetext": where });
  };
  return { handle, place };
}

/** A diamond at the estimate, hollow where there is none, with its level and number. */
function answer() {
  const level = s("line", { class: "bw-level" });
  const diamond = s("path", { class: "bw-diamond" });
  const number = s("text", { class: "bw-answer-number" });
  const place = (at, { query, estimate, value, largest }) => {
    const { px, left } = spot(at, query);
    const py = clamp(at.toY(estimate), BOX.top, BOX.foot);
    const [opacity, visibility] = largest ? [1, "visible"] : [0, "hidden"];
    set(diamond, { d: `M${px} ${py - 10}l10 10l-10 10l-10 -10z`, "fill-opacity": opacity });
    set(level, { x1: at.left, x2: px, y1: py, y2: py, visibility });
    set(number, { x: px + (left ? -15 : 15), y: py - 8, ...anchored(left) });
    number.textContent = largest ? value : "no data within reach";
  };
  return { level, diamond, number, place };
}

/** How high the kernel around the query stands above the axis at a key, in pixels. */
const heightAt = (v, { query, kernel, bandwidth }) =>
  Math.exp(LOG_KERNELS[kernel]((query - v) / bandwidth)) * (AXIS - CREST);

/** Key i stands as high as the kernel there; its value is as large as its weight. */
function drawPoint(stem, dot, i, shown) {
  const { x, weights, largest } = shown;
  const share = largest ? weights[i] / largest : 0;
  set(stem, { y2: AXIS - Math.max(4, heightAt(x[i], shown)) });
  set(dot, { r: 3 + 5 * Math.sqrt(weights[i]), "fill-opacity": share });
}

/** Places along the axis, so many pixels apart. */
const pixels = ({ left, right }, step) =>
  Array.from({ length: 1 + Math.floor((right - left) / step) }, (_, i) => left + i * step);

/** The kernel around the query, as a hill on the axis. */
function outline(at, shown) {
  const crest = pixels(at, 1).map(
    (p) => `L${p} ${(AXIS - heightAt(at.fromX(p), shown)).toFixed(1)}`,
  );
  return `M${at.left} ${AXIS}${crest.join("")}L${at.right} ${AXIS}`;
}

/** The estimate at every other pixel; a break where no key is in reach. */
function regression(at, { x, y, kernel, bandwidth }) {
  const places = pixels(at, 2).map(at.fromX);
  const { estimate, weights } = nadarayaWatson(places, x, y, bandwidth, kernel);
  const found = weights.map((row) => row.some(Boolean));
  const step = (i) =>
    `${found[i - 1] ? "L" : "M"}${at.left + 2 * i} ${at.toY(estimate[i]).toFixed(1)}${found[i - 1] ? "" : "h0"}`;
  return places.map((_, i) => (found[i] ? step(i) : "")).join("");
}
