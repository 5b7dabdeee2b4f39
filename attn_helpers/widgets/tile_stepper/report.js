// The step in a sentence or two.
import { format } from "../kit/dom.js";

const WRONG = 0.005; // an error that two decimals show

/** Whether a finished row can be seen to be wrong. */
export const isWrong = (error) => error >= WRONG;

export function report(shown) {
  const { step, row, present, finished } = shown;
  const query = `Query ${row}`;
  if (!step) return "Nothing has been read yet.";
  if (present.rows.includes(row)) {
    const end = row < finished ? ` Its output is finished${judgement(shown)}.` : "";
    return `${query}: ${whatCame(shown)}${end}`;
  }
  if (row >= finished) return `${query} has not been read yet.`;
  return `${query}: its output stands in slow memory${judgement(shown)}.`;
}

function whatCame({ row, scores, present, before, now, grows, correction, corrected }) {
  const largest = Math.max(...present.keys.map((j) => scores[row][j]));
  const old = before[row].maximum;
  if (largest === -Infinity) return "these keys are hidden from it, and nothing changes.";
  if (old === -Infinity)
    return `its first scores. They are measured from the largest, ${format(now[row].maximum)}.`;
  if (!grows) return `no larger score came, ${format(largest)} ≤ ${format(old)}.`;
  const pair = `${format(largest)} > ${format(old)}`;
  const verb = corrected ? "is" : "ought to be";
  return `a larger score came, ${pair}: what was summed ${verb} multiplied by ${format(correction)}.`;
}

function judgement({ row, errors, corrected }) {
  if (corrected) return "";
  return isWrong(errors[row]) ? `, and off by ${format(errors[row])}` : ", and right all the same";
}

/** How many rows of the output are wrong, where the correction is forgotten. */
export function verdict({ corrected, finished, errors }) {
  return corrected ? "" : `wrong rows: ${errors.filter(isWrong).length} of ${finished}`;
}
