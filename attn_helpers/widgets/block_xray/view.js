// The x-ray of a block: one token's vector at every station, and what adds to it.
import { mountChallenge } from "../kit/challenge.js";
import {
  afresh,
  announcer,
  button,
  choice,
  format,
  h,
  onResize,
  redrawOn,
  resetButton,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { gliding } from "../kit/motion.js";
import { player } from "../kit/player.js";
import { rowNumbers, STATIONS, stationRows } from "./stations.js";
import { barNumbers, sublayers } from "./sublayers.js";
import { BLOCKS, NORMS, trace } from "./trace.js";

const TABLES = ["X", "w_q", "w_k", "w_v", "w_o", "w_in", "b_in", "w_out"];
const CHOICES = ["order", "norm", "attention", "feed_forward", "selected", "block", "station"];
const INPUTS = ["tokens", "features", "units", ...TABLES, ...CHOICES];
const NAMES = {
  attention: "the switch of attention",
  feed_forward: "the switch of the feed-forward layer",
  norm: "the norm",
  order: "the order",
};
const LAST = 6;
const TITLE = "A token's vector on its way through a block";
const NOTE =
  "Made by hand, for RMSNorm. Pink: positive. Grey: negative, the opposite (singular, early). Empty: 0.";

function render({ model, el }) {
  const root = stage(el, "block-xray", `Block x-ray: ${TITLE.toLowerCase()}`);
  const [sentence, depth, panel] = [tokenButtons(model), blockButtons(model), controls(model)];
  const [rows, lists, follow] = [stationRows(), sublayers(model), followed(model)];
  const figure = h("div", { class: "bw-figure" }, rows.element);
  root.append(
    h("p", { class: "bw-title" }, TITLE),
    h("div", { class: "bw-top" }, sentence.element, follow.element),
    h("div", { class: "bw-body" }, figure, lists.element),
    depth.element,
    panel.element,
  );
  const say = announcer(root);
  root.append(h("p", { class: "bw-note" }, NOTE));
  const motions = [
    [gliding(rows.put), rowNumbers],
    [gliding(lists.put), barNumbers],
    [gliding(depth.put), ({ growth }) => growth],
  ];

  function paint() {
    const shown = look(model);
    if (!shown) return;
    for (const { draw } of [sentence, follow, rows, lists, depth, panel]) draw(shown);
    for (const [motion, numbersOf] of motions) motion.to(numbersOf(shown));
    say(report(shown));
    for (const [name, value] of Object.entries(shown.results)) model.set(name, value);
  }
  return together(
    redrawOn(model, INPUTS, paint),
    onResize(root, paint),
    mountChallenge(model, root, NAMES),
    follow.stop,
    ...motions.map(([motion]) => motion.stop),
  );
}

/** How far the token is followed. */
function followed(model) {
  const show = (n) => `${n} ${STATIONS[model.get("order")][n]}`;
  return player(model, "station", "follow to", { ends: () => [0, LAST], show });
}

/** All numbers of one frame; null in the middle of a change. */
function look(model) {
  const state = Object.fromEntries(INPUTS.map((name) => [name, model.get(name)]));
  const { tokens, features, units, X, order, norm, block, station } = state;
  const fits = [X, state.w_in, state.w_out].map((table) => table.length);
  if (`${fits}` !== `${[tokens.length, features.length, units.length]}`) return null;
  const [wQ, wK, wV, wO, wIn, bIn, wOut] = TABLES.slice(1).map((name) => state[name]);
  const off = { attention: !state.attention, feedForward: !state.feed_forward };
  const results = trace(X, { wQ, wK, wV, wO, wIn, bIn, wOut }, { order, norm, off, block });
  const chosen = Math.min(state.selected, tokens.length - 1);
  return {
    ...{ tokens, features, units, order, off, block, station, chosen, results },
    names: STATIONS[order],
    rows: results.stations.map((rowsOfAll) => rowsOfAll[chosen]),
    lengths: results.lengths.map((ofAll) => ofAll[chosen]),
    weights: results.weights[chosen],
    hidden: results.hidden[chosen],
    growth: results.growth.map((ofAll) => ofAll[chosen]),
  };
}

/** The frame in a sentence or two: the station that is reached, or the whole way. */
function report(shown) {
  const { names, station } = shown;
  const told =
    station < LAST ? [station] : [names.indexOf("attention"), names.indexOf("feed-forward")];
  return told.map((n) => event(shown, n)).join(" ");
}

/** What happens at one station. */
function event({ tokens, units, names, lengths, off, weights, hidden, block, chosen }, n) {
  const long = `length ${format(lengths[n])}`;
  if (!n) return `The vector of “${tokens[chosen]}” enters block ${block} with ${long}.`;
  if (names[n] === "norm")
    return `The norm brings it from length ${format(lengths[n - 1])} to ${long}.`;
  if (names[n] === "sum") return `What was added and what was there make a vector of ${long}.`;
  if (names[n] === "attention") {
    if (off.attention) return "Attention is off and adds nothing.";
    const most = weights.indexOf(Math.max(...weights));
    return `Attention looks most at “${tokens[most]}” (${format(weights[most])}) and adds a vector of ${long}.`;
  }
  if (off.feedForward) return "The feed-forward layer is off and adds nothing.";
  const lit = units.filter((_, i) => hidden[i] > 0);
  if (!lit.length) return "In the feed-forward layer no unit is lit: it adds nothing.";
  const which = `${lit.length === 1 ? "one unit is" : `${lit.length} units are`} lit`;
  return `In the feed-forward layer ${which} (“${lit.join("”, “")}”); it adds a vector of ${long}.`;
}

/** The sentence; the token that is followed is pressed. */
function tokenButtons(model) {
  const element = h("div", { class: "bw-row", role: "group", "aria-label": "Token to follow" });
  const build = afresh((tokens) =>
    element.replaceChildren(
      ...tokens.map((word, i) => button(word, () => update(model, { selected: i }))),
    ),
  );
  const draw = ({ tokens, chosen }) => {
    build(tokens, tokens);
    press(element.children, chosen);
  };
  return { element, draw };
}

/** The stream's length before, between and after the blocks, which are buttons. */
function blockButtons(model) {
  const lengths = Array.from({ length: BLOCKS + 1 }, () => h("output", { class: "bw-value" }));
  const buttons = lengths.slice(1).map((_, i) =>
    button(`block ${i + 1}`, () => update(model, { block: i + 1 }), {
      "aria-label": `look into block ${i + 1}`,
    }),
  );
  const element = h(
    "div",
    { class: "bw-row bw-depth", role: "group", "aria-label": "Blocks, and lengths between them" },
    h("span", {}, "length"),
    lengths[0],
    ...buttons.flatMap((block, i) => [block, lengths[i + 1]]),
    h("span", { class: "bw-note" }, "(equal weights)"),
  );
  const draw = ({ block }) => press(buttons, block - 1);
  const put = (growth) => {
    for (const [i, output] of lengths.entries()) output.textContent = format(growth[i]);
  };
  return { element, draw, put };
}

const press = (buttons, chosen) => {
  for (const [i, one] of [...buttons].entries()) one.setAttribute("aria-pressed", i === chosen);
};

/** Where the norm stands and which it is, and the way back. */
function controls(model) {
  const chooser = (trait, options) =>
    choice(
      trait,
      options.map((name) => [name, name]),
      { read: () => model.get(trait), write: (value) => update(model, { [trait]: value }) },
    );
  const parts = [chooser("order", Object.keys(STATIONS)), chooser("norm", Object.keys(NORMS))];
  const reset = resetButton(model, INPUTS);
  const element = h("div", { class: "bw-row" }, ...parts.map((part) => part.element), reset);
  const draw = () => {
    for (const { refresh } of parts) refresh();
  };
  return { element, draw };
}

const view = { render };
export default view;
