// A language model at work in the page: what it reads, where it looks, what it expects.
import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  format,
  h,
  onFrame,
  redrawOn,
  resetButton,
  slider,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { whenSeen } from "../kit/later.js";
import { gliding } from "../kit/motion.js";
import { bringMore, bringOwn } from "./bring.js";
import { entry } from "./entry.js";
import { visible } from "./letters.js";
import { lensOf, oddsNumbers, percent, readings } from "./readings.js";
import { session } from "./session.js";
import { strip, weightNumbers } from "./strip.js";
import { atTemperature, writer } from "./writer.js";

const INPUTS = ["text", "temperature", "chosen", "seed"];
const TITLE = "A language model at work in this page";
const NOTE =
  "Cells: where each head looks from the framed letter. Logit lens: the stream there, unembedded early.";

function render({ model, el }) {
  const root = stage(el, "language-model-explorer", TITLE);
  let refused = {}; // what was wrong with what was typed last, and the text it left
  const soon = onFrame(() => paint());
  const mind = session(() => {
    if (isBusy(mind.held)) root.setAttribute("aria-busy", true);
    soon.request();
  });
  const now = () => look(model, mind.held);
  const append = (n) => writeOne(model, mind, now(), n);
  const hand = writer(model, {
    odds: () => (mind.held.status === "done" ? now().odds : null),
    append,
    isFull: () => now().isFull,
    isOver: () => mind.held.pieces.at(-1) === mind.held.about?.end,
    pause: () => (mind.held.about?.heavy ? 30 : 320),
    length: () => mind.held.pieces.length,
  });
  const byHand = (act) => (value) => {
    hand.stop();
    act(value);
  };
  const line = entry(model, {
    touched: hand.stop,
    refuse(sentence) {
      refused = { sentence, text: model.get("text") };
      soon.request();
    },
  });
  const isLast = (place) => place >= mind.held.pieces.length - 1;
  const choose = (place) => update(model, { chosen: isLast(place) ? -1 : place });
  const [map, lists] = [strip(byHand(choose)), readings(byHand(append))];
  const [heat, bytes] = [warmth(model), cacheLine()];
  let more = { draw() {}, stop() {} }; // until it is there
  const top = h("div", { class: "bw-row bw-top" }, h("p", { class: "bw-title" }, TITLE));
  const below = h("div");
  const back = () => mind.use(bringOwn(model), "The model is on its way: 280 kB.");
  const begin = () => {
    back();
    bringMore({ model, use: mind.use, back, choose: byHand(choose) }).then(
      (made) => {
        more = made;
        top.append(more.offer);
        below.append(more.element);
        soon.request();
      },
      () => {}, // the model has not come, either, and the figure says so
    );
  };
  const reset = resetButton(model, INPUTS);
  reset.addEventListener("click", hand.stop);
  root.append(
    top,
    line.element,
    h("div", { class: "bw-row" }, hand.element, reset, heat.element),
    ...[map, lists, bytes].map((part) => part.element),
    below,
  );
  const [say, note] = [announcer(root), h("p", { class: "bw-note" }, NOTE)];
  root.append(note);
  const motions = [
    [gliding(map.put), weightNumbers],
    [gliding(lists.put), oddsNumbers],
  ];

  function paint() {
    mind.read(model.get("text"));
    const shown = now();
    root.setAttribute("aria-busy", isBusy(mind.held));
    const isLarge = Boolean(shown.about?.heavy); // with more heads than the strip can show
    map.element.hidden = note.hidden = isLarge;
    for (const { draw } of [line, hand, lists, heat, bytes, more]) draw(shown);
    if (!isLarge) map.draw(shown);
    for (const [motion, numbersOf] of isLarge ? motions.slice(1) : motions)
      motion.to(numbersOf(shown));
    say((refused.text === shown.text && refused.sentence) || report(shown));
    for (const [name, value] of Object.entries(shown.results)) model.set(name, value);
  }
  return together(
    redrawOn(model, INPUTS, paint),
    busyWithNews(model, root),
    whenSeen(root, begin),
    mountChallenge(model, root),
    mind.stop,
    hand.stop,
    () => more.stop(),
    soon.cancel,
    ...motions.map(([motion]) => motion.stop),
  );
}

/** A new text is unread until it is painted; returns the clean-up. */
function busyWithNews(model, root) {
  const mark = () => root.setAttribute("aria-busy", true);
  model.on("change:text", mark);
  return () => model.off("change:text", mark);
}

const isBusy = ({ status }) => ["loading", "ready", "reading"].includes(status);

