// The position dial's view: two markers on a line of text, a clock for each pair, a curve.

import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  choice,
  copy,
  format,
  h,
  onResize,
  redrawOn,
  resetButton,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { frequencies } from "../kit/math/positions.js";
import { clocks } from "./clocks.js";
import { curve, signed } from "./curve.js";
import { gapOf, howOf, LAST, POSITION, placed, placedNow, restOf, scoreOf } from "./meeting.js";
import { textLine } from "./text_line.js";

const INPUTS = ["Q", "K", "query_position", "key_position", "base", "method"];
const METHODS = [
  ["rope", "turn both (RoPE)"],
  ["query only", "turn only the query"],
  ["sinusoids", "add sinusoids to both"],
];
// the first half of the pairs gets length 0
const slow = (x) => x.map((v, i) => (i < x.length / 2 ? 0 : v));
// Presets are claims: each begins with what the figure began with, turned by its clocks.
const PRESETS = [
  ["A key like the query", ({ Q }) => ({ K: Q })],
  ["Far apart", () => ({ query_position: 38, key_position: 2 })],
  ["Only slow clocks", ({ Q, K }) => ({ Q: slow(Q), K: slow(K) })],
];
const NOTE = "Dashed hand: without its position. Dashed curve: distances outside the text.";

function render({ model, el }) {
  const root = stage(
    el,
    "position-dial",
    "Position dial: a query and a key turn with their positions",
  );
  const state = {
    model,
    width: 640, // pixels of the drawings
    before: null, // where the slide of both began that nothing else has followed
  };
  const parts = [textLine(state), clocks(state), curve(), controls(model)];
  const [line, dials, chart, row] = parts.map(({ element }) => element);
  const curves = h("p", { class: "bw-title" }, "Score against distance (key − query)");
  const lines = h("div", { class: "bw-lines" }, line, curves, chart);
  const note = h("p", { class: "bw-note" }, NOTE);
  root.append(heading(), h("div", { class: "bw-body" }, lines, dials), note);
  const say = announcer(root);
  root.append(h("div", { class: "bw-tries" }, row, presets(model)));

  function paint() {
    state.width = Math.round(line.clientWidth) || 640;
    const shown = look(state);
    if (!shown) return;
    for (const { draw } of parts) draw(shown);
    say(report(shown));
    for (const name of ["turned", "terms", "score", "best"]) model.set(name, shown[name]);
  }
  return together(
    redrawOn(model, INPUTS, paint),
    onResize(line, paint),
    mountChallenge(model, root),
  );
}

/** All numbers of one frame; null in the middle of a change. */
function look({ model, width, before }) {
  const [Q, K] = [model.get("Q"), model.get("K")];
  if (Q.length !== K.length) return null;
  const how = howOf(model);
  const [query, key] = ["query", "key"].map((role) => placedNow(model, role));
  const speeds = frequencies(Q.length, how.base);
  const at = { query: model.get(POSITION.query), key: model.get(POSITION.key) };
  const scoreAt = (position) => scoreOf(query, placed(K, "key", position, how));
  return {
    Q,
    K,
    how,
    width,
    at,
    gap: gapOf(model),
    before: before?.rest === restOf(model) ? before : null,
    turned: [query, key],
    speeds,
    terms: speeds.map((_, i) => {
      const [c, s] = [2 * i, 2 * i + 1];
      return (query[c] * key[c] + query[s] * key[s]) / Math.sqrt(Q.length);
    }),
    score: scoreOf(query, key),
    scoreAt,
    best: bestOf(scoreAt) - at.query,
  };
}

/** Of all positions in the text the one with the largest score; the first of equals. */
function bestOf(scoreAt) {
  const scores = Array.from({ length: LAST + 1 }, (_, n) => Math.round(scoreAt(n) * 1e9));
  return scores.indexOf(Math.max(...scores));
}

/** The frame in a sentence or two. */
function report({ gap, score, at, before }) {
  const where = `Distance ${signed(gap)}: score ${format(score)}.`;
  const moved = before ? at.query - before.query : 0;
  if (!moved) return where;
  const same = Math.abs(before.score - score) < 1e-9;
  const now = same ? "stayed" : `went from ${format(before.score)} to ${format(score)}`;
  return `${where} Both moved by ${signed(moved)}: the score ${now}.`;
}

function heading() {
  const name = (role) => h("span", { class: `bw-${role}-name` }, role);
  const rest = ", or both by the bar between them";
  return h("p", { class: "bw-title" }, "Slide ", name("query"), " or ", name("key"), rest);
}

/** How positions come in, the base, and the way back. */
function controls(model) {
  const method = choice("position", METHODS, {
    read: () => model.get("method"),
    write: (value) => update(model, { method: value }),
  });
  const base = slider("base", {
    min: 1,
    max: 6,
    step: 0.5,
    read: () => Math.log10(model.get("base")),
    write: (power) => model.set("base", Math.round(10 ** power)),
    show: () => String(model.get("base")),
    done: () => model.save_changes(),
  });
  const reset = resetButton(model, INPUTS);
  const element = h("div", { class: "bw-row" }, method.element, base.element, reset);
  const draw = () => {
    method.refresh();
    base.refresh();
  };
  return { element, draw };
}

function presets(model) {
  const start = copy(Object.fromEntries(INPUTS.map((name) => [name, model.get(name)])));
  const turned = { ...start, method: "rope", base: 10_000 };
  const take = (made) => update(model, { ...turned, ...copy(made(start)) });
  return h(
    "div",
    {
      class: "bw-row",
      role: "group",
      "aria-label": "Starting points",
      hidden: Boolean(model.get("challenge").goal),
    },
    "Try:",
    ...PRESETS.map(([claim, made]) => button(claim, () => take(made))),
  );
}

const view = { render };
export default view;
