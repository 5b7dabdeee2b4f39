// Buttons that cut the columns anew.
import { button, h, update } from "../kit/dom.js";

// Presets are claims; each takes d_model and gives a number of heads.
const PRESETS = [
  ["One head", () => 1],
  ["Two heads", () => 2],
  ["Four heads", (d) => Math.min(4, d)],
  ["A column each", (d) => d],
];

/** Widths that are as equal as d columns in `count` heads can be. */
const even = (d, count) =>
  Array.from(
    { length: count },
    (_, i) => Math.floor(((i + 1) * d) / count) - Math.floor((i * d) / count),
  );

/** Cuts at equal distances. */
export function presets(model) {
  const cutInto = (count) => {
    const d = model.get("X")[0].length;
    update(model, { widths: even(d, count(d)), off: [] });
  };
  const ofAll = PRESETS.map(([claim, count]) => button(claim, () => cutInto(count)));
  return h("div", { class: "bw-row", role: "group", "aria-label": "Cuts" }, ...ofAll);
}

/** One cut more or fewer than there are, beside the bar that has them. */
export function besides(model, bar) {
  const more = button("Add a cut", () => halve(model));
  const fewer = button("Remove a cut", () => join(model));
  const element = h("div", { class: "bw-row bw-columns" }, bar, more, fewer);
  const draw = ({ widths }) => {
    more.disabled = Math.max(...widths) === 1;
    fewer.disabled = widths.length === 1;
  };
  return { element, draw };
}

/** Cut the widest head in two. */
function halve(model) {
  const widths = [...model.get("widths")];
  const head = widths.indexOf(Math.max(...widths));
  widths.splice(head, 1, ...even(widths[head], 2));
  recut(model, widths, (i) => (i > head ? i - 1 : i));
}

/** Make one of the last two heads. */
function join(model) {
  const widths = [...model.get("widths")];
  const last = widths.pop();
  widths.push(widths.pop() + last);
  recut(model, widths, (i) => i);
}

/** Heads after the change keep their switches: `old(head)` says which one each was. */
function recut(model, widths, old) {
  const before = model.get("off");
  const off = widths.flatMap((_, head) => (before.includes(old(head)) ? [head] : []));
  update(model, { widths, off });
}
