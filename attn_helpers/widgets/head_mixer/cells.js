// What the maps and the tables of the head mixer are made of.
import { s } from "../kit/dom.js";

export const WORDS = 46; // pixels for the words beside a map
export const SIDE = 22;

export const short = (word) => (word.length > 6 ? `${word.slice(0, 5)}…` : word);

export const square = (x, y, attributes) =>
  s("rect", { x, y, width: SIDE - 1, height: SIDE - 1, ...attributes });
