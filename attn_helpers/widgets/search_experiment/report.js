// The results in words, in two panels and in tables.
import { ms, table } from "../experiments/table.js";
import { format, h, s } from "../kit/dom.js";
import { KINDS, LIMITS, of, summarise } from "./design.js";

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

const perItem = (x) => (x === null ? "–" : format(x, 1));
const withError = ({ slope, se }) =>
  se === null ? perItem(slope) : `${perItem(slope)} ± ${perItem(se)}`;
export const BETS = [
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

export function report(trials, { simulated, bet }) {
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
