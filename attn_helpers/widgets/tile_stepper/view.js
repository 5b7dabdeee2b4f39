// Attention tile by tile: what is held, what is kept of a query, and what is moved.
import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  checkbox,
  choice,
  h,
  redrawOn,
  resetButton,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { gliding } from "../kit/motion.js";
import { SIZE } from "./example.js";
import { fastMemory, fastNumbers } from "./fast.js";
import { report, verdict } from "./report.js";
import { slowMemory } from "./slow.js";
import { look, PLAIN, tilesOf } from "./walk.js";

const INPUTS = [
  "tile_q",
  "tile_k",
  "step",
  "causal",
  "backwards",
  "row",
  "last_score",
  "corrected",
];
const NAMES = {
  tile_q: "the number of queries in a tile",
  tile_k: "the number of keys in a tile",
  causal: "the causal mask",
  backwards: "the order of the keys",
  last_score: "the last key",
  corrected: "the correction",
};
const [LARGEST, LOWEST_SCORE, HIGHEST_SCORE] = [4, -3, 6];
const PAUSE = 300; // milliseconds from one tile to the next
const TITLE = "Exact, one tile at a time";
const NOTE =
  "Shaded: computed, used and thrown away. ×: hidden. –: skipped. Marks: the output from all keys.";

const inputsOf = (model) => Object.fromEntries(INPUTS.map((name) => [name, model.get(name)]));

function render({ model, el }) {
  const root = stage(el, "tile-stepper", `Tile stepper: ${TITLE.toLowerCase()}`);
  const slow = slowMemory(model, (row) => update(model, { row }));
  const [fast, counts] = [fastMemory(), counters()];
  const runner = running(model, () => paint());
  const [top, panel] = [moves(model, runner), controls(model, runner)];
  const figure = (title, svg) => h("div", {}, h("p", { class: "bw-name" }, title), svg.element);
  const body = h("div", { class: "bw-body" });
  body.append(figure("Slow memory", slow), figure("Fast memory", fast));
  const words = h("div", { class: "bw-said" });
  body.append(words, counts.element);
  const say = announcer(words);
  const note = h("p", { class: "bw-note" }, NOTE);
  root.append(h("p", { class: "bw-title" }, TITLE), top.element, body, panel.element, note);
  const motion = gliding(fast.put);

  function paint() {
    const shown = look(inputsOf(model));
    for (const { draw } of [slow, fast, counts, top, panel]) draw(shown);
    motion.to(fastNumbers(shown));
    say(report(shown));
    for (const [name, value] of Object.entries(shown.results)) model.set(name, value);
  }
  return together(
    redrawOn(model, INPUTS, paint),
    mountChallenge(model, root, NAMES),
    motion.stop,
    runner.stop,
  );
}

/** Go to a step; the query that is looked at goes along to the next tile of queries. */
function go(model, step, traits = {}) {
  const before = look(inputsOf(model));
  const { present } = look({ ...inputsOf(model), ...traits, step });
  update(model, { ...traits, step, row: followed(before, present.rows) });
}

function followed({ row, present: { rows } }, next) {
  if (!next.length || next.includes(row)) return row;
  const place = rows.includes(row) ? row - rows[0] : 0;
  return next[Math.min(place, next.length - 1)];
}

/** Other tiles: what was at its end is so again, and nothing lies behind the end. */
function retile(model, traits) {
  const { step, tiles } = look(inputsOf(model));
  const { length } = tilesOf({ ...inputsOf(model), ...traits });
  go(model, step === tiles.length ? length : Math.min(step, length), traits);
}

/** Tile after tile to the end; at once where no motion is wanted. */
function running(model, paint) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let timer = 0;
  const element = button("Run", () => (timer ? stop() : run()), { class: "bw-button bw-run" });
  const now = () => look(inputsOf(model));
  const isOver = () => now().step === now().tiles.length;
  function stop() {
    clearInterval(timer);
    timer = 0;
    element.textContent = "Run";
  }
  function next() {
    if (!isOver()) go(model, now().step + 1);
    paint(); // at once, as a state is whole only with its results
    if (isOver()) stop();
  }
  function run() {
    if (still.matches) return go(model, now().tiles.length);
    if (isOver()) go(model, 0);
    element.textContent = "Pause";
    timer = setInterval(next, PAUSE);
  }
  return { element, stop };
}

/** One tile on, one back, all of them, and the way back to the start. */
function moves(model, runner) {
  const by = (count) => () => {
    runner.stop();
    go(model, look(inputsOf(model)).step + count);
  };
  const [back, step] = [
    button("Back", by(-1)),
    button("Step", by(1), { class: "bw-button bw-step" }),
  ];
  const reset = resetButton(model, INPUTS);
  reset.addEventListener("click", runner.stop);
  const where = h("output");
  const wrong = h("strong", { class: "bw-verdict" });
  const element = h(
    "div",
    { class: "bw-row bw-player" },
    back,
    step,
    runner.element,
    reset,
    where,
    wrong,
  );
  const draw = (shown) => {
    back.disabled = shown.step === 0;
    step.disabled = shown.step === shown.tiles.length;
    where.textContent = `tile ${shown.step} of ${shown.tiles.length}`;
    wrong.textContent = verdict(shown);
  };
  return { element, draw };
}

/** The tiles, what is hidden, the order, the last key, and the mistake. */
function controls(model, runner) {
  const sizes = Array.from({ length: LARGEST }, (_, n) => [n + 1, `${n + 1}`]);
  const size = (trait, label) =>
    choice(label, sizes, {
      read: () => model.get(trait),
      write: (text) => {
        runner.stop();
        retile(model, { [trait]: Number(text) });
      },
    });
  const toggle = (trait, label) =>
    checkbox(label, {
      read: () => model.get(trait),
      write: (on) => {
        runner.stop();
        retile(model, { [trait]: on });
      },
    });
  const last = slider("last key scores", {
    min: LOWEST_SCORE,
    max: HIGHEST_SCORE,
    step: 0.1,
    read: () => model.get("last_score"),
    write: (score) => model.set("last_score", score),
    show: (score) => `${score.toFixed(1).replace("-", "−")}`,
    done: () => model.save_changes(),
  });
  const forget = checkbox("forget the correction", {
    read: () => !model.get("corrected"),
    write: (on) => update(model, { corrected: !on }),
  });
  const parts = [
    size("tile_q", "queries in a tile"),
    size("tile_k", "keys in a tile"),
    toggle("causal", "causal"),
    toggle("backwards", "last keys first"),
    last,
    forget,
  ];
  const element = h("div", { class: "bw-row bw-choices" }, ...parts.map((part) => part.element));
  const draw = () => {
    for (const { refresh } of parts) refresh();
  };
  return { element, draw };
}

/** What is held at a time and what is moved, beside the plain way. */
function counters() {
  const [held, moved] = [h("td"), h("td")];
  const line = (name, cell, plain) =>
    h("tr", {}, h("th", { scope: "row" }, name), cell, h("td", {}, plain));
  const heads = ["in tiles", "plain way"].map((text) => h("th", { scope: "col" }, text));
  const element = h(
    "div",
    { class: "bw-table" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, h("td"), ...heads)),
      h(
        "tbody",
        {},
        line("scores held at a time", held, SIZE ** 2),
        line("numbers moved", moved, PLAIN),
      ),
    ),
  );
  const draw = (shown) => {
    held.textContent = shown.held;
    moved.textContent = `${shown.moved} of ${shown.all}`;
  };
  return { element, draw };
}

const view = { render };
export default view;
