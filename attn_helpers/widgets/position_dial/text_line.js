// The line of text: a marker for the query, one for the key, and a bar that slides both.
import { clamp, draggable, pointerIn, s, set } from "../kit/dom.js";
import { gapOf, LAST, POSITION, placedNow, restOf, scoreOf } from "./meeting.js";

export const EDGE = 22; // left and right of the line
const HEIGHT = { query: 36, key: 72 };

/** Where a position lies in a drawing `width` wide. */
const toX = (position, width) => EDGE + (position * (width - 2 * EDGE)) / LAST;

export function textLine(state) {
  const { model } = state;
  const element = s("svg", { role: "group", "aria-label": "Positions in the text" });
  const ticks = s("g");
  const both = marker("both", s("rect", { height: 12, rx: 6 }));
  const [query, key] = ["query", "key"].map((role) => marker(role, s("circle", { r: 9 })));
  const single = { query, key };
  element.append(ticks, both.group, query.group, key.group);

  const positionIn = (event) => {
    const { width } = element.viewBox.baseVal;
    return ((pointerIn(element, event)[0] - EDGE) * LAST) / (width - 2 * EDGE);
  };
  const gesture = { done: () => model.save_changes(), step: 1, axes: "x" };
  for (const [role, { group }] of Object.entries(single))
    draggable(group, {
      at: (event) => [positionIn(event), 0],
      move: (x) => model.set(POSITION[role], clamp(Math.round(x), 0, LAST)),
      position: () => [model.get(POSITION[role]), 0],
      ...gesture,
    });
  draggable(both.group, {
    at: (event) => [positionIn(event) - gapOf(model) / 2, 0],
    move: (x) => slideBoth(state, Math.round(x)),
    position: () => [model.get(POSITION.query), 0],
    ...gesture,
  });

  const draw = (shown) => {
    set(element, { viewBox: `0 0 ${shown.width} 116` });
    drawTicks(ticks, shown.width);
    for (const [role, parts] of Object.entries(single)) drawMarker(parts, role, shown);
    drawBar(both, shown);
  };
  return { element, draw };
}

function marker(role, shape) {
  const text = s("text", { class: "bw-strong", "text-anchor": "middle" });
  const hit = s("rect", { width: 44, height: 40, fill: "transparent" });
  const group = s("g", { class: `bw-${role}`, "data-marker": role }, hit, shape, text);
  return { group, shape, text, hit };
}

/** The query to a position and the key along; `state.before` is where the slide began. */
function slideBoth(state, position) {
  const { model } = state;
  const [rest, gap] = [restOf(model), gapOf(model)];
  if (state.before?.rest !== rest) {
    const score = scoreOf(placedNow(model, "query"), placedNow(model, "key"));
    state.before = { query: model.get(POSITION.query), score, rest };
  }
  const query = clamp(position, Math.max(0, -gap), LAST - Math.max(0, gap));
  model.set(POSITION.query, query);
  model.set(POSITION.key, query + gap);
}

function drawTicks(ticks, width) {
  const axis = { class: "bw-axis", x1: EDGE, x2: width - EDGE, y1: 54, y2: 54 };
  const tick = { class: "bw-tick", y: 113, "text-anchor": "middle" };
  const numbers = [0, 10, 20, 30, 40].map((p) => s("text", { ...tick, x: toX(p, width) }, p));
  ticks.replaceChildren(s("line", axis), ...numbers);
}

function drawMarker({ group, shape, text, hit }, role, { width, at }) {
  const [x, y] = [toX(at[role], width), HEIGHT[role]];
  const above = role === "query";
  set(shape, { cx: x, cy: y });
  set(hit, { x: x - 22, y: y - (above ? 30 : 10) });
  set(text, { x: clamp(x, 42, width - 42), y: above ? 18 : 94 });
  text.textContent = `${role} at ${at[role]}`;
  set(group, {
    "aria-label": `position of the ${role}`,
    "aria-valuemin": 0,
    "aria-valuemax": LAST,
    "aria-valuenow": at[role],
  });
}

function drawBar({ group, shape, text, hit }, { width, at }) {
  const [from, to] = [toX(at.query, width), toX(at.key, width)];
  const [middle, half] = [(from + to) / 2, Math.max(22, Math.abs(to - from) / 2)];
  const across = { x: middle - half, width: 2 * half };
  set(shape, { ...across, y: 48 });
  set(text, { x: middle, y: 59 });
  text.textContent = "↔";
  set(hit, { ...across, y: 46, height: 16 });
  set(group, {
    "aria-label": "both positions",
    "aria-valuemin": 0,
    "aria-valuemax": LAST,
    "aria-valuenow": at.query,
    "aria-valuetext": `query at ${at.query}, key at ${at.key}`,
  });
}
