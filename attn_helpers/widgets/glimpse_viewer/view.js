// The glimpse viewer's view: one glimpse at random, or the mean of all, and the loss of each.

import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  clamp,
  draggable,
  format,
  h,
  pointerIn,
  redrawOn,
  resetButton,
  s,
  set,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { random } from "../kit/math/random.js";
import { softmax } from "../kit/math/softmax.js";
import { dot } from "../kit/math/vectors.js";

const INPUTS = ["image", "probabilities", "size", "wanted", "temperature", "seed", "picks"];
const MOST = 2000;
const mean = (xs) => xs.reduce((a, b) => a + b, 0) / xs.length;
const upTo = (count) => Array.from({ length: count }, (_, i) => i);

/** Where glimpses lie, and one row of pixels for each; null for what does not fit. */
function sceneOf(image, probabilities, size, wanted) {
  const [rows, columns] = [probabilities.length, probabilities[0].length];
  const step = (side, count) => (count > 1 ? (side - size) / (count - 1) : 0);
  const [down, across] = [step(image.length, rows), step(image[0].length, columns)];
  if (down % 1 || across % 1 || down < 0 || across < 0 || wanted[0] >= rows || wanted[1] >= columns)
    return null;
  const glimpses = upTo(rows * columns).map((place) => {
    const [top, left] = [Math.floor(place / columns) * down, (place % columns) * across];
    return upTo(size * size).map((i) => image[top + Math.floor(i / size)][left + (i % size)]);
  });
  return {
    rows,
    columns,
    down,
    across,
    glimpses,
    ideal: glimpses[wanted[0] * columns + wanted[1]],
  };
}

/** How often each place was picked, and the last one. */
function draw(chances, seed, picks) {
  const upto = [];
  for (const chance of chances) upto.push((upto.at(-1) ?? 0) + chance);
  const counts = chances.map(() => 0);
  const next = random(seed);
  let last = null;
  for (let i = 0; i < picks; i++) {
    const u = next();
    last = upto.findIndex((c) => c / upto.at(-1) > u);
    counts[last] += 1;
  }
  return { counts, last };
}

const pixels = (glimpse, width) =>
  glimpse.map((ink, i) =>
    s("rect", {
      class: "bw-ink",
      x: i % width,
      y: Math.floor(i / width),
      width: 1,
      height: 1,
      "fill-opacity": ink,
    }),
  );

