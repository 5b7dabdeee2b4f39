// A small figure for each head: its switch, whom its rows look at, and what it gives.
import { afresh, checkbox, h, s, set, update } from "../kit/dom.js";
import { largest, shade, short, square, WORDS } from "./cells.js";

const HEAD = 34; // above a map, for the words of its columns
const NUMBER = 18; // wide is the cell of a number
const GAP = 6;

/** The figures of all heads. */
export function headMaps(model) {
  const element = h("div", { class: "bw-heads" });
  let heads = [];
  const build = afresh((shown) => {
    heads = shown.widths.map((_, head) => headFigure(model, head, shown));
    element.replaceChildren(...heads.map(({ figure }) => figure));
  });
  const draw = (shown) => {
    const { tokens, widths, rowNames, numbered, chosen } = shown;
    build([tokens, widths, rowNames, numbered && chosen], shown);
    const most = largest(shown.joined);
    for (const [head, parts] of heads.entries()) drawHead(parts, head, shown, most);
  };
  return { element, draw };
}

function headFigure(model, head, shown) {
  const { tokens, widths, numbered } = shown;
  const side = sideOf(tokens);
  const from = WORDS + (numbered ? widths[head] * NUMBER + GAP : 0);
  const beyond = from + tokens.length * side + GAP;
  const wide = beyond + Math.max(2, widths[head]) * side; // room for the title of one column
  const map = s("svg", { viewBox: `0 0 ${wide} ${HEAD + tokens.length * side}`, role: "img" });
  const cells = (start, count) =>
    tokens.map((_, i) =>
      Array.from({ length: count }, (_, j) => square(start + j * side, HEAD + i * side, side)),
    );
  const [looks, gives] = [cells(from, tokens.length), cells(beyond, widths[head])];
  for (const rect of looks.flat()) set(rect, { class: "bw-weight" });
  const given = tokens.flatMap((_, i) => (numbered ? rowOfNumbers(head, i, shown) : []));
  map.append(...labels(shown, from, beyond), ...given, ...looks.flat(), ...gives.flat());
  const on = checkbox(`head ${head + 1}`, {
    read: () => !model.get("off").includes(head),
    write: (value) => toggle(model, head, value),
  });
  const figure = h("figure", {}, h("figcaption", {}, on.element), map);
  figure.style.setProperty("--wide", `${wide}px`);
  figure.classList.toggle("bw-wide", wide > 200);
  return { map, on, looks, gives, figure };
}

/** Smaller cells for many tokens: four heads stay side by side. */
const sideOf = (tokens) => (tokens.length > 6 ? 12 : 15);

/** The words beside the rows and above the columns, and a title above what is given. */
function labels({ tokens, rowNames, rowsAreTokens, numbered, chosen }, from, beyond) {
  const side = sideOf(tokens);
  const slanted = (x, text) =>
    s("text", { x, y: HEAD - 5, transform: `rotate(-45 ${x} ${HEAD - 5})` }, text);
  const row = (i) => {
    const strong = numbered && rowsAreTokens && i === chosen ? "bw-strong" : "";
    const place = { x: WORDS - 4, y: HEAD + (i + 0.5) * side + 4, "text-anchor": "end" };
    return s("text", { class: strong, ...place }, short(rowNames[i]));
  };
  const above = (i) => (rowsAreTokens ? short(rowNames[i]) : `${i + 1}`);
  return [
    ...tokens.map((_, i) => row(i)),
    ...tokens.map((_, i) => slanted(from + (i + 0.6) * side, above(i))),
    slanted(beyond + side / 2, "gives"),
  ];
}

/** Which numbers of q the head gets in row i, counted in reading order. */
function rowOfNumbers(head, i, { tokens, given, ofChosen }) {
  const side = sideOf(tokens);
  return given[head][i].flatMap((cell, c) => {
    const [x, y] = [WORDS + c * NUMBER, HEAD + i * side];
    const at = { x: x + NUMBER / 2, y: y + side / 2 + 4, "text-anchor": "middle" };
    const mine = ofChosen(cell);
    const box = { width: NUMBER - 1, class: mine ? "bw-mine" : "bw-number-cell" };
    const kind = mine ? "bw-small bw-strong" : "bw-small";
    return [square(x, y, side, box), s("text", { class: kind, ...at }, cell)];
  });
}

function drawHead({ map, figure, on, looks, gives }, head, shown, most) {
  const { rowNames, weights, joined, cuts, off } = shown;
  for (const [i, row] of weights[head].entries()) {
    for (const [j, w] of row.entries()) looks[i][j].style.fillOpacity = 0.06 + 0.94 * w;
    for (const [c, rect] of gives[i].entries()) shade(rect, joined[i][cuts[head] + c], most);
  }
  const best = weights[head].map((row) => rowNames[row.indexOf(Math.max(...row))]);
  const told = rowNames.map((word, i) => `${word} looks most at ${best[i]}`);
  set(map, { "aria-label": `Head ${head + 1}: ${told.join(", ")}` });
  figure.classList.toggle("bw-off", off.includes(head));
  on.refresh();
}

function toggle(model, head, on) {
  const off = model.get("off").filter((i) => i !== head);
  update(model, { off: on ? off : [...off, head].sort((a, b) => a - b) });
}
