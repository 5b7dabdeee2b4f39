// The alignment viewer's view: who looks at whom, as lines and as a table of weights.

import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  choice,
  clamp,
  format,
  h,
  onResize,
  redrawOn,
  s,
  set,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { entropy } from "../kit/math/softmax.js";

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
const OTHER = { target: "source", source: "target" };
const STEPS = { ArrowUp: -1, ArrowDown: 1, Home: -1e9, End: 1e9 };
const CELL = [14, 30]; // how high a cell may be, in pixels
const FEW = 13; // tokens that have room for a finger each

/** As [layer][head][target][source], however the weights came. */
const stackOf = (weights) => (Array.isArray(weights[0]?.[0]) ? weights : [[weights]]);
const visible = (token) => (token.trim() ? token : "␣");
const sum = (row) => row.reduce((a, b) => a + b, 0);
/** What one token has to do with each token of the other side. */
const sharesOf = (map, { side, i }) => (side === "target" ? map[i] : map.map((row) => row[i]));
const strongestOf = (shares) => (sum(shares) ? shares.indexOf(Math.max(...shares)) : null);
/** In nats; only what a target hands out is a distribution. */
const spreadOf = (shares, side) =>
  side === "target" && sum(shares) ? entropy(shares.map((w) => w / sum(shares))) : null;