function render({ model, el }) {
  const get = (name) => model.get(name);
  const root = stage(el, "glimpse-viewer", "Glimpses: pick one or mix them all");
  const svg = s("svg", {
    role: "group",
    "aria-label": "The image and the probability of each glimpse",
  });
  const [ground, dots] = [s("g"), s("g")];
  const frame = (name, fill) => s("rect", { class: `bw-look bw-${name}`, fill });
  const [picked, target] = [frame("picked", "none"), frame("wanted", "transparent")];
  const handle = s("g", { "aria-label": "wanted glimpse" }, target);
  svg.append(ground, dots, handle, picked);

  const readings = ["wanted", "picked", "mean", "soft"].map((name) => ({
    title: h("th", { scope: "col" }),
    patch: s("svg", { class: `bw-patch bw-${name}`, "aria-hidden": "true" }),
    ink: h("td"),
    loss: h("td"),
  }));
  const row = (name, part) => h("tr", {}, h("th", { scope: "row" }, name), ...readings.map(part));
  const table = h(
    "table",
    {},
    h(
      "caption",
      {},
      "Ink: mean darkness. Loss: mean squared difference from the wanted glimpse. Drag its frame.",
    ),
    h("thead", {}, h("tr", {}, h("td"), ...readings.map(({ title }) => title))),
    h(
      "tbody",
      {},
      row("glimpse", ({ patch }) => h("td", {}, patch)),
      row("ink", ({ ink }) => ink),
      row("loss", ({ loss }) => loss),
    ),
  );
  const temperature = slider("temperature", {
    min: -1.3,
    max: 1.3,
    step: 0.02,
    read: () => Math.log10(get("temperature")),
    write: (power) =>
      model.set("temperature", clamp(Number((10 ** power).toPrecision(3)), 0.05, 20)),
    show: () => String(Number(get("temperature").toPrecision(3))),
    done: () => model.save_changes(),
  });
  const more = [1, 100].map((n) =>
    button(n > 1 ? `Pick ${n}` : "Pick one", () =>
      update(model, { picks: Math.min(get("picks") + n, MOST) }),
    ),
  );
  const buttons = [
    ...more,
    button("Draw anew", () => update(model, { seed: get("seed") + 1 })),
    resetButton(model, INPUTS),
  ];
  root.append(
    h(
      "div",
      { class: "bw-glimpses" },
      h("div", { class: "bw-where" }, svg),
      h("div", { class: "bw-table" }, table),
    ),
    h("div", { class: "bw-row" }, ...buttons),
    h("div", { class: "bw-row" }, temperature.element),
  );
  const say = announcer(root);
  let at = null; // where the glimpses lie
  let drawn = null;

  draggable(handle, {
    at: (event) => {
      const [x, y] = pointerIn(svg, event).map((p) => p - get("size") / 2);
      return [x / (at.across || 1), -y / (at.down || 1)];
    },
    move: (x, y) =>
      model.set("wanted", [
        clamp(Math.round(-y), 0, at.rows - 1),
        clamp(Math.round(x), 0, at.columns - 1),
      ]),
    position: () => [get("wanted")[1], -get("wanted")[0]],
    done: () => model.save_changes(),
    step: 1,
  });

  function build(image, size) {
    const [high, wide] = [image.length, image[0].length];
    set(svg, { viewBox: `0 0 ${wide} ${high}` });
    ground.replaceChildren(
      s("rect", { class: "bw-paper", width: wide, height: high }),
      ...pixels(image.flat(), wide),
    );
    const middle = (step, i) => i * step + size / 2;
    dots.replaceChildren(
      ...at.glimpses.map((_, i) =>
        s("circle", {
          cx: middle(at.across, i % at.columns),
          cy: middle(at.down, Math.floor(i / at.columns)),
        }),
      ),
    );
    for (const rect of [target, picked]) set(rect, { width: size, height: size });
    for (const { patch } of readings) set(patch, { viewBox: `0 0 ${size} ${size}` });
  }

  function paint() {
    const [image, probabilities, size, wanted, picks] = [
      "image",
      "probabilities",
      "size",
      "wanted",
      "picks",
    ].map(get);
    const next = sceneOf(image, probabilities, size, wanted);
    if (!next) return; // a change half told
    at = next;
    const scene = JSON.stringify([image, size, at.rows, at.columns]);
    if (scene !== drawn) build(image, size);
    drawn = scene;
    const { glimpses, ideal } = at;
    const chances = softmax(probabilities.flat().map(Math.log), get("temperature"));
    const { counts, last } = draw(chances, get("seed"), picks);
    const mix = (weights) =>
      ideal.map((_, j) =>
        dot(
          weights,
          glimpses.map((glimpse) => glimpse[j]),
        ),
      );
    const lossOf = (glimpse) => mean(glimpse.map((ink, j) => (ink - ideal[j]) ** 2));
    const losses = glimpses.map(lossOf);
    const shares = counts.map((n) => n / picks);
    const soft = mix(chances);
    const results = {
      pick: last,
      mean: picks ? mix(shares) : [],
      mean_loss: picks ? dot(shares, losses) : null,
      soft,
      soft_loss: lossOf(soft),
      expected_loss: dot(chances, losses),
    };
    results.gap = results.expected_loss - results.soft_loss;
    const step = Math.max(at.across, at.down) || size / 3;
    for (const [i, circle] of [...dots.children].entries())
      set(circle, { r: chances[i] ? step * (0.06 + 0.64 * Math.sqrt(chances[i])) : 0 });
    const place = (element, [row, column]) =>
      set(element, { transform: `translate(${column * at.across} ${row * at.down})` });
    place(handle, wanted);
    place(picked, [Math.floor(last / at.columns), last % at.columns]);
    set(picked, { visibility: picks ? "visible" : "hidden" });
    set(handle, {
      "aria-valuemin": 1,
      "aria-valuemax": glimpses.length,
      "aria-valuenow": wanted[0] * at.columns + wanted[1] + 1,
      "aria-valuetext": `row ${wanted[0] + 1} of ${at.rows}, column ${wanted[1] + 1} of ${at.columns}`,
    });
    tell(
      [
        "wanted",
        picks ? `hard: pick ${picks}` : "hard: no pick",
        picks ? `mean over ${picks}` : "mean",
        "soft: the mix",
      ],
      [ideal, glimpses[last], picks ? results.mean : null, soft],
      [0, losses[last], results.mean_loss, results.soft_loss],
    );
    temperature.refresh();
    for (const control of more) control.disabled = picks >= MOST;
    const [ink, often, once, gap] = [
      mean(soft),
      results.expected_loss,
      results.soft_loss,
      results.gap,
    ].map((x) => format(x, 3));
    say(
      `Over ever more picks the mean ink comes to ${ink}, as in the soft glimpse. The mean loss comes to ${often}; the soft glimpse has ${once}. The gap, ${gap}, is how much the picks differ.`,
    );
    for (const [name, value] of Object.entries(results)) model.set(name, value);
  }

  function tell(titles, glimpses, losses) {
    readings.forEach(({ title, patch, ink, loss }, i) => {
      title.textContent = titles[i];
      patch.replaceChildren(...(glimpses[i] ? pixels(glimpses[i], get("size")) : []));
      ink.textContent = glimpses[i] ? format(mean(glimpses[i]), 3) : "–";
      loss.textContent = glimpses[i] ? format(losses[i], 3) : "–";
    });
  }

  return together(redrawOn(model, INPUTS, paint), mountChallenge(model, root));
}

const view = { render };
export default view;
