// What flows through layers under the mask, and on which ways it comes to one output.
import { h, s, set, update } from "../kit/dom.js";

const LEVEL = 64; // height of a layer

/** The figure; a click on a dot asks for the ways to that output. */
export function flow({ model }) {
  const title = h("figcaption");
  const svg = s("svg", {
    role: "img",
    onclick: ({ target }) => {
      const { output } = target.dataset;
      if (output) update(model, { selected: Number(output) });
    },
  });
  const element = h("figure", { class: "bw-flow" }, title, svg);
  const draw = (shown) => {
    element.hidden = shown.crossing; // no layers can be stacked on it
    title.textContent = `Paths to the output of “${shown.rowMarked[shown.chosen]}”`;
    if (!shown.crossing) drawFlow(svg, shown);
  };
  return { element, draw };
}

function drawFlow(svg, shown) {
  const { layers, keyNames, keyMarked, rowMarked, reach, chosen } = shown;
  const step = Math.min(44, 300 / keyNames.length);
  const [width, height] = [keyNames.length * step, 14 + LEVEL * layers];
  const place = (layer, i) => [(i + 0.5) * step, 14 + LEVEL * (layers - layer)];
  const known = keyMarked.filter((_, j) => reach[chosen][j] >= 0);
  set(svg, {
    viewBox: `-20 0 ${width + 20} ${height + 62}`,
    "aria-label": `${known.join(", ")} can reach ${rowMarked[chosen]}`,
  });
  svg.style.maxWidth = `${width + 20}px`;
  const kind = kinds(shown);
  const labels = keyNames.map((word, j) => label(word, (j + 0.7) * step, height + 18));
  svg.replaceChildren(...ways(shown, kind, place), ...dots(shown, kind, place), ...labels);
}

/** For the way from input `j` of a layer to output `i`: whether its news comes to the
 *  chosen output ("lit"), and whether it brings a leak there ("bad"). */
function kinds({ layers, reach, chosen, leaks }) {
  const leaking = leaks.filter(([to]) => to === chosen).map(([, from]) => from);
  const within = (steps, most) => steps >= 0 && steps <= most;
  return (layer, i, from, j) => {
    if (!within(reach[chosen][i], layers - layer)) return "faint";
    return leaking.some((x) => within(reach[j][x], from)) ? "bad" : "lit";
  };
}

/** A path for all ways of a kind: what is read under the mask, and what is handed on. */
function ways({ layers, mask }, kind, place) {
  const paths = { faint: "", lit: "", bad: "" };
  for (let layer = 1; layer <= layers; layer += 1)
    for (const [i, row] of mask.entries())
      for (const [j, may] of row.entries())
        if (may || i === j)
          paths[kind(layer, i, layer - 1, j)] +=
            `M${place(layer - 1, j)}L${place(layer, i).join(" ")}`;
  return Object.entries(paths).map(([name, d]) => s("path", { class: `bw-${name}`, d }));
}

/** A dot for each token before the first layer and after each. */
function dots({ layers, mask, chosen }, kind, place) {
  return Array.from({ length: layers + 1 }, (_, layer) =>
    mask.map((_, i) => {
      const [cx, cy] = place(layer, i);
      const own = kind(layer, i, layer, i);
      return s("circle", {
        class: `bw-${layer === layers && i === chosen ? "output-dot" : own}`,
        cx,
        cy,
        r: own === "faint" ? 4 : 6,
        "data-output": i,
      });
    }),
  ).flat();
}

const label = (word, x, y) =>
  s("text", { x, y, transform: `rotate(-45 ${x} ${y})`, "text-anchor": "end" }, word.slice(0, 9));
