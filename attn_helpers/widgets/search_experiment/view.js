// Visual search as the reader's own experiment: is the orange T there?
// The stimuli follow Treisman and Gelade (1980): letters in two colours, the target a T.
// In *feature* blocks all other letters are blue, so colour alone finds it; in
// *conjunction* blocks they are blue Ts and orange Xs, so only colour and shape together
// do. The order feature, conjunction, conjunction, feature spreads practice over both.

import { experiment } from "../experiments/session.js";
import { h, stage } from "../kit/dom.js";
import { design, letters, summarise } from "./design.js";
import { BETS, report } from "./report.js";
import { feedback, glyph, scene, trial } from "./stage.js";

const ASK = "Is an orange T there? Yes: J or →. No: F or ←.";
const OTHERS = {
  feature: "All other letters are blue.",
  conjunction: "The others are blue Ts and orange Xs.",
};

function render({ model, el }) {
  const root = stage(el, "search-experiment", "Experiment: find the orange T");
  const svg = scene();
  return experiment(model, root, {
    svg,
    label: `Experiment. ${ASK}`,
    bet: {
      label: "Your bet: each further letter costs me, in conjunction displays,",
      options: BETS,
    },
    keys: { j: true, arrowright: true, KeyJ: true, f: false, arrowleft: false, KeyF: false },
    pads: [
      [false, "No (F)"],
      [true, "Yes (J)"],
    ],
    intro,
    plan: (seed) =>
      plan(
        seed,
        ...["blocks", "sizes", "trials_per_cell", "practice"].map((name) => model.get(name)),
      ),
    trial: (design, clock) => trial(design, svg, clock),
    feedback,
    summarise,
    report,
  });
}

function intro() {
  const frames = [
    ["Feature: colour alone finds it.", "feature"],
    ["Conjunction: colour and shape together.", "conjunction"],
  ].map(([text, condition]) => {
    const svg = scene();
    svg.append(...letters({ condition, present: true, size: 24, layout: 5 }).map(glyph));
    return h("li", {}, svg, text);
  });
  return [
    h("p", { class: "bw-title" }, "Find the orange T"),
    h("ol", { class: "bw-frames" }, ...frames),
    h(
      "p",
      {},
      "Is an orange T among the letters? Press ",
      h("kbd", {}, "J"),
      " for yes and ",
      h("kbd", {}, "F"),
      " for no, or the two buttons. Does it take you longer among more letters?",
    ),
    h(
      "p",
      { class: "bw-note" },
      "About 3 minutes with a short practice; pause whenever you like. Letters come and go, nothing flickers. Nothing is stored or sent: your times stay on this page.",
    ),
  ];
}

function plan(seed, blocks, sizes, perCell, practice) {
  const both = design(seed + 1000, ["feature", "conjunction"], sizes, 2).flat();
  const warmUp = both.filter((_, i) => i % 3 === 0).slice(0, practice);
  const text = `Practice, ${warmUp.length} trials. ${ASK} Be quick, but be right.`;
  return [
    { practice: true, trials: warmUp, text },
    ...design(seed, blocks, sizes, perCell).map((trials, i) => ({
      trials,
      text: `Part ${i + 1} of ${blocks.length}, ${trials.length} trials. ${OTHERS[blocks[i]]} ${ASK}`,
    })),
  ];
}

const view = { render };
export default view;
