// The loss on other text of every depth and rate: a cell each, and a third of it a seed.
import { clamp, h, set } from "../kit/dom.js";
import { LAYERS, median, RATES } from "./runs.js";
import { numberOf } from "./strips.js";

const BEST = 2; // the loss of the darkest cell,
const FULL = 0.42; // and its opacity
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The table of buttons; `choose(traits)` is told of depth and rate. */
export function depthRateMap(choose) {
  const buttons = LAYERS.map((layers) =>
    RATES.map((rate) => h("button", { type: "button", onclick: () => choose({ layers, rate }) })),
  );
  const head = RATES.map((rate) => h("th", { scope: "col" }, rate));
  const rows = LAYERS.map((layers, i) =>
    h("tr", {}, h("th", { scope: "row" }, layers), ...buttons[i].map((one) => h("td", {}, one))),
  );
  const element = h(
    "table",
    { class: "bw-map" },
    h("caption", {}, "Loss on other text: layers × rate"),
    h("thead", {}, h("tr", {}, h("td"), ...head)),
    h("tbody", {}, ...rows),
  );
  const placeOf = (button) => {
    const i = buttons.findIndex((row) => row.includes(button));
    return i < 0 ? null : [i, buttons[i].indexOf(button)];
  };
  element.addEventListener("keydown", (event) => {
    const [arrow, place] = [ARROWS[event.key], placeOf(event.target)];
    if (!arrow || !place || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const i = clamp(place[0] + arrow[0], 0, LAYERS.length - 1);
    const j = clamp(place[1] + arrow[1], 0, RATES.length - 1);
    buttons[i][j].focus();
    buttons[i][j].click();
  });

  const draw = (shown) => {
    for (const [i, layers] of LAYERS.entries())
      for (const [j, rate] of RATES.entries()) {
        const isChosen = layers === shown.layers && rate === shown.rate;
        drawCell(buttons[i][j], { layers, rate, isChosen }, shown);
      }
  };
  return { element, draw };
}

/** How full a third is: not at all where nothing but the letters' shares is learnt. */
const fullness = (loss, unigram) => FULL * clamp((unigram - loss) / (unigram - BEST), 0, 1);

function drawCell(button, { layers, rate, isChosen }, { map, unigram }) {
  const losses = map?.[LAYERS.indexOf(layers)][RATES.indexOf(rate)] ?? [];
  const told = losses.map((loss) => numberOf("loss", loss));
  button.textContent = losses.length ? numberOf("loss", median(losses)) : "";
  for (const [seed, loss] of losses.entries()) {
    const full = Number.isFinite(loss) ? fullness(loss, unigram) : 0;
    button.style.setProperty(`--seed-${seed}`, `${(100 * full).toFixed(1)}%`);
  }
  set(button, {
    "aria-pressed": isChosen,
    "aria-label": `${layers} layers, rate ${rate}: ${told.join(", ") || "not here yet"}`,
    tabindex: isChosen ? 0 : -1,
  });
}
