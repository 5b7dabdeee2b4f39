// What has been done so far, whether it comes to the same, and what a cache would hold.
import { format, h } from "../kit/dom.js";
import { modelBytes, SHARING, tokenBytes } from "./sizes.js";

const ROWS = ["rows projected", "dot products q·k", "multiplications"];
const FIRST = 4; // numbers of the output that are shown
const LARGEST = modelBytes("MHA", false);

const whole = (n) => Math.round(n).toLocaleString("en");

/** Table, outputs, bytes and bars; `put` takes what glides. */
export function tally() {
  const [table, outputs, bytes, bars] = [countTable(), outputLines(), h("p"), byteBars()];
  const element = h(
    "div",
    { class: "bw-tally" },
    table.element,
    outputs.element,
    bytes,
    bars.element,
  );
  const draw = (shown) => {
    for (const { draw } of [table, outputs, bars]) draw(shown);
    bytes.textContent = held(shown);
  };
  const put = (numbers) => {
    table.put(numbers.slice(0, 2 * ROWS.length));
    bars.put(numbers.slice(2 * ROWS.length));
  };
  return { element, draw, put };
}

/** What glides: the counts, and the bytes of each way to share. */
export const tallyNumbers = ({ counts, isWindowed }) => [
  ...counts.flat(),
  ...Object.keys(SHARING).map((sharing) => modelBytes(sharing, isWindowed)),
];

function held({ cache, stored, sharing }) {
  if (!cache) return "Kept: nothing, 0 bytes";
  const each = tokenBytes(sharing);
  return `Kept: ${stored} tokens × ${each} bytes = ${whole(stored * each)} bytes`;
}

function countTable() {
  const cells = ROWS.map(() => [h("td"), h("td")]);
  const heads = ["with", "without"].map((text) => h("th", { scope: "col" }, text));
  const more = h("td");
  const body = ROWS.map((name, n) => h("tr", {}, h("th", { scope: "row" }, name), ...cells[n]));
  const last = h("tr", {}, h("th", { scope: "row" }, "times as many"), h("td", {}, "1"), more);
  const element = h(
    "div",
    { class: "bw-table" },
    h(
      "table",
      {},
      h("caption", {}, "Done so far, with a cache and without"),
      h("thead", {}, h("tr", {}, h("td"), ...heads)),
      h("tbody", {}, ...body, last),
    ),
  );
  const draw = ({ cache, times_more }) => {
    for (const row of [heads, ...cells])
      for (const [n, cell] of row.entries()) cell.classList.toggle("bw-chosen", cache === !n);
    more.textContent = format(times_more);
  };
  const put = (numbers) => {
    for (const [n, cell] of cells.flat().entries()) cell.textContent = whole(numbers[n]);
  };
  return { element, draw, put };
}

/** The first numbers of the last output, found both ways. */
function outputLines() {
  const [title, verdict] = [h("span"), h("strong")];
  const lines = [h("output"), h("output")];
  const element = h(
    "div",
    { class: "bw-outputs" },
    h("p", {}, title, verdict),
    ...["with", "without"].map((text, n) => h("p", {}, h("span", {}, text), lines[n])),
  );
  const draw = ({ tokens, read, outputs }) => {
    title.textContent = `Output for “${tokens[read - 1]}”: `;
    const isSame = outputs[0].every((x, i) => x === outputs[1][i]);
    verdict.textContent = isSame ? "identical" : "different";
    for (const [n, line] of lines.entries())
      line.textContent = `${outputs[n]
        .slice(0, FIRST)
        .map((x) => format(x, 3))
        .join("  ")} …`;
  };
  return { element, draw };
}

function byteBars() {
  const title = h("p");
  const parts = Object.keys(SHARING).map((name) => {
    const [bar, number] = [h("span", { class: "bw-bar" }), h("span", { class: "bw-number" })];
    const line = h("li", {}, h("span", {}, name), h("span", { class: "bw-track" }, bar), number);
    return { name, bar, number, line };
  });
  const element = h(
    "div",
    { class: "bw-bytes" },
    title,
    h("ul", {}, ...parts.map(({ line }) => line)),
  );
  const draw = ({ sharing, isWindowed }) => {
    const length = isWindowed ? "a window of 4,096" : "131,072 tokens";
    title.textContent = `Llama 3.1 8B's sizes, ${length}:`;
    for (const { name, line } of parts) line.classList.toggle("bw-chosen", name === sharing);
  };
  const put = (numbers) => {
    for (const [n, { bar, number }] of parts.entries()) {
      bar.style.width = `${(100 * numbers[n]) / LARGEST}%`;
      number.textContent = `${format(numbers[n] / 1e9)} GB`;
    }
  };
  return { element, draw, put };
}
