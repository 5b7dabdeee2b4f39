// The results in words, in a chart and in a table.
import { difference } from "../experiments/statistics.js";
import { ms, table } from "../experiments/table.js";
import { h, s } from "../kit/dom.js";
import { LIMITS, summarise } from "./design.js";

export const BETS = [
  ["0", "no slower"],
  ["10", "about 10 ms slower"],
  ["50", "about 50 ms slower"],
  ["200", "about 200 ms slower"],
];

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

const withError = (value, se) => (se === null ? ms(value) : `${ms(value)} ± ${ms(se)}`);

export function report(trials, { simulated, bet }) {
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
