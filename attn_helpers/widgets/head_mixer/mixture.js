// What the heads give side by side, and what w_o mixes of it.
import { format, h, s } from "../kit/dom.js";
import { SIDE, short, square, WORDS } from "./cells.js";

export function mixture() {
  const element = h("div", { class: "bw-heads" });
  const draw = ({ tokens, joined, output, change }) =>
    element.replaceChildren(
      figure("Heads side by side", tokens, joined),
      figure("Mixed by w_o, and how much it changed", tokens, output, change),
    );
  return { element, draw };
}

/** A row of squares for each token, each table on its own scale; `changes` beside it. */
function figure(title, tokens, rows, changes) {
  const [t, d] = [rows.length, rows[0].length];
  const most = Math.max(1e-9, ...rows.flat().map(Math.abs));
  const right = WORDS + d * SIDE + (changes ? 50 : 4);
  const told = changes?.map((change, i) => `${tokens[i]} ${format(change)}`).join(", ");
  const svg = s(
    "svg",
    {
      viewBox: `0 0 ${right} ${t * SIDE}`,
      role: "img",
      "aria-label": changes ? `${title}: ${told}` : title,
    },
    ...rows.flatMap((row, i) => tableRow(i, tokens[i], row, most, changes?.[i])),
  );
  svg.style.maxWidth = `${right * 1.15}px`;
  return h("figure", {}, h("figcaption", {}, title), svg);
}

function tableRow(i, word, row, most, change) {
  const y = i * SIDE;
  const cells = row.map((v, j) =>
    square(WORDS + j * SIDE, y, {
      class: v < 0 ? "bw-minus" : "bw-plus",
      style: `fill-opacity: ${Math.abs(v) / most}`,
    }),
  );
  const beside = { class: "bw-strong", x: WORDS + row.length * SIDE + 8, y: y + 15 };
  return [
    s("text", { x: WORDS - 5, y: y + 15, "text-anchor": "end" }, short(word)),
    ...cells,
    ...(change === undefined ? [] : [s("text", beside, format(change))]),
  ];
}
