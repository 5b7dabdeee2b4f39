// Visual search as the reader's own experiment: is the orange T there?
// The stimuli follow Treisman and Gelade (1980): letters in two colours, the target a T.
// In *feature* blocks all other letters are blue, so colour alone finds it; in
// *conjunction* blocks they are blue Ts and orange Xs, so only colour and shape together
// do. The order feature, conjunction, conjunction, feature spreads practice over both.

import { experiment } from "../experiments/session.js";
import { cell, line } from "../experiments/statistics.js";
import { ms, table } from "../experiments/table.js";
import { h, s, stage } from "../kit/dom.js";
import { random, shuffled } from "../kit/math/random.js";

const LIMITS = [200, 5000]; // ms: faster is a guess, slower is a lapse
const KINDS = ["feature", "conjunction"].flatMap((condition) =>
  [true, false].map((present) => ({ condition, present })),
);

// --- the design and its summary (no document needed) ---

/** One list of trials per block: every size with and without the target, shuffled. */
export function design(seed, blocks, sizes, perCell) {
  const next = random(seed);
  return blocks.map((condition, b) => {
    const cells = sizes.flatMap((size) => [true, false].map((present) => ({ present, size })));
    const trials = cells.flatMap((c) => Array.from({ length: perCell }, () => c));
    return shuffled(trials, next).map((c) => ({
      block: b + 1,
      condition,
      ...c,
      layout: Math.floor(next() * 2 ** 31),
    }));
  });
}

const COLUMNS = 6;
const ROWS = 5;
const WIDE = 480;
const HIGH = 320;

/** The letters of one display, each in its own cell of a jittered grid. */
export function letters({ condition, present, size, layout }) {
  const next = random(layout);
  const cells = shuffled([...Array(COLUMNS * ROWS).keys()], next).slice(0, size);
  const others = [
    { letter: "T", hue: "blue" },
    { letter: "X", hue: condition === "feature" ? "blue" : "orange" },
  ];
  const first = next() < 0.5 ? 0 : 1; // which kind has one more when the number is odd
  const jitter = (room) => (next() - 0.5) * room;
  return cells.map((c, i) => ({
    ...(present && i === 0 ? { letter: "T", hue: "orange" } : others[(i + first) % 2]),
    x: ((c % COLUMNS) + 0.5) * (WIDE / COLUMNS) + jitter(40),
    y: (Math.floor(c / COLUMNS) + 0.5) * (HIGH / ROWS) + jitter(26),
  }));
}

/** What the trials show; `answer` is true, false or null for none, `rt` is in ms. */
export function summarise(trials) {
  const sizes = [...new Set(trials.map((t) => t.size))].sort((a, b) => a - b);
  const summary = KINDS.flatMap(({ condition, present }) =>
    sizes.map((size) => {
      const here = trials.filter(
        (t) => t.condition === condition && t.present === present && t.size === size,
      );
      const right = here.filter((t) => t.answer === null || t.answer === present);
      const times = right.map((t) => (t.answer === null ? null : t.rt));
      const errors = here.length - right.length;
      return { condition, present, size, ...cell(times, LIMITS), errors };
    }),
  );
  const slopes = KINDS.map((kind) => ({ ...kind, ...line(summary.filter(of(kind))) }));
  return { summary, slopes };
}

const of = (kind) => (c) => c.condition === kind.condition && c.present === kind.present;

// --- the stage ---

const SHAPES = { T: "M-11-11H11M0-11V12", X: "M-10-11 10 11M10-11-10 11" };

const glyph = ({ letter, hue, x, y }) =>
  s("path", { class: hue, d: SHAPES[letter], transform: `translate(${x} ${y})` });

function scene(width = WIDE, height = HIGH) {
  const box = `0 0 ${width} ${height}`;
  return s("svg", { viewBox: box, class: "display", "aria-hidden": "true" });
}

async function trial(trial, svg, { wait, show, listen, answer }) {
  const cross = s("path", { class: "cross", d: "M240 148v24M228 160h24" });
  await show(() => svg.replaceChildren(cross));
  await wait(500);
  const drawn = letters(trial).map(glyph);
  listen();
  const onset = await show(() => svg.replaceChildren(...drawn));
  const press = await answer(LIMITS[1]);
  svg.replaceChildren();
  const { layout: _, ...known } = trial;
  return {
    ...known,
    answer: press?.value ?? null,
    rt: press && Math.round(10 * (press.time - onset)) / 10,
  };
}

function feedback({ present, answer, rt }, practice) {
  if (answer === null) return "No answer within 5 s.";
  if (rt < LIMITS[0]) return "Too early. Look first.";
  if (answer !== present) {
    return present ? "Not right: the orange T was there." : "Not right: no orange T.";
  }
  return practice ? `Right, ${ms(rt)} ms` : "";
}

const ASK = "Is an orange T there? Yes: J or →. No: F or ←.";
const OTHERS = {
  feature: "All other letters are blue.",
  conjunction: "The others are blue Ts and orange Xs.",
};

