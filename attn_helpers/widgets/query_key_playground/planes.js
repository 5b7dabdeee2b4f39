// The two planes: queries and keys on the left, values and outputs on the right.
import {
  afresh,
  clamp,
  copy,
  draggable,
  format,
  h,
  point,
  pointerIn,
  round,
  s,
  set,
  uniqueId,
} from "../kit/dom.js";

const REACH = 2.5; // the planes run from -REACH to REACH
const SIZE = 300;
const UNIT = (SIZE / 2 - 14) / REACH;
const toX = (x) => SIZE / 2 + x * UNIT;
const toY = (y) => SIZE / 2 - y * UNIT;

/** Both planes with a layer for each kind of thing; `draw` moves what is on them. */
export function planes(state) {
  const axes = state.model.get("axes");
  const [asking, answer] = [plane("Query and keys", axes[0]), plane("Values and output", axes[1])];
  const heads = { query: uniqueId("query"), key: uniqueId("key") };
  asking.svg.append(s("defs", {}, ...["query", "key"].map((role) => arrowHead(heads[role], role))));
  const layers = {
    K: s("g"),
    Q: s("g"),
    pulls: s("g", { class: "bw-pull" }),
    V: s("g"),
    O: s("g"),
  };
  asking.svg.append(layers.K, layers.Q);
  answer.svg.append(layers.pulls, layers.V, layers.O);

  let parts = {};
  const build = afresh((shown) => {
    parts = vectors(state.model, shown, { asking: asking.svg, answer: answer.svg }, heads);
    for (const name of ["K", "Q", "V"])
      layers[name].replaceChildren(...parts[name].map(({ group }) => group));
    layers.O.replaceChildren(...parts.O);
    layers.pulls.replaceChildren(...parts.pulls);
  });
  const element = h("div", { class: "bw-planes" }, asking.figure, answer.figure);
  const draw = (shown) => {
    build([shown.Q.length, shown.keyNames], shown);
    for (const j of shown.K.keys()) drawKey(parts, j, shown);
    for (const i of shown.Q.keys()) drawQuery(parts, i, shown);
  };
  return { element, draw };
}

