// The image, a dot for each glimpse into it, and frames around the wanted and the picked.
import { afresh, clamp, draggable, h, pointerIn, s, set } from "../kit/dom.js";

const role = (name, text) => h("strong", { class: `bw-name-${name}` }, text);
const LEGEND = () => [
  role("wanted", "Orange"),
  ": the glimpse that is wanted; drag it. ",
  role("picked", "Green"),
  ": the last pick. Dots: how likely each place is.",
];

/** The picture; `draw` sizes the dots and moves the frames. */
export function picture(model) {
  const label = "The image and the probability of each glimpse";
  const svg = s("svg", { role: "group", "aria-label": label });
  const [ground, dots] = [s("g"), s("g")];
  const frame = (name, fill) => s("rect", { class: `bw-look bw-${name}`, fill });
  const [picked, target] = [frame("picked", "none"), frame("wanted", "transparent")];
  const grip = s("rect", { class: "bw-grip" });
  const handle = s("g", { "aria-label": "wanted glimpse" }, target, grip);
  svg.append(ground, dots, picked, handle);

  let grid = null; // where the glimpses of the present picture lie
  const build = afresh(({ image, size }) => {
    const [high, wide] = [image.length, image[0].length];
    set(svg, { viewBox: `0 0 ${wide} ${high}` });
    const paper = s("rect", { class: "bw-paper", width: wide, height: high });
    ground.replaceChildren(paper, ...pixels(image.flat(), wide));
    dots.replaceChildren(...circles(grid, size));
    for (const rect of [target, picked]) set(rect, { width: size, height: size });
    set(grip, { width: size / 6, height: size / 6 });
  });
  const draw = (shown) => {
    grid = shown.grid;
    build([shown.image, shown.size, grid], shown);
    drawDots(dots.children, shown);
    drawPicked(picked, shown);
    drawWanted(handle, shown);
  };
  pull(model, svg, handle, () => grid);
  const element = h("div", { class: "bw-where" }, svg, h("p", { class: "bw-note" }, ...LEGEND()));
  return { element, picked, draw };
}

/** Ink as squares, in rows of `width`. */
export const pixels = (ink, width) =>
  ink.map((shade, i) =>
    s("rect", {
      class: "bw-ink",
      x: i % width,
      y: Math.floor(i / width),
      width: 1,
      height: 1,
      "fill-opacity": shade,
    }),
  );

/** One in the middle of each glimpse, along the rows. */
function circles({ rows, columns, down, across }, size) {
  const middle = (step, i) => i * step + size / 2;
  return Array.from({ length: rows * columns }, (_, i) =>
    s("circle", {
      cx: middle(across, i % columns),
      cy: middle(down, Math.floor(i / columns)),
    }),
  );
}

/** The wanted glimpse goes where its frame is pulled, from one place of the grid to the next. */
function pull(model, svg, handle, gridNow) {
  draggable(handle, {
    at: (event) => {
      const [x, y] = pointerIn(svg, event).map((p) => p - model.get("size") / 2);
      return [x / (gridNow().across || 1), -y / (gridNow().down || 1)];
    },
    move: (x, y) => {
      const { rows, columns } = gridNow();
      const place = [clamp(Math.round(-y), 0, rows - 1), clamp(Math.round(x), 0, columns - 1)];
      model.set("wanted", place);
    },
    position: () => [model.get("wanted")[1], -model.get("wanted")[0]],
    done: () => model.save_changes(),
    step: 1,
  });
}

/** A dot's area grows with the probability; what is never picked has none. */
function drawDots(dots, { grid, size, chances }) {
  const step = Math.max(grid.across, grid.down) || size / 3;
  for (const [i, circle] of [...dots].entries())
    set(circle, { r: chances[i] ? step * (0.06 + 0.64 * Math.sqrt(chances[i])) : 0 });
}

const moved = ([row, column], { across, down }) => ({
  transform: `translate(${column * across} ${row * down})`,
});

function drawPicked(frame, { grid, picks, results }) {
  const place = [Math.floor(results.pick / grid.columns), results.pick % grid.columns];
  set(frame, { ...moved(place, grid), visibility: picks ? "visible" : "hidden" });
}

function drawWanted(handle, { grid, wanted }) {
  const { rows, columns } = grid;
  const [row, column] = wanted;
  set(handle, {
    ...moved(wanted, grid),
    "aria-valuemin": 1,
    "aria-valuemax": rows * columns,
    "aria-valuenow": row * columns + column + 1,
    "aria-valuetext": `row ${row + 1} of ${rows}, column ${column + 1} of ${columns}`,
  });
}
