// The position dial's view: two markers on a line of text, a clock for each pair, a curve.

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
  onResize,
  point,
  pointerIn,
  redrawOn,
  resetButton,
  round,
  s,
  set,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { frequencies, rope, sinusoid } from "../kit/math/positions.js";
import { dot } from "../kit/math/vectors.js";

const INPUTS = ["Q", "K", "query_position", "key_position", "base", "method"];
const LAST = 40; // the last position
const REACH = 1.4; // of a clock hand
const EDGE = 22; // left and right of the line of text
const METHODS = [
  ["rope", "turn both (RoPE)"],
  ["query only", "turn only the query"],
  ["sinusoids", "add sinusoids to both"],
];
// Presets are claims.
const PRESETS = [
  ["A key like the query", (get) => ({ K: copy(get("Q")), method: "rope" })],
  ["Far apart", () => ({ query_position: 38, key_position: 2 })],
  ["Only slow clocks", (get) => ({ ...slow(get, "Q"), ...slow(get, "K") })],
];
// the first half of the pairs gets length 0
const slow = (get, name) => ({
  [name]: get(name).map((x, i, all) => (i < all.length / 2 ? 0 : x)),
});
const signed = (n) => (n > 0 ? `+${n}` : format(n, 0));

/** Query or key as it is at a position; with `sign` -1 back to what it was before. */
function placed(x, role, position, { method, base }, sign = 1) {
  if (method === "sinusoids")
    return sinusoid(position, x.length, base).map((wave, i) => x[i] + sign * wave);
  return method === "query only" && role === "key" ? x : rope(x, sign * position, base);
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const root = stage(
    el,
    "position-dial",
    "Position dial: a query and a key turn with their positions",
  );
  const how = () => ({ method: get("method"), base: get("base") });
  const trait = { query: "Q", key: "K" };
  const at = { query: "query_position", key: "key_position" };
  const unit = () => (get("method") === "sinusoids" ? 24 : 36); // pixels for a length of 1
  const gap = () => get("key_position") - get("query_position");
  /** Query and key as they meet, and their score: of now, not of the last picture. */
  function meeting() {
    const [query, key] = ["query", "key"].map((role) =>
      placed(get(trait[role]), role, get(at[role]), how()),
    );
    return { turned: [query, key], score: dot(query, key) / Math.sqrt(query.length) };
  }
  const done = () => model.save_changes();
  let before = null; // the query and the score before the slides that nothing else has followed
  const rest = () => JSON.stringify([get("Q"), get("K"), gap(), how()]);
  let width = 640;
  const stepWide = () => (width - 2 * EDGE) / LAST;

  // --- the line of text ---
  const line = s("svg", { role: "group", "aria-label": "Positions in the text" });
  const ticks = s("g");
  line.append(ticks);
  const positionIn = (event) => (pointerIn(line, event)[0] - EDGE) / stepWide();
  function marker(role, shape, attributes) {
    const text = s("text", { class: "bw-strong", "text-anchor": "middle" });
    const hit = s("rect", { width: 44, height: 40, fill: "transparent" });
    const group = s(
      "g",
      { class: `bw-${role}`, "data-marker": role, ...attributes },
      hit,
      shape,
      text,
    );
    line.append(group);
    return { group, shape, text, hit };
  }
  const single = (role) => {
    const made = marker(role, s("circle", { r: 9 }));
    draggable(made.group, {
      at: (event) => [positionIn(event), 0],
      move: (x) => model.set(at[role], clamp(Math.round(x), 0, LAST)),
      position: () => [get(at[role]), 0],
      done,
      step: 1,
      axes: "x",
    });
    return made;
  };
  const both = marker("both", s("rect", { height: 12, rx: 6 }));
  const markers = { query: single("query"), key: single("key") };
  draggable(both.group, {
    at: (event) => [positionIn(event) - gap() / 2, 0],
    move: (x) => {
      if (before?.rest !== rest())
        before = { query: get("query_position"), score: meeting().score, rest: rest() };
      const query = clamp(Math.round(x), Math.max(0, -gap()), LAST - Math.max(0, gap()));
      const key = query + gap();
      model.set("query_position", query);
      model.set("key_position", key);
    },
    position: () => [get("query_position"), 0],
    done,
    step: 1,
    axes: "x",
  });

  // --- the clocks ---
  const clocks = h("div", { class: "bw-clocks" });
  let drawn = [];
  function clock(i) {
    const svg = s("svg", {
      viewBox: "-73 -73 146 146",
      role: "group",
      "aria-label": `Clock of pair ${i + 1}`,
    });
    svg.append(
      s("circle", { class: "bw-face", r: 58 }),
      ...[0, 1, 2, 3].map((q) =>
        s("line", { class: "bw-axis", x1: 53, x2: 58, transform: `rotate(${90 * q})` }),
      ),
    );
    const hand = (role) => {
      const ghost = s("line", { class: "bw-ghost" });
      const shaft = s("line", { class: "bw-hand" });
      const tip = s("circle", { r: 7 });
      const hit = s("circle", { r: 18, fill: "transparent" });
      const group = s("g", { class: `bw-${role}`, "data-hand": `${role}${i}` }, shaft, tip, hit);
      svg.append(s("g", { class: `bw-${role}` }, ghost), group);
      const meets = () => placed(get(trait[role]), role, get(at[role]), how());
      draggable(group, {
        at: (event) => pointerIn(svg, event).map((x, axis) => (axis ? -x : x) / unit()),
        move: (x, y) => {
          const next = [...meets()];
          next.splice(2 * i, 2, x, y);
          const back = placed(next, role, get(at[role]), how(), -1);
          const vector = [...get(trait[role])];
          for (const c of [2 * i, 2 * i + 1]) vector[c] = clamp(round(back[c]), -REACH, REACH);
          model.set(trait[role], vector);
        },
        position: () => meets().slice(2 * i, 2 * i + 2),
        done,
      });
      return { ghost, shaft, tip, hit, group };
    };
    const text = h("figcaption");
    const wedge = s("path", { class: "bw-wedge" });
    svg.prepend(wedge);
    return {
      wedge,
      figure: h("figure", {}, svg, text),
      text,
      query: hand("query"),
      key: hand("key"),
    };
  }
  const end = ([x, y]) => ({ x2: x * unit(), y2: -y * unit() });
  const tip = ([x, y]) => ({ cx: x * unit(), cy: -y * unit() });
  function drawHand(parts, role, i, pair, raw) {
    set(parts.ghost, end(raw));
    set(parts.shaft, end(pair));
    set(parts.tip, tip(pair));
    set(parts.hit, tip(pair));
    set(parts.group, {
      "aria-label": `${role}, pair ${i + 1}`,
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

  // --- the curve of scores ---
  const chart = s("svg", { role: "img" });
  function drawCurve(query, score) {
    const all = Array.from({ length: 8 * LAST + 1 }, (_, i) => i / 4 - LAST);
    const scores = all.map(
      (d) =>
        dot(query, placed(get("K"), "key", get("query_position") + d, how())) /
        Math.sqrt(query.length),
    );
    const [low, high] = [Math.min(0, ...scores), Math.max(0.1, ...scores)];
    const x = (d) => EDGE + ((d + LAST) / (2 * LAST)) * (width - 2 * EDGE);
    const y = (v) => 108 - (92 * (v - low)) / (high - low);
    const path = (kept) =>
      `M${all.flatMap((d, i) => (kept(d) ? `${x(d).toFixed(1)} ${y(scores[i]).toFixed(1)}` : [])).join("L")}`;
    const inside = (d) => d >= -get("query_position") && d <= LAST - get("query_position");
    const tick = (d) => s("text", { x: x(d), y: 126, "text-anchor": "middle" }, signed(d));
    set(chart, {
      viewBox: `0 0 ${width} 132`,
      "aria-label": `Score against distance, now ${format(score)} at ${signed(gap())}`,
    });
    chart.replaceChildren(
      s("line", { class: "bw-axis", x1: EDGE, x2: width - EDGE, y1: y(0), y2: y(0) }),
      s("line", { class: "bw-grid", x1: x(0), x2: x(0), y1: 16, y2: 112 }),
      s("path", { class: "bw-curve bw-outside", d: path(() => true) }),
      s("path", { class: "bw-curve", d: path(inside) }),
      s("circle", { class: "bw-now", cx: x(gap()), cy: y(score), r: 7 }),
      ...[-LAST, -LAST / 2, 0, LAST / 2, LAST].map(tick),
    );
  }
  /** Of all distances within the text the one with the largest score; the first of equals. */
  function bestOf(query) {
    let [best, top] = [0, -Infinity];
    for (let n = 0; n <= LAST; n += 1) {
      const score = Math.round(
        (dot(query, placed(get("K"), "key", n, how())) / Math.sqrt(query.length)) * 1e9,
      );
      if (score > top) [best, top] = [n - get("query_position"), score];
    }
    return best;
  }

  // --- controls ---
  const method = choice("position", METHODS, {
    read: () => get("method"),
    write: (value) => update(model, { method: value }),
  });
  const base = slider("base", {
    min: 1,
    max: 6,
    step: 0.5,
    read: () => Math.log10(get("base")),
    write: (power) => model.set("base", Math.round(10 ** power)),
    show: () => String(get("base")),
    done,
  });
  root.append(
    h(
      "p",
      { class: "bw-title" },
      "Slide ",
      h("span", { class: "bw-query-name" }, "query"),
      " or ",
      h("span", { class: "bw-key-name" }, "key"),
      ", or both by the bar between them",
    ),
    line,
    clocks,
    h("p", { class: "bw-title" }, "Score against distance (key − query)"),
    chart,
  );
  root.append(
    h(
      "p",
      { class: "bw-note" },
      "Dashed hand: without its position. Dashed curve: distances outside the text.",
    ),
  );
  const say = announcer(root);
  root.append(
    h("div", { class: "bw-row" }, method.element, base.element, resetButton(model, INPUTS)),
    h(
      "div",
      {
        class: "bw-row",
        role: "group",
        "aria-label": "Starting points",
        hidden: Boolean(get("challenge").goal),
      },
      "Try:",
      ...PRESETS.map(([claim, made]) => button(claim, () => update(model, made(get)))),
    ),
  );

  function drawLine() {
    const x = (position) => EDGE + position * stepWide();
    set(line, { viewBox: `0 0 ${width} 116` });
    ticks.replaceChildren(
      s("line", { class: "bw-axis", x1: EDGE, x2: width - EDGE, y1: 54, y2: 54 }),
      ...[0, 10, 20, 30, 40].map((p) =>
        s("text", { class: "bw-tick", x: x(p), y: 113, "text-anchor": "middle" }, p),
      ),
    );
    for (const [role, y] of [
      ["query", 36],
      ["key", 72],
    ]) {
      const { group, shape, text, hit } = markers[role];
      const position = get(at[role]);
      set(shape, { cx: x(position), cy: y });
      set(hit, { x: x(position) - 22, y: y - (role === "query" ? 30 : 10) });
      set(text, { x: clamp(x(position), 42, width - 42), y: role === "query" ? 18 : 94 });
      text.textContent = `${role} at ${position}`;
      set(group, {
        "aria-label": `position of the ${role}`,
        "aria-valuemin": 0,
        "aria-valuemax": LAST,
        "aria-valuenow": position,
      });
    }
    const [low, high] = [x(get("query_position")), x(get("key_position"))].sort((a, b) => a - b);
    const half = Math.max(22, (high - low) / 2);
    set(both.shape, { x: (low + high) / 2 - half, width: 2 * half, y: 48 });
    set(both.text, { x: (low + high) / 2, y: 59 });
    both.text.textContent = "↔";
    set(both.hit, { x: (low + high) / 2 - half, width: 2 * half, y: 46, height: 16 });
    set(both.group, {
      "aria-label": "both positions",
      "aria-valuemin": 0,
      "aria-valuemax": LAST,
      "aria-valuenow": get("query_position"),
      "aria-valuetext": `query at ${get("query_position")}, key at ${get("key_position")}`,
    });
  }

  function report(score) {
    const where = `Distance ${signed(gap())}: score ${format(score)}.`;
    const moved = before?.rest === rest() ? get("query_position") - before.query : 0;
    const same = moved && Math.abs(before.score - score) < 1e-9;
    const verdict = !moved
      ? ""
      : same
        ? ` Both moved by ${signed(moved)}: the score stayed.`
        : ` Both moved by ${signed(moved)}: the score went from ${format(before.score)} to ${format(score)}.`;
    say(where + verdict);
  }

  function paint() {
    const [Q, K] = [get("Q"), get("K")];
    if (Q.length !== K.length) return; // a change half told
    width = Math.round(line.clientWidth) || 640;
    const { turned, score } = meeting();
    const speeds = frequencies(Q.length, get("base"));
    if (drawn.length !== speeds.length) {
      drawn = speeds.map((_, i) => clock(i));
      clocks.replaceChildren(...drawn.map((c) => c.figure));
    }
    const pair = (x, i) => x.slice(2 * i, 2 * i + 2);
    const terms = speeds.map(
      (_, i) => dot(pair(turned[0], i), pair(turned[1], i)) / Math.sqrt(Q.length),
    );
    drawn.forEach((c, i) => {
      set(c.wedge, { d: angleBetween(pair(turned[0], i), pair(turned[1], i)) });
      drawHand(c.query, "query", i, pair(turned[0], i), pair(Q, i));
      drawHand(c.key, "key", i, pair(turned[1], i), pair(K, i));
      c.text.replaceChildren(
        `${Number(speeds[i].toPrecision(2))} rad a step`,
        h("br"),
        `adds ${format(terms[i])}`,
      );
    });
    drawLine();
    drawCurve(turned[0], score);
    method.refresh();
    base.refresh();
    report(score);
    for (const [name, value] of Object.entries({ turned, terms, score, best: bestOf(turned[0]) }))
      model.set(name, value);
  }

  return together(
    redrawOn(model, INPUTS, paint),
    onResize(line, paint),
    mountChallenge(model, root),
  );
}

const view = { render };
export default view;
