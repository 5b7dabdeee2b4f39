// Vectors in a plane that can be taken by their tip, and an arrow anywhere.
import { clamp, copy, draggable, point, pointerIn, round, s, set } from "../kit/dom.js";

const REACH = 2.5; // the planes run from -REACH to REACH
export const SIZE = 300;
const UNIT = (SIZE / 2 - 14) / REACH;
const NEAR = 20; // of a tip, for a finger
const RADIUS = 7; // of a tip
export const toX = (x) => SIZE / 2 + x * UNIT;
export const toY = (y) => SIZE / 2 - y * UNIT;

/** One draggable vector of trait `name`, row i, at the end of the arrow `shape` if there is
 *  one; `place` moves it, and leaves its `tip` in pixels. */
export function vector(model, svg, { name, i, role, label }, shape) {
  const number = s("tspan");
  const text = s("text", { class: "bw-label" }, s("tspan", {}, label), number);
  const handle = shape
    ? s("circle", { class: "bw-tip", r: RADIUS })
    : s("rect", { class: "bw-tip" });
  const [along, around] = [s("line", { x1: toX(0), y1: toY(0) }), s("circle", { r: NEAR })];
  const grip = s("g", { class: "bw-grip" }, ...(shape ? [along] : []), around);
  const attributes = { class: `bw-${role}`, "data-vector": `${name}${i}` };
  const group = s("g", attributes, grip, handle, text);
  const parts = { group, shape, handle, text, number, tip: [0, 0], half: RADIUS, place };
  grabbed(model, svg, { name, i, group });
  set(group, { "aria-label": label, "aria-valuemin": -REACH, "aria-valuemax": REACH });
  function place([x, y], words) {
    const [px, py] = [toX(x), toY(y)];
    parts.tip = [px, py];
    set(around, { cx: px, cy: py });
    if (shape) {
      for (const line of [shape, along]) set(line, { x2: px, y2: py });
      set(handle, { cx: px, cy: py });
    }
    set(group, { "aria-valuenow": x, "aria-valuetext": `${words} at ${point([x, y])}` });
  }
  return parts;
}

/** Wherever it is taken, the vector moves as the pointer does. */
function grabbed(model, svg, { name, i, group }) {
  const position = () => model.get(name)[i];
  const under = (event) => {
    const [x, y] = pointerIn(svg, event);
    return [(x - SIZE / 2) / UNIT, (SIZE / 2 - y) / UNIT];
  };
  let away = [0, 0];
  group.addEventListener("pointerdown", (event) => {
    away = under(event).map((x, c) => x - position()[c]);
  });
  draggable(group, {
    at: (event) => under(event).map((x, c) => x - away[c]),
    move: (x, y) => {
      const rows = copy(model.get(name));
      rows[i] = [clamp(round(x), -REACH, REACH), clamp(round(y), -REACH, REACH)];
      model.set(name, rows);
    },
    position,
    done: () => model.save_changes(),
  });
}

/** Where vectors lie upon each other the nearest tip is taken, of equals the first; and a
 *  shaft only where no tip is. */
export function nearestFirst(svg, vectors) {
  svg.addEventListener(
    "pointerdown",
    (event) => {
      const group = event.target.closest("[data-vector]");
      if (!group) return;
      const spot = pointerIn(svg, event);
      const far = vectors().map((one) => distance(one, spot));
      const taken = vectors()[far.indexOf(Math.min(...far))].group;
      if (taken === group) return;
      event.stopPropagation();
      event.preventDefault();
      taken.dispatchEvent(new PointerEvent(event.type, event));
    },
    true,
  );
}

/** From a spot to the tip of a vector; or to its shaft, behind all tips. */
function distance({ tip, shape }, [x, y]) {
  const toTip = Math.hypot(x - tip[0], y - tip[1]);
  if (toTip < NEAR) return toTip;
  if (!shape) return Number.POSITIVE_INFINITY;
  const [a, b, c, d] = [tip[0] - toX(0), tip[1] - toY(0), x - toX(0), y - toY(0)];
  const part = clamp((a * c + b * d) / (a * a + b * b || 1), 0, 1);
  return SIZE + Math.hypot(c - part * a, d - part * b);
}
