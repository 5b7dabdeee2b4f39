// The glimpse viewer's view: one glimpse at random, or the mean of all, and the loss of each.
import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  clamp,
  format,
  h,
  redrawOn,
  resetButton,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { random } from "../kit/math/random.js";
import { softmax } from "../kit/math/softmax.js";
import { dot, sum, timesMatrix } from "../kit/math/vectors.js";
import { picture } from "./picture.js";
import { table } from "./readings.js";

const INPUTS = ["image", "probabilities", "size", "wanted", "temperature", "seed", "picks"];
const MOST = 2000;
const mean = (xs) => sum(xs) / xs.length;
const upTo = (count) => Array.from({ length: count }, (_, i) => i);

function render({ model, el }) {
  const root = stage(el, "glimpse-viewer", "Glimpses: pick one or mix them all");
  const parts = [picture(model), table(), buttons(model), dial(model)];
  const [where, read, ...below] = parts.map(({ element }) => element);
  root.append(h("div", { class: "bw-glimpses" }, where, read), ...below);
  const say = announcer(root);

  function paint() {
    const shown = look(model);
    if (!shown) return;
    for (const { draw } of parts) draw(shown);
    say(report(shown));
    for (const [name, value] of Object.entries(shown.results)) model.set(name, value);
  }
  return together(redrawOn(model, INPUTS, paint), mountChallenge(model, root));
}

/** All numbers of one frame; null in the middle of a change. */
function look(model) {
  const traits = INPUTS.map((name) => model.get(name));
  const [image, probabilities, size, wanted, temperature, seed, picks] = traits;
  const grid = gridOf(image, probabilities, size);
  if (!grid || wanted[0] >= grid.rows || wanted[1] >= grid.columns) return null;
  const glimpses = glimpsesOf(image, size, grid);
  const ideal = glimpses[wanted[0] * grid.columns + wanted[1]];
  const lossOf = (glimpse) => mean(glimpse.map((ink, j) => (ink - ideal[j]) ** 2));
  const losses = glimpses.map(lossOf);
  const chances = softmax(probabilities.flat().map(Math.log), temperature);
  const { counts, last } = pick(chances, seed, picks);
  const shares = counts.map((n) => n / picks);
  const soft = timesMatrix(chances, glimpses);
  const results = {
    pick: last,
    mean: picks ? timesMatrix(shares, glimpses) : [],
    mean_loss: picks ? dot(shares, losses) : null,
    soft,
    soft_loss: lossOf(soft),
    expected_loss: dot(chances, losses),
  };
  results.gap = results.expected_loss - results.soft_loss;
  const readings = [
    reading("wanted", ideal, 0),
    reading(picks ? `hard: pick ${picks}` : "hard: no pick", glimpses[last], losses[last]),
    reading(picks ? `mean over ${picks}` : "mean", picks ? results.mean : null, results.mean_loss),
    reading("soft: the mix", soft, results.soft_loss),
  ];
  return { image, size, wanted, picks, grid, chances, results, readings };
}

const reading = (title, glimpse, loss) => ({ title, glimpse, ink: glimpse && mean(glimpse), loss });

/** How many glimpses there are, and the steps between them; null for what does not fit. */
function gridOf(image, probabilities, size) {
  const [rows, columns] = [probabilities.length, probabilities[0].length];
  const step = (side, count) => (side - size) / Math.max(count - 1, 1);
  const fits = (step, count) => (count > 1 ? step >= 1 && Number.isInteger(step) : step === 0);
  const [down, across] = [step(image.length, rows), step(image[0].length, columns)];
  return fits(down, rows) && fits(across, columns) ? { rows, columns, down, across } : null;
}

/** One row of pixels for each glimpse. */
function glimpsesOf(image, size, { rows, columns, down, across }) {
  return upTo(rows * columns).map((place) => {
    const [top, left] = [Math.floor(place / columns) * down, (place % columns) * across];
    return upTo(size * size).map((i) => image[top + Math.floor(i / size)][left + (i % size)]);
  });
}

/** How often each place was picked, and the last one. */
function pick(chances, seed, picks) {
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

/** The frame in a sentence. */
function report({ results }) {
  const { soft, expected_loss, soft_loss, gap } = results;
  const [ink, often, once, more] = [mean(soft), expected_loss, soft_loss, gap].map((x) =>
    format(x, 3),
  );
  return `Over ever more picks the mean ink comes to ${ink}, as in the soft glimpse. The mean loss comes to ${often}; the soft glimpse has ${once}. The gap, ${more}, is how much the picks differ.`;
}

/** More picks, other picks, none of all that. */
function buttons(model) {
  const take = (n) => update(model, { picks: Math.min(model.get("picks") + n, MOST) });
  const more = [button("Pick one", () => take(1)), button("Pick 100", () => take(100))];
  const anew = button("Draw anew", () => update(model, { seed: model.get("seed") + 1 }));
  const element = h("div", { class: "bw-row" }, ...more, anew, resetButton(model, INPUTS));
  const draw = ({ picks }) => {
    for (const control of more) control.disabled = picks >= MOST;
  };
  return { element, draw };
}

/** The temperature of the probabilities. */
function dial(model) {
  const temperature = slider("temperature", {
    min: -1.3,
    max: 1.3,
    step: 0.02,
    read: () => Math.log10(model.get("temperature")),
    write: (power) =>
      model.set("temperature", clamp(Number((10 ** power).toPrecision(3)), 0.05, 20)),
    show: () => String(Number(model.get("temperature").toPrecision(3))),
    done: () => model.save_changes(),
  });
  return { element: h("div", { class: "bw-row" }, temperature.element), draw: temperature.refresh };
}

const view = { render };
export default view;