function plan(seed, blocks, sizes, perCell, practice) {
  const both = design(seed + 1000, ["feature", "conjunction"], sizes, 2).flat();
  const warmUp = both.filter((_, i) => i % 3 === 0).slice(0, practice);
  const text = `Practice, ${warmUp.length} trials. ${ASK} Be quick, but be right.`;
  return [
    { practice: true, trials: warmUp, text },
    ...design(seed, blocks, sizes, perCell).map((trials, i) => ({
      trials,
      text: `Part ${i + 1} of ${blocks.length}, ${trials.length} trials. ${OTHERS[blocks[i]]} ${ASK}`,
    })),
  ];
}

// --- start and results ---

function intro() {
  const frames = [
    ["Feature: colour alone finds it.", "feature"],
    ["Conjunction: colour and shape together.", "conjunction"],
  ].map(([text, condition]) => {
    const svg = scene();
    svg.append(...letters({ condition, present: true, size: 24, layout: 5 }).map(glyph));
    return h("li", {}, svg, text);
  });
  return [
    h("p", { class: "bw-title" }, "Find the orange T"),
    h("ol", { class: "bw-frames" }, ...frames),
    h(
      "p",
      {},
      "Is an orange T among the letters? Press ",
      h("kbd", {}, "J"),
      " for yes and ",
      h("kbd", {}, "F"),
      " for no, or the two buttons. Does it take you longer among more letters?",
    ),
    h(
      "p",
      { class: "bw-note" },
      "About 3 minutes with a short practice; pause whenever you like. Letters come and go, nothing flickers. Nothing is stored or sent: your times stay on this page.",
    ),
  ];
}

// Slopes in ms per item. Conjunction: Treisman and Gelade (1980) as quoted by Wolfe, Cave
// and Franzel (1989). Feature: flat only in outline, so a word and not a number.
const PUBLISHED = { feature: { true: "≈ flat" }, conjunction: { true: 28.7, false: 67.1 } };
const EASY = 6; // half the subjects of Wolfe, Cave and Franzel stayed below this
const START = 400; // published lines start here: their heights are arbitrary

const look = ({ condition, present }) => `${condition} ${present ? "present" : "absent"}`;

/** Axes of one panel; both panels have the same scale, so that slopes compare. */
function panel(title, sizes, high) {
  const svg = s("svg", { viewBox: "0 0 300 230", class: "bw-chart", "aria-hidden": "true" });
  const x = (size) => 42 + (size / (Math.max(...sizes) * 1.08)) * 250;
  const y = (t) => 190 - (t / high) * 160;
  for (let t = 0; t <= high; t += high > 1500 ? 500 : 250) {
    svg.append(
      s("line", { class: "bw-grid", x1: 42, x2: 294, y1: y(t), y2: y(t) }),
      s("text", { x: 37, y: y(t) + 4, "text-anchor": "end" }, ms(t)),
    );
  }
  for (const size of sizes) {
    svg.append(s("text", { x: x(size), y: 206, "text-anchor": "middle" }, String(size)));
  }
  svg.append(
    s("text", { x: 4, y: 14, class: "number" }, title),
    s("text", { x: 168, y: 224, "text-anchor": "middle" }, "letters in the display"),
  );
  const stroke = (kind, from, slope) =>
    s("line", {
      class: `fit ${look(kind)}`,
      x1: x(sizes[0]),
      x2: x(sizes.at(-1)),
      y1: y(from + slope * sizes[0]),
      y2: y(from + slope * sizes.at(-1)),
    });
  return { svg, x, y, stroke };
}

function own(title, { summary, slopes }, sizes, high) {
  const { svg, x, y, stroke } = panel(title, sizes, high);
  for (const kind of slopes) {
    if (kind.slope !== null) svg.append(stroke(kind, kind.intercept, kind.slope));
    for (const c of summary.filter(of(kind))) {
      if (c.mean === null) continue;
      const at = { x1: x(c.size), x2: x(c.size), y1: y(c.mean - c.se), y2: y(c.mean + c.se) };
      svg.append(
        s("line", { class: `error ${look(kind)}`, ...at }),
        s("circle", { class: `mean ${look(kind)}`, cx: x(c.size), cy: y(c.mean), r: 4.5 }),
      );
    }
  }
  return svg;
}

function published(sizes, high) {
  const { svg, x, y, stroke } = panel("Published slopes", sizes, high);
  const [first, last] = [sizes[0], sizes.at(-1)];
  const wedge = `M${x(first)} ${y(START)}H${x(last)}V${y(START + EASY * (last - first))}z`;
  svg.append(s("path", { class: "band", d: wedge }));
  for (const kind of KINDS) {
    const slope = PUBLISHED[kind.condition][kind.present];
    if (slope === undefined) continue;
    const value = Number(slope) || 0;
    svg.append(stroke(kind, START - value * first, value));
    const end = { x: x(last) - 6, y: y(START + value * (last - first)) + (value ? -8 : 18) };
    svg.append(s("text", { ...end, "text-anchor": "end" }, String(slope)));
  }
  return svg;
}

