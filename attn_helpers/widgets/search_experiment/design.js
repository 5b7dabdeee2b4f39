// Which displays are shown, and what the answers show; no document is needed.
import { cell, line } from "../experiments/statistics.js";
import { random, shuffled } from "../kit/math/random.js";

export const LIMITS = [200, 5000]; // ms: faster is a guess, slower is a lapse
export const KINDS = ["feature", "conjunction"].flatMap((condition) =>
  [true, false].map((present) => ({ condition, present })),
);

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
export const WIDE = 480;
export const HIGH = 320;

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

export const of = (kind) => (c) => c.condition === kind.condition && c.present === kind.present;
