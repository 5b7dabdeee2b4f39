// The two planes: queries and keys on the left, values and outputs on the right.
import { afresh, format, h, s, set, uniqueId } from "../kit/dom.js";
import { labelsBeside, SIZE, toX, toY, vector } from "./vectors.js";

/** Both planes with a layer for each kind of thing; `draw` moves what is on them. */
export function planes(state) {
  const axes = state.model.get("axes");
  const [asking, answer] = [plane("Query and keys", axes[0]), plane("Values and output", axes[1])];
  const layers = { shafts: s("g"), Q: s("g"), K: s("g"), pulls: s("g"), V: s("g"), O: s("g") };
  // the keyboard comes to the query first; of all shafts its own lies on top
  asking.svg.append(layers.shafts, layers.Q, layers.K);
  answer.svg.append(layers.pulls, layers.V, layers.O);
  const [query, key] = ["query", "key"].map((role) => arrowHead(asking.svg, role));
  const invitation = inviteTo(state, asking.svg);

  let parts = {};
  const build = afresh((shown) => {
    parts = things(state.model, shown, asking.svg, answer.svg, { query, key });
    for (const name of ["K", "Q", "V", "O"])
      layers[name].replaceChildren(...parts[name].map(({ group }) => group));
    layers.shafts.replaceChildren(...[...parts.K, ...parts.Q].flatMap(({ shaft }) => shaft));
    layers.pulls.replaceChildren(...parts.pulls);
  });
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
  svg.addEventListener("focusin", () => text.remove());
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
  const name = (text, x, y) =>
    svg.append(s("text", { class: "bw-axis-name", x, y, "text-anchor": "end" }, text));
  if (right) {
    name(`${right} →`, SIZE - 2, SIZE / 2 + 13);
    name(`${up} ↑`, SIZE / 2 - 5, 12);
  }
  return { svg, figure: h("figure", { class: "bw-plane" }, h("figcaption", {}, title), svg) };
}

/** A head for the arrows of one role; it ends where the round handle begins. */
function arrowHead(svg, role) {
  const [id, wide] = [uniqueId(role), 14];
  const box = { viewBox: "0 0 8 8", refX: 12, refY: 4, markerWidth: wide, markerHeight: wide };
  const path = s("path", { d: "M0 0L8 4L0 8z", class: `bw-${role}` });
  svg.append(s("marker", { id, orient: "auto", markerUnits: "userSpaceOnUse", ...box }, path));
  return `url(#${id})`;
}

/** Everything that stands for a row of Q, K or V, made but not yet placed. */
function things(model, { Q, keyNames, valueNames }, asking, answer, heads) {
  const numbered = (name) => Q.map((_, i) => (Q.length > 1 ? name + (i + 1) : name));
  const line = (kind, role, end) =>
    s("path", { class: `bw-${kind} bw-${role}`, "marker-end": end });
  const arrow = (role) => [line("shaft", role, heads[role]), line("reach", role)];
  const vectors = (svg, name, role, labels) =>
    labels.map((label, i) => {
      const shaft = heads[role] ? arrow(role) : [];
      return vector(model, svg, { name, i, role, label, shaft });
    });
  const output = (label) => {
    const [mark, text] = [s("circle", { r: 8 }), s("text", { class: "bw-label" }, label)];
    return { group: s("g", { class: "bw-output" }, mark, text), mark, text, half: 8 };
  };
  return {
    K: vectors(asking, "K", "key", keyNames),
    Q: vectors(asking, "Q", "query", numbered("q")),
    V: vectors(answer, "V", "value", valueNames),
    O: numbered("output ").map(output),
    pulls: keyNames.map(() => s("path", { class: "bw-pull" })),
  };
}

/** Key j, its value, and how hard that one pulls at the output. */
function drawKey(parts, j, { K, V, weights, output, chosen }) {
  const weight = weights[chosen][j];
  const [key, value, pull] = [parts.K[j], parts.V[j], parts.pulls[j]];
  key.shaft[0].style.strokeWidth = `${2 + 6 * weight}px`;
  key.number.textContent = ` ${format(weight)}`;
  key.place(K[j], `key ${j + 1}, weight ${format(weight)},`);
  value.place(V[j], `value ${j + 1}`);
  const [[x, y], half] = [value.tip, 4 + 8 * weight];
  value.half = half;
  set(value.mark, { x: x - half, y: y - half, width: 2 * half, height: 2 * half });
  const [x2, y2] = output[chosen];
  set(pull, { d: `M${x} ${y}L${toX(x2)} ${toY(y2)}` });
  pull.style.strokeWidth = `${10 * weight}px`;
}

/** Query i and its output. */
function drawQuery(parts, i, { Q, output, chosen }) {
  const [query, answer] = [parts.Q[i], parts.O[i]];
  query.place(Q[i], `query ${i + 1}`);
  const [x, y] = [toX(output[i][0]), toY(output[i][1])];
  answer.tip = [x, y];
  set(answer.mark, { cx: x, cy: y });
  for (const element of [query.group, query.shaft[0], answer.group])
    element.classList.toggle("bw-faint", i !== chosen);
}
