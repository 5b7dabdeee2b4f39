// The axes of a plot: where numbers lie, and a grid with round ones.
import { format, s } from "./dom.js";

export const span = (values) => Math.max(...values) - Math.min(...values) || 1;

/** The 1, 2 or 5 times a power of ten at or above `size`. */
export function niceStep(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * [1, 2, 5, 10].find((m) => m * power >= size * 0.999);
}

/** How many digits a multiple of `step` needs after the point. */
export const decimals = (step) => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));

/** Pairs of place and text, about `count` of them. */
function ticks(low, high, count) {
  const step = niceStep((high - low) / count);
  const first = Math.ceil(low / step);
  const values = Array.from(
    { length: Math.floor(high / step) - first + 1 },
    (_, i) => (first + i) * step,
  );
  return values.map((value) => [value, format(value, decimals(step))]);
}

/** Ends and places of the data in a box, with some air, in a drawing `width` wide. */
export function axesOf(x, y, width, { left, right, top, foot }) {
  const [airX, airY] = [span(x) * 0.05, span(y) * 0.08];
  const [x0, x1] = [Math.min(...x) - airX, Math.max(...x) + airX];
  const [y0, y1] = [Math.min(...y) - airY, Math.max(...y) + airY];
  const unit = (width - left - right) / (x1 - x0);
  return {
    x0,
    x1,
    y0,
    y1,
    width,
    left,
    right: width - right,
    toX: (v) => left + (v - x0) * unit,
    fromX: (p) => x0 + (p - left) / unit,
    toY: (v) => foot - ((v - y0) / (y1 - y0)) * (foot - top),
  };
}

/** Lines across, ticks on the axis at height `axis`, and the names of both. */
export function grid({ x0, x1, y0, y1, toX, toY, width, left, right }, axis, xLabel, yLabel) {
  const across = ticks(y0, y1, 6).flatMap(([v, text]) => [
    s("line", { class: "bw-grid", x1: left, x2: right, y1: toY(v), y2: toY(v) }),
    s("text", { x: left - 6, y: toY(v) + 4, "text-anchor": "end" }, text),
  ]);
  const along = ticks(x0, x1, width / 75).flatMap(([v, text]) => [
    s("line", { class: "bw-axis", x1: toX(v), x2: toX(v), y1: axis, y2: axis + 5 }),
    s("text", { x: toX(v), y: axis + 19, "text-anchor": "middle" }, text),
  ]);
  return [
    ...across,
    ...along,
    s("line", { class: "bw-axis", x1: left, x2: right, y1: axis, y2: axis }),
    s("text", { class: "bw-strong", x: 2, y: 13 }, yLabel),
    s("text", { class: "bw-strong", x: right, y: axis + 36, "text-anchor": "end" }, xLabel),
  ];
}
