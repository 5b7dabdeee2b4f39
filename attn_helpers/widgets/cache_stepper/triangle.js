// Rows of queries against columns of keys, and below each column what is stored of it.
import { afresh, s, set } from "../kit/dom.js";
import { HEAD_DIM, HEADS, widthsOf } from "./sizes.js";

const [QUERY, GAP] = [4, 8]; // px: one query, and between parts
const WIDE = { names: 92, high: 16 };
const NARROW = { names: 76, high: 16 };
const NUMBER = 1.25; // px that one stored number is high
const BETWEEN = 5; // px between keys and values
const STORE = 2 * HEADS * HEAD_DIM * NUMBER + BETWEEN; // the highest stack
const FULL = 0.42; // opacity of a cell that is computed at every step

/** The figure; `put` takes what glides: how often each pair has been computed. */
export function triangle() {
  const element = s("svg", { role: "img", class: "bw-triangle" });
  const [back, rows, queries, store] = [s("g"), s("g"), s("g"), s("g")];
  element.append(back, rows, queries, store);
  let cells = [];
  const build = afresh((t) => {
    cells = Array.from({ length: t * t }, () => [
      s("rect"),
      s("text", { class: "bw-small", "text-anchor": "middle" }),
    ]);
    rows.replaceChildren(...cells.flat());
  });
  const draw = (shown) => {
    const { tokens, times } = shown;
    const place = placeOf(element.parentNode.clientWidth || 440, tokens.length); // 0 before it is in the page
    build(tokens.length, tokens.length);
    set(element, { viewBox: `0 0 ${place.width} ${place.height}`, "aria-label": inWords(shown) });
    element.style.maxWidth = `${place.width}px`;
    back.replaceChildren(...namesOf(shown, place), ...promptOf(shown, place));
    queries.replaceChildren(...queriesOf(shown, place));
    store.replaceChildren(...storeOf(shown, place));
    for (const [n, [cell, text]] of cells.entries()) {
      const [i, j] = [Math.floor(n / tokens.length), n % tokens.length];
      const [x, y] = [place.left + j * place.side, place.top + i * place.high];
      set(cell, { x, y, width: place.side - 2, height: place.high - 2 });
      set(text, { x: x + place.side / 2 - 1, y: y + place.high - 5 });
      cell.setAttribute(
        "class",
        times[i]?.[j] ? `bw-cell ${isNow(shown, i) ? "bw-now" : ""}` : "bw-none",
      );
    }
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
  const { names, high } = room < 360 ? NARROW : WIDE;
  const left = names + HEADS * QUERY + GAP;
  const side = Math.min(28, (Math.min(room, 470) - left) / t);
  const top = 2;
  const below = top + t * high + 14;
  return { names, high, left, side, top, below, width: left + t * side, height: below + STORE + 4 };
}

/** Whether a row is computed in this step: all with no cache, else the new ones. */
const isNow = ({ cache, fresh, read }, i) => i < read && (!cache || i >= fresh);

function inWords({ tokens, read, cache, fresh, stored, sharing }) {
  const what = `${read} of ${tokens.length} tokens read, the last one “${tokens[read - 1]}”. `;
  const rows = cache ? read - fresh : read;
  const computed = `Rows computed in this step: ${rows}. `;
  return `${what}${computed}Stored, ${sharing}: keys and values of ${cache ? stored : 0} tokens`;
}

function namesOf(shown, { names, top, high }) {
  return shown.tokens.slice(0, shown.read).map((word, i) => {
    const y = top + i * high + high - 5;
    const kind = isNow(shown, i) ? "bw-name" : "bw-name bw-past";
    return s("text", { class: kind, x: names - 4, y, "text-anchor": "end" }, word);
  });
}

/** A line beside the rows of the prompt, and under them, through to the last column. */
function promptOf({ prompt, read, tokens }, { top, high, width, left, side }) {
  const y = top + prompt * high - 1;
  const right = left + tokens.length * side;
  const said = (text, at) =>
    s("text", { class: "bw-said", x: right - 4, y: at, "text-anchor": "end" }, text);
  const room = (i) => (tokens.length - i) * side; // right of the row's own cell
  const texts = [];
  if (room(1) > 130) texts.push(said("prompt: read in one go", top + high - 5));
  if (room(prompt + 1) > 80) texts.push(said("one a step", y + high - 4));
  return [
    s("path", { class: "bw-prompt", d: `M5,${top}V${y - 1}` }),
    s("path", { class: "bw-under", d: `M5,${y}H${width}` }),
    ...texts,
    s(
      "text",
      {
        class: "bw-of-query",
        x: left - 6,
        y: top + read * high + 8,
        "text-anchor": "end",
      },
      "queries",
    ),
  ];
}

/** The queries of each row that is computed in this step: nobody asks with an old one. */
function queriesOf(shown, { names, top, high }) {
  return shown.tokens.flatMap((_, i) =>
    isNow(shown, i)
      ? Array.from({ length: HEADS }, (_, head) =>
          s("rect", {
            class: "bw-query",
            x: names + head * QUERY,
            y: top + i * high + 1,
            width: QUERY - 1,
            height: high - 4,
          }),
        )
      : [],
  );
}

/** A stack for each token: as many boxes as there are heads of keys and of values, each as
 *  high as it has numbers; hollow where it is thrown away after the step. */
function storeOf(shown, place) {
  const { cache, fresh, read, stored, sharing } = shown;
  const { left, side, below } = place;
  const boxes = boxesOf(sharing);
  const stacks = Array.from({ length: cache ? stored : read }, (_, n) => read - 1 - n).map((j) => {
    const kind = cache ? (j >= fresh ? "bw-kept bw-now" : "bw-kept") : "bw-lost";
    const parts = boxes.map(([role, y, height]) =>
      s("rect", {
        class: `bw-${role}`,
        x: left + j * side + 1,
        y: below + y,
        width: side - 4,
        height,
      }),
    );
    return s("g", { class: kind, "data-token": j }, ...parts);
  });
  return [...stacks, ...storeNames(shown, boxes, place)];
}

/** Role, place and height of each box of a stack, from above. */
function boxesOf(sharing) {
  const widths = widthsOf(sharing);
  const isLatent = sharing === "MLA";
  const keys = isLatent ? 1 : widths.length / 2;
  let y = 0;
  return widths.map((width, n) => {
    if (n === keys) y += BETWEEN;
    const box = [
      isLatent ? ["latent", "key"][n] : n < keys ? "key" : "value",
      y,
      width * NUMBER - 1,
    ];
    y += width * NUMBER;
    return box;
  });
}

function storeNames({ sharing, cache }, boxes, { left, below }) {
  const second = boxes.find(([role]) => role !== boxes[0][0]);
  const words = sharing === "MLA" ? ["latent", "one key"] : ["keys", "values"];
  const heights = [below + 12, Math.max(below + 26, below + second[1] + 10)];
  const place = (y) => ({ x: left - 6, y, "text-anchor": "end" });
  return [
    s("text", { ...place(heights[0]), class: "bw-of-key" }, words[0]),
    s(
      "text",
      { ...place(heights[1]), class: sharing === "MLA" ? "bw-of-key" : "bw-of-value" },
      words[1],
    ),
    s("text", { ...place(heights[1] + 14), class: "bw-said" }, cache ? "kept" : "thrown away"),
  ];
}
