// A figure for each head: its switch, the numbers it was given, and whom its rows look at.
import { afresh, button, checkbox, h, s, set, update } from "../kit/dom.js";
import { SIDE, short, square, WORDS } from "./cells.js";

const HEAD = 40; // above a map, for the words of its columns

/** Widths that are as equal as d columns in `count` heads can be. */
export const even = (d, count) =>
  Array.from(
    { length: count },
    (_, i) => Math.floor(((i + 1) * d) / count) - Math.floor((i * d) / count),
  );

/** The figures of all heads. */
export function headMaps(model) {
  const element = h("div", { class: "bw-heads" });
  let heads = [];
  const build = afresh((widths) => {
    const used = heads.findIndex(({ figure }) => figure.matches(":focus-within"));
    heads = widths.map((_, head) => headFigure(model, head, widths));
    element.replaceChildren(...heads.map(({ figure }) => figure));
    if (used >= 0)
      heads[Math.min(used, heads.length - 1)].on.element.querySelector("input").focus();
  });
  const draw = (shown) => {
    build(shown.widths, shown.widths);
    for (const [head, parts] of heads.entries()) drawHead(parts, head, shown);
  };
  return { element, draw };
}

function headFigure(model, head, widths) {
  const map = s("svg", { role: "img" });
  const name = `head ${head + 1}`;
  const on = checkbox(name, {
    read: () => !model.get("off").includes(head),
    write: (value) => toggle(model, head, value),
  });
  const join = button("join →", () => joinNext(model, head), {
    "aria-label": `join ${name} with the next`,
    hidden: head === widths.length - 1,
  });
  const part = button("halve", () => halve(model, head), {
    "aria-label": `halve ${name}`,
    hidden: widths[head] < 2,
  });
  return { map, on, figure: h("figure", {}, h("figcaption", {}, on.element, join, part), map) };
}

function drawHead({ map, figure, on }, head, shown) {
  const { tokens, rowNames, given, weights, off } = shown;
  const from = WORDS + given[head][0].length * SIDE + 12;
  const right = from + tokens.length * SIDE + 22;
  map.replaceChildren(...tokens.flatMap((_, i) => mapRow(head, i, from, shown)));
  const best = weights[head].map((row) => rowNames[row.indexOf(Math.max(...row))]);
  const looks = rowNames.map((word, i) => `${word} looks most at ${best[i]}`);
  set(map, {
    viewBox: `0 0 ${right} ${HEAD + tokens.length * SIDE}`,
    "aria-label": `Head ${head + 1}: ${looks.join(", ")}`,
  });
  map.style.maxWidth = `${right * 1.15}px`;
  figure.classList.toggle("bw-off", off.includes(head));
  on.refresh();
}

/** The name of row i, its numbers, its weights from `from` on, and its name above its column. */
function mapRow(head, i, from, { rowsAreTokens, rowNames, chosen, ofChosen, given, weights }) {
  const y = HEAD + i * SIDE;
  const name = {
    x: WORDS - 5,
    y: y + 15,
    "text-anchor": "end",
    class: i === chosen && rowsAreTokens ? "bw-strong" : "",
  };
  const numbers = given[head][i].flatMap((cell, c) =>
    numberCell(WORDS + c * SIDE, y, cell, ofChosen(cell)),
  );
  const shares = weights[head][i].map((w, j) =>
    square(from + j * SIDE, y, { class: "bw-weight", style: `fill-opacity: ${0.06 + 0.94 * w}` }),
  );
  const [x, above] = [from + (i + 0.6) * SIDE, HEAD - 5];
  const turned = { x, y: above, transform: `rotate(-45 ${x} ${above})` };
  return [
    s("text", name, short(rowNames[i])),
    ...numbers,
    ...shares,
    s("text", turned, rowsAreTokens ? short(rowNames[i]) : `${i + 1}`),
  ];
}

function numberCell(x, y, cell, mine) {
  const place = { x: x + SIDE / 2, y: y + 15, "text-anchor": "middle" };
  return [
    square(x, y, { class: mine ? "bw-mine" : "bw-number-cell" }),
    s("text", { class: mine ? "bw-small bw-strong" : "bw-small", ...place }, cell),
  ];
}

function toggle(model, head, on) {
  const off = model.get("off").filter((i) => i !== head);
  update(model, { off: on ? off : [...off, head].sort((a, b) => a - b) });
}

function joinNext(model, head) {
  const widths = [...model.get("widths")];
  widths.splice(head, 2, widths[head] + widths[head + 1]);
  recut(model, widths, (i) => (i > head ? i + 1 : i));
}

function halve(model, head) {
  const widths = [...model.get("widths")];
  widths.splice(head, 1, ...even(widths[head], 2));
  recut(model, widths, (i) => (i > head ? i - 1 : i));
}

/** Heads after the change keep their switches: `old(head)` says which one each was. */
function recut(model, widths, old) {
  const before = model.get("off");
  const off = widths.flatMap((_, head) => (before.includes(old(head)) ? [head] : []));
  update(model, { widths, off });
}
