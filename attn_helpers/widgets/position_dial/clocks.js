// A clock for each pair of numbers: the query's hand, the key's, and the angle between.
import {
  afresh,
  clamp,
  draggable,
  format,
  h,
  point,
  pointerIn,
  round,
  s,
  set,
} from "../kit/dom.js";
import { howOf, POSITION, placed, placedNow, VECTOR } from "./meeting.js";

const REACH = 1.4; // of a hand
/** Pixels for a length of 1. */
const unitOf = (method) => (method === "sinusoids" ? 24 : 36);
const pairOf = (x, i) => x.slice(2 * i, 2 * i + 2);

export function clocks({ model }) {
  const element = h("div", { class: "bw-clocks" });
  let all = [];
  const build = afresh((speeds) => {
    all = speeds.map((_, i) => clock(model, i));
    element.replaceChildren(...all.map(({ figure }) => figure));
  });
  const draw = (shown) => {
    build(shown.speeds.length, shown.speeds);
    for (const [i, parts] of all.entries()) drawClock(parts, i, shown);
  };
  return { element, draw };
}

function clock(model, i) {
  const wedge = s("path", { class: "bw-wedge" });
  const svg = s(
    "svg",
    { viewBox: "-73 -73 146 146", role: "group", "aria-label": `Clock of pair ${i + 1}` },
    wedge,
    s("circle", { class: "bw-face", r: 58 }),
    ...[0, 1, 2, 3].map((q) =>
      s("line", { class: "bw-axis", x1: 53, x2: 58, transform: `rotate(${90 * q})` }),
    ),
  );
  const text = h("figcaption");
  const [query, key] = ["query", "key"].map((role) => hand(model, svg, role, i));
  return { figure: h("figure", {}, svg, text), wedge, text, query, key };
}

/** One hand, and its ghost that no position has moved. */
function hand(model, svg, role, i) {
  const ghost = s("path", { class: "bw-ghost" });
  const shaft = s("path", { class: "bw-hand" });
  const tip = s("circle", { r: 7 });
  const hit = s("circle", { r: 18, fill: "transparent" });
  const group = s("g", { class: `bw-${role}`, "data-hand": `${role}${i}` }, shaft, tip, hit);
  svg.append(s("g", { class: `bw-${role}` }, ghost), group);
  draggable(group, {
    at: (event) => {
      const [x, y] = pointerIn(svg, event);
      const unit = unitOf(model.get("method"));
      return [x / unit, -y / unit];
    },
    move: (x, y) => pull(model, role, i, [x, y]),
    position: () => pairOf(placedNow(model, role), i),
    done: () => model.save_changes(),
  });
  return { ghost, shaft, tip, hit, group };
}

/** Change pair i so that its hand points to `end` at the present position. */
function pull(model, role, i, end) {
  const turned = [...placedNow(model, role)];
  turned.splice(2 * i, 2, ...end);
  const back = placed(turned, role, model.get(POSITION[role]), howOf(model), -1);
  const vector = [...model.get(VECTOR[role])];
  for (const c of [2 * i, 2 * i + 1]) vector[c] = clamp(round(back[c]), -REACH, REACH);
  model.set(VECTOR[role], vector);
}

function drawClock({ wedge, text, query, key }, i, { Q, K, turned, how, speeds, terms }) {
  const [a, b] = turned.map((x) => pairOf(x, i));
  const unit = unitOf(how.method);
  set(wedge, { d: angleBetween(a, b) });
  drawHand(query, `query, pair ${i + 1}`, a, pairOf(Q, i), unit);
  drawHand(key, `key, pair ${i + 1}`, b, pairOf(K, i), unit);
  const speed = `${Number(speeds[i].toPrecision(2))} rad a step`;
  text.replaceChildren(`${speed}, `, h("span", {}, `adds ${format(terms[i])}`));
}

function drawHand({ ghost, shaft, tip, hit, group }, name, pair, raw, unit) {
  const [x, y] = [pair[0] * unit, -pair[1] * unit];
  set(ghost, { d: `M0 0L${raw[0] * unit} ${-raw[1] * unit}` });
  set(shaft, { d: `M0 0L${x} ${y}` });
  set(tip, { cx: x, cy: y });
  set(hit, { cx: x, cy: y });
  set(group, {
    "aria-label": name,
    "aria-valuenow": round(pair[0]),
    "aria-valuetext": point(pair),
  });
}

/** The angle between two hands, the short way round. */
function angleBetween([a, b], [c, d]) {
  const [ra, rc] = [Math.hypot(a, b) || 1, Math.hypot(c, d) || 1];
  const turn = a * d - b * c > 0 ? 0 : 1; // y points down on the screen
  return `M0 0L${(22 * a) / ra} ${(-22 * b) / ra}A22 22 0 0 ${turn} ${(22 * c) / rc} ${(-22 * d) / rc}Z`;
}
