// The tokens of both sides as buttons, and lines from each target to what it looks at.
import { afresh, clamp, format, h, s } from "../kit/dom.js";

export const SIDES = ["target", "source"];
const STEPS = { ArrowUp: -1, ArrowDown: 1, Home: -1e9, End: 1e9 };
const ACROSS = { ArrowLeft: "target", ArrowRight: "source" };
const FAINT = 0.02; // weights below it get no line

export const visible = (token) => (token.trim() ? token : "␣");

/** Which token an event is on, if any. */
export function placeOf(event) {
  const { target, source } = event.target.closest?.("[data-target], [data-source]")?.dataset ?? {};
  if (target) return { side: "target", i: Number(target) };
  return source ? { side: "source", i: Number(source) } : null;
}

/** Both rows of tokens; `draw` lights up one token with all that it has to do with. */
export function tokenLinks() {
  const names = {
    target: h("span", { class: "bw-target" }),
    source: h("span", { class: "bw-source" }),
  };
  const lists = { target: h("div", { role: "group" }), source: h("div", { role: "group" }) };
  const box = { viewBox: "0 0 100 100", preserveAspectRatio: "none" };
  const lines = s("svg", { ...box, "aria-hidden": "true" });
  const head = [names.target, h("span"), names.source];
  const element = h("div", { class: "bw-links" }, ...head, lists.target, lines, lists.source);
  const build = afresh(({ tokens, axes, map }) => {
    for (const side of SIDES) {
      lists[side].replaceChildren(...tokens[side].map((text, i) => token(side, text, i)));
      lists[side].setAttribute("aria-label", `${axes[side]} tokens`);
      names[side].textContent = axes[side];
    }
    lines.replaceChildren(...linesOf(map));
  });
  const draw = (shown) => {
    build(shown.scene, shown);
    for (const side of SIDES)
      for (const [i, button] of [...lists[side].children].entries())
        drawToken(button, { side, i }, shown);
    const { side, i } = shown.lit;
    for (const path of lines.children)
      path.classList.toggle("bw-on", Number(path.getAttribute(`data-of-${side}`)) === i);
  };
  walk(element, lists);
  return { element, draw };
}

function token(side, text, i) {
  const word = h("span", { dir: "auto", title: text }, visible(text));
  const attributes = { type: "button", class: "bw-token", [`data-${side}`]: i };
  return h("button", attributes, word, h("span", { class: "bw-number" }));
}

/** A line for each weight that can be seen. */
function linesOf(map) {
  const line = (w, t, i) => {
    const y1 = (100 * t + 50) / map.length;
    const y2 = (100 * i + 50) / map[0].length;
    const ends = { "data-of-target": t, "data-of-source": i };
    const path = s("path", { d: `M0 ${y1}C45 ${y1} 55 ${y2} 100 ${y2}`, ...ends });
    path.style.setProperty("--w", w);
    return path;
  };
  return map.flatMap((row, t) => row.flatMap((w, i) => (w < FAINT ? [] : [line(w, t, i)])));
}

/** One stop of the tab key on each side: the token lit up, and the strongest across. */
function drawToken(button, { side, i }, { lit, pinned, shares, strongest }) {
  const asked = side === lit.side;
  const w = asked || shares[i] < 0.005 ? 0 : shares[i];
  const stop = asked ? lit.i : (strongest ?? 0);
  button.classList.toggle("bw-on", asked && i === lit.i);
  button.style.setProperty("--w", w);
  button.tabIndex = i === stop ? 0 : -1;
  button.setAttribute("aria-pressed", side === pinned.side && i === pinned.i);
  button.lastChild.textContent = w ? format(w) : "";
}

/** Arrow keys, Home and End walk along a side, and across. */
function walk(element, lists) {
  element.addEventListener("keydown", (event) => {
    const [step, across] = [STEPS[event.key], ACROSS[event.key]];
    if (event.altKey || event.ctrlKey || event.metaKey || (!step && !across)) return;
    event.preventDefault();
    const { side, i } = placeOf(event);
    const along = lists[side].children;
    if (across) lists[across].querySelector('[tabindex="0"]').focus();
    else along[clamp(i + step, 0, along.length - 1)].focus();
  });
}
