// Slow memory around a grid whose cells are computed in tiles and stored nowhere.
import { clamp, draggable, pointerIn, s, set } from "../kit/dom.js";
import { D_K, D_V, SIZE } from "./example.js";
import { isWrong } from "./report.js";

const [LEFT, TOP, SIDE] = [66, 58, 24]; // px: of the grid, and of a cell
const [WIDTH, HEIGHT] = [LEFT + SIZE * SIDE + 42, TOP + SIZE * SIDE + 18];
const PLACES = Array.from({ length: SIZE }, (_, i) => i);
const FAINTEST = 0.1; // opacity of a cell whose weight is 0

const xOf = (key) => LEFT + key * SIDE;
const yOf = (query) => TOP + query * SIDE;

/** The figure; `choose(row)` is called with the query that is to be looked at. */
export function slowMemory(model, choose) {
  const element = s("svg", { class: "bw-slow", role: "group", viewBox: `0 0 ${WIDTH} ${HEIGHT}` });
  const strips = PLACES.map(stripsOf);
  const cells = PLACES.flatMap((i) => PLACES.map((j) => cellAt(i, j)));
  const frame = s("rect", { class: "bw-frame" });
  const handle = handleOf(element, model, choose);
  const marks = s("g");
  element.append(
    ...names(),
    ...strips.flatMap(({ all }) => all),
    ...cells.flatMap(({ all }) => all),
    marks,
    frame,
    handle,
  );
  const rowAt = (event) => rowIn(element, event);
  element.addEventListener("click", (event) => {
    if (rowAt(event) >= 0 && rowAt(event) < SIZE) choose(rowAt(event));
  });
  const draw = (shown) => {
    set(element, { "aria-label": inWords(shown) });
    for (const [i, strip] of strips.entries()) drawStrips(strip, i, shown);
    for (const [n, cell] of cells.entries()) drawCell(cell, Math.floor(n / SIZE), n % SIZE, shown);
    drawFrame(frame, shown);
    marks.replaceChildren(...wrongRows(shown), ...band(shown));
    drawHandle(handle, shown);
  };
  return { element, draw };
}

const rowIn = (svg, event) => Math.floor((pointerIn(svg, event)[1] - TOP) / SIDE);

function inWords({ step, tiles, finished }) {
  return `Grid of queries and keys: ${step} of ${tiles.length} tiles computed, ${finished} of ${SIZE} rows of the output finished`;
}

function names() {
  const bottom = yOf(SIZE) + 14;
  const texts = [
    ["k", LEFT - 8, TOP - 25, "end"],
    ["v", LEFT - 8, TOP - 7, "end"],
    ["q", LEFT - 20, bottom, "middle"],
    ["output", xOf(SIZE) + 17, bottom, "middle"],
  ];
  return texts.map(([text, x, y, anchor]) => s("text", { x, y, "text-anchor": anchor }, text));
}

/** What slow memory holds at place `i`: a query, a key, a value, and room for an output. */
function stripsOf(i) {
  const [x, y, wide] = [xOf(i) + 2, yOf(i) + 2, SIDE - 4];
  const strip = (kind, count, at) =>
    s("g", { class: kind }, ...Array.from({ length: count }, (_, c) => s("rect", at(c))));
  const query = strip("bw-query", D_K, (c) => ({
    x: LEFT - 34 + c * 7,
    y,
    width: 6,
    height: wide,
  }));
  const key = strip("bw-key", D_K, (c) => ({ x, y: TOP - 42 + c * 5, width: wide, height: 4 }));
  const value = strip("bw-value", D_V, (c) => ({ x, y: TOP - 17 + c * 5, width: wide, height: 4 }));
  const right = xOf(SIZE) + 6;
  const output = strip("bw-output", D_V, (c) => ({
    x: right + c * 11,
    y,
    width: 10,
    height: wide,
  }));
  const middle = { class: "bw-small", "text-anchor": "middle" };
  const texts = [
    s("text", { ...middle, x: x + wide / 2, y: TOP - 47 }, i),
    s("text", { ...middle, x: LEFT - 42, y: y + 14 }, i),
  ];
  return { query, key, value, output, all: [query, key, value, output, ...texts] };
}

function drawStrips({ query, key, value, output }, i, { present, finished }) {
  query.classList.toggle("bw-here", present.rows.includes(i));
  for (const strip of [key, value]) strip.classList.toggle("bw-here", present.keys.includes(i));
  output.classList.toggle("bw-here", i < finished);
}

function cellAt(i, j) {
  const box = s("rect", { x: xOf(j) + 1, y: yOf(i) + 1, width: SIDE - 2, height: SIDE - 2 });
  const sign = s("text", { x: xOf(j) + SIDE / 2, y: yOf(i) + 16, "text-anchor": "middle" });
  return { box, sign, all: [box, sign] };
}

/** Of a cell in the present tile how much it counts, of others whether they were computed. */
function drawCell({ box, sign }, i, j, { tiles, done, present, scores, now }) {
  const has = ({ rows, keys }) => rows.includes(i) && keys.includes(j);
  const isNow = has(present);
  box.setAttribute("class", isNow ? "bw-now" : done.some(has) ? "bw-done" : "bw-todo");
  const share = scores[i][j] === -Infinity ? 0 : Math.exp(scores[i][j] - now[i].maximum);
  box.style.fillOpacity = isNow ? FAINTEST + (0.7 - FAINTEST) * share : "";
  const isSkipped = !tiles.some(has);
  sign.textContent = isSkipped ? "–" : scores[i][j] === -Infinity ? "×" : "";
  sign.setAttribute("class", isSkipped ? "bw-skipped" : "bw-hidden");
}

function drawFrame(frame, { present: { rows, keys } }) {
  frame.classList.toggle("bw-gone", !rows.length);
  const size = { width: keys.length * SIDE, height: rows.length * SIDE };
  set(frame, { x: xOf(keys[0] ?? 0), y: yOf(rows[0] ?? 0), ...size });
}

/** A line around all that belongs to the chosen query. */
function band({ row }) {
  const size = { width: xOf(SIZE) + 28 - 14, height: SIDE, rx: 3 };
  return [s("rect", { class: "bw-band", x: 16, y: yOf(row), ...size })];
}

function wrongRows({ errors }) {
  return errors
    .map(
      (error, i) =>
        isWrong(error) && s("text", { x: xOf(SIZE) + 32, y: yOf(i) + 17, class: "bw-wrong" }, "≠"),
    )
    .filter(Boolean);
}

function handleOf(svg, model, choose) {
  const hit = s("rect", { x: -14, y: -2, width: 58, height: SIDE + 4, fill: "transparent" });
  const group = s("g", { class: "bw-chooser" }, hit, s("path", { d: "M0,5l11,7l-11,7z" }));
  draggable(group, {
    at: (event) => [0, -rowIn(svg, event)],
    move: (_, y) => choose(clamp(-y, 0, SIZE - 1)),
    position: () => [0, -model.get("row")],
    done: () => model.save_changes(),
    step: 1,
    axes: "y",
  });
  return group;
}

function drawHandle(group, { row }) {
  set(group, {
    transform: `translate(2,${yOf(row)})`,
    "aria-label": "the query to look at",
    "aria-orientation": "vertical",
    "aria-valuemin": 0,
    "aria-valuemax": SIZE - 1,
    "aria-valuenow": row,
    "aria-valuetext": `query ${row}`,
  });
}
