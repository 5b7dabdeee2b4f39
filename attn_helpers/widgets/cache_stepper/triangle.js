// Rows of queries against columns of keys, and below each column what is stored of it.
import { afresh, s, set } from "../kit/dom.js";
import { HEADS } from "./sizes.js";
import { STORE, storeOf } from "./store.js";

const [NAMES, QUERY, TOP, HIGH] = [82, 4, 2, 16]; // px: words, one query, air, one row
const FULL = 0.42; // opacity of a cell that is computed at every step

/** The figure; `put` takes what glides: how often each pair has been computed. */
export function triangle() {
  const element = s("svg", { role: "img", class: "bw-triangle" });
  const [back, rows, front] = [s("g"), s("g"), s("g")];
  element.append(back, rows, front);
  let cells = [];
  const build = afresh((t) => {
    cells = Array.from({ length: t * t }, () => [
      s("rect"),
      s("text", { class: "bw-small", "text-anchor": "middle" }),
    ]);
    rows.replaceChildren(...cells.flat());
  });
  const draw = (shown) => {
    const t = shown.tokens.length;
    const place = placeOf(element.parentNode.clientWidth || 440, t); // 0 before it is in the page
    build(t, t);
    set(element, { viewBox: `0 0 ${place.width} ${place.height}`, "aria-label": inWords(shown) });
    element.style.maxWidth = `${place.width}px`;
    back.replaceChildren(...promptOf(shown, place));
    front.replaceChildren(...rowNames(shown), ...queriesOf(shown), ...storeOf(shown, place));
    for (const [n, cell] of cells.entries())
      placeCell(cell, Math.floor(n / t), n % t, shown, place);
  };
  const put = (numbers) => {
    const t = Math.sqrt(numbers.length);
    for (const [n, [cell, text]] of cells.entries()) {
      cell.style.fillOpacity = (FULL * numbers[n]) / t;
      text.textContent = Math.round(numbers[n]) || "";
    }
  };
  return { element, draw, put };
}

/** What glides: of each pair, how often it has been computed. */
export const cellNumbers = ({ tokens, times }) =>
  tokens.flatMap((_, i) => tokens.map((_, j) => times[i]?.[j] ?? 0));

function placeOf(room, t) {
  const left = NAMES + HEADS * QUERY + 8;
  const side = Math.min(28, (Math.min(room, 470) - left) / t);
  const below = TOP + t * HIGH + 14;
  return { left, side, below, width: left + t * side, height: below + STORE + 4 };
}

const heightOf = (row) => TOP + row * HIGH;

/** Whether a row is computed in this step: all with no cache, else the new ones. */
const isNow = ({ cache, fresh }, row) => !cache || row >= fresh;

function inWords({ tokens, read, cache, fresh, stored, sharing }) {
  const what = `${read} of ${tokens.length} tokens read, the last one “${tokens[read - 1]}”`;
  const rows = cache ? read - fresh : read;
  const kept = cache ? stored : 0;
  return `${what}. Rows computed in this step: ${rows}. Tokens stored, with ${sharing}: ${kept}`;
}

function placeCell([cell, text], i, j, shown, { left, side }) {
  const [x, y] = [left + j * side, heightOf(i)];
  const seen = isNow(shown, i) ? "bw-cell bw-now" : "bw-cell";
  const kind = shown.times[i]?.[j] ? seen : "bw-none";
  set(cell, { x, y, width: side - 2, height: HIGH - 2, class: kind });
  set(text, { x: x + side / 2 - 1, y: y + HIGH - 5 });
}

const words = (kind, x, y, text) => s("text", { class: kind, x, y, "text-anchor": "end" }, text);

function rowNames(shown) {
  const { tokens, read } = shown;
  const names = tokens.slice(0, read).map((word, i) => {
    const kind = isNow(shown, i) ? "bw-name" : "bw-name bw-past";
    return words(kind, NAMES - 4, heightOf(i) + HIGH - 5, word);
  });
  return [...names, words("bw-of-query", NAMES + HEADS * QUERY + 2, heightOf(read) + 8, "queries")];
}

/** A line beside the rows of the prompt and one under them, through to the last column. */
function promptOf({ prompt, tokens }, { side, width }) {
  const y = heightOf(prompt) - 1;
  const texts = [
    [1, 130, heightOf(1) - 5, "prompt: read in one go"],
    [prompt + 1, 80, y + HIGH - 4, "one a step"],
  ];
  const fits = ([row, room]) => (tokens.length - row) * side > room; // right of the row's cells
  return [
    s("path", { class: "bw-prompt", d: `M5,${TOP}V${y - 1}` }),
    s("path", { class: "bw-under", d: `M5,${y}H${width}` }),
    ...texts.filter(fits).map(([, , at, text]) => words("bw-said", width - 4, at, text)),
  ];
}

/** The queries of each row that is computed in this step: nobody asks with an old one. */
function queriesOf(shown) {
  const rows = shown.times.map((_, i) => i).filter((i) => isNow(shown, i));
  const size = { width: QUERY - 1, height: HIGH - 4, class: "bw-query" };
  return rows.flatMap((i) =>
    Array.from({ length: HEADS }, (_, head) =>
      s("rect", { ...size, x: NAMES + head * QUERY, y: heightOf(i) + 1 }),
    ),
  );
}
