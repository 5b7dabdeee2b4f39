// The dial's numbers in three digits, and its state in a sentence.
import { format } from "../kit/dom.js";

const PREFIXES = ["", "k", "M", "G", "T", "P", "E", "Z"];
const SPANS = [
  [86400, "days"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "µs"],
  [1e-9, "ns"],
];
const NAMES = { phone: "this phone", laptop: "this laptop", GPU: "this GPU" };

/** A whole number with commas. */
export const whole = (value) => Number(format(value, 0)).toLocaleString("en");

/** A number with three digits or, where it is larger or whole, no fraction. */
export function threeDigits(value) {
  if (value >= 100 || Number.isInteger(value)) return whole(value);
  return format(value, value < 10 ? 2 : 1);
}

/** A quantity with the prefix that leaves one to three digits before the point. */
export function scaled(value, unit) {
  let [rest, power] = [value, 0];
  while (rest >= 1000 && power < PREFIXES.length - 1) {
    rest /= 1000;
    power += 1;
  }
  return `${threeDigits(rest)} ${PREFIXES[power]}${unit}`;
}

/** A time in the unit that leaves at least one before the point. */
function duration(seconds) {
  const [size, unit] = SPANS.find(([span]) => seconds >= span) ?? SPANS.at(-1);
  return `${threeDigits(seconds / size)} ${unit}`;
}

/** What binds: memory that is not there, memory that is slow, or arithmetic. */
export function sentence(shown) {
  const { length, memory, peak_bytes: held, scores, seconds, bound, intensity } = shown;
  const device = NAMES[shown.device];
  if (held > memory) {
    const at = `At n = ${whole(length)}`;
    const has = `more than ${device} has (${scaled(memory, "B")})`;
    const rest = held - scores;
    if (rest > memory)
      return `${at} this layer takes ${scaled(rest, "B")} without any scores: ${has}.`;
    return `${at} the score matrices take ${scaled(scores, "B")}: ${has}.`;
  }
  const ridge = threeDigits(shown.peak / shown.bandwidth);
  const takes = `It fits, and takes at least ${duration(seconds)}.`;
  const each = `there are ${threeDigits(intensity)} FLOPs for each byte, and ${device}`;
  return bound === "memory"
    ? `${takes} Moving bytes takes the time: ${each} could do ${ridge} meanwhile.`
    : `${takes} Arithmetic takes the time: ${each} does ${ridge} while it moves one.`;
}
