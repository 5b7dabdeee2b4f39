// How pieces of text are shown, typed, and laid out in a line.

const MARKS = { " ": "␣", "\n": "↵" };

/** A piece with its spaces and line ends made visible. */
export const visible = (piece) => piece.replace(/[ \n]/g, (letter) => MARKS[letter]);

/** A text as a line of an input can hold it, and back. */
export const typed = (text) => text.replaceAll("\n", "↵");
export const untyped = (line) => line.replaceAll("↵", "\n");

const WIDTH = 7.4; // of a letter of 12 pixels, monospaced
const BETWEEN = 2.6;

/** Where each piece begins, and after the last one where the line ends. */
export function places(pieces) {
  const ends = [0];
  for (const piece of pieces) ends.push(ends.at(-1) + WIDTH * piece.length + BETWEEN);
  return ends;
}
