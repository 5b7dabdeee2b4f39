// Posner's cueing task as the reader's own experiment.
// The answer is a simple detection: press when the dot appears, wherever it is. With a
// left key and a right key the arrow would also prepare a hand, and the effect would mix
// looking out for a place with readying a response. Trials without a dot (catch trials)
// show whether somebody presses at the arrow.

import { experiment } from "../experiments/session.js";
import { cell, difference } from "../experiments/statistics.js";
import { ms, table } from "../experiments/table.js";
import { h, s, set, stage } from "../kit/dom.js";
import { random, shuffled } from "../kit/math/random.js";

const CONDITIONS = ["valid", "neutral", "invalid"];
const LIMITS = [100, 1500]; // ms: faster is a guess, slower is a lapse
const SIDES = ["left", "right"];

// --- the design and its summary (no document needed) ---

/** `blocks` blocks of shuffled trials; 4 of 5 arrows that point somewhere are right. */
export function design(seed, blocks, invalid) {
  const next = random(seed);
  const counts = {
    valid: 4 * invalid,
    invalid,
    neutral: Math.round(1.6 * invalid),
    catch: Math.round(0.8 * invalid),
  };
  return Array.from({ length: blocks }, (_, b) => {
    const trials = Object.entries(counts).flatMap(([condition, count]) =>
      Array.from({ length: count }, (_, i) => draw(condition, SIDES[(i + b) % 2], next)),
    );
    return shuffled(trials, next).map((trial) => ({ block: b + 1, ...trial }));
  });
}

function draw(condition, side, next) {
  const other = SIDES[1 - SIDES.indexOf(side)];
  const cue = { neutral: "both", invalid: other }[condition] ?? side;
  const target = condition === "catch" ? null : side;
  return { condition, cue, target, wait: 500 + 400 * next(), soa: 300 + 200 * next() };
}

/** What the trials show; an `rt` is in ms, below 0 before the dot, null for no answer. */
export function summarise(trials) {
  const times = (condition) => trials.filter((t) => t.condition === condition).map((t) => t.rt);
  const summary = CONDITIONS.map((condition) => ({
    condition,
    ...cell(times(condition), LIMITS),
  }));
  const [valid, neutral, invalid] = summary;
  const benefit = difference(neutral, valid);
  const cost = difference(invalid, neutral);
  const effects = {
    benefit: benefit.value,
    benefit_se: benefit.se,
    cost: cost.value,
    cost_se: cost.se,
    catch_trials: times("catch").length,
    false_alarms: times("catch").filter((t) => t !== null).length,
  };
  return { summary, effects };
}

// --- the stage ---

const WIDE = 480;
const HIGH = 200;
const BOX = { left: 90, right: WIDE - 90 };
const ARROW = {
  left: "M198 100 222 82v12h58v12h-58v12z",
  right: "M282 100 258 82v12h-58v12h58v12z",
  both: "M198 100 220 82v12h40v-12l22 18-22 18v-12h-40v12z",
};

