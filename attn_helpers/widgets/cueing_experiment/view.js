// Posner's cueing task as the reader's own experiment.
// The answer is a simple detection: press when the dot appears, wherever it is. With a
// left key and a right key the arrow would also prepare a hand, and the effect would mix
// looking out for a place with readying a response. Trials without a dot (catch trials)
// show whether somebody presses at the arrow.

import { experiment } from "../experiments/session.js";
import { h, stage } from "../kit/dom.js";
import { design, summarise } from "./design.js";
import { BETS, report } from "./report.js";
import { feedback, scene, trial } from "./stage.js";

function render({ model, el }) {
  const root = stage(el, "cueing-experiment", "Experiment: a cue and a dot");
  const { svg, paint } = scene();
  return experiment(model, root, {
    svg,
    label: "Experiment. Press the space bar when the dot appears.",
    bet: { label: "Your bet: after a wrong arrow, compared with a right one, I am", options: BETS },
    keys: { " ": "dot", enter: "dot" },
    pads: [["dot", "Dot (space bar)"]],
    tap: "dot",
    intro,
    plan: (seed) =>
      plan(seed, ...["blocks", "invalid_per_block", "practice"].map((name) => model.get(name))),
    trial: (design, clock) => trial(design, paint, clock),
    feedback,
    summarise,
    report,
  });
}

function intro() {
  const frames = [
    ["Look at the cross.", null, null],
    ["An arrow: right 4 times in 5.", "right", null],
    ["Dot? Press at once.", "right", "right"],
  ].map(([text, cue, target]) => {
    const { svg, paint } = scene();
    paint(cue, target);
    return h("li", {}, svg, text);
  });
  return [
    h("p", { class: "bw-title" }, "Does a hint speed up your seeing?"),
    h("ol", { class: "bw-frames" }, ...frames),
    h(
      "p",
      {},
      "Press the space bar, or tap, as soon as a dot appears in ",
      h("em", {}, "either"),
      " box. The arrow is usually right, sometimes wrong; a two-headed arrow says nothing. ",
      "Now and then no dot comes: then do not press.",
    ),
    h(
      "p",
      { class: "bw-note" },
      "About 2½ minutes with a short practice; pause whenever you like. Small shapes come and go, nothing flickers. Nothing is stored or sent: your times stay on this page.",
    ),
  ];
}

function plan(seed, blocks, invalid, practice) {
  const warmUp = design(seed + 1000, 1, 2)[0].slice(0, practice);
  return [
    {
      practice: true,
      trials: warmUp,
      text: `Practice, ${practice} trials. Look at the cross. Press the space bar, or tap, when the dot appears in either box.`,
    },
    ...design(seed, blocks, invalid).map((trials, i) => ({
      trials,
      text: `Part ${i + 1} of ${blocks}, ${trials.length} trials. Eyes on the cross; let the arrow move only your attention. Rest as long as you like before you begin.`,
    })),
  ];
}

const view = { render };
export default view;
