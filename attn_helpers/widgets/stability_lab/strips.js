// The series of a run above each other on one axis of steps, and a line to read them at.
import { afresh, clamp, draggable, format, pointerIn, s, set } from "../kit/dom.js";
import { decoded, EVERY, LINEAR, POINTS, SEEDS, SERIES, STEPS, TOP } from "./runs.js";

const NAMES = {
  loss: "loss",
  entropy: "attention entropy",
  distance: "distance of the rows",
  score: "largest score",
  gradient: "length of the gradient",
};
const WORDS = {
  loss: ["nats a letter; dashed: knows", "only how often letters come"],
  entropy: ["of the lowest layer; 1: all", "visible keys weigh the same"],
  distance: ["of the last rows; 0: they", "are all the same row"],
  score: ["of all layers; a large one", "leaves a single weight"],
  gradient: ["of all parameters together,", "before each step"],
};
// What a strip shows of a series, and the numbers beside it.
const RANGES = {
  loss: [1.9, 5],
  entropy: [0, 1],
  distance: [0.00001, 1],
  score: [0.8, 3000],
  gradient: [0.05, 30],
};
const TICKS = {
  loss: [2, 3, 4],
  entropy: [0, 0.5, 1],
  distance: [0.0001, 0.01, 1],
  score: [1, 30, 1000],
  gradient: [0.1, 1, 10],
};
// Room at the left and the right of a strip, above it, and its height.
const WIDE = { left: 40, right: 168, above: 0, high: 70, gap: 14 };
const NARROW = { left: 40, right: 14, above: 47, high: 54, gap: 12 };
const FOOT = 36; // for the numbers of the steps
const SMALL = 0.001; // a number below it is not told more exactly

/** The figure; `put` takes the codes of the curves, which glide. */
export function strips(model) {
  const element = s("svg", { class: "bw-strips", role: "group" });
  const [back, curves, front] = [s("g"), s("g"), s("g")];
  const cursor = cursorOf();
  element.append(back, curves, front, cursor.group);
  let [place, scales, codes] = [null, null, []];
  let lines = [];
  const build = afresh(() => {
    lines = runLines();
    curves.replaceChildren(...lines);
  });
  const go = (step) => model.set("step", clamp(EVERY * Math.round(step / EVERY), EVERY, STEPS));
  const stepAt = (event) => ((pointerIn(element, event)[0] - place.left) * STEPS) / place.wide;
  const done = () => model.save_changes();
  draggable(cursor.group, {
    at: (event) => [stepAt(event), 0],
    move: go,
    position: () => [model.get("step"), 0],
    done,
    step: EVERY,
    axes: "x",
  });
  element.addEventListener("click", (event) => {
    const step = stepAt(event);
    if (step < -EVERY || step > STEPS + EVERY) return; // on the words beside
    go(step);
    done();
  });

  const draw = (shown) => {
    place = placeOf(element.parentNode.clientWidth || 480); // 0 before it is in the page
    scales = shown.scales;
    set(element, { viewBox: `0 0 ${place.width} ${place.height}`, "aria-label": inWords(shown) });
    back.replaceChildren(...framesOf(shown, place));
    front.replaceChildren(...captionsOf(shown, place));
    drawCursor(cursor, shown, place);
    build(Boolean(scales));
    if (scales && shown.before) {
      const ghosts = pathsOf(shown.before.codes, scales, place).map((d) => s("path", { d }));
      back.append(s("g", { class: "bw-before" }, ...ghosts));
    }
    drawLines(); // the place may be another one
  };
  const drawLines = () => {
    if (!scales || !codes.length) return;
    for (const [i, d] of pathsOf(codes, scales, place).entries()) set(lines[i], { d });
  };
  const put = (numbers) => {
    codes = numbers;
    drawLines();
  };
  return { element, draw, put };
}

const runLines = () =>
  Array.from({ length: SEEDS * SERIES.length }, (_, i) =>
    s("path", { class: "bw-run", "data-series": SERIES[i % SERIES.length] }),
  );

function placeOf(width) {
  const form = width < 430 ? NARROW : WIDE;
  const each = form.above + form.high + form.gap;
  const tops = SERIES.map((_, n) => 4 + n * each + form.above);
  const foot = tops.at(-1) + form.high;
  return {
    ...form,
    width,
    tops,
    foot,
    wide: width - form.left - form.right,
    height: foot + FOOT,
  };
}

/** How far up in its strip a value lies, from 0 to 1. */
function shareOf(name, value) {
  const [low, high] = RANGES[name];
  const share =
    name === LINEAR ? (value - low) / (high - low) : Math.log(value / low) / Math.log(high / low);
  return clamp(share, 0, 1);
}