/** The display with nothing, an arrow or an arrow and a dot. */
function scene() {
  const svg = s("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, "aria-hidden": "true" });
  for (const x of Object.values(BOX)) {
    svg.append(s("rect", { class: "box", x: x - 36, y: 64, width: 72, height: 72, rx: 4 }));
  }
  const cross = s("path", { class: "cross", d: "M240 88v24M228 100h24" });
  const cue = s("path", { class: "cue" });
  const target = s("circle", { class: "target", cy: 100, r: 15 });
  svg.append(cross, cue, target);
  const paint = (arrow, side) => {
    set(cross, { visibility: arrow ? "hidden" : "inherit" });
    set(cue, { d: ARROW[arrow] ?? "", visibility: arrow ? "inherit" : "hidden" });
    set(target, { cx: BOX[side] ?? 0, visibility: side ? "inherit" : "hidden" });
  };
  paint();
  return { svg, paint };
}

async function trial(trial, paint, { wait, show, listen, answer }) {
  await show(() => paint());
  await wait(trial.wait);
  listen();
  const cued = await show(() => paint(trial.cue));
  let press = await answer(trial.soa);
  let onset = cued + trial.soa;
  if (!press) {
    onset = await show(() => paint(trial.cue, trial.target));
    press = await answer(trial.target ? LIMITS[1] : 1000);
  }
  paint();
  const { wait: _, ...known } = trial;
  const rt = press && Math.round(10 * (press.time - onset)) / 10;
  return { ...known, soa: Math.round(onset - cued), rt };
}

function feedback({ target, rt }, practice) {
  if (target === null) {
    if (rt === null) return practice ? "Right: no dot, no press." : "";
    return "There was no dot. Wait until you see one.";
  }
  if (rt === null) return "No press. Press as soon as you see the dot.";
  if (rt < LIMITS[0]) return "Too early. Wait for the dot.";
  return practice ? `${ms(rt)} ms` : "";
}

function plan(seed, blocks, invalid, practice) {
  const warmUp = design(seed + 1000, 1, 2)[0].slice(0, practice);
  return [
    {
      practice: true,
      trials: warmUp,
      text: `Practice, ${practice} trials. Look at the cross. Press the space bar, or tap, when the dot appears in either box.`,
    },
    ...design(seed, blocks, invalid).map((trials, i) => ({
      trials,
      text: `Part ${i + 1} of ${blocks}, ${trials.length} trials. Eyes on the cross; let the arrow move only your attention. Rest as long as you like before you begin.`,
    })),
  ];
}

// --- start and results ---

function intro() {
  const frames = [
    ["Look at the cross.", null, null],
    ["An arrow: right 4 times in 5.", "right", null],
    ["Dot? Press at once.", "right", "right"],
  ].map(([text, cue, target]) => {
    const { svg, paint } = scene();
    paint(cue, target);
    return h("li", {}, svg, text);
  });
  return [
    h("p", { class: "bw-title" }, "Does a hint speed up your seeing?"),
    h("ol", { class: "bw-frames" }, ...frames),
    h(
      "p",
      {},
      "Press the space bar, or tap, as soon as a dot appears in ",
      h("em", {}, "either"),
      " box. The arrow is usually right, sometimes wrong; a two-headed arrow says nothing. ",
      "Now and then no dot comes: then do not press.",
    ),
    h(
      "p",
      { class: "bw-note" },
      "About 2½ minutes with a short practice; pause whenever you like. Small shapes come and go, nothing flickers. Nothing is stored or sent: your times stay on this page.",
    ),
  ];
}

const BAND = [20, 50]; // ms: the order of size of published benefits and costs

/** Means with their standard errors, and where published effects would put them. */
function chart(summary) {
  const [valid, neutral, invalid] = summary;
  const known = summary.filter((c) => c.mean !== null);
  const ends = known.flatMap((c) => [c.mean - (c.se ?? 0), c.mean + (c.se ?? 0)]);
  if (neutral.mean !== null) ends.push(neutral.mean - BAND[1], neutral.mean + BAND[1]);
  const low = Math.floor((Math.min(...ends) - 10) / 50) * 50;
  const high = Math.ceil((Math.max(...ends) + 10) / 50) * 50;
  const y = (t) => 190 - ((t - low) / (high - low)) * 165;
  const x = (c) => 92 + 112 * summary.indexOf(c);
  const every = Math.ceil((high - low) / 250) * 50;
  const svg = s("svg", { viewBox: "0 0 380 225", class: "bw-chart", "aria-hidden": "true" });
  for (let t = low; t <= high; t += every) {
    svg.append(
      s("line", { class: "bw-grid", x1: 44, x2: 376, y1: y(t), y2: y(t) }),
      s("text", { x: 38, y: y(t) + 4, "text-anchor": "end" }, ms(t)),
    );
  }
  svg.append(s("text", { x: 4, y: 14 }, "ms"));
  if (neutral.mean !== null) {
    for (const [c, from] of [
      [valid, -BAND[0]],
      [invalid, BAND[1]],
    ]) {
      const top = y(neutral.mean + from);
      const height = y(neutral.mean + from - BAND[1] + BAND[0]) - top;
      svg.append(s("rect", { class: "band", x: x(c) - 42, y: top, width: 84, height }));
    }
  }
  for (const c of summary) {
    svg.append(s("text", { x: x(c), y: 214, "text-anchor": "middle" }, c.condition));
    if (c.mean === null) continue;
    const bar = c.se ?? 0;
    svg.append(
      s("line", { class: "error", x1: x(c), x2: x(c), y1: y(c.mean - bar), y2: y(c.mean + bar) }),
      s("circle", { class: "mean", cx: x(c), cy: y(c.mean), r: 6 }),
      s("text", { class: "number", x: x(c) + 11, y: y(c.mean) + 5 }, ms(c.mean)),
    );
  }
  return svg;
}

const BETS = [
  ["0", "no slower"],
  ["10", "about 10 ms slower"],
  ["50", "about 50 ms slower"],
  ["200", "about 200 ms slower"],
];

const withError = (value, se) => (se === null ? ms(value) : `${ms(value)} ± ${ms(se)}`);

function report(trials, { simulated, bet }) {
  const { summary, effects } = summarise(trials);
  const { benefit, benefit_se, cost, cost_se } = effects;
  const whole = benefit === null || cost === null ? null : benefit + cost;
  const guess = BETS.find(([value]) => value === bet);
  const out = (key) => summary.reduce((total, c) => total + c[key], 0);
  return [
    h(
      "p",
      { class: "bw-title" },
      simulated ? "Simulated data: a model observer, not a person" : "Your results",
    ),
    whole === null
      ? h("p", {}, "Too few trials for a benefit and a cost: each kind of arrow needs one.")
      : h(
          "p",
          {},
          "A right arrow saved ",
          h("strong", {}, withError(benefit, benefit_se), " ms"),
          " (benefit), a wrong one took ",
          h("strong", {}, withError(cost, cost_se), " ms"),
          " (cost), both against the two-headed arrow.",
          Math.min(benefit, cost) < 0 ? " Below 0 means the opposite happened." : "",
          guess && !simulated
            ? ` Wrong against right: ${ms(whole)} ms; your bet was “${guess[1]}”.`
            : "",
        ),
    chart(summary),
    h(
      "p",
      { class: "bw-legend" },
      h("span", {}, h("i", { class: "bw-dot" }), "mean ± standard error"),
      " ",
      h("i", { class: "bw-band" }),
      `where an effect of ${BAND.join("–")} ms would lie, the usual size (no single published pair of numbers could be confirmed)`,
    ),
    table(
      "Mean times in ms and their distance from neutral; the published ones are illustrative",
      ["Arrow", "Trials", "Mean ± s.e.", "Distance", "Published"],
      summary.map((c, i) => {
        const { value } = difference(c, summary[1]);
        return [
          c.condition,
          String(c.n),
          withError(c.mean, c.se),
          i === 1 ? "0" : `${value > 0 ? "+" : ""}${ms(value)}`,
          ["\u221220…\u221250", "0", "+20…+50"][i],
        ];
      }),
    ),
    h(
      "p",
      { class: "bw-note" },
      `Left out: ${out("anticipations")} earlier than ${LIMITS[0]} ms, ${out("lapses")} later than ${LIMITS[1]} ms or not at all. Pressed with no dot: ${effects.false_alarms} of ${effects.catch_trials} times. `,
      "Means, not medians: the median of few skewed times is biased upwards, and there are only few invalid trials. One short session is noisy: where the error bars are as long as the differences, it cannot decide.",
    ),
  ];
}

function render({ model, el }) {
  const root = stage(el, "cueing-experiment", "Experiment: a cue and a dot");
  const { svg, paint } = scene();
  return experiment(model, root, {
    svg,
    label: "Experiment. Press the space bar when the dot appears.",
    bet: { label: "Your bet: after a wrong arrow, compared with a right one, I am", options: BETS },
    keys: { " ": "dot", enter: "dot" },
    pads: [["dot", "Dot (space bar)"]],
    tap: "dot",
    intro,
    plan: (seed) =>
      plan(seed, ...["blocks", "invalid_per_block", "practice"].map((name) => model.get(name))),
    trial: (design, clock) => trial(design, paint, clock),
    feedback,
    summarise,
    report,
  });
}

const view = { render };
export default view;
