// The small set of elements and gestures that every view shares. No state, no math.
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** An HTML element: h("button", { class: "x", onclick: f }, "text", child). */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Set attributes on an element that exists. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
}

/** `code` between backticks as an element, the rest as text: no HTML is ever parsed. */
export const rich = (text) =>
  text.split("`").map((part, i) => (i % 2 ? h("code", {}, part) : part));

/** A number as Python's f"{value:.2f}" writes it, halves to the even neighbour, but with
 *  a real minus sign; no "−0.00"; infinities and NaN by name. */
export function format(value, digits = 2) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const halves = Math.abs(value) * 2 ** (digits + 1); // odd where `value` lies halfway
  const up = Math.abs(value).toFixed(digits);
  const isOdd = halves % 2 === 1 && Number(up.at(-1)) % 2 === 1;
  const text = isOdd ? (Math.abs(value) - 0.4 * 10 ** -digits).toFixed(digits) : up;
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text;
}

export const point = (p) => `(${p.map((x) => format(x)).join(", ")})`;
export const clamp = (x, low, high) => Math.max(low, Math.min(high, x));
/** Positions are kept to 3 decimals, so that states stay short and comparable. */
export const round = (x) => Math.round(x * 1000) / 1000;
export const copy = (value) => JSON.parse(JSON.stringify(value));

let serial = 0;
/** An id no other element of the page has: two views of one widget never collide. */
export function uniqueId(stem) {
  serial += 1;
  return `bw-${stem}-${serial}`;
}

/** The outermost element of a view. */
export function stage(el, name, label) {
  // a group, not a landmark: a page may hold a dozen of the same kind
  const root = h("div", { class: `bw bw-${name}`, role: "group", "aria-label": label });
  // JupyterLab has shortcuts on Enter and the arrow keys
  root.addEventListener(
    "keydown",
    (event) => event.ctrlKey || event.metaKey || event.stopPropagation(),
  );
  el.append(root);
  return root;
}

/** Run `paint` at most once a frame; returns { request, cancel }. */
export function onFrame(paint) {
  let frame = 0;
  const run = () => {
    frame = 0;
    paint();
  };
  return {
    request: () => {
      frame ||= requestAnimationFrame(run);
    },
    cancel: () => cancelAnimationFrame(frame),
  };
}

/** Redraw when any of the named traits changes; returns the clean-up. */
export function redrawOn(model, names, paint) {
  const frame = onFrame(paint);
  for (const name of names) model.on(`change:${name}`, frame.request);
  paint();
  return () => {
    for (const name of names) model.off(`change:${name}`, frame.request);
    frame.cancel();
  };
}

/** Call `build(...given)` when what tells its elements apart has changed. */
export function afresh(build) {
  let last;
  return (key, ...given) => {
    const text = JSON.stringify(key);
    if (text !== last) build(...given);
    last = text;
  };
}

/** Paint again when the width of `element` changes; returns the clean-up. */
export function onResize(element, paint) {
  const frame = onFrame(paint);
  const observer = new ResizeObserver(frame.request);
  observer.observe(element);
  return () => {
    observer.disconnect();
    frame.cancel();
  };
}

/** One clean-up for several. */
export const together =
  (...stops) =>
  () => {
    for (const stop of stops) stop();
  };

/** Change traits and tell Python, where there is one. */
export function update(model, traits) {
  for (const [name, value] of Object.entries(traits)) model.set(name, value);
  model.save_changes();
}

const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/**
 * Make an SVG group draggable by mouse, finger and arrow keys.
 * `at(event)` gives data coordinates, `move(x, y)` takes them, `position()` reads them;
 * `done()` is called once at the end of a gesture. `axes` is "xy", "x" or "y".
 */
