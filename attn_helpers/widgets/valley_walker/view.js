// The valley walker's view: a ball rolls down the loss, and the lookup changes with it.
import { keeps, mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  choice,
  h,
  onResize,
  redrawOn,
  resetButton,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { gliding } from "../kit/motion.js";
import { lookup } from "./lookup.js";
import { valley } from "./valley.js";
import { look, MOST, report, rule } from "./walk.js";

const INPUTS = ["start", "rate", "momentum", "steps"];
const NAMES = { start: "the start", momentum: "the momentum" };
const PAUSE = 380; // milliseconds from one step to the next
const NARROW = 600; // pixels: both panels are one above the other
// Presets are claims; each sets all that the way depends on, and goes.
const FROM_AFAR = { start: 20, momentum: 0 };
const PRESETS = [
  ["Too small", { ...FROM_AFAR, rate: 0.003 }],
  ["Right", { ...FROM_AFAR, rate: 0.05 }],
  ["Too large", { ...FROM_AFAR, rate: 0.16 }],
  ["Thrown out", { ...FROM_AFAR, rate: 0.3 }],
];
const TITLE = "Drag the ball, then let it roll";
const NOTE = "Line: the slope. Arrow: the next step. Ring: where it leads.";

function render({ model, el }) {
  const root = stage(el, "valley-walker", "Valley walker: a bandwidth goes downhill");
  const [left, right] = [valley(model, letGo), lookup()];
  const runner = running(model, () => paint());
  const [panel, tries] = [controls(model, runner), presets(model, runner)];
  const body = h("div", { class: "bw-body" }, left.element, right.element);
  root.append(h("p", { class: "bw-title" }, TITLE), body, panel.element, tries.element);
  const say = announcer(root);
  const made = h("p", { class: "bw-rule" });
  root.append(made, h("p", { class: "bw-note" }, NOTE));
  const put = ([logH]) => {
    for (const part of [left, right]) part.put(Math.exp(logH));
  };
  const motion = gliding(put);

  let steps = null; // of the last frame: the ball rolls for a step and jumps otherwise
  function paint() {
    const shown = { ...look(model), isCompact: root.clientWidth < NARROW };
    for (const { draw } of [left, right, panel, tries]) draw(shown);
    motion.to([Math.log(shown.bandwidth)], shown.steps === steps);
    steps = shown.steps;
    say(report(shown));
    made.textContent = rule(shown);
    for (const [name, value] of Object.entries(shown.results)) model.set(name, value);
  }
  function letGo(start) {
    model.set("start", start);
    model.set("steps", 0);
  }
  return together(
    redrawOn(model, INPUTS, paint),
    onResize(root, paint),
    mountChallenge(model, root, NAMES),
    motion.stop,
    runner.stop,
  );
}

/** The way as long as it is; `isRunning` until it ends, is stopped, or another one begins. */
function running(model, paint) {
  let timer = 0;
  let way = "";
  const play = button("Run", () => (timer ? stop() : run()), { class: "bw-button bw-run" });
  const wayOf = () => JSON.stringify(INPUTS.slice(0, -1).map((name) => model.get(name)));
  const isOver = () => model.get("steps") >= MOST || look(model).rests;
  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Run";
  }
  function go() {
    if (wayOf() !== way) return stop();
    update(model, { steps: model.get("steps") + 1 });
    paint(); // at once, as a state is whole only with its results
    if (isOver()) stop();
  }
  function run() {
    stop();
    if (isOver()) update(model, { steps: 0 });
    way = wayOf();
    play.textContent = "Pause";
    timer = setInterval(go, PAUSE);
  }
  return { element: play, run, stop };
}

/** One step, all of them, the rate and the momentum, and the way back. */
function controls(model, runner) {
  const step = button("Step", () => {
    runner.stop();
    update(model, { steps: model.get("steps") + 1 });
  });
  const rate = slider("learning rate", {
    min: -3,
    max: -0.3,
    step: 0.05,
    read: () => Math.log10(model.get("rate")),
    write: (power) => model.set("rate", Number((10 ** power).toPrecision(2))),
    show: () => `${model.get("rate")}`,
    done: () => model.save_changes(),
  });
  const options = [
    ["0", "none"],
    ["0.9", "0.9"],
  ];
  const momentum = choice("momentum", options, {
    read: () => `${model.get("momentum")}`,
    write: (value) => update(model, { momentum: Number(value) }),
  });
  const reset = resetButton(model, INPUTS);
  reset.addEventListener("click", runner.stop);
  const moves = h("span", { class: "bw-player" }, step, runner.element, reset);
  const element = h("div", { class: "bw-row" }, moves, rate.element, momentum.element);
  const draw = ({ steps }) => {
    step.disabled = steps >= MOST;
    rate.refresh();
    momentum.refresh();
  };
  return { element, draw };
}

/** A button for each claim, pressed while it holds. */
function presets(model, runner) {
  const buttons = PRESETS.map(([claim, traits]) =>
    button(claim, () => {
      update(model, { ...traits, steps: 0 });
      runner.run();
    }),
  );
  const element = h(
    "div",
    { class: "bw-row", role: "group", "aria-label": "Learning rates to try" },
    "Try a rate:",
    ...buttons,
  );
  element.hidden = keeps(model, INPUTS);
  const draw = (shown) => {
    for (const [i, [, traits]] of PRESETS.entries()) {
      const holds = Object.entries(traits).every(([name, value]) => shown[name] === value);
      buttons[i].setAttribute("aria-pressed", holds);
    }
  };
  return { element, draw };
}

const view = { render };
export default view;
