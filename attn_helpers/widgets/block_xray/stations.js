// One token's vector at every station of a block: a row of cells each, along the stream.
import { afresh, format, s, set } from "../kit/dom.js";

export const STATIONS = {
  "pre-norm": ["x", "norm", "attention", "sum", "norm", "feed-forward", "sum"],
  "post-norm": ["x", "attention", "sum", "norm", "feed-forward", "sum", "norm"],
};
const ADDS = ["attention", "feed-forward"];
const SEEN = 0.05; // what is nearer to 0 is 0.0 in one digit, and left out
const HEAD = 66; // for the features' names
const [STREAM, BRANCH, LENGTH] = [8, 22, 46]; // places, and the width at the right
// Where cells begin, how high a row is, where in it they are, and whether its name is above.
const WIDE = { left: 114, high: 30, top: 3, above: false };
const NARROW = { left: 34, high: 42, top: 16, above: true };
const CELL = 24; // high

/** Whether a station lies beside the stream: what a sub-layer reads and adds. */
const isBeside = (order, n) =>
  ADDS.includes(STATIONS[order][n]) || (order === "pre-norm" && STATIONS[order][n] === "norm");

/** The figure. `numbersOf(shown)` are those that glide; `put` draws some of them. */
export function stationRows() {
  const element = s("svg", { role: "img", class: "bw-stations" });
  const [lines, names, header, rows] = [s("g"), s("g"), s("g"), s("g")];
  element.append(lines, header, names, rows);
  let [cells, place] = [[], WIDE];
  const build = afresh((d) => {
    cells = STATIONS["pre-norm"].map(() => rowOf(d));
    rows.replaceChildren(...cells.map(({ group }) => group));
  });
  const draw = (shown) => {
    const { features, order, station } = shown;
    const width = Math.min(element.parentNode.clientWidth || 440, 480); // 0 before it is in the page
    const form = width < 360 ? NARROW : WIDE;
    const side = Math.min(40, (width - form.left - LENGTH) / features.length);
    place = { ...form, side };
    const whole = form.left + LENGTH + side * features.length;
    build(features.length, features.length);
    set(element, { viewBox: `0 0 ${whole} ${HEAD + 7 * form.high}`, "aria-label": inWords(shown) });
    element.style.maxWidth = `${whole}px`;
    header.replaceChildren(...headerOf(features, place));
    names.replaceChildren(...STATIONS[order].map((name, n) => nameOf(name, n, place)));
    lines.replaceChildren(...streamOf(order, station, place));
    for (const [n, { group }] of cells.entries()) {
      group.style.visibility = n > station ? "hidden" : "visible";
      group.classList.toggle("bw-now", n === station);
    }
  };
  const put = (numbers) => {
    const [most, ...rest] = numbers;
    const each = rest.length / cells.length;
    for (const [n, row] of cells.entries())
      putRow(row, rest.slice(n * each, (n + 1) * each), place, most);
  };
  return { element, draw, put };
}

/** What glides: the scale, and for each row its height, its length and its cells. A row
 *  that is not reached yet waits on the last one that is. */
export function rowNumbers({ rows, station }) {
  const most = Math.max(1e-9, ...rows.flat().map(Math.abs));
  return rows.reduce(
    (all, _, n) => {
      const at = Math.min(n, station);
      return all.concat(at, Math.hypot(...rows[at]), rows[at]);
    },
    [most],
  );
}

/** All lengths with their stations' names. */
function inWords({ tokens, chosen, block, names, lengths }) {
  const each = names.map((name, n) => `${name} ${format(lengths[n])}`);
  return `The vector of “${tokens[chosen]}” in block ${block}, its length at each station: ${each.join(", ")}`;
}

function rowOf(d) {
  const parts = Array.from({ length: d }, () => [
    s("rect", { height: CELL }),
    s("text", { class: "bw-small", "text-anchor": "middle", y: 16 }),
  ]);
  const length = s("text", { class: "bw-length", y: 16 });
  return { parts, length, group: s("g", {}, ...parts.flat(), length) };
}

function putRow({ group, parts, length }, [at, long, ...values], { left, high, top, side }, most) {
  set(group, { transform: `translate(${left} ${HEAD + at * high + top})` });
  for (const [j, [cell, text]] of parts.entries()) {
    set(cell, { x: j * side, width: side - 2, class: values[j] < 0 ? "bw-minus" : "bw-plus" });
    cell.style.fillOpacity = (0.42 * Math.abs(values[j])) / most;
    set(text, { x: (j + 0.5) * side - 1 });
    text.textContent = Math.abs(values[j]) < SEEN ? "" : format(values[j], 1);
  }
  set(length, { x: parts.length * side + 6 });
  length.textContent = format(long);
}

function headerOf(features, { left, side }) {
  const names = features.map((name, j) => {
    const x = left + (j + 0.6) * side;
    return s("text", { x, y: HEAD - 6, transform: `rotate(-45 ${x} ${HEAD - 6})` }, name);
  });
  const x = left + features.length * side + 6;
  return [...names, s("text", { x, y: HEAD - 6 }, "length")];
}

/** The name of a station: beside its cells in two lines, or above them in one. */
function nameOf(name, n, form) {
  const words = ADDS.includes(name) ? [name, "adds"] : [name];
  const y = HEAD + n * form.high;
  if (form.above) return s("text", { x: form.left, y: y + 12 }, words.join(" "));
  const from = y + 19 - 6 * (words.length - 1);
  const place = (i) => ({ x: form.left - 8, y: from + 12 * i, "text-anchor": "end" });
  return s("g", {}, ...words.map((word, i) => s("text", place(i), word)));
}

/** The stream from top to bottom, and the ways that leave it and come back. */
function streamOf(order, station, { high, top }) {
  const y = (n) => HEAD + n * high + top + CELL / 2;
  const path = (from, to, d) =>
    s("path", { class: to <= station ? "bw-way bw-passed" : "bw-way", "data-from": from, d });
  const beside = STATIONS[order].map((_, n) => isBeside(order, n));
  const stream = beside.flatMap((out, n) => (out ? [] : [n]));
  const ways = stream.slice(1).flatMap((to, i) => {
    const from = stream[i];
    const straight = path(from, to, `M${STREAM},${y(from)}V${y(to)}`);
    if (to === from + 1) return [straight];
    const bend = `Q${BRANCH},${y(from)} ${BRANCH},${y(from) + 16}V${y(to) - 16}`;
    const way = `M${STREAM},${y(from)}${bend}Q${BRANCH},${y(to)} ${STREAM + 7},${y(to)}`;
    return [straight, path(from, to, way)];
  });
  const marks = beside.flatMap((out, n) => markOf(STATIONS[order][n], out ? BRANCH : STREAM, y(n)));
  return [...ways, ...marks];
}

/** A plus where two ways meet, a square for a norm, a dot else. */
function markOf(name, x, y) {
  if (name === "norm")
    return [s("rect", { class: "bw-mark", x: x - 5, y: y - 5, width: 10, height: 10 })];
  if (name !== "sum") return [s("circle", { class: "bw-mark", cx: x, cy: y, r: 4 })];
  return [
    s("circle", { class: "bw-plus-mark", cx: x, cy: y, r: 7 }),
    s("path", { class: "bw-cross", d: `M${x - 4},${y}h8M${x},${y - 4}v8` }),
  ];
}
