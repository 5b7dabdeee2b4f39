// The vectors of the example for any words: the twin of `sentence` in widget.py.
import { round } from "../kit/dom.js";

const MOST_TOKENS = 8;
const STEP = 0.5; // radians from one position to the next

const isVerb = (word) => word.length > 1 && isCapital(word) && word === word.toUpperCase();
const isCapital = (word) => word[0] !== word[0].toLowerCase();

/** Tokens and X of a text, of which up to eight words count; null for less than two. */
export function sentence(text) {
  const words = text.split(/\s+/).filter(Boolean).slice(0, MOST_TOKENS);
  if (words.length < 2) return null;
  const tokens = words.map((word) => word.toLowerCase());
  const kinds = [...new Set(tokens)];
  const X = words.map((word, i) => {
    const [place, turn] = [STEP * i, (2 * Math.PI * kinds.indexOf(tokens[i])) / kinds.length];
    const [verb, first] = [isVerb(word), i === 0];
    const flags = [isCapital(word) && !verb, verb, first, true].map(Number);
    return [...[place, turn].flatMap((a) => [Math.cos(a), Math.sin(a)]).map(round), ...flags];
  });
  return { tokens, X };
}

/** The text that has these vectors, or null where they were made in another way. */
export function textOf(tokens, X) {
  if (X[0].length !== 8) return null;
  const words = tokens.map((word, i) => {
    if (X[i][5]) return word.toUpperCase();
    return X[i][4] ? word[0].toUpperCase() + word.slice(1) : word;
  });
  const text = words.join(" ");
  const made = sentence(text);
  const isSo = JSON.stringify([made?.tokens, made?.X]) === JSON.stringify([tokens, X]);
  return isSo ? text : null;
}