/** All that one frame shows. `place` is the letter to look from: while the model is still
 *  reading, the last that it has read. */
function look(model, held) {
  const { about, pieces, rows, status } = held;
  const [text, chosen] = [model.get("text"), model.get("chosen")];
  const wanted = chosen < 0 ? pieces.length - 1 : Math.min(chosen, pieces.length - 1);
  const place = Math.max(0, Math.min(wanted, rows.length - 1));
  const row = rows[place];
  const temperature = model.get("temperature");
  const odds = row && atTemperature(row.best, temperature);
  const shown = { ...held, text, place, row, temperature, odds };
  const isFull = Boolean(about) && pieces.length >= about.maxLength;
  const isWhole = status === "done" && row?.lens && row.best.ids.length === about.vocab;
  return { ...shown, isFull, results: isWhole ? resultsOf(shown) : {} };
}

/** The traits that follow, in the order of the letters. */
function resultsOf({ about, row, odds, cacheBytes }) {
  const { layers, heads, vocab } = about;
  const inOrder = ({ ids, p }) => {
    const all = Array(vocab).fill(0);
    for (const [n, id] of ids.entries()) all[id] = p[n];
    return all;
  };
  const t = row.weights.length / (layers * heads);
  const ofHead = (n) => [...row.weights.subarray(n * t, (n + 1) * t)];
  const ofLayer = (layer) => Array.from({ length: heads }, (_, n) => ofHead(layer * heads + n));
  const lens = Array.from({ length: layers + 1 }, (_, n) => inOrder(lensOf(row, about, n)));
  const best = row.best.ids[0];
  return {
    odds: inOrder(odds),
    weights: Array.from({ length: layers }, (_, layer) => ofLayer(layer)),
    lens,
    surest: lens[layers][best],
    earlier: lens[layers - 1][best],
    cache_bytes: cacheBytes,
  };
}

/** Write the n-th letter of the odds after the letter that is looked from. */
function writeOne(model, mind, { ids, pieces, place, odds }, n) {
  const text = pieces.slice(0, place + 1).join("") + odds.pieces[n];
  mind.know(text, [...ids.slice(0, place + 1), odds.ids[n]]);
  update(model, { text, chosen: -1 });
}

/** The frame in a sentence or two. */
function report({ status, why, said, about, row, pieces, place, isFull }) {
  if (status === "failed") return `The model could not be brought: ${why}`;
  if (status === "refused") return why;
  if (!row) return said;
  if (isFull && place === pieces.length - 1)
    return (
      about.full ??
      `The text is full: the model was trained on ${about.maxLength} letters and knows no longer text.`
    );
  const best = (n) => {
    const { pieces: named, p } = lensOf(row, about, n);
    return bestOf(named, p);
  };
  const end = visible(pieces.slice(Math.max(0, place - 7), place + 1).join(""));
  const { best: odds } = row;
  const first = row.lens ? best(about.layers) : bestOf(odds.pieces, [Math.exp(odds.logp[0])]);
  const last = `After “${place > 7 ? "…" : ""}${end}” the model expects ${first}.`;
  if (!row.lens) return last;
  return `${last} Read one layer earlier, it would be ${best(about.layers - 1)}.`;
}

const bestOf = (pieces, p) => `“${visible(pieces[0])}” (${percent(p[0])})`;

/** The slider of the temperature. */
function warmth(model) {
  const { element, refresh } = slider("temperature", {
    ...{ min: 0.1, max: 2, step: 0.1 },
    read: () => model.get("temperature"),
    write: (value) => model.set("temperature", value),
    show: (value) => format(value, 1),
    done: () => model.save_changes(),
  });
  return { element, draw: refresh };
}

/** What the cache holds, multiplied out. */
function cacheLine() {
  const element = h("p", { class: "bw-cache" });
  const draw = ({ about, rows }) => {
    if (!about) return element.replaceChildren("Cache: empty");
    const numbers = about.kvHeads * about.headWidth;
    const bytes = about.bytesPerToken / (2 * about.layers * numbers);
    const part = (role, text) => h("span", { class: `bw-${role}` }, text);
    element.replaceChildren(
      `Cache: ${rows.length} ${about.unit ?? "letter"}s × ${about.layers} layers × (`,
      part("keys", `${numbers} numbers of a key`),
      " + ",
      part("values", `${numbers} of a value`),
      `) × ${bytes} bytes = `,
      h("strong", {}, `${(rows.length * about.bytesPerToken).toLocaleString("en")} bytes`),
    );
  };
  return { element, draw };
}

const view = { render };
export default view;
