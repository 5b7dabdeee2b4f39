// What the maps and the tables of the head mixer are made of.
import { s } from "../kit/dom.js";

export const WORDS = 44; // pixels for the words beside a map

export const short = (word) => (word.length > 6 ? `${word.slice(0, 5)}…` : word);

export const square = (x, y, side, attributes = {}) =>
  s("rect", { x, y, width: side - 1, height: side - 1, ...attributes });

/** Show a signed number in a square: its sign as the colour, its size as the shade. */
export function shade(rect, value, most) {
  rect.setAttribute("class", value < 0 ? "bw-minus" : "bw-plus");
  rect.style.fillOpacity = Math.abs(value) / most;
}

/** The largest size in a table, for `shade`. */
export const largest = (rows) => Math.max(1e-9, ...rows.flat().map(Math.abs));
