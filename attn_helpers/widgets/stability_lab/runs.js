// The training runs: where they come from, and what each of their numbers is.
import { bytesOf, dataOf } from "../kit/later.js";

const NORMS = ["post-norm", "pre-norm"];
const WARMUPS = [0, 80]; // steps
const LAYERS = [2, 4, 8];
const RATES = [0.001, 0.004, 0.016, 0.064];
const STEPS = 160;
const EVERY = 4; // steps from one point of a series to the next
const SERIES = ["loss", "entropy", "distance", "score", "gradient"];
const LINEAR = "entropy"; // all others have a log scale
const TOP = 254; // the code of a scale's upper end; one more: the number is not finite
const SEEDS = 3;
const POINTS = STEPS / EVERY;
const CHOICES = { norm: NORMS, warmup: WARMUPS, layers: LAYERS, rate: RATES };
const SIZES = [...Object.values(CHOICES).map((all) => all.length), 2];

export { CHOICES, EVERY, LAYERS, LINEAR, POINTS, RATES, SEEDS, SERIES, STEPS, TOP };

let known = null; // they are the same for all figures of a page

/** All runs, once they have been brought, else null. */
export const runsHere = () => known;

/** Fetch them: from Python's trait or from the page's data; `packed` in runs.py has written
 *  them. */
export async function bringRuns(model) {
  const sent = model.get("_packed"); // a DataView, where there is a kernel
  const bytes = sent?.byteLength ? sent : bytesOf((await dataOf("stability_lab")).packed);
  const way = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  known = unpacked(await new Response(way).arrayBuffer());
}

function unpacked(buffer) {
  const count = SIZES.reduce((all, size) => all * size, SEEDS);
  const numbers = new Float64Array(buffer, 0, 2 * SERIES.length + 1);
  const validation = new Float32Array(buffer, numbers.byteLength, count);
  const codes = new Uint8Array(buffer, numbers.byteLength + validation.byteLength);
  // each code is written as the difference from the one before it
  for (let i = 0; i < codes.length; i += 1) if (i % POINTS) codes[i] += codes[i - 1];
  const scales = SERIES.map((_, n) => numbers.slice(2 * n, 2 * n + 2));
  return { codes, validation, scales, unigram: numbers.at(-1) };
}

/** The number of the run with this setting. */
function numberOf(setting) {
  const places = [
    ...Object.entries(CHOICES).map(([name, all]) => all.indexOf(setting[name])),
    Number(setting.qk_norm),
  ];
  return places.reduce((all, place, axis) => all * SIZES[axis] + place, 0);
}

/** The loss on other text, of each seed. */
export function validationOf({ validation }, setting) {
  const first = SEEDS * numberOf(setting);
  return [...validation.slice(first, first + SEEDS)];
}

/** The codes of a run, one seed after the other, its series one after the other. */
export function codesOf({ codes }, setting) {
  const size = SEEDS * SERIES.length * POINTS;
  const first = size * numberOf(setting);
  return [...codes.slice(first, first + size)];
}

/** What a code of a series stands for. */
export function decoded(code, n, scales) {
  if (code > TOP) return Number.NaN;
  const [low, high] = scales[n];
  const share = code / TOP;
  return SERIES[n] === LINEAR ? low + (high - low) * share : low * (high / low) ** share;
}

/** Of each series the values of all seeds at a step. */
export function valuesAt(codes, scales, step) {
  const at = (seed, n) => (seed * SERIES.length + n) * POINTS + step / EVERY - 1;
  return SERIES.map((_, n) =>
    Array.from({ length: SEEDS }, (__, seed) => decoded(codes[at(seed, n)], n, scales)),
  );
}

/** The middle one; what is not finite counts as the largest. */
export const median = (ofSeeds) =>
  ofSeeds.map((x) => (Number.isFinite(x) ? x : Infinity)).sort((a, b) => a - b)[1];
