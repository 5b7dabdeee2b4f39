// The text, letter by letter, and below it what each head of each layer looks at.
import { afresh, draggable, format, h, pointerIn, s, set } from "../kit/dom.js";
import { places, visible } from "./letters.js";

const [TEXT, ROW, GAP] = [24, 13, 7]; // heights: the letters, a head, between two layers
const NAMES = 62; // width of the heads' names
const LINE = 640; // width of 64 letters

const top = (layer, head, heads) => TEXT + layer * (heads * ROW + GAP) + head * ROW;

const rowTop = (row, heads) => top(Math.floor(row / heads), row % heads, heads);

/** `choose(place)` is called for a letter to look from. */
export function strip(choose) {
  const names = s("svg", { class: "bw-heads", "aria-hidden": "true" });
  const letters = s("g", { class: "bw-letters", "aria-label": "letter", "aria-valuenow": 1 });
  const frame = s("rect", { class: "bw-from", y: 1, width: 0 });
  const [paper, map] = [s("g"), s("g")];
  const figure = s("svg", { role: "group" }, paper, map, frame, letters);
  const scroll = h("div", { class: "bw-scroll" }, figure);
  const element = h("div", { class: "bw-strip" }, names, scroll);
  let [cells, ends, shown] = [[], [0], null];

  const buildNames = afresh(({ layers, heads }) => {
    const all = Array.from({ length: layers }, (_, layer) => layerNames(layer, heads));
    const high = top(layers, 0, heads);
    set(names, { viewBox: `0 0 ${NAMES} ${high}`, width: NAMES, height: high });
    names.replaceChildren(...all.flat());
  });
  const buildMap = afresh((pieces, { layers, heads }) => {
    ends = places(pieces);
    cells = Array.from({ length: layers * heads }, (_, row) => {
      return pieces.map((_, j) => cell(ends, j, rowTop(row, heads)));
    });
    map.replaceChildren(...cells.flat());
    letters.replaceChildren(hitArea(ends), ...pieces.map((piece, j) => letter(piece, ends, j)));
    const [wide, high] = [Math.max(ends.at(-1), LINE), top(layers, 0, heads)];
    paper.replaceChildren(...cells.map((_, row) => ground(wide, rowTop(row, heads))));
    set(figure, { viewBox: `0 0 ${wide} ${high}`, width: wide, height: high });
    set(frame, { height: high - GAP - 1 });
  });

  const placeAt = (event) => {
    const [x] = pointerIn(figure, event);
    const after = ends.findIndex((end) => end > x);
    return [after < 0 ? ends.length - 2 : Math.max(0, after - 1), 0];
  };
  draggable(letters, {
    at: placeAt,
    move: (place) => choose(Math.max(0, Math.min(Math.round(place), ends.length - 2))),
    position: () => [shown?.place ?? 0, 0],
    done: () => {},
    step: 1,
    axes: "x",
  });
  letters.addEventListener("click", (event) => choose(placeAt(event)[0]));

  const draw = (now) => {
    const { pieces, about, place } = now;
    if (!about || !pieces.length) return;
    const moved = shown?.place !== place || shown.pieces.length !== pieces.length;
    shown = now;
    buildNames([about.layers, about.heads], about);
    buildMap([pieces, about.layers, about.heads], pieces, about);
    for (const [j, text] of [...letters.querySelectorAll("text")].entries())
      text.setAttribute("class", j > place ? "bw-later" : j === place ? "bw-now" : "");
    set(frame, { x: ends[place] + 0.5, width: Math.max(0, ends[place + 1] - ends[place] - 1) });
    set(letters, {
      "aria-label": "letter to look from",
      "aria-valuemin": 1,
      "aria-valuemax": pieces.length,
      "aria-valuenow": place + 1,
      "aria-valuetext": `“${visible(pieces[place] ?? "")}”, ${place + 1} of ${pieces.length}`,
    });
    figure.setAttribute("aria-label", inWords(now));
    if (moved) scroll.scrollLeft = ends[place] - scroll.clientWidth + 60;
  };
  const put = (numbers) => {
    const width = numbers.length / cells.length;
    for (const [row, parts] of cells.entries())
      for (const [j, part] of parts.entries())
        part.style.fillOpacity = numbers[row * width + j] ?? 0;
  };
  return { element, draw, put };
}

/** What glides: of each head its weights over the whole text and as far as it can grow,
 *  so that there are as many before and after a letter is written. */
export function weightNumbers({ pieces, about, row }) {
  if (!row) return [];
  const rows = about.layers * about.heads;
  const [t, width] = [row.weights.length / rows, 64 * Math.ceil(pieces.length / 64)];
  return Array.from({ length: rows * width }, (_, n) =>
    n % width < t ? row.weights[Math.floor(n / width) * t + (n % width)] : 0,
  );
}

function layerNames(layer, heads) {
  const y = top(layer, 0, heads);
  const turned = `translate(11 ${y + (heads * ROW) / 2}) rotate(-90)`;
  const place = { transform: turned, "text-anchor": "middle" };
  const name = s("text", { class: "bw-layer", ...place }, `layer ${layer + 1}`);
  const each = Array.from({ length: heads }, (_, head) =>
    s(
      "text",
      { x: NAMES - 6, y: top(layer, head, heads) + 10, "text-anchor": "end" },
      `head ${head + 1}`,
    ),
  );
  return [name, ...each];
}

const cell = (ends, j, y) =>
  s("rect", { class: "bw-cell", x: ends[j], y, width: ends[j + 1] - ends[j] - 1, height: ROW - 1 });

const ground = (wide, y) => s("rect", { class: "bw-ground", y, width: wide - 1, height: ROW - 1 });

const letter = (piece, ends, j) =>
  s("text", { x: (ends[j] + ends[j + 1] - 1) / 2, y: 16, "text-anchor": "middle" }, visible(piece));

const hitArea = (ends) => s("rect", { class: "bw-hit", width: ends.at(-1), height: TEXT });

/** Where each head looks most, from the letter that is chosen. */
function inWords({ pieces, about, row, place }) {
  if (!row) return "The model has not read this text yet.";
  const t = row.weights.length / (about.layers * about.heads);
  const each = Array.from({ length: about.layers * about.heads }, (_, n) => {
    const its = row.weights.subarray(n * t, (n + 1) * t);
    const most = its.indexOf(Math.max(...its));
    const name = `layer ${Math.floor(n / about.heads) + 1} head ${(n % about.heads) + 1}`;
    return `${name}: “${visible(pieces[most])}” at ${most + 1} (${format(its[most])})`;
  });
  return `From letter ${place + 1}, each head looks most at: ${each.join("; ")}`;
}