export function draggable(group, { at, move, position, done, step = 0.1, axes = "xy" }) {
  const only = ([dx, dy]) => [axes.includes("x") ? dx : 0, axes.includes("y") ? dy : 0];
  set(group, { tabindex: 0, role: "slider" });
  group.classList.add("bw-handle");
  group.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    group.focus({ preventScroll: true });
    group.setPointerCapture(event.pointerId);
  });
  // touch-action does nothing on a group of SVG: without this a finger scrolls the page
  group.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  group.addEventListener("pointermove", (event) => {
    if (group.hasPointerCapture(event.pointerId)) move(...at(event));
  });
  group.addEventListener("lostpointercapture", done);
  group.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key] && only(ARROWS[event.key]);
    if (!arrow || (!arrow[0] && !arrow[1])) return;
    if (event.altKey || event.ctrlKey || event.metaKey) return; // the browser's own
    event.preventDefault();
    event.stopPropagation(); // JupyterLab moves between cells on arrow keys
    const size = event.shiftKey ? 5 * step : step;
    const [x, y] = position();
    move(x + arrow[0] * size, y + arrow[1] * size);
    done();
  });
}

/** From an event on `svg` to the user units of its viewBox. */
export function pointerIn(svg, event) {
  const box = svg.getBoundingClientRect();
  const view = svg.viewBox.baseVal;
  return [
    view.x + ((event.clientX - box.left) / box.width) * view.width,
    view.y + ((event.clientY - box.top) / box.height) * view.height,
  ];
}

/** A labelled range input; `show(value)` words the value.
 *  Returns { element, input, refresh }. */
export function slider(label, { min, max, step, read, write, show, done }) {
  const output = h("output", { class: "bw-value" });
  const input = h("input", { type: "range", min, max, step });
  const element = h("label", { class: "bw-control" }, h("span", {}, label), input, output);
  input.addEventListener("input", () => write(Number(input.value)));
  // a thumb that is back where it started fires no "change"
  for (const end of ["change", "pointerup", "pointercancel"])
    input.addEventListener(end, () => done?.());
  input.addEventListener("keydown", (event) => event.stopPropagation());
  const refresh = () => {
    const value = read();
    input.value = value;
    input.setAttribute("aria-valuetext", show(value));
    output.textContent = show(value);
  };
  return { element, input, refresh };
}

/** A labelled choice; options are [value, text] pairs. Returns { element, refresh }. */
export function choice(label, options, { read, write }) {
  const input = h("select", {}, ...options.map(([value, text]) => h("option", { value }, text)));
  const element = h("label", { class: "bw-control" }, h("span", {}, label), input);
  input.addEventListener("change", () => write(input.value));
  input.addEventListener("keydown", (event) => event.stopPropagation());
  const refresh = () => {
    input.value = read();
  };
  return { element, refresh };
}

/** A labelled checkbox. Returns { element, refresh }. */
export function checkbox(label, { read, write }) {
  const input = h("input", { type: "checkbox" });
  const element = h("label", { class: "bw-check" }, input, label);
  input.addEventListener("change", () => write(input.checked));
  const refresh = () => {
    input.checked = read();
  };
  return { element, refresh };
}

export function button(text, onclick, attributes = {}) {
  return h("button", { type: "button", class: "bw-button", onclick, ...attributes }, text);
}

/** A button that brings back the inputs as they are now. */
export function resetButton(model, names) {
  const start = copy(Object.fromEntries(names.map((name) => [name, model.get(name)])));
  return button("Reset", () => update(model, copy(start)));
}

/** A line of text that changes at once for the eye, and for the ear after a rest. */
export function announcer(root) {
  const line = h("p", { class: "bw-status", "aria-hidden": "true" });
  const heard = h("p", { class: "bw-heard", role: "status" });
  root.append(line, heard);
  let rest = 0;
  return (text) => {
    if (line.textContent === text) return;
    line.textContent = text;
    clearTimeout(rest);
    rest = setTimeout(() => {
      heard.textContent = text;
    }, 400);
  };
}
