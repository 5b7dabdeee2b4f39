// Columns with a score to pull above and the weight it gets below, on fixed scales.
import { afresh, clamp, draggable, format, pointerIn, s, set } from "../kit/dom.js";

// From top to bottom, in pixels: the scores, their labels, the weights.
const TOP = 42;
const MIDDLE = 108;
const BOTTOM = 174;
const NAMES_Y = 204;
const CEILING = 252;
const FLOOR = 344;
const HEIGHT = 350;
const LEFT = 38;
const LARGEST = 1000; // score that Python takes

const BACK_TO_FRONT = ["bar", "label", "weight", "ghost", "share", "handle"];
const EXTENTS = [4, 10, 20, 50, 100, 200, 500, 1000, 2000];
/** The end of the scale on which all scores are to be seen. */
export const extentOf = (scores) =>
  EXTENTS.find((e) => scores.every((x) => Math.abs(x) < 0.999 * e));

/** The drawing; `draw` makes a column for each score anew and places what is in it. */
export function scoreColumns(state) {
  const element = s("svg", { role: "group", "aria-label": "Scores above, weights below" });
  const [ground, columns] = [s("g"), s("g")];
  element.append(ground, columns);
  let drawn = [];
  const build = afresh(({ names }, width) => {
    const wide = (width - LEFT) / names.length;
    drawn = names.map((name, i) => column(state, element, { i, wide, name }));
    columns.replaceChildren(...drawn.flatMap((parts) => BACK_TO_FRONT.map((kind) => parts[kind])));
  });
  const draw = (shown) => {
    const width = Math.round(element.clientWidth) || 640;
    build([shown.names, width], shown, width);
    set(element, { viewBox: `0 0 ${width} ${HEIGHT}` });
    ground.replaceChildren(...panels(width, shown));
    for (const [i, parts] of drawn.entries()) place(parts, i, shown);
  };
  return { element, draw };
}

/** Two decimals where there are any, none for large scores. */
const worded = (score) => {
  const digits = Math.abs(score) < 99.95 ? 2 : 0;
  return format(Number(score.toFixed(digits)), digits)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
};

/** Lines across with their numbers, for both panels. */
function panels(width, { extent, formula, weights, previous }) {
  const marked = weights.some((weight, i) => hasMoved(previous[i], weight));
  const title = `${width < 400 ? "" : "weights = "}${formula}${marked ? " · dashed: before" : ""}`;
  const rule = (y, text, strong) => [
    s("line", { class: strong ? "bw-axis" : "bw-grid", x1: LEFT, x2: width, y1: y, y2: y }),
    s("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, text),
  ];
  return [
    s("text", { class: "bw-title", x: 2, y: 15 }, "scores: pull them"),
    ...rule(TOP, format(extent, 0)),
    ...rule(MIDDLE, "0", true),
    ...rule(BOTTOM, format(-extent, 0)),
    s("text", { class: "bw-title", x: 2, y: CEILING - 24 }, title),
    ...rule(CEILING, "1"),
    ...rule((CEILING + FLOOR) / 2, "0.5"),
    ...rule(FLOOR, "0", true),
  ];
}

/** Column `i`, `wide` pixels wide, with a handle on its score. */
function column(state, svg, { i, wide, name }) {
  const mid = LEFT + (i + 0.5) * wide;
  const half = Math.min(26, wide * 0.34);
  const box = { x: mid - half, width: 2 * half };
  const text = (attributes) => s("text", { x: mid, "text-anchor": "middle", ...attributes });
  const fits = Math.max(2, Math.floor(wide / 7)); // letters
  const label = name.length > fits ? `${name.slice(0, fits - 1)}…` : name;
  const parts = {
    bar: s("rect", { class: "bw-score", ...box }),
    label: text({ y: NAMES_Y }),
    weight: s("rect", { class: "bw-weight", ...box }),
    ghost: s("line", { class: "bw-ghost", x1: mid - half - 4, x2: mid + half + 4 }),
    share: text({ class: "bw-strong" }),
    hit: s("rect", { x: mid - wide / 2, width: wide, height: 44, fill: "transparent" }),
    cap: s("rect", { class: "bw-cap", x: mid - half - 3, width: 2 * half + 6, height: 8, rx: 4 }),
    score: text({ class: "bw-strong" }),
  };
  parts.label.append(label);
  parts.handle = s(
    "g",
    { "aria-label": `score of ${name}` },
    s("title", {}, name),
    parts.hit,
    parts.cap,
    parts.score,
  );
  pullable(state, svg, parts.handle, i);
  return parts;
}

/** Score `i` follows its handle as far as the scale goes; a key press may leave it. */
function pullable(state, svg, handle, i) {
  const onScale = ([, y]) => ((MIDDLE - y) / (MIDDLE - TOP)) * state.extent;
  const write = (score) => {
    const scores = [...state.model.get("scores")];
    scores[i] = clamp(score, -LARGEST, LARGEST);
    state.pull("scores", scores);
  };
  draggable(handle, {
    at: (event) => [0, clamp(onScale(pointerIn(svg, event)), -state.extent, state.extent)],
    move: (_, y) => write(Number(y.toFixed(state.extent > 20 ? 1 : 2))),
    position: () => [0, state.model.get("scores")[i]],
    done: state.settle,
    axes: "y",
  });
}

/** Whether a weight is far enough from an earlier one for a mark where that was. */
const hasMoved = (previous, weight) => Math.abs(previous - weight) > 0.004;

/** Put the parts of column `i` where its numbers say; `previous` are earlier weights. */
function place(parts, i, { scores, weights, previous, extent }) {
  const [score, weight] = [scores[i], weights[i]];
  const y = MIDDLE - (score / extent) * (MIDDLE - TOP);
  set(parts.bar, { y: Math.min(y, MIDDLE), height: Math.abs(y - MIDDLE) });
  set(parts.cap, { y: y - 4 });
  set(parts.hit, { y: y - 22 });
  set(parts.score, { y: score < 0 ? y + 19 : y - 10 });
  parts.score.textContent = worded(score);
  const real = Number.isFinite(weight);
  const share = real ? clamp(weight, 0, 1) : 1;
  const toY = (w) => FLOOR - w * (FLOOR - CEILING);
  set(parts.weight, { y: toY(share), height: FLOOR - toY(share) });
  parts.weight.classList.toggle("bw-nan", !real);
  set(parts.share, { y: real ? toY(share) - 5 : toY(0.5) + 4 });
  parts.share.textContent = weight === 0 ? "0" : format(weight); // exactly 0, not a little more
  const moved = hasMoved(previous[i], weight);
  const ghost = toY(moved ? previous[i] : 0);
  set(parts.ghost, { y1: ghost, y2: ghost, visibility: moved ? "visible" : "hidden" });
  set(parts.handle, {
    "aria-valuemin": -extent,
    "aria-valuemax": extent,
    "aria-valuenow": score,
    "aria-valuetext": `${worded(score)}, weight ${format(weight)}`,
  });
}
