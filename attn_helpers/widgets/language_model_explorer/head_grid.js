// One cell for each head of a model with many: a column for each layer.
import { afresh, draggable, h, pointerIn, s, set } from "../kit/dom.js";

const [WIDE, HIGH, LEFT, TOP] = [20, 13, 44, 14];

/** `choose(layer, head)` is called for a cell; returns { element, draw }. */
export function headGrid(choose) {
  const [map, names] = [s("g"), s("g", { "aria-hidden": "true" })];
  const frame = s("rect", { class: "bw-framed", width: WIDE - 1, height: HIGH - 1 });
  const figure = s(
    "svg",
    { role: "group", "aria-label": "weights of all heads" },
    names,
    map,
    frame,
  );
  const element = h("div", { class: "bw-grid" }, figure);
  let [cells, size, at] = [[], { layers: 1, heads: 1 }, [0, 0]];

  const build = afresh(({ layers, heads }) => {
    size = { layers, heads };
    const [x, y] = [(layer) => LEFT + WIDE * layer, (head) => TOP + HIGH * head];
    set(figure, { viewBox: `0 0 ${x(layers)} ${y(heads)}` });
    cells = Array.from({ length: layers * heads }, (_, n) => {
      const place = { x: x(Math.floor(n / heads)), y: y(n % heads) };
      return s("rect", { class: "bw-cell", ...place, width: WIDE - 1, height: HIGH - 1 });
    });
    const ground = { x: LEFT, y: TOP, width: WIDE * layers - 1, height: HIGH * heads - 1 };
    map.replaceChildren(s("rect", { class: "bw-hit", ...ground }), ...cells);
    const number = (n, place) => s("text", { "text-anchor": "middle", ...place }, `${n + 1}`);
    const columns = Array.from({ length: layers }, (_, n) => n).filter((n) => n % 5 === 4 || !n);
    names.replaceChildren(
      s("text", { x: 0, y: TOP - 4 }, "layer"),
      ...columns.map((n) => number(n, { x: x(n) + WIDE / 2, y: TOP - 4 })),
      ...Array.from({ length: heads }, (_, n) =>
        s("text", { x: LEFT - 6, y: y(n) + 10, "text-anchor": "end" }, `head ${n + 1}`),
      ),
    );
  });
  const within = (n, most) => Math.max(0, Math.min(Math.floor(n), most - 1));
  const move = (x, y) => choose(within(x, size.layers), within(size.heads - 1 - y, size.heads));
  const placeOf = (event) => {
    const [x, y] = pointerIn(figure, event);
    return [(x - LEFT) / WIDE, size.heads - 1 - Math.floor((y - TOP) / HIGH)];
  };
  draggable(map, {
    ...{ at: placeOf, move, done: () => {}, step: 1 },
    position: () => [at[0], size.heads - 1 - at[1]],
  });
  map.addEventListener("click", (event) => move(...placeOf(event)));

  /** `shares`: a number for each head, layer by layer; `chosen`: [layer, head]. */
  const draw = (about, shares, chosen) => {
    build([about.layers, about.heads], about);
    at = chosen;
    for (const [n, cell] of cells.entries()) cell.style.fillOpacity = shares[n] ?? 0;
    const [layer, head] = chosen;
    const n = layer * about.heads + head;
    set(frame, { x: cells[n].getAttribute("x"), y: cells[n].getAttribute("y") });
    set(map, {
      "aria-label": "head whose weights the text shows",
      "aria-valuemin": 1,
      "aria-valuemax": cells.length,
      "aria-valuenow": n + 1,
      "aria-valuetext": `layer ${layer + 1} head ${head + 1}: ${(shares[n] ?? 0).toFixed(2)}`,
    });
  };
  return { element, draw };
}