function legend() {
  const entries = KINDS.flatMap((kind) => {
    const swatch = s("svg", { viewBox: "0 0 30 12", class: "swatch", "aria-hidden": "true" });
    swatch.append(
      s("line", { class: `fit ${look(kind)}`, x1: 0, x2: 30, y1: 6, y2: 6 }),
      s("circle", { class: `mean ${look(kind)}`, cx: 15, cy: 6, r: 4.5 }),
    );
    return [h("span", {}, swatch, look(kind)), " "];
  });
  return h(
    "p",
    { class: "bw-legend" },
    ...entries,
    h("i", { class: "bw-band" }),
    `below ${EASY} ms per letter: half the subjects of Wolfe, Cave and Franzel (1989), conjunction present`,
  );
}

const perItem = (x) => (x === null ? "–" : x.toFixed(1).replace("-", "\u2212"));
const withError = ({ slope, se }) =>
  se === null ? perItem(slope) : `${perItem(slope)} ± ${perItem(se)}`;
const BETS = [
  ["0", "none"],
  ["5", "about 5 ms"],
  ["30", "about 30 ms"],
  ["100", "about 100 ms"],
];

function slopeTable(summary, slopes) {
  const rows = slopes.map((kind) => {
    const cells = summary.filter(of(kind));
    const total = (key) => cells.reduce((all, c) => all + c[key], 0);
    return [
      look(kind).replace(" ", ", "),
      perItem(kind.slope),
      perItem(kind.se),
      String(PUBLISHED[kind.condition][kind.present] ?? "–"),
      `${total("errors")}/${total("errors") + total("n")}`,
    ];
  });
  const head = ["Condition", "Slope", "s.e.", "Published", "Errors"];
  return table("Slopes in ms per letter, and errors", head, rows);
}

function timesTable(summary, sizes) {
  const rows = KINDS.map((kind) => [
    look(kind).replace(" ", ", "),
    ...summary.filter(of(kind)).map((c) => `${ms(c.mean)} (${c.n})`),
  ]);
  const head = ["Condition", ...sizes.map((size) => `${size} letters`)];
  return h(
    "details",
    {},
    h("summary", {}, "All mean times"),
    table("Mean times of right answers in ms (trials)", head, rows),
  );
}

function report(trials, { simulated, bet }) {
  const found = summarise(trials);
  const { summary, slopes } = found;
  const sizes = [...new Set(summary.map((c) => c.size))];
  const title = simulated ? "Simulated times, ms" : "Your times, ms";
  const tops = summary.map((c) => (c.mean ?? 0) + (c.se ?? 0));
  const high = Math.ceil(Math.max(2000, ...tops) / 500) * 500;
  const [pop, , search] = slopes;
  const guess = BETS.find(([value]) => value === bet);
  const out = (key) => summary.reduce((total, c) => total + c[key], 0);
  return [
    h(
      "p",
      { class: "bw-title" },
      simulated ? "Simulated data: a model observer, not a person" : "Your results",
    ),
    pop.slope === null || search.slope === null
      ? h("p", {}, "Too few right answers for a slope: it needs two display sizes of each kind.")
      : h(
          "p",
          {},
          "When the orange T was there, each further letter took ",
          h("strong", {}, withError(pop), " ms"),
          " where colour alone finds it (feature) and ",
          h("strong", {}, withError(search), " ms"),
          " where it takes colour and shape (conjunction).",
          guess && !simulated ? ` Your bet for the second was “${guess[1]}”.` : "",
        ),
    h("div", { class: "panels" }, own(title, found, sizes, high), published(sizes, high)),
    legend(),
    slopeTable(summary, slopes),
    timesTable(summary, sizes),
    h(
      "p",
      { class: "bw-note" },
      "Published: Treisman and Gelade (1980), conjunction, as quoted by Wolfe, Cave and Franzel (1989); their lines start at an arbitrary height. ",
      `Left out: ${out("anticipations")} earlier than ${LIMITS[0]} ms, ${out("lapses")} without an answer, and all errors. `,
      "Lines are fitted to the means. One short session is noisy: see the standard errors.",
    ),
  ];
}

function render({ model, el }) {
  const root = stage(el, "search-experiment", "Experiment: find the orange T");
  const svg = scene();
  return experiment(model, root, {
    svg,
    label: `Experiment. ${ASK}`,
    bet: {
      label: "Your bet: each further letter costs me, in conjunction displays,",
      options: BETS,
    },
    keys: { j: true, arrowright: true, KeyJ: true, f: false, arrowleft: false, KeyF: false },
    pads: [
      [false, "No (F)"],
      [true, "Yes (J)"],
    ],
    intro,
    plan: (seed) =>
      plan(
        seed,
        ...["blocks", "sizes", "trials_per_cell", "practice"].map((name) => model.get(name)),
      ),
    trial: (design, clock) => trial(design, svg, clock),
    feedback,
    summarise,
    report,
  });
}

const view = { render };
export default view;