const heightOf = (name, value, top, high) => top + high * (1 - shareOf(name, value));
const toX = (step, { left, wide }) => left + (wide * step) / STEPS;

/** A path for each seed and series, as long as its numbers are finite. */
function pathsOf(codes, scales, place) {
  return Array.from({ length: SEEDS * SERIES.length }, (_, i) => {
    const n = i % SERIES.length;
    const own = codes.slice(i * POINTS, (i + 1) * POINTS);
    const end = own.findIndex((code) => code > TOP);
    const spots = own.slice(0, end < 0 ? POINTS : end).map((code, k) => {
      const y = heightOf(SERIES[n], decoded(code, n, scales), place.tops[n], place.high);
      return `${toX(EVERY * (k + 1), place).toFixed(1)} ${y.toFixed(1)}`;
    });
    return spots.length ? `M${spots.join("L")}` : "";
  });
}

/** Boxes and ticks, the unigram loss, and the steps of the warm-up. */
function framesOf({ warmup, unigram }, place) {
  const { left, wide, high, tops, foot } = place;
  const frames = SERIES.flatMap((name, n) => [
    s("rect", {
      class: "bw-warm",
      x: left,
      y: tops[n],
      width: (wide * warmup) / STEPS,
      height: high,
    }),
    s("rect", { class: "bw-frame", x: left, y: tops[n], width: wide, height: high }),
    ...TICKS[name].map((tick) => {
      const y = heightOf(name, tick, tops[n], high) + 4;
      return s("text", { class: "bw-small", x: left - 5, y, "text-anchor": "end" }, short(tick));
    }),
  ]);
  const steps = [0, 40, 80, 120, 160].map((step) =>
    s("text", { x: toX(step, place), y: foot + 28, "text-anchor": "middle" }, step),
  );
  const parts = [...frames, s("text", { x: 2, y: foot + 28 }, "step"), ...steps];
  if (unigram) {
    const y = heightOf("loss", unigram, tops[0], high);
    parts.push(s("line", { class: "bw-unigram", x1: left, x2: left + wide, y1: y, y2: y }));
  }
  return parts;
}

const short = (tick) => (tick === 0.0001 ? "10⁻⁴" : tick);

/** Each series' name, its three values at the cursor, and what it is. */
function captionsOf({ values }, place) {
  const { left, wide, above, tops, width } = place;
  return SERIES.flatMap((name, n) => {
    const x = above ? 2 : left + wide + 10;
    const y = tops[n] - above + 10;
    const told = values ? values[n].map((v) => numberOf(name, v)).join(" · ") : "";
    const beside = above ? { x: width - 2, y, "text-anchor": "end" } : { x, y: y + 15 };
    const words = y + (above ? 14 : 29);
    return [
      s("text", { class: "bw-strong", x, y }, NAMES[name]),
      s("text", { class: "bw-values", ...beside }, told),
      ...WORDS[name].map((line, i) => s("text", { class: "bw-said", x, y: words + 13 * i }, line)),
    ];
  });
}

/** A value as it is shown: two digits after the point, or two that count. */
export function numberOf(name, value) {
  if (!Number.isFinite(value)) return "∞";
  if (name === "loss" || name === LINEAR) return format(value);
  return value < SMALL ? `< ${SMALL}` : String(Number(value.toPrecision(2)));
}

function inWords({ step }) {
  return `Five series of three runs, one for each seed, over ${STEPS} steps; read at step ${step}`;
}

/** The line to read at: it can be held anywhere, its knob stands under the axis. */
function cursorOf() {
  const hit = s("rect", { class: "bw-hit", fill: "transparent" });
  const line = s("path");
  const knob = s("circle", { r: 7 });
  return { group: s("g", { class: "bw-cursor" }, hit, line, knob), hit, line, knob };
}

function drawCursor({ group, hit, line, knob }, { step, told }, place) {
  const { tops, high, foot } = place;
  const x = toX(step, place);
  set(hit, { x: x - 12, y: tops[0], width: 24, height: foot + 22 - tops[0] });
  set(line, { d: `${tops.map((top) => `M${x} ${top}v${high}`).join("")}v8` });
  set(knob, { cx: x, cy: foot + 9 });
  set(group, {
    "aria-label": "step to read at",
    "aria-valuemin": EVERY,
    "aria-valuemax": STEPS,
    "aria-valuenow": step,
    "aria-valuetext": told,
  });
}