function placeOf(event) {
  const { target, source } = event.target.closest?.("[data-target], [data-source]")?.dataset ?? {};
  if (target) return { side: "target", i: Number(target) };
  return source ? { side: "source", i: Number(source) } : null;
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const root = stage(el, "alignment-viewer", "Which token looks at which");
  const names = {
    target: h("span", { class: "bw-target" }),
    source: h("span", { class: "bw-source" }),
  };
  const lists = { target: h("div", { role: "group" }), source: h("div", { role: "group" }) };
  const lines = s("svg", {
    viewBox: "0 0 100 100",
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  const cells = s("svg", { preserveAspectRatio: "none" });
  const labels = {
    target: h("div", { class: "bw-down" }),
    source: h("div", { class: "bw-along" }),
  };
  const frame = s("rect", { class: "bw-frame" });
  const corner = h("p", { class: "bw-note" });
  const pickers = h("div", { class: "bw-row" });
  const table = h(
    "div",
    { class: "bw-map", "aria-hidden": "true" },
    labels.target,
    cells,
    h("span"),
    labels.source,
  );
  const links = h(
    "div",
    { class: "bw-links" },
    names.target,
    h("span"),
    names.source,
    lists.target,
    lines,
    lists.source,
  );
  root.append(pickers, h("div", { class: "bw-sides" }, links, h("div", {}, corner, table)));
  const say = announcer(root);

  let drawn = null; // what the elements were made from
  let map = [];
  const tokens = {};
  let preview = null; // what the mouse or the focus is on
  let choices = [];
  let offered = null;

  const token = (side) => (text, i) => {
    const number = h("span", { class: "bw-number" });
    const box = h(
      "button",
      { type: "button", class: "bw-token", [`data-${side}`]: i },
      h("span", { dir: "auto", title: text }, visible(text)),
      number,
    );
    return { box, number };
  };
  const label = (side) => (text, i) =>
    h("span", { [`data-${side}`]: i }, h("span", { dir: "auto" }, visible(text)));

  function line(t, i) {
    const y1 = (100 * t + 50) / map.length;
    const y2 = (100 * i + 50) / map[0].length;
    const path = s("path", {
      d: `M0 ${y1}C45 ${y1} 55 ${y2} 100 ${y2}`,
      "data-of-target": t,
      "data-of-source": i,
    });
    path.style.setProperty("--w", map[t][i]);
    return path;
  }

  /** Make the elements anew: for other tokens, another layer or another head. */
  function build() {
    preview = null;
    for (const side of ["target", "source"]) {
      const texts = get(side);
      const name = get("axes")[side === "target" ? 0 : 1];
      tokens[side] = texts.map(token(side));
      lists[side].replaceChildren(...tokens[side].map(({ box }) => box));
      lists[side].setAttribute("aria-label", `${name} tokens`);
      labels[side].replaceChildren(...texts.map(label(side)));
      names[side].textContent = name;
    }
    corner.textContent = `weights, 0 to 1: a row for each ${get("axes")[0]} token`;
    root.classList.toggle("bw-many", Math.max(map.length, map[0].length) > FEW);
    lines.replaceChildren(
      ...map.flatMap((row, t) => row.flatMap((w, i) => (w < 0.02 ? [] : [line(t, i)]))),
    );
    table.style.setProperty("--columns", map[0].length);
    set(cells, { viewBox: `0 0 ${map[0].length} ${map.length}` });
    const cell = (t) => (w, i) =>
      s("rect", { x: i, y: t, width: 1, height: 1, "fill-opacity": w, "data-target": t });
    cells.replaceChildren(...map.flatMap((row, t) => row.map(cell(t))), frame);
  }

  /** A choice each of layer and head, where there is more than one. */
  function offerChoices(counts) {
    choices = Object.entries(counts)
      .filter(([, count]) => count > 1)
      .map(([trait, count]) => {
        const options = Array.from({ length: count }, (_, i) => [
          i,
          get(`${trait}s`)[i] ?? String(i + 1),
        ]);
        return choice(trait, options, {
          read: () => get(trait),
          write: (value) => update(model, { [trait]: Number(value) }),
        });
      });
    pickers.replaceChildren(...choices.map(({ element }) => element));
    pickers.hidden = !choices.length;
  }

  function measure() {
    const cell = cells.clientWidth / (map[0]?.length || 1);
    cells.style.height = `${map.length * clamp(cell, ...CELL)}px`;
    table.classList.toggle("bw-dense", cell < CELL[0]);
  }

  /** Light up one token with all that it has to do with. */
  function light({ side, i }) {
    const shares = sharesOf(map, { side, i });
    const best = strongestOf(shares);
    for (const one of ["target", "source"]) {
      const at = one === side ? i : best;
      tokens[one].forEach(({ box, number }, j) => {
        const w = one === side || shares[j] < 0.005 ? 0 : shares[j];
        box.classList.toggle("bw-on", one === side && j === i);
        box.style.setProperty("--w", w);
        box.tabIndex = j === (at ?? 0) ? 0 : -1;
        number.textContent = w ? format(w) : "";
      });
      for (const [j, element] of [...labels[one].children].entries())
        element.classList.toggle("bw-on", j === at);
    }
    for (const path of lines.children)
      path.classList.toggle("bw-on", Number(path.getAttribute(`data-of-${side}`)) === i);
    frame.classList.toggle("bw-column", side === "source");
    set(
      frame,
      side === "target"
        ? { x: 0, y: i, width: map[0].length, height: 1 }
        : { x: i, y: 0, width: 1, height: map.length },
    );
    say(wording(side, i, shares, best));
  }

  function wording(side, i, shares, best) {
    const [one, other] = [get(side)[i], get(OTHER[side])[best ?? 0]].map(
      (text) => `“\u2068${visible(text)}\u2069”`,
    ); // isolated: it may run from right to left
    if (best === null)
      return side === "target"
        ? `${one} looks at nothing: all its weights are 0.`
        : `Nothing looks at ${one}.`;
    if (side === "source" && sum(shares) < 0.005)
      return `Hardly anything looks at ${one}: ${format(sum(shares))} in all.`;
    const most = format(shares[best]);
    if (side === "source")
      return `${one} is looked at most by ${other}: ${most}. It gets ${format(sum(shares))} in all: a column need not sum to 1.`;
    const spread = spreadOf(shares, side);
    return `${one} looks most at ${other}: ${most}. Entropy ${format(spread)} nats, of ln ${shares.length} = ${format(Math.log(shares.length))} at most.`;
  }

  function paint() {
    const stack = stackOf(get("weights"));
    const pinned = { side: get("side"), i: get("chosen") };
    const next = stack[get("layer")]?.[get("head")];
    const sizes = [next?.length, next?.[0].length];
    if (
      sizes[0] !== get("target").length ||
      sizes[1] !== get("source").length ||
      pinned.i >= get(pinned.side).length
    )
      return; // a change half told
    map = next;
    const scene = JSON.stringify([map, ...["source", "target", "axes"].map(get)]);
    if (scene !== drawn) build();
    drawn = scene;
    const offer = JSON.stringify([stack.length, stack[0].length, get("layers"), get("heads")]);
    if (offer !== offered) offerChoices({ layer: stack.length, head: stack[0].length });
    offered = offer;
    measure();
    for (const picker of choices) picker.refresh();
    for (const side of ["target", "source"])
      for (const [j, { box }] of tokens[side].entries())
        box.setAttribute("aria-pressed", side === pinned.side && j === pinned.i);
    light(preview ?? pinned);
    const shares = sharesOf(map, pinned);
    model.set("shares", shares);
    model.set("strongest", strongestOf(shares));
    model.set("largest", Math.max(...shares));
    model.set("entropy", spreadOf(shares, pinned.side));
  }

  const look = (place) => {
    preview = place;
    light(place ?? { side: get("side"), i: get("chosen") });
  };
  root.addEventListener(
    "pointerover",
    (event) => event.pointerType === "mouse" && look(placeOf(event)),
  );
  root.addEventListener("pointerleave", () => look(null));
  root.addEventListener("focusin", (event) => look(placeOf(event)));
  root.addEventListener("focusout", () => look(null));
  root.addEventListener("click", (event) => {
    const place = placeOf(event);
    if (place) update(model, { side: place.side, chosen: place.i });
  });
  links.addEventListener("keydown", (event) => {
    const { side, i } = placeOf(event);
    const across = { ArrowLeft: "target", ArrowRight: "source" }[event.key];
    if (!across && !STEPS[event.key]) return;
    event.preventDefault();
    if (across) lists[across].querySelector('[tabindex="0"]').focus();
    else tokens[side][clamp(i + STEPS[event.key], 0, tokens[side].length - 1)].box.focus();
  });
  return together(
    redrawOn(model, INPUTS, paint),
    onResize(cells, measure),
    mountChallenge(model, root),
  );
}

const view = { render };
export default view;
