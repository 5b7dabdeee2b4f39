// Vectors in a plane that can be taken by their tip, and an arrow anywhere; and labels that
// keep clear of each other.
import { clamp, copy, draggable, point, pointerIn, round, s, set } from "../kit/dom.js";

const REACH = 2.5; // the planes run from -REACH to REACH
export const SIZE = 300;
const UNIT = (SIZE / 2 - 14) / REACH;
const LETTER = 8; // pixels, at most, on average
export const toX = (x) => SIZE / 2 + x * UNIT;
export const toY = (y) => SIZE / 2 - y * UNIT;

/** One draggable vector of trait `name`, row i; `place` moves it, and leaves its `tip` in
 *  pixels. The `shaft` of an arrow is two lines: what is seen, and what can be taken. */
export function vector(model, svg, { name, i, role, label, shaft }) {
  const number = s("tspan");
  const text = s("text", { class: "bw-label" }, s("tspan", {}, label), number);
  const [seen, reach] = shaft;
  const mark = s(seen ? "circle" : "rect", { class: "bw-tip", r: 7 });
  const grip = s("circle", { class: "bw-grip", r: 20 });
  const ends = { "aria-valuemin": -REACH, "aria-valuemax": REACH, "aria-label": label };
  const group = s("g", { class: `bw-${role}`, "data-vector": name + i, ...ends }, grip, mark, text);
  grabbed(model, svg, name, i, group);
  if (reach) handOn(reach, group);
  const parts = { group, mark, text, number, shaft, half: 7, place };
  function place([x, y], words) {
    const [px, py] = [toX(x), toY(y)];
    parts.tip = [px, py];
    for (const circle of [grip, mark]) set(circle, { cx: px, cy: py });
    for (const line of shaft) set(line, { d: `M${toX(0)} ${toY(0)}L${px} ${py}` });
    set(group, { "aria-valuenow": x, "aria-valuetext": `${words} at ${point([x, y])}` });
  }
  return parts;
}

/** Wherever it is taken, the vector moves as the pointer does. */
function grabbed(model, svg, name, i, group) {
  const position = () => model.get(name)[i];
  const under = (event) =>
    pointerIn(svg, event).map((x, c) => ((x - SIZE / 2) / UNIT) * (1 - 2 * c));
  let away = [0, 0];
  group.addEventListener("pointerdown", (event) => {
    away = under(event).map((x, c) => x - position()[c]);
  });
  const at = (event) => under(event).map((x, c) => x - away[c]);
  const move = (...spot) => {
    const rows = copy(model.get(name));
    rows[i] = spot.map((x) => clamp(round(x), -REACH, REACH));
    model.set(name, rows);
  };
  draggable(group, { at, move, position, done: () => model.save_changes() });
}

/** What lies below all tips takes hold of its group all the same. */
function handOn(line, group) {
  const hand = (event) =>
    group.dispatchEvent(new event.constructor(event.type, event)) || event.preventDefault();
  for (const touch of ["pointerdown", "touchstart"])
    line.addEventListener(touch, hand, { passive: false });
}

/** Put each text beside its tip: outwards, where no arrow lies, or else where there is room. */
export function labelsBeside(things) {
  const taken = things.map(({ tip: [x, y], half }) => [x - half, y - half, x + half, y + half]);
  for (const { tip, half, text } of things) {
    const spots = spotsBeside(tip, half + 3, LETTER * text.textContent.length);
    const [x, y, ...box] = spots.find(([, , ...spot]) => isFree(spot, taken)) ?? spots[0];
    set(text, { x, y });
    taken.push(box);
  }
}

const isFree = ([left, top, right, bottom], taken) =>
  Math.min(left, top) >= 0 &&
  Math.max(right, bottom) <= SIZE &&
  taken.every(([l, t, r, b]) => right <= l || r <= left || bottom <= t || b <= top);

/** Places so far away for a text so wide, the best first: where it starts, and its box. */
function spotsBeside([x, y], away, wide) {
  const heights = [y > SIZE / 2 ? 16 : -9, -9, 16, -26, 33, 50, -43];
  const sides = [x + away, x - away - wide];
  if (x < SIZE / 2) sides.reverse();
  return sides.flatMap((left) =>
    heights.map((dy) => [left, y + dy, left, y + dy - 13, left + wide, y + dy + 3]),
  );
}
