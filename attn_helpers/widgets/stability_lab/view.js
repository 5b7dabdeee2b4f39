// Training runs that were made in advance: the reader chooses, and sees five series move.
import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  checkbox,
  choice,
  h,
  onResize,
  redrawOn,
  resetButton,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { whenSeen } from "../kit/later.js";
import { gliding } from "../kit/motion.js";
import { depthRateMap } from "./depth_rate_map.js";
import {
  bringRuns,
  CHOICES,
  codesOf,
  LAYERS,
  median,
  RATES,
  runsHere,
  SERIES,
  validationOf,
  valuesAt,
} from "./runs.js";
import { numberOf, strips } from "./strips.js";

const SETTING = [...Object.keys(CHOICES), "qk_norm"];
const INPUTS = [...SETTING, "step"];
const NAMES = {
  norm: "the norm",
  warmup: "the warm-up",
  layers: "the depth",
  rate: "the rate",
  qk_norm: "QK-norm",
};
const LEARNT = 0.1; // nats below the unigram loss
const TITLE = "Training runs of a small language model";
const NOTE =
  "Made in advance. Three seeds: a line each, and a third of a cell; the fuller, the lower the loss.";

function render({ model, el }) {
  const root = stage(el, "stability-lab", TITLE);
  // the runs once they are there, why they are not, the setting now, and the one before
  const state = { runs: runsHere(), failed: "", setting: settingOf(model), before: null };
  const [panel, figure] = [controls(model), strips(model)];
  const map = depthRateMap((traits) => update(model, traits));
  const past = h("p", { class: "bw-before-words" });
  const side = h("div", { class: "bw-side" }, panel.element, map.element);
  const say = announcer(side);
  side.append(past);
  root.append(
    h("p", { class: "bw-title" }, TITLE),
    h("div", { class: "bw-body" }, side, h("div", { class: "bw-figure" }, figure.element)),
    h("p", { class: "bw-note" }, NOTE),
  );
  const motion = gliding(figure.put);

  async function load() {
    root.setAttribute("aria-busy", true);
    try {
      await bringRuns(model);
      state.runs = runsHere();
    } catch (error) {
      state.failed = `The runs could not be loaded. ${error.message}`;
    }
    paint();
    root.removeAttribute("aria-busy");
  }
  function paint() {
    remember(state, settingOf(model));
    const shown = look(model, state);
    for (const { draw } of [panel, map, figure]) draw(shown);
    say(shown.told);
    past.textContent = shown.before ? inThePast(state) : "";
    if (shown.results) motion.to(shown.codes);
    for (const [name, value] of Object.entries(shown.results ?? {})) model.set(name, value);
  }
  return together(
    redrawOn(model, INPUTS, paint),
    onResize(root, paint),
    state.runs ? () => {} : whenSeen(root, load),
    mountChallenge(model, root, NAMES),
    motion.stop,
  );
}

const settingOf = (model) => Object.fromEntries(SETTING.map((name) => [name, model.get(name)]));

/** Keep the setting that was there before this one. */
function remember(state, setting) {
  if (JSON.stringify(setting) === JSON.stringify(state.setting)) return;
  state.before = state.setting;
  state.setting = setting;
}

/** All that one frame shows; of the runs nothing before they are there. */
function look(model, { runs, failed, setting, before }) {
  const step = model.get("step");
  if (!runs) return { ...setting, step, told: failed || "The runs are being loaded." };
  const { scales, unigram } = runs;
  const [codes, validation] = [codesOf(runs, setting), validationOf(runs, setting)];
  const values = valuesAt(codes, scales, step);
  const learnt = validation.filter((loss) => loss <= unigram - LEARNT).length;
  const map = LAYERS.map((layers) =>
    RATES.map((rate) => validationOf(runs, { ...setting, layers, rate })),
  );
  const shown = { ...setting, step, scales, unigram, codes, values, map };
  return {
    ...shown,
    before: before && { codes: codesOf(runs, before) },
    told: report({ step, values, validation, learnt, unigram }),
    results: { values: values.map(finite), validation: finite(validation), learnt },
  };
}

const finite = (numbers) => numbers.map((x) => (Number.isFinite(x) ? x : null));

/** The numbers at the step, and how the runs end. */
function report({ step, values, validation, learnt, unigram }) {
  const read = SERIES.map((name, n) => `${name} ${numberOf(name, median(values[n]))}`);
  const losses = validation.map((loss) => numberOf("loss", loss)).join(", ");
  const who = ["None of the seeds has", "One of the seeds has", "Two of the seeds have"];
  const much = `more than how often each letter comes (${numberOf("loss", unigram)})`;
  return `Step ${step}, the middle one of three seeds: ${read.join(", ")}. At the end, on other text: ${losses}. ${who[learnt] ?? "All seeds have"} learnt ${much}.`;
}

/** What the faint curves are: where the setting before was another one, and how it ended. */
function inThePast({ runs, setting, before }) {
  const moved = SETTING.filter((name) => setting[name] !== before[name]);
  const told = moved.map((name) => WORDED[name](before[name])).join(", ");
  const losses = validationOf(runs, before).map((loss) => numberOf("loss", loss));
  return `Faint: before, with ${told}; it ended at ${losses.join(", ")}.`;
}

const WORDED = {
  norm: (norm) => norm,
  warmup: (steps) => (steps ? `${steps} steps of warm-up` : "no warm-up"),
  layers: (layers) => `${layers} layers`,
  rate: (rate) => `rate ${rate}`,
  qk_norm: (on) => (on ? "QK-norm" : "no QK-norm"),
};

/** Norm, warm-up and QK-norm, and the way back. */
function controls(model) {
  const norm = choice(
    "norm",
    CHOICES.norm.map((name) => [name, name]),
    { read: () => model.get("norm"), write: (value) => update(model, { norm: value }) },
  );
  const [without, most] = CHOICES.warmup;
  const warmup = checkbox(`warm-up: ${most} steps`, {
    read: () => model.get("warmup") === most,
    write: (on) => update(model, { warmup: on ? most : without }),
  });
  const qkNorm = checkbox("QK-norm", {
    read: () => model.get("qk_norm"),
    write: (on) => update(model, { qk_norm: on }),
  });
  const parts = [norm, warmup, qkNorm];
  const reset = resetButton(model, INPUTS);
  const element = h(
    "div",
    {},
    h("div", { class: "bw-row" }, norm.element, reset),
    h("div", { class: "bw-row" }, warmup.element, qkNorm.element),
  );
  const draw = () => {
    for (const { refresh } of parts) refresh();
  };
  return { element, draw };
}

const view = { render };
export default view;