/** A square plane with its grid and the names of right and up, if there are any. */
function plane(title, [right, up] = []) {
  const svg = s("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, role: "group", "aria-label": title });
  for (let t = -2; t <= 2; t++) {
    const grid = { class: t ? "bw-grid" : "bw-axis" };
    svg.append(
      s("line", { x1: toX(t), x2: toX(t), y1: 0, y2: SIZE, ...grid }),
      s("line", { y1: toY(t), y2: toY(t), x1: 0, x2: SIZE, ...grid }),
    );
  }
  if (right) {
    const name = (text, x, y) =>
      s("text", { class: "bw-axis-name", x, y, "text-anchor": "end" }, text);
    svg.append(name(`${right} →`, SIZE - 2, SIZE / 2 + 13), name(`${up} ↑`, SIZE / 2 - 5, 12));
  }
  const caption = h("figcaption", {}, title);
  return { svg, figure: h("figure", { class: "bw-plane" }, caption, svg) };
}

function arrowHead(id, role) {
  const box = { viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 4.5, markerHeight: 4.5 };
  const path = s("path", { d: "M0 0L8 4L0 8z", class: `bw-${role}` });
  return s("marker", { id, orient: "auto", ...box }, path);
}

/** Everything that stands for a row of Q, K or V, made but not yet placed. */
function vectors(model, { Q, K, keyNames, valueNames }, { asking, answer }, heads) {
  const arrow = (role) =>
    s("line", { x1: toX(0), y1: toY(0), "marker-end": `url(#${heads[role]})` });
  const one = (letter, i) => (Q.length > 1 ? `${letter}${i + 1}` : letter);
  const key = (_, i) => ({ name: "K", i, role: "key", label: keyNames[i] });
  const query = (_, i) => ({ name: "Q", i, role: "query", label: one("q", i) });
  const value = (_, i) => ({ name: "V", i, role: "value", label: valueNames[i] });
  const output = (_, i) =>
    s(
      "g",
      { class: "bw-output" },
      s("circle", { r: 8 }),
      s("text", { class: "bw-label" }, one("output ", i)),
    );
  return {
    K: K.map(key).map((known) => vector(model, asking, known, arrow("key"))),
    Q: Q.map(query).map((known) => vector(model, asking, known, arrow("query"))),
    V: K.map(value).map((known) => vector(model, answer, known, s("rect"))),
    O: Q.map(output),
    pulls: K.map(() => s("line")),
  };
}

/** One draggable vector of trait `name`, row i; `place` moves its handle and label. */
function vector(model, svg, { name, i, role, label }, shape) {
  const text = s("text", { class: "bw-label" }, label);
  const hit = s("circle", { r: 20, fill: "transparent" });
  const group = s("g", { class: `bw-${role}`, "data-vector": `${name}${i}` }, shape, hit, text);
  draggable(group, {
    at: (event) => {
      const [x, y] = pointerIn(svg, event);
      return [(x - SIZE / 2) / UNIT, (SIZE / 2 - y) / UNIT];
    },
    move: (x, y) => {
      const rows = copy(model.get(name));
      rows[i] = [clamp(round(x), -REACH, REACH), clamp(round(y), -REACH, REACH)];
      model.set(name, rows);
    },
    position: () => model.get(name)[i],
    done: () => model.save_changes(),
  });
  const place = ([x, y], words) => {
    set(hit, { cx: toX(x), cy: toY(y) });
    // outwards, where no arrow lies, but never past the edge
    const right = x >= 0 ? x < REACH - 0.5 : x < 0.5 - REACH;
    const at = { x: toX(x) + (right ? 11 : -11), y: toY(y) + (y < 0 ? 15 : -9) };
    set(text, { ...at, "text-anchor": right ? "start" : "end" });
    set(group, { "aria-label": label, "aria-valuemin": -REACH, "aria-valuemax": REACH });
    set(group, { "aria-valuenow": x, "aria-valuetext": `${words} at ${point([x, y])}` });
  };
  return { group, shape, place };
}

/** Key j, its value, and how hard that one pulls at the output. */
function drawKey(parts, j, { K, V, weights, output, chosen }) {
  const weight = weights[chosen][j];
  const [key, value, pull] = [parts.K[j], parts.V[j], parts.pulls[j]];
  set(key.shape, { x2: toX(K[j][0]), y2: toY(K[j][1]) });
  key.shape.style.opacity = 0.25 + 0.75 * weight;
  key.place(K[j], `key ${j + 1}, weight ${format(weight)},`);
  const [x, y, half] = [toX(V[j][0]), toY(V[j][1]), 4 + 8 * weight];
  set(value.shape, { x: x - half, y: y - half, width: 2 * half, height: 2 * half });
  value.place(V[j], `value ${j + 1}`);
  const [x2, y2] = output[chosen];
  set(pull, { x1: x, y1: y, x2: toX(x2), y2: toY(y2) });
  pull.style.strokeWidth = `${10 * weight}px`;
}

/** Query i and its output. */
function drawQuery(parts, i, { Q, output, chosen }) {
  const { shape, group, place } = parts.Q[i];
  set(shape, { x2: toX(Q[i][0]), y2: toY(Q[i][1]) });
  group.classList.toggle("bw-faint", i !== chosen);
  place(Q[i], `query ${i + 1}`);
  const [circle, text] = parts.O[i].children;
  const [x, y] = output[i];
  parts.O[i].classList.toggle("bw-faint", i !== chosen);
  set(circle, { cx: toX(x), cy: toY(y) });
  const [away, anchor] = x < 0.8 ? [12, "start"] : [-12, "end"];
  set(text, { x: toX(x) + away, y: toY(y) + 20, "text-anchor": anchor });
}
