// The two planes: queries and keys on the left, values and outputs on the right.
import { afresh, format, h, s, set, uniqueId } from "../kit/dom.js";
import { labelsBeside } from "./labels.js";
import { nearestFirst, SIZE, toX, toY, vector } from "./vectors.js";

/** Both planes with a layer for each kind of thing; `draw` moves what is on them. */
export function planes(state) {
  const axes = state.model.get("axes");
  const [asking, answer] = [plane("Query and keys", axes[0]), plane("Values and output", axes[1])];
  const heads = { query: uniqueId("query"), key: uniqueId("key") };
  asking.svg.append(s("defs", {}, ...["query", "key"].map((role) => arrowHead(heads[role], role))));
  const names = ["shafts", "Q", "K", "pulls", "V", "O"];
  const layers = Object.fromEntries(names.map((name) => [name, s("g")]));
  // the keyboard comes to the query first; of all shafts its own lies on top
  asking.svg.append(layers.shafts, layers.Q, layers.K);
  answer.svg.append(layers.pulls, layers.V, layers.O);
  const invitation = inviteTo(state, asking.svg);

  let parts = {};
  const build = afresh((shown) => {
    parts = things(state.model, shown, { asking: asking.svg, answer: answer.svg }, heads);
    for (const name of ["K", "Q", "V"])
      layers[name].replaceChildren(...parts[name].map(({ group }) => group));
    layers.shafts.replaceChildren(...[...parts.K, ...parts.Q].map(({ shape }) => shape));
    layers.O.replaceChildren(...parts.O.map(({ group }) => group));
    layers.pulls.replaceChildren(...parts.pulls);
  });
  nearestFirst(asking.svg, () => [...parts.Q, ...parts.K]);
  nearestFirst(answer.svg, () => parts.V);
  const element = h("div", { class: "bw-planes" }, asking.figure, answer.figure);
  const draw = (shown) => {
    build([shown.Q.length, shown.keyNames], shown);
    for (const j of shown.K.keys()) drawKey(parts, j, shown);
    for (const i of shown.Q.keys()) drawQuery(parts, i, shown);
    labelsBeside([...parts.Q, ...parts.K, { ...parts.Q[0], text: invitation }]);
    labelsBeside([...parts.O, ...parts.V]);
  };
  return { element, draw };
}

/** "drag me", beside the query until something is touched. */
function inviteTo({ model }, svg) {
  const text = s("text", { class: "bw-invite", "aria-hidden": "true" }, "drag me");
  if (model.get("challenge").goal) return text;
  svg.append(text);
  for (const touch of ["pointerdown", "keydown"])
    svg.addEventListener(touch, () => text.remove(), { once: true });
  return text;
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

/** It ends where the round handle begins. */
function arrowHead(id, role) {
  const box = { viewBox: "0 0 8 8", refX: 12, refY: 4, markerWidth: 14, markerHeight: 14 };
  const path = s("path", { d: "M0 0L8 4L0 8z", class: `bw-${role}` });
  return s("marker", { id, orient: "auto", markerUnits: "userSpaceOnUse", ...box }, path);
}

/** Everything that stands for a row of Q, K or V, made but not yet placed. */
function things(model, { Q, K, keyNames, valueNames }, { asking, answer }, heads) {
  const arrow = (role) =>
    s("line", {
      class: `bw-shaft bw-${role}`,
      x1: toX(0),
      y1: toY(0),
      "marker-end": `url(#${heads[role]})`,
    });
  const one = (letter, i) => (Q.length > 1 ? `${letter}${i + 1}` : letter);
  const key = (_, i) => ({ name: "K", i, role: "key", label: keyNames[i] });
  const query = (_, i) => ({ name: "Q", i, role: "query", label: one("q", i) });
  const value = (_, i) => ({ name: "V", i, role: "value", label: valueNames[i] });
  const output = (_, i) => {
    const text = s("text", { class: "bw-label" }, one("output ", i));
    const shape = s("circle", { r: 8 });
    return { group: s("g", { class: "bw-output" }, shape, text), shape, text, half: 8 };
  };
  return {
    K: K.map(key).map((known) => vector(model, asking, known, arrow("key"))),
    Q: Q.map(query).map((known) => vector(model, asking, known, arrow("query"))),
    V: K.map(value).map((known) => vector(model, answer, known)),
    O: Q.map(output),
    pulls: K.map(() => s("line", { class: "bw-pull" })),
  };
}

/** Key j, its value, and how hard that one pulls at the output. */
function drawKey(parts, j, { K, V, weights, output, chosen }) {
  const weight = weights[chosen][j];
  const [key, value, pull] = [parts.K[j], parts.V[j], parts.pulls[j]];
  key.shape.style.strokeWidth = `${2 + 6 * weight}px`;
  key.number.textContent = ` ${format(weight)}`;
  key.place(K[j], `key ${j + 1}, weight ${format(weight)},`);
  const [x, y, half] = [toX(V[j][0]), toY(V[j][1]), 4 + 8 * weight];
  value.half = half;
  set(value.handle, { x: x - half, y: y - half, width: 2 * half, height: 2 * half });
  value.place(V[j], `value ${j + 1}`);
  const [x2, y2] = output[chosen];
  set(pull, { x1: x, y1: y, x2: toX(x2), y2: toY(y2) });
  pull.style.strokeWidth = `${10 * weight}px`;
}

/** Query i and its output. */
function drawQuery(parts, i, { Q, output, chosen }) {
  const [query, answer] = [parts.Q[i], parts.O[i]];
  query.place(Q[i], `query ${i + 1}`);
  answer.tip = [toX(output[i][0]), toY(output[i][1])];
  set(answer.shape, { cx: answer.tip[0], cy: answer.tip[1] });
  for (const element of [query.group, query.shape, answer.group])
    element.classList.toggle("bw-faint", i !== chosen);
}
