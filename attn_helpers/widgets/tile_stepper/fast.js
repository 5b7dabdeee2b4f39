// Fast memory: the present tile with its scores, and what is kept of the chosen query.
import { format, s, set } from "../kit/dom.js";
import { D_K, D_V } from "./example.js";

const [LEFT, TOP, CELL, HIGH] = [54, 50, 46, 20]; // px: of the scores, and of a score
const [WIDTH, HEIGHT, BELOW] = [300, 248, 146]; // BELOW: where the chosen query begins
const [FROM, FULL, BAR] = [76, 6, 100]; // px; a sum of FULL is a bar as long as BAR
const [MIDDLE, UNIT] = [180, 52]; // px: of the output's axis

/** The figure; `put` takes what glides: the sums, and the output so far. */
export function fastMemory() {
  const element = s("svg", { class: "bw-fast", role: "img", viewBox: `0 0 ${WIDTH} ${HEIGHT}` });
  const [tile, words] = [s("g"), s("g")];
  const bar = (kind, y) => s("rect", { class: kind, y, height: 13 });
  const sums = [bar("bw-old", BELOW + 18), bar("bw-old", BELOW + 40), bar("bw-new", BELOW + 40)];
  const outputs = Array.from({ length: D_V }, (_, c) => bar("bw-output", BELOW + 66 + c * 18));
  const axis = s("path", { class: "bw-axis", d: `M${MIDDLE},${BELOW + 62}v${18 * D_V + 4}` });
  const marks = outputs.map(() => s("path", { class: "bw-mark" }));
  element.append(tile, ...sums, ...outputs, axis, ...marks, words);
  const draw = (shown) => {
    set(element, { "aria-label": inWords(shown) });
    tile.replaceChildren(...tileOf(shown));
    words.replaceChildren(...wordsOf(shown));
    for (const [c, mark] of marks.entries()) {
      const x = MIDDLE + UNIT * shown.right[shown.row][c];
      set(mark, { d: `M${x},${BELOW + 64 + c * 18}v17` });
    }
  };
  const put = ([before, kept, total, ...output]) => {
    const ends = [
      [0, before],
      [0, kept],
      [kept, total],
    ];
    for (const [n, [from, to]] of ends.entries())
      set(sums[n], { x: FROM + lengthOf(from), width: Math.max(0, lengthOf(to) - lengthOf(from)) });
    for (const [c, x] of output.entries())
      set(outputs[c], { x: MIDDLE + Math.min(0, UNIT * x), width: Math.abs(UNIT * x) });
  };
  return { element, draw, put };
}

const lengthOf = (sum) => (BAR * sum) / FULL;

/** What glides: the sum before, what is left of it, the sum now, and the output so far. */
export function fastNumbers(shown) {
  const { before, row, output, running_sum, correction, corrected } = shown;
  const old = isHere(shown) ? before[row].total : 0;
  const kept = isHere(shown) ? old * (corrected ? correction : 1) : running_sum;
  return [old, kept, running_sum, ...output];
}

const isHere = ({ present, row }) => present.rows.includes(row);

function inWords({ present: { rows, keys }, row, running_max, running_sum, output }) {
  const tile = rows.length
    ? `${spread("query", "queries", rows)} with ${spread("key", "keys", keys)}`
    : "nothing";
  if (running_max === null) return `In fast memory: ${tile}. Query ${row} has seen no score`;
  const numbers = output.map((x) => format(x)).join(", ");
  return `In fast memory: ${tile}. Query ${row}: largest score ${format(running_max)}, sum ${format(running_sum)}, output so far ${numbers}`;
}

const spread = (one, several, places) =>
  places.length === 1 ? `${one} ${places[0]}` : `${several} ${places[0]} to ${places.at(-1)}`;

function tileOf({ present: { rows, keys }, row, scores }) {
  const heads = keys.flatMap((j, n) => {
    const [x, wide] = [LEFT + n * CELL, CELL - 4];
    const strip = (kind, count, y) =>
      Array.from({ length: count }, (_, c) =>
        s("rect", { class: kind, x: x + 2, y: y + c * 4, width: wide, height: 3 }),
      );
    const name = { class: "bw-small", x: x + CELL / 2, y: 12, "text-anchor": "middle" };
    return [
      s("text", name, `key ${j}`),
      ...strip("bw-key", D_K, TOP - 32),
      ...strip("bw-value", D_V, TOP - 13),
    ];
  });
  const lines = rows.flatMap((i, n) => {
    const y = TOP + n * HIGH;
    const kind = i === row ? "bw-chosen" : "";
    const numbers = Array.from({ length: D_K }, (_, c) =>
      s("rect", { class: "bw-query", x: LEFT - 34 + c * 7, y: y + 2, width: 6, height: HIGH - 4 }),
    );
    const name = { class: `bw-small ${kind}`, x: LEFT - 40, y: y + 14, "text-anchor": "end" };
    return [
      s("text", name, i),
      ...numbers,
      ...keys.flatMap((j, m) => scoreAt(scores[i][j], m, y, kind)),
    ];
  });
  return [...heads, ...lines];
}

function scoreAt(score, m, y, kind) {
  const x = LEFT + m * CELL;
  return [
    s("rect", { class: `bw-score ${kind}`, x, y, width: CELL, height: HIGH }),
    s(
      "text",
      { class: kind, x: x + CELL / 2, y: y + 14.5, "text-anchor": "middle" },
      format(score),
    ),
  ];
}

/** The chosen query in words and numbers; finished, it has but one sum. */
function wordsOf(shown) {
  const { row, before, grows, corrected, correction, running_max } = shown;
  const text = (x, y, content, kind = "") => s("text", { x, y: BELOW + y, class: kind }, content);
  const title = text(0, 6, `Query ${row}`, "bw-chosen");
  if (running_max === null) return [title, text(60, 6, "has seen no score yet")];
  const was = grows ? `${format(before[row].maximum)} → ` : "";
  const lines = [
    title,
    text(60, 6, `largest score ${was}${format(running_max)}`),
    text(0, 86, "output so far"),
  ];
  const [old, kept, total] = fastNumbers(shown);
  const beside = (sum, y, content, kind) => text(FROM + lengthOf(sum) + 5, y, content, kind);
  if (!isHere(shown)) return [...lines, text(0, 51, "sum"), beside(total, 51, format(total))];
  const factor = corrected ? `× ${format(correction)}` : `× 1, not ${format(correction)}`;
  const parts = kept && total > kept ? `${format(kept)} + ${format(total - kept)} ≈ ` : "";
  return [
    ...lines,
    text(0, 29, "sum before"),
    beside(old, 29, `${format(old)} ${grows ? factor : ""}`, grows && !corrected ? "bw-wrong" : ""),
    text(0, 51, "sum now"),
    beside(total, 51, `${parts}${format(total)}`),
  ];
}
