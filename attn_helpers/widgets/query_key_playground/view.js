// The playground's view: two planes, a row per key, a few controls.
import { attention } from "../kit/math/attention.js";
import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  choice,
  clamp,
  copy,
  draggable,
  format,
  h,
  point,
  pointerIn,
  redrawOn,
  round,
  s,
  set,
  slider,
  stage,
  uniqueId,
  update,
} from "../kit/dom.js";

const REACH = 2.5; // the planes run from -REACH to REACH
const SIZE = 300;
const UNIT = (SIZE / 2 - 14) / REACH;
const toX = (x) => SIZE / 2 + x * UNIT;
const toY = (y) => SIZE / 2 - y * UNIT;

const SCORE_NAMES = [
  ["scaledDot", "dot product ÷ √d"],
  ["dot", "dot product"],
  ["cosine", "cosine"],
  ["gaussian", "Gaussian (−distance² ÷ 2)"],
  ["bilinear", "bilinear (quarter turn)"],
  ["additive", "additive (tanh)"],
];
const MOST_KEYS = 8;
const INPUTS = ["Q", "K", "V", "labels", "score", "temperature", "mask"];

// Presets are claims; each keeps whatever it does not name.
const PRESETS = [
  [
    "Two keys tie",
    {
      Q: [[1.5, 0]],
      K: [
        [1.2, 1.2],
        [1.2, -1.2],
        [-1.6, 0],
      ],
      mask: [],
      temperature: 1,
    },
  ],
  [
    "The loud key wins",
    {
      Q: [[1, 0.6]],
      K: [
        [0.9, 0.5],
        [2.2, -0.6],
        [-0.6, 1.4],
      ],
      mask: [],
      temperature: 1,
    },
  ],
  ["Cold: winner takes all", { temperature: 0.0625 }],
  ["Hot: the plain mean", { temperature: 16 }],
  ["Nothing may be read", { mask: "none" }],
];

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

/** One draggable vector of trait `name`, row i. `draw` places its own shape. */
function vector(model, svg, { name, i, role, label, shape }) {
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
    const place = { x: toX(x) + (right ? 11 : -11), y: toY(y) + (y < 0 ? 15 : -9) };
    set(text, { ...place, "text-anchor": right ? "start" : "end" });
    set(group, { "aria-label": label, "aria-valuemin": -REACH, "aria-valuemax": REACH });
    set(group, { "aria-valuenow": x, "aria-valuetext": `${words} at ${point([x, y])}` });
  };
  return { group, shape, place };
}

