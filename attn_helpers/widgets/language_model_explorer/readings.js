// The stream read as odds of the next letter: before the first layer, and after each.
import { button, h } from "../kit/dom.js";
import { visible } from "./letters.js";

const FEW = 7; // letters of each list
const NOTHING = { ids: [], p: [], pieces: [] };

/** `append(n)` is called for the n-th letter of the last list. */
export function readings(append) {
  const element = h("div", { class: "bw-readings" });
  let lists = [];
  const draw = ({ about, row, odds, temperature, isFull, place, pieces }) => {
    if (!about) return;
    const stages = row?.lens ? about.layers : 0;
    if (lists.length !== stages + 1) {
      lists = Array.from({ length: stages + 1 }, (_, n) => list(n === stages && append));
      element.replaceChildren(...lists.map((one) => one.element));
    }
    element.classList.toggle("bw-words", about.unit !== undefined);
    for (const [n, one] of lists.entries()) {
      const isLast = n === stages;
      const after = n ? `lens after layer ${n}` : "lens before layer 1";
      const hot = temperature === 1 ? "" : `, temperature ${temperature}`;
      one.title.textContent = isLast
        ? `after layer ${about.layers}: next ${about.unit ?? "letter"}${hot}`
        : after;
      const isEnd = place === pieces.length - 1;
      const read = isLast ? (odds ?? NOTHING) : lensOf(row, about, n);
      one.draw(read, isFull && isEnd, isLast ? pieces[place + 1] : undefined);
    }
  };
  const put = (numbers) => {
    for (const [n, one] of lists.entries()) one.put(numbers.slice(n * FEW, (n + 1) * FEW));
  };
  return { element, draw, put };
}

/** What glides: the best odds of each list. */
export function oddsNumbers({ about, row, odds }) {
  if (!row) return [];
  const stages = Array.from({ length: row.lens ? about.layers : 0 }, (_, n) => n);
  const each = [...stages.map((n) => [...lensOf(row, about, n).p]), [...odds.p]];
  return each.flatMap((p) => Array.from({ length: FEW }, (_, i) => p[i] ?? 0));
}

/** One stage of the lens, best first: { ids, p, pieces }. */
export function lensOf(row, { layers }, stage) {
  if (!row?.lens) return NOTHING;
  const each = row.lens.ids.length / (layers + 1);
  const cut = (all) => all.slice(stage * each, (stage + 1) * each);
  return { ids: cut(row.lens.ids), p: cut(row.lens.p), pieces: cut(row.lens.pieces) };
}

function list(append) {
  const title = h("p", { class: "bw-stage" });
  const parts = Array.from({ length: FEW }, (_, n) => {
    const [bar, number] = [h("span", { class: "bw-bar" }), h("span", { class: "bw-number" })];
    const name = h("span", { class: "bw-letter" });
    const inside = [name, h("span", { class: "bw-track" }, bar), number];
    const line = append
      ? button("", () => append(n), { class: "bw-odds" })
      : h("span", { class: "bw-odds" });
    line.append(...inside);
    return { bar, number, name, line };
  });
  const items = parts.map(({ line }) => h("li", {}, line));
  const element = h("div", { class: append ? "bw-next" : "bw-lens" }, title, h("ol", {}, ...items));
  const draw = ({ pieces, p }, isFull, follows) => {
    for (const [n, { name, line }] of parts.entries()) {
      const piece = pieces[n] ?? "";
      name.textContent = visible(piece);
      line.classList.toggle("bw-follows", follows !== undefined && piece === follows);
      if (!append) continue;
      line.disabled = isFull || !piece;
      line.setAttribute("aria-label", `${visible(piece)}, ${percent(p[n] ?? 0)}: write it`);
    }
  };
  const put = (p) => {
    for (const [n, { bar, number }] of parts.entries()) {
      bar.style.width = `${100 * (p[n] ?? 0)}%`;
      number.textContent = percent(p[n] ?? 0);
    }
  };
  return { element, title, draw, put };
}

/** A share as a percentage: whole, or with one digit where it is small. */
export const percent = (p) => `${(100 * p).toFixed(p < 0.0995 ? 1 : 0)} %`;
