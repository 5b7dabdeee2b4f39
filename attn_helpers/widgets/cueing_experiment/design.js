// Which trials are shown, and what their times show; no document is needed.
import { cell, difference } from "../experiments/statistics.js";
import { random, shuffled } from "../kit/math/random.js";

const CONDITIONS = ["valid", "neutral", "invalid"];
export const LIMITS = [100, 1500]; // ms: faster is a guess, slower is a lapse
const SIDES = ["left", "right"];

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
