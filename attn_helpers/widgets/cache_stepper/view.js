// A text is written token by token: what each step computes, and what is kept for the next.
import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  checkbox,
  choice,
  clamp,
  h,
  onResize,
  redrawOn,
  resetButton,
  set,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { gliding } from "../kit/motion.js";
import { player } from "../kit/player.js";
import { lastOutputs } from "./layer.js";
import { HEADS, modelBytes, SHARING, tokenBytes, workOf } from "./sizes.js";
import { tally, tallyNumbers } from "./tally.js";
import { cellNumbers, triangle } from "./triangle.js";

const INPUTS = ["tokens", "prompt", "read", "cache", "sharing", "window"];
const NAMES = { sharing: "the heads that are kept", window: "the window" };
const TITLE = "What a cache keeps, and what it saves";
const NOTE =
  "One layer of a stack, weights made up; the next one reads all its rows. A cell says how often its pair has been computed; hidden pairs are not counted. MLA is absorbed. Llama 3.1 8B itself has GQA by fours.";

function render({ model, el }) {
  const root = stage(el, "cache-stepper", `Cache stepper: ${TITLE.toLowerCase()}`);
  const [figure, sums] = [triangle(), tally()];
  const [top, panel] = [steps(model), controls(model)];
  const left = h("div", { class: "bw-figure" }, figure.element);
  const say = announcer(left);
  root.append(
    h("p", { class: "bw-title" }, TITLE),
    top.element,
    panel.element,
    h("div", { class: "bw-body" }, left, sums.element),
    h("p", { class: "bw-note" }, NOTE),
  );
  const motions = [
    [gliding(figure.put), cellNumbers],
    [gliding(sums.put), tallyNumbers],
  ];

  function paint() {
    const shown = look(model);
    for (const { draw } of [top, figure, sums, panel]) draw(shown);
    for (const [motion, numbersOf] of motions) motion.to(numbersOf(shown));
    say(report(shown));
    for (const [name, value] of Object.entries(shown.results)) model.set(name, value);
  }
  return together(
    redrawOn(model, INPUTS, paint),
    onResize(root, paint),
    mountChallenge(model, root, NAMES),
    top.stop,
    ...motions.map(([motion]) => motion.stop),
  );
}

/** Where the text ends, the prompt is no longer than it, and no less has been read. */
function within(model) {
  const t = model.get("tokens").length;
  const prompt = Math.min(model.get("prompt"), t);
  return { t, prompt, read: clamp(model.get("read"), prompt, t) };
}

/** All that one frame shows. */
function look(model) {
  const { t, prompt, read } = within(model);
  const [tokens, cache] = [model.get("tokens"), model.get("cache")];
  const [sharing, window] = [model.get("sharing"), model.get("window")];
  const isWindowed = window < t;
  const stored = Math.min(read, window);
  const { times, counts } = workOf({ cache, sharing, read, prompt, window });
  const results = {
    times,
    counts,
    times_more: counts[2][1] / counts[2][0],
    outputs: lastOutputs(tokens.slice(0, read), { sharing, prompt, window }),
    cached_bytes: cache ? stored * tokenBytes(sharing) : 0,
    model_bytes: modelBytes(sharing, isWindowed),
    own_keys: SHARING[sharing] || HEADS,
  };
  const fresh = read > prompt ? read - 1 : 0; // the first row that this step adds
  return {
    tokens,
    cache,
    sharing,
    window,
    prompt,
    read,
    fresh,
    stored,
    isWindowed,
    results,
    ...results,
  };
}

/** The step in a sentence or two. */
function report({ tokens, cache, sharing, prompt, read, stored, times }) {
  const all = times.flat().filter(Boolean).length;
  const pairs = cache && read > prompt ? times.at(-1).filter(Boolean).length : all;
  const inEach = `${count(pairs, "pair")} in each head`;
  const next = read < tokens.length ? ` Next: “${tokens[read]}”.` : "";
  if (read === prompt) return `Prefill: ${count(read, "row")} at once, ${inEach}.${next}`;
  const word = `Decode: “${tokens[read - 1]}” is read`;
  const kept = sharing === "MLA" ? "The latents" : "Keys and values";
  if (cache)
    return `${word}, one row, ${inEach}. ${kept} of ${count(stored - 1, "earlier token")} are there.${next}`;
  const again = all - times.at(-1).filter(Boolean).length;
  return `${word}, and all ${read} rows are computed: ${inEach}, ${again} of them not for the first time.${next}`;
}

const count = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

/** How far the text has come, and whether anything is kept. */
function steps(model) {
  const ends = () => [within(model).prompt, within(model).t];
  const show = (n) => (n === ends()[0] ? `${n}, prefill` : `${n}, decode`);
  const way = player(model, "read", "tokens", { ends, show });
  const keep = checkbox("keep keys and values: a cache", {
    read: () => model.get("cache"),
    write: (cache) => update(model, { cache }),
  });
  const element = h("div", { class: "bw-top" }, keep.element, way.element);
  const draw = () => {
    keep.refresh();
    way.draw();
  };
  return { element, draw, stop: way.stop };
}

/** How heads share, what the window drops, how long the prompt is, and the way back. */
function controls(model) {
  const options = Object.entries(SHARING).map(([name, heads]) => [
    name,
    heads ? `${heads}: ${name}` : `a latent: ${name}`,
  ]);
  const shared = choice("heads kept", options, {
    read: () => model.get("sharing"),
    write: (sharing) => update(model, { sharing }),
  });
  const number = (trait, label, show) =>
    slider(label, {
      min: 1,
      max: within(model).t,
      step: 1,
      read: () => Math.min(model.get(trait), within(model).t),
      write: (n) => model.set(trait, n),
      show,
      done: () => model.save_changes(),
    });
  const window = number("window", "window", (n) => (n === within(model).t ? "all" : `${n}`));
  const prompt = number("prompt", "prompt", (n) => `${n}`);
  const parts = [shared, window, prompt];
  const reset = resetButton(model, INPUTS);
  const element = h(
    "div",
    { class: "bw-row bw-choices" },
    ...parts.map((part) => part.element),
    reset,
  );
  const draw = () => {
    for (const { input } of [window, prompt]) set(input, { max: within(model).t });
    for (const { refresh } of parts) refresh();
  };
  return { element, draw };
}

const view = { render };
export default view;
