// The display of a trial, and what is answered to it.
import { ms } from "../experiments/table.js";
import { s, set } from "../kit/dom.js";
import { LIMITS } from "./design.js";

const WIDE = 480;
const HIGH = 200;
const BOX = { left: 90, right: WIDE - 90 };
const ARROW = {
  left: "M198 100 222 82v12h58v12h-58v12z",
  right: "M282 100 258 82v12h-58v12h58v12z",
  both: "M198 100 220 82v12h40v-12l22 18-22 18v-12h-40v12z",
};

/** The display with nothing, an arrow or an arrow and a dot. */
export function scene() {
  const svg = s("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, "aria-hidden": "true" });
  for (const x of Object.values(BOX)) {
    svg.append(s("rect", { class: "box", x: x - 36, y: 64, width: 72, height: 72, rx: 4 }));
  }
  const cross = s("path", { class: "cross", d: "M240 88v24M228 100h24" });
  const cue = s("path", { class: "cue" });
  const target = s("circle", { class: "target", cy: 100, r: 15 });
  svg.append(cross, cue, target);
  const paint = (arrow, side) => {
    set(cross, { visibility: arrow ? "hidden" : "inherit" });
    set(cue, { d: ARROW[arrow] ?? "", visibility: arrow ? "inherit" : "hidden" });
    set(target, { cx: BOX[side] ?? 0, visibility: side ? "inherit" : "hidden" });
  };
  paint();
  return { svg, paint };
}

export async function trial(trial, paint, { wait, show, listen, answer }) {
  await show(() => paint());
  await wait(trial.wait);
  listen();
  const cued = await show(() => paint(trial.cue));
  let press = await answer(trial.soa);
  let onset = cued + trial.soa;
  if (!press) {
    onset = await show(() => paint(trial.cue, trial.target));
    press = await answer(trial.target ? LIMITS[1] : 1000);
  }
  paint();
  const { wait: _, ...known } = trial;
  const rt = press && Math.round(10 * (press.time - onset)) / 10;
  return { ...known, soa: Math.round(onset - cued), rt };
}

export function feedback({ target, rt }, practice) {
  if (target === null) {
    if (rt === null) return practice ? "Right: no dot, no press." : "";
    return "There was no dot. Wait until you see one.";
  }
  if (rt === null) return "No press. Press as soon as you see the dot.";
  if (rt < LIMITS[0]) return "Too early. Wait for the dot.";
  return practice ? `${ms(rt)} ms` : "";
}
