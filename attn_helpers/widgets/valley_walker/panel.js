// What both panels have in common: their places from top to bottom, and the ground.
import { s } from "../kit/dom.js";

export const LEFT = 40;
export const RIGHT = 12;
export const TOP = 26;
const ROOM = 40; // under the axis

/** The places of a panel; on a phone it is lower. */
export function boxOf(width, isCompact) {
  const height = isCompact ? 192 : 288;
  const axis = height - ROOM;
  return { left: LEFT, right: RIGHT, top: TOP, foot: axis - 4, axis, width, height };
}

/** From a number between `low` and `high` to a place between `from` and `to`. */
export const scale =
  ([low, high], [from, to]) =>
  (value) =>
    from + ((value - low) / (high - low)) * (to - from);

/** Lines across with their numbers, ticks on the axis, and the names of both. */
export function ground({ left, right, axis, width }, across, along, [yLabel, xLabel]) {
  const end = width - right;
  return [
    ...across.flatMap(([y, text]) => [
      s("line", { class: "bw-grid", x1: left, x2: end, y1: y, y2: y }),
      s("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, text),
    ]),
    ...along.flatMap(([x, text]) => [
      s("line", { class: "bw-axis", x1: x, x2: x, y1: axis, y2: axis + 4 }),
      s("text", { x, y: axis + 17, "text-anchor": "middle" }, text),
    ]),
    s("line", { class: "bw-axis", x1: left, x2: end, y1: axis, y2: axis }),
    s("text", { class: "bw-strong", x: 2, y: 14 }, yLabel),
    s("text", { class: "bw-strong", x: end, y: axis + 36, "text-anchor": "end" }, xLabel),
  ];
}
