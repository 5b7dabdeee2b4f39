// The alignment viewer's view: who looks at whom, as lines and as a table of weights.
import { mountChallenge } from "../kit/challenge.js";
import {
  afresh,
  announcer,
  choice,
  format,
  h,
  onResize,
  redrawOn,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { entropy } from "../kit/math/softmax.js";
import { sum } from "../kit/math/vectors.js";
import { placeOf, tokenLinks, visible } from "./tokens.js";
import { weightMap } from "./weight_map.js";

const INPUTS = [
  "source",
  "target",
  "weights",
  "layers",
  "heads",
  "axes",
  "layer",
  "head",
  "side",
  "chosen",
];
const HINT = "Point at a word of either side to see its weights. A click or a tap keeps it.";
const FEW = 13; // tokens that have room for a finger each

function render({ model, el }) {
  const root = stage(el, "alignment-viewer", "Which token looks at which");
  const state = {
    model,
    scene: "", // what the elements were made from
    preview: null, // what the mouse or the focus is on
    point: (place) => {
      if (!place && !state.preview) return;
      state.preview = place;
      paint();
    },
  };
  const [picked, links, map] = [pickers(model), tokenLinks(), weightMap()];
  const hint = h("p", { class: "bw-note" }, HINT);
  root.append(picked.element, hint, h("div", { class: "bw-sides" }, links.element, map.element));
  const say = announcer(root);

  function paint() {
    const shown = look(state);
    if (!shown) return;
    root.classList.toggle("bw-many", shown.many);
    for (const { draw } of [picked, links, map]) draw(shown);
    say(report(shown));
    for (const [name, value] of Object.entries(shown.results)) model.set(name, value);
  }
  listen(root, state);
  return together(
    redrawOn(model, INPUTS, paint),
    onResize(map.cells, paint),
    mountChallenge(model, root),
  );
}

/** Pointing and focus show a token for a while, a click chooses it. */
function listen(root, state) {
  root.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") state.point(placeOf(event));
  });
  root.addEventListener("pointerleave", () => state.point(null));
  root.addEventListener("focusin", (event) => state.point(placeOf(event)));
  root.addEventListener("focusout", () => state.point(null));
  root.addEventListener("click", (event) => {
    const place = placeOf(event);
    if (place) update(state.model, { side: place.side, chosen: place.i });
  });
}

/** All of one frame; null in the middle of a change. */
function look(state) {
  const traits = INPUTS.map((name) => state.model.get(name));
  const [source, target, weights, layers, heads, axes, layer, head, side, chosen] = traits;
  const [tokens, pinned] = [
    { source, target },
    { side, i: chosen },
  ];
  const stack = stackOf(weights);
  const map = stack[layer]?.[head];
  if (map?.length !== target.length || map[0].length !== source.length) return null;
  if (chosen >= tokens[side].length) return null;
  const scene = JSON.stringify([map, source, target, axes]);
  if (scene !== state.scene) state.preview = null; // what it was on is gone
  state.scene = scene;
  const lit = state.preview ?? pinned;
  const shares = sharesOf(map, lit);
  return {
    ...{ tokens, map, scene, pinned, lit, shares },
    axes: { target: axes[0], source: axes[1] },
    counts: { layer: stack.length, head: stack[0].length },
    names: { layer: layers, head: heads },
    many: Math.max(target.length, source.length) > FEW,
    strongest: strongestOf(shares),
    results: resultsOf(sharesOf(map, pinned), side),
  };
}

/** As [layer][head][target][source], however the weights came. */
const stackOf = (weights) => (Array.isArray(weights[0]?.[0]) ? weights : [[weights]]);
/** What one token has to do with each token of the other side. */
const sharesOf = (map, { side, i }) => (side === "target" ? map[i] : map.map((row) => row[i]));
const strongestOf = (shares) => (sum(shares) ? shares.indexOf(Math.max(...shares)) : null);
/** In nats; only what a target hands out is a distribution. */
const spreadOf = (shares, side) =>
  side === "target" && sum(shares) ? entropy(shares.map((w) => w / sum(shares))) : null;

const resultsOf = (shares, side) => ({
  shares,
  strongest: strongestOf(shares),
  largest: Math.max(...shares),
  entropy: spreadOf(shares, side),
});

/** What is lit up, in a sentence. */
function report({ tokens, lit, shares, strongest }) {
  const one = quoted(tokens[lit.side][lit.i]);
  return lit.side === "target"
    ? ofTarget(one, tokens.source, shares, strongest)
    : ofSource(one, tokens.target, shares, strongest);
}

/** Isolated, as it may run from right to left. */
const quoted = (text) => `“\u2068${visible(text)}\u2069”`;

function ofTarget(one, others, shares, strongest) {
  if (strongest === null) return `${one} looks at nothing: all its weights are 0.`;
  const [most, spread] = [shares[strongest], spreadOf(shares, "target")].map((x) => format(x));
  return `${one} looks most at ${quoted(others[strongest])}: ${most}. Entropy ${spread} nats, of ln ${shares.length} = ${format(Math.log(shares.length))} at most.`;
}

function ofSource(one, others, shares, strongest) {
  if (strongest === null) return `Nothing looks at ${one}.`;
  const total = format(sum(shares));
  if (sum(shares) < 0.005) return `Hardly anything looks at ${one}: ${total} in all.`;
  return `${one} is looked at most by ${quoted(others[strongest])}: ${format(shares[strongest])}. It gets ${total} in all: a column need not sum to 1.`;
}

/** A choice each of layer and head, where there is more than one. */
function pickers(model) {
  const element = h("div", { class: "bw-row" });
  let choices = [];
  const build = afresh(({ counts, names }) => {
    choices = ["layer", "head"]
      .filter((trait) => counts[trait] > 1)
      .map((trait) => picker(model, trait, counts[trait], names[trait]));
    element.replaceChildren(...choices.map((one) => one.element));
    element.hidden = !choices.length;
  });
  const draw = (shown) => {
    build([shown.counts, shown.names], shown);
    for (const one of choices) one.refresh();
  };
  return { element, draw };
}

function picker(model, trait, count, names) {
  const options = Array.from({ length: count }, (_, i) => [i, names[i] ?? String(i + 1)]);
  return choice(trait, options, {
    read: () => model.get(trait),
    write: (value) => update(model, { [trait]: Number(value) }),
  });
}

const view = { render };
export default view;
