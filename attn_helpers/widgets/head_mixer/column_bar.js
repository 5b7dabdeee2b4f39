// The columns of a model as a bar, and the cuts between its heads to drag.
import { afresh, clamp, draggable, pointerIn, s, set } from "../kit/dom.js";

/** Where each head starts, and d_model at the end. */
export function cutsOf(widths) {
  const cuts = [0];
  for (const width of widths) cuts.push(cuts.at(-1) + width);
  return cuts;
}

/** The bar; it takes as much of the width of `root` as its columns need. */
export function columnBar(model, root) {
  const element = s("svg", {
    role: "group",
    "aria-label": "Columns of q, k and v, and where they are cut",
  });
  const [cells, handles] = [s("g"), s("g")];
  element.append(cells, handles);
  const columnAt = (event) => {
    const { width } = element.viewBox.baseVal;
    return (pointerIn(element, event)[0] / width) * model.get("X")[0].length;
  };
  const build = afresh((count) =>
    handles.replaceChildren(
      ...Array.from({ length: count }, (_, i) => handle(model, i + 1, columnAt)),
    ),
  );
  const draw = ({ widths, cuts, off }) => {
    const room = root.clientWidth > 64 ? root.clientWidth - 32 : 600; // 0 before it is in the page
    const wide = Math.min(72, room / cuts.at(-1)); // pixels of a column
    set(element, { viewBox: `0 0 ${wide * cuts.at(-1)} 60` });
    element.style.maxWidth = `${wide * cuts.at(-1)}px`;
    build(widths.length - 1, widths.length - 1);
    const bands = widths.flatMap((_, head) => band(head, cuts, off, wide));
    cells.replaceChildren(...bands);
    for (const [i, group] of [...handles.children].entries()) placeHandle(group, i + 1, cuts, wide);
  };
  return { element, draw };
}

/** The handle of cut i, between the heads that end and start there. */
function handle(model, i, columnAt) {
  const line = s("rect", { class: "bw-cut", width: 6, height: 48, rx: 3, y: 4 });
  const hit = s("rect", { width: 40, height: 56, fill: "transparent" });
  const group = s("g", { "data-cut": i }, hit, line);
  draggable(group, {
    at: (event) => [columnAt(event), 0],
    move: (x) => {
      const cuts = cutsOf(model.get("widths"));
      cuts[i] = clamp(Math.round(x), cuts[i - 1] + 1, cuts[i + 1] - 1);
      const widths = cuts.slice(1).map((cut, j) => cut - cuts[j]);
      model.set("widths", widths);
    },
    position: () => [cutsOf(model.get("widths"))[i], 0],
    done: () => model.save_changes(),
    step: 1,
    axes: "x",
  });
  return group;
}

function placeHandle(group, i, cuts, wide) {
  const x = cuts[i] * wide;
  set(group.firstChild, { x: x - 20 });
  set(group.lastChild, { x: x - 3 });
  set(group, {
    "aria-label": `cut between heads ${i} and ${i + 1}`,
    "aria-valuemin": cuts[i - 1] + 1,
    "aria-valuemax": cuts[i + 1] - 1,
    "aria-valuenow": cuts[i],
    "aria-valuetext": `after column ${cuts[i]}`,
  });
}

/** The columns of a head, and its name where there is room for names. */
function band(head, cuts, off, wide) {
  const [from, to] = [cuts[head] * wide, cuts[head + 1] * wide];
  const kind = off.includes(head) ? "bw-band bw-off" : "bw-band";
  const name = cuts.length > 7 ? head + 1 : `head ${head + 1}`;
  const between = Array.from({ length: cuts[head + 1] - cuts[head] - 1 }, (_, c) => {
    const x = (cuts[head] + c + 1) * wide;
    return s("line", { class: "bw-grid", x1: x, x2: x, y1: 10, y2: 46 });
  });
  return [
    s("rect", { class: kind, x: from, y: 10, width: to - from, height: 36 }),
    ...between,
    s("text", { x: (from + to) / 2, y: 33, "text-anchor": "middle" }, name),
  ];
}
