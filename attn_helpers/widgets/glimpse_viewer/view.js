// The glimpse viewer's view: picks that pile up to their mean, beside the mixture of all.
import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  clamp,
  format,
  h,
  onResize,
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
import { lossLine, MOST } from "./loss_line.js";
import { picture } from "./picture.js";
import { piling } from "./piling.js";
import { fly, table } from "./readings.js";

const INPUTS = ["image", "probabilities", "size", "wanted", "temperature", "seed", "picks"];
const mean = (xs) => sum(xs) / xs.length;
const upTo = (count) => Array.from({ length: count }, (_, i) => i);

function render({ model, el }) {
  const root = stage(el, "glimpse-viewer", "Glimpses: pick one or mix them all");
  const [where, read, line] = [picture(model), table(), lossLine()];
  const [more, warmth] = [buttons(model), dial(model)];
  const beside = h("div", {}, read.element, more.element, warmth.element);
  root.append(h("div", { class: "bw-glimpses" }, where.element, beside), line.element);
  const say = announcer(root);

  let [scene, last] = [null, null];
  const show = (picks) => {
    const shown = frameOf(scene, picks);
    for (const { draw } of [where, read, line, more, warmth]) draw(shown);
    if (picks === last + 1 && last !== null) fly(read.picked, where.picked);
    last = picks;
    say(report(shown));
  };
  const pile = piling(show, (is) =>
    is ? root.setAttribute("aria-busy", "true") : root.removeAttribute("aria-busy"),
  );
  function paint() {
    const next = look(model);
    if (!next) return;
    scene = next;
    const picks = model.get("picks");
    const { results } = frameOf(scene, picks);
    for (const [name, value] of Object.entries(results)) model.set(name, value);
    pile.to(picks);
  }
  return together(
    redrawOn(model, INPUTS, paint),
    onResize(line.svg, paint),
    pile.stop,
    mountChallenge(model, root),
  );
}

/** What all picks have in common; null in the middle of a change. */
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
  const soft = timesMatrix(chances, glimpses);
  const [soft_loss, expected_loss] = [lossOf(soft), dot(chances, losses)];
  const ofAll = { soft, soft_loss, expected_loss, gap: expected_loss - soft_loss };
  const places = pick(chances, seed, picks);
  return { image, size, wanted, grid, glimpses, losses, chances, places, ofAll };
}

/** All of one frame: the first so many picks. */
function frameOf(scene, picks) {
  const { glimpses, losses, places, ofAll } = scene;
  const counts = glimpses.map(() => 0);
  for (const place of places.slice(0, picks)) counts[place] += 1;
  const shares = counts.map((n) => n / picks);
  const results = {
    pick: picks ? places[picks - 1] : null,
    mean: picks ? timesMatrix(shares, glimpses) : [],
    mean_loss: picks ? dot(shares, losses) : null,
    ...ofAll,
  };
  const [last, many] = [results.pick, picks === 1 ? "1 pick" : `${picks} picks`];
  const readings = [
    reading(picks ? `Hard: pick ${picks}` : "Hard: no pick yet", glimpses[last], losses[last]),
    reading(`Mean of ${many}`, picks ? results.mean : null, results.mean_loss),
    reading("Soft: the mix", ofAll.soft, ofAll.soft_loss),
  ];
  return { ...scene, picks, results, readings };
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

/** The place of each pick, in their order. */
function pick(chances, seed, picks) {
  const upto = [];
  for (const chance of chances) upto.push((upto.at(-1) ?? 0) + chance);
  const next = random(seed);
  return upTo(picks).map(() => {
    const u = next();
    return upto.findIndex((c) => c / upto.at(-1) > u);
  });
}

/** The last pick, and what becomes of the mean loss, in words. */
function report({ picks, wanted, grid, losses, results }) {
  const { pick, mean_loss, expected_loss, soft_loss, gap } = results;
  const [often, once, more] = [expected_loss, soft_loss, gap].map((x) => format(x, 3));
  const tends = `Over ever more picks the mean loss tends to ${often}: ${more} more than the ${once} of the mix.`;
  if (!picks) return `No pick yet. ${tends}`;
  const [row, column] = [Math.floor(pick / grid.columns), pick % grid.columns];
  const found = row === wanted[0] && column === wanted[1] ? ", the wanted glimpse" : "";
  const last = `Pick ${picks}: row ${row + 1}, column ${column + 1}${found}. Its loss is ${format(losses[pick], 3)}.`;
  const all = picks > 1 ? `The mean loss of ${picks} picks is ${format(mean_loss, 3)}. ` : "";
  return `${last} ${all}${tends}`;
}

/** More picks, none with another seed, or the start. */
function buttons(model) {
  const take = (n) => update(model, { picks: Math.min(model.get("picks") + n, MOST) });
  const more = [1, 100].map((n) =>
    button(`Pick ${n}`, () => take(n), { class: "bw-button bw-main bw-big" }),
  );
  const anew = button("Start anew", () => update(model, { seed: model.get("seed") + 1, picks: 0 }));
  const element = h("div", { class: "bw-row" }, ...more, anew, resetButton(model, INPUTS));
  const draw = () => {
    for (const control of more) control.disabled = model.get("picks") >= MOST;
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
