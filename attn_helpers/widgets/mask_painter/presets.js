// Masks that have a name, and how they are laid over the one that is there.
import { button, checkbox, h, slider, update } from "../kit/dom.js";
import { causalMask, prefixMask, windowMask } from "../kit/math/masks.js";

const filled = (tQ, tK, may) =>
  Array.from({ length: tQ }, (_, i) => Array.from({ length: tK }, (_, j) => may(i, j)));
const last = (n, tK) => Array.from({ length: n }, (_, i) => tK - n + i);

// Who may attend, from the sizes and the number n on the slider, where it counts.
const PRESETS = [
  ["Everyone", (tQ, tK) => filled(tQ, tK, () => true)],
  ["Causal", (tQ, tK) => causalMask(tQ, tK, tK - tQ)],
  ["Window", (tQ, tK, n) => windowMask(tQ, n, tK, tK - tQ)],
  ["Prefix", (tQ, tK, n) => prefixMask(tQ, n, tK, tK - tQ), (_, n) => ({ given: n })],
  [
    "Padding",
    (tQ, tK, n) => filled(tQ, tK, (_, j) => j < tK - n),
    (tK, n) => ({ padding: last(n, tK) }),
  ],
  [
    "One cell too many",
    (tQ, tK) => filled(tQ, tK, (i, j) => j <= i + tK - tQ || (!i && j === tK - 1)),
  ],
  ["Nobody", (tQ, tK) => filled(tQ, tK, () => false)],
];

/** What is chosen here at the start: n, whether closed cells stay closed, the last preset. */
export const CHOICES = { number: 2, both: false, last: null };

/** A button for each mask, its size, and whether it is laid over the present one. */
export function presets(state) {
  const { model } = state;
  const number = slider("size of window, prefix, padding", {
    min: 1,
    max: 5,
    step: 1,
    read: () => state.number,
    write: (n) => {
      state.change({ number: n });
      if (!state.both && state.last?.[1].length === 3) apply(state, state.last); // it takes n
    },
    show: String,
  });
  const both = checkbox("only where open already (AND)", {
    read: () => state.both,
    write: (on) => state.change({ both: on }),
  });
  const element = h(
    "div",
    {
      class: "bw-row",
      role: "group",
      "aria-label": "Masks",
      hidden: Boolean(model.get("challenge").goal),
    },
    ...PRESETS.map((preset) => button(preset[0], () => apply(state, preset))),
    number.element,
    both.element,
  );
  const draw = () => {
    number.refresh();
    both.refresh();
  };
  return { element, draw };
}

function apply(state, preset) {
  state.act();
  state.last = preset;
  const [, mask, more = () => ({})] = preset;
  const [before, padding, given] = ["mask", "padding", "given"].map((name) =>
    state.model.get(name),
  );
  const [tQ, tK] = [before.length, before[0].length];
  const n = Math.min(state.number, tK - 1);
  const made = { mask: mask(tQ, tK, n), given: 0, padding: [], ...more(tK, n) };
  if (state.both) {
    made.mask = made.mask.map((row, i) => row.map((may, j) => may && before[i][j]));
    made.padding = [...new Set([...padding, ...made.padding])];
    made.given = Math.max(given, made.given);
  }
  update(state.model, made);
}
