// The cost of one layer against the length of the text, and what binds on a device.
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
import { chart, GRAIN, lengthOf } from "./chart.js";
import { INPUTS, LENGTHS, look } from "./costs.js";
import { meters, roof } from "./gauges.js";
import { sentence, whole } from "./words.js";

const WIDTHS = [
  ...[64, 128, 256, 384, 512, 768, 1024, 1536, 2048],
  ...[3072, 4096, 6144, 8192, 12288, 16384],
];
const HEADS = [1, 2, 4, 8, 16, 32, 64];
const BATCHES = Array.from({ length: 11 }, (_, i) => 2 ** i);
const CHOICES = {
  phase: [
    ["training", "training"],
    ["prefill", "prefill"],
    ["decode", "decode"],
  ],
  fused: [
    ["plain", "plain"],
    ["fused", "fused"],
  ],
  dtype: [
    ["float32", "float32"],
    ["float16", "float16"],
    ["int8", "int8"],
  ],
  device: [
    ["phone", "phone"],
    ["laptop", "laptop"],
    ["GPU", "GPU (H200)"],
  ],
};
// Presets are claims; each sets all that its name speaks of.
const PRESETS = [
  ["A page of text: n = 512", { phase: "prefill", batch: 1, length: 512 }],
  ["A novel: n = 131,072", { phase: "prefill", batch: 1, length: 131072 }],
  ["Decode one token", { phase: "decode", batch: 1 }],
];
const NAMES = {
  length: "the length",
  phase: "the phase",
  dtype: "the kind of numbers",
  fused: "the kind of attention",
  device: "the device",
};
const TITLE = "Drag the length: what does one layer cost, and what gives way first?";
const NOTE =
  "All scales are logarithmic. The devices are examples in round numbers. bfloat16 counts as float16.";

function render({ model, el }) {
  const root = stage(el, "cost-dial", "Cost dial: what one layer costs at a length");
  const [curve, two, arch] = [chart(model), meters(), roof()];
  const [options, dials, tries] = [choices(model), sliders(model), presets(model)];
  const side = h("div", { class: "bw-side" }, two.element, arch.element);
  root.append(
    h("p", { class: "bw-title" }, TITLE),
    options.element,
    h("div", { class: "bw-body" }, curve.element, side),
  );
  const say = announcer(root);
  root.append(dials.element, tries.element, h("p", { class: "bw-note" }, NOTE));

  function paint() {
    const shown = look(model);
    for (const { draw } of [curve, two, arch, options, dials, tries]) draw(shown);
    say(sentence(shown));
    for (const [name, value] of Object.entries(shown.results)) model.set(name, value);
  }
  return together(
    redrawOn(model, INPUTS, paint),
    onResize(root, paint),
    mountChallenge(model, root, NAMES),
  );
}

/** What is computed, how, in which numbers and where. */
function choices(model) {
  const asText = { fused: (value) => (value ? "fused" : "plain") };
  const asValue = { fused: (text) => text === "fused" };
  const labels = { phase: "phase", fused: "attention", dtype: "numbers", device: "device" };
  const all = Object.entries(CHOICES).map(([name, options]) =>
    choice(labels[name], options, {
      read: () => (asText[name] ?? String)(model.get(name)),
      write: (text) => update(model, { [name]: (asValue[name] ?? String)(text) }),
    }),
  );
  const element = h("div", { class: "bw-row bw-choices" }, ...all.map((one) => one.element));
  const draw = () => {
    for (const { refresh } of all) refresh();
  };
  return { element, draw };
}

/** Four sizes, each in steps of about the same factor. */
function sliders(model) {
  const done = () => model.save_changes();
  const length = slider("length n", {
    min: Math.log2(LENGTHS[0]),
    max: Math.log2(LENGTHS[1]),
    step: GRAIN,
    read: () => Math.log2(model.get("length")),
    write: (doublings) => model.set("length", lengthOf(doublings)),
    show: () => whole(model.get("length")),
    done,
  });
  const one = (label, name, values) =>
    slider(label, {
      min: 0,
      max: values.length - 1,
      step: 1,
      read: () => values.indexOf(model.get(name)),
      write: (i) => model.set(name, values[i]),
      show: () => whole(model.get(name)),
      done,
    });
  const all = [
    length,
    one("width d", "width", WIDTHS),
    one("heads h", "heads", HEADS),
    one("batch", "batch", BATCHES),
  ];
  const element = h("div", { class: "bw-row bw-sizes" }, ...all.map((part) => part.element));
  const draw = () => {
    for (const { refresh } of all) refresh();
  };
  return { element, draw };
}

/** A button for each claim, pressed while it holds, and the way back. */
function presets(model) {
  const buttons = PRESETS.map(([claim, traits]) => button(claim, () => update(model, traits)));
  const fixed = keeps(model, ["phase", "batch", "length"]);
  for (const one of buttons) one.hidden = fixed;
  const row = { class: "bw-row bw-tries", role: "group", "aria-label": "Settings to try" };
  const element = h("div", row, ...buttons, resetButton(model, INPUTS));
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