function render({ model, el }) {
  const start = copy(Object.fromEntries(INPUTS.map((name) => [name, model.get(name)])));
  const root = stage(
    el,
    "query-key-playground",
    "Attention playground: queries, keys and values in the plane",
  );
  const ids = { query: uniqueId("query"), key: uniqueId("key") };
  const asking = plane("Query and keys", model.get("axes")[0]);
  const answer = plane("Values and output", model.get("axes")[1]);
  asking.svg.append(s("defs", {}, arrowHead(ids.query, "query"), arrowHead(ids.key, "key")));
  const rows = h("tbody");
  const table = h(
    "table",
    { class: "bw-keys" },
    h("caption", {}, "What the query gets from each key"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ...["may attend", "score", "weight"].map((t) => h("th", { scope: "col" }, t)),
        h("td"),
      ),
    ),
    rows,
  );
  let chosen = 0; // whose weights are shown, when there are several queries
  let drawn = null;

  const queryPicker = h("div", {
    class: "bw-row",
    role: "group",
    "aria-label": "Show the weights of",
  });
  const score = choice("score", SCORE_NAMES, {
    read: () => model.get("score"),
    write: (value) => update(model, { score: value }),
  });
  const temperature = slider("temperature", {
    min: -4,
    max: 4,
    step: 0.25,
    read: () => Math.log2(model.get("temperature")),
    write: (power) => model.set("temperature", round(2 ** power * 100) / 100),
    show: () => format(model.get("temperature")),
    done: () => model.save_changes(),
  });
  const add = button("Add a key", () => {
    const angle = model.get("K").length * 2.4; // successive golden angles never coincide
    const spot = (radius) => [round(radius * Math.cos(angle)), round(radius * Math.sin(angle))];
    update(model, {
      K: [...model.get("K"), spot(1.7)],
      V: [...model.get("V"), spot(2)],
      labels: model.get("labels").length
        ? [...model.get("labels"), `k${model.get("K").length + 1}`]
        : [],
      mask: model.get("mask").length ? [...model.get("mask"), true] : [],
    });
  });
  const addQuery = button("Add a query", () => {
    chosen = model.get("Q").length;
    update(model, { Q: [...model.get("Q"), [-1, round(1.2 - 2 * chosen)]] });
  });
  const preset = ([claim, state]) =>
    button(claim, () => {
      const next = { ...state };
      if (next.mask === "none") next.mask = model.get("K").map(() => false);
      if (next.K) next.labels = [];
      if (next.K) next.V = copy(start.V).slice(0, next.K.length);
      if (next.V && next.V.length < next.K.length) next.V = copy(next.K);
      update(model, next);
    });
  const reset = button("Reset", () => ((chosen = 0), update(model, copy(start))));

  function removeKey(j) {
    const without = (list) => list.filter((_, i) => i !== j);
    update(model, {
      K: without(model.get("K")),
      V: without(model.get("V")),
      labels: without(model.get("labels")),
      mask: without(model.get("mask")),
    });
  }
  function allow(j, may) {
    const mask = model.get("mask").length ? [...model.get("mask")] : model.get("K").map(() => true);
    mask[j] = may;
    update(model, { mask: mask.every(Boolean) ? [] : mask });
  }
  const nameOf = (j, letter) => model.get("labels")[j] ?? `${letter}${j + 1}`;
  function keyRow(j) {
    const name = nameOf(j, "k");
    const box = h("input", {
      type: "checkbox",
      "aria-label": `may attend to ${name}`,
      onchange: () => allow(j, box.checked),
    });
    const scoreCell = h("td", { class: "bw-number" });
    const bar = h("span", { class: "bw-bar" });
    const number = h("span", { class: "bw-number" });
    const remove = button("×", () => removeKey(j), {
      "aria-label": `Remove ${name}`,
      class: "bw-button bw-remove",
    });
    const row = h(
      "tr",
      {},
      h("th", { scope: "row" }, h("label", { class: "bw-check" }, box, name)),
      scoreCell,
      h("td", {}, h("span", { class: "bw-track", "aria-hidden": "true" }, bar), number),
      h("td", {}, remove),
    );
    return { row, box, scoreCell, bar, number, remove };
  }

  const hull = s("g", { class: "bw-pull" });
  const layers = { keys: s("g"), queries: s("g"), values: s("g"), outputs: s("g") };
  asking.svg.append(layers.keys, layers.queries);
  answer.svg.append(hull, layers.values, layers.outputs);
  root.append(h("div", { class: "bw-planes" }, asking.figure, answer.figure));
  const say = announcer(root);
  root.append(
    queryPicker,
    table,
    h("div", { class: "bw-row" }, score.element, temperature.element),
    h("div", { class: "bw-row" }, add, addQuery, reset),
    h(
      "div",
      {
        class: "bw-row",
        role: "group",
        "aria-label": "Starting points",
        hidden: Boolean(model.get("challenge").goal),
      },
      "Try:",
      ...PRESETS.map(preset),
    ),
  );

  /** Make the elements anew; needed only when a vector came, went or was renamed. */
  function build(Q, K, shown) {
    const arrow = (role) =>
      s("line", { x1: toX(0), y1: toY(0), "marker-end": `url(#${ids[role]})` });
    const label = (letter, i, n) => (n > 1 ? `${letter}${i + 1}` : letter);
    drawn = {
      shown,
      K: K.map((_, i) =>
        vector(model, asking.svg, {
          name: "K",
          i,
          role: "key",
          label: nameOf(i, "k"),
          shape: arrow("key"),
        }),
      ),
      Q: Q.map((_, i) =>
        vector(model, asking.svg, {
          name: "Q",
          i,
          role: "query",
          label: label("q", i, Q.length),
          shape: arrow("query"),
        }),
      ),
      V: K.map((_, i) =>
        vector(model, answer.svg, {
          name: "V",
          i,
          role: "value",
          label: nameOf(i, "v"),
          shape: s("rect"),
        }),
      ),
      output: Q.map((_, i) =>
        s(
          "g",
          { class: "bw-output" },
          s("circle", { r: 8 }),
          s("text", { class: "bw-label" }, label("output ", i, Q.length)),
        ),
      ),
      pulls: K.map(() => s("line")),
      rows: K.map((_, j) => keyRow(j)),
    };
    layers.keys.replaceChildren(...drawn.K.map((n) => n.group));
    layers.queries.replaceChildren(...drawn.Q.map((n) => n.group));
    layers.values.replaceChildren(...drawn.V.map((n) => n.group));
    layers.outputs.replaceChildren(...drawn.output);
    hull.replaceChildren(...drawn.pulls);
    rows.replaceChildren(...drawn.rows.map((r) => r.row));
    queryPicker.hidden = Q.length === 1;
    queryPicker.replaceChildren(
      ...Q.map((_, i) =>
        button(`q${i + 1}`, () => ((chosen = i), paint()), { "aria-pressed": i === chosen }),
      ),
      button("Remove this query", () => {
        const gone = chosen;
        chosen = 0;
        update(model, { Q: model.get("Q").filter((_, i) => i !== gone) });
      }),
    );
  }

  function paint() {
    const [Q, K, V] = ["Q", "K", "V"].map((name) => model.get(name));
    const mask = model.get("mask");
    if (K.length !== V.length || (mask.length && mask.length !== K.length)) return; // a change half told
    chosen = Math.min(chosen, Q.length - 1);
    const shown = JSON.stringify([Q.length, K.length, model.get("labels")]);
    if (drawn?.shown !== shown) build(Q, K, shown);
    const result = attention(Q, K, V, {
      score: model.get("score"),
      params: model.get("parameters")[model.get("score")],
      temperature: model.get("temperature"),
      mask: mask.length ? Q.map(() => mask) : null,
    });
    const weights = result.weights[chosen];
    const output = result.output[chosen];
    for (const [j, weight] of weights.entries()) {
      const end = { x2: toX(K[j][0]), y2: toY(K[j][1]) };
      set(drawn.K[j].shape, end);
      drawn.K[j].shape.style.opacity = 0.25 + 0.75 * weight;
      drawn.K[j].place(K[j], `key ${j + 1}, weight ${format(weight)},`);
      const half = 4 + 8 * weight;
      set(drawn.V[j].shape, {
        x: toX(V[j][0]) - half,
        y: toY(V[j][1]) - half,
        width: 2 * half,
        height: 2 * half,
      });
      drawn.V[j].place(V[j], `value ${j + 1}`);
      set(drawn.pulls[j], {
        x1: toX(V[j][0]),
        y1: toY(V[j][1]),
        x2: toX(output[0]),
        y2: toY(output[1]),
      });
      drawn.pulls[j].style.strokeWidth = `${10 * weight}px`;
      const row = drawn.rows[j];
      row.box.checked = !mask.length || mask[j];
      row.scoreCell.textContent = format(result.scores[chosen][j]);
      row.bar.style.width = `${100 * weight}%`;
      row.number.textContent = format(weight);
      row.remove.disabled = K.length === 1;
    }
    Q.forEach((q, i) => {
      set(drawn.Q[i].shape, { x2: toX(q[0]), y2: toY(q[1]) });
      drawn.Q[i].group.classList.toggle("bw-faint", i !== chosen);
      drawn.Q[i].place(q, `query ${i + 1}`);
      const [circle, text] = drawn.output[i].children;
      const [x, y] = result.output[i];
      drawn.output[i].classList.toggle("bw-faint", i !== chosen);
      set(circle, { cx: toX(x), cy: toY(y) });
      set(text, {
        x: toX(x) + (x < 0.8 ? 12 : -12),
        y: toY(y) + 20,
        "text-anchor": x < 0.8 ? "start" : "end",
      });
    });
    [...queryPicker.children]
      .slice(0, -1)
      .forEach((b, i) => b.setAttribute("aria-pressed", i === chosen));
    add.disabled = K.length >= MOST_KEYS;
    addQuery.disabled = Q.length >= 3;
    score.refresh();
    temperature.refresh();
    const total = weights.reduce((a, b) => a + b, 0);
    say(
      total
        ? `The weights sum to 1; the output is ${point(output)}.`
        : "The query may attend to nothing: all weights and the output are 0.",
    );
    for (const name of ["scores", "weights", "output"]) model.set(name, result[name]);
  }

  const stop = redrawOn(model, INPUTS, paint);
  const stopChallenge = mountChallenge(model, root);
  return () => (stop(), stopChallenge());
}

const view = { render };
export default view;
