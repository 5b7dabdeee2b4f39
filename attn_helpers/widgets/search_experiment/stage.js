// The display of a trial, and what is answered to it.
import { ms } from "../experiments/table.js";
import { s } from "../kit/dom.js";
import { HIGH, LIMITS, letters, WIDE } from "./design.js";

const SHAPES = { T: "M-11-11H11M0-11V12", X: "M-10-11 10 11M10-11-10 11" };

export const glyph = ({ letter, hue, x, y }) =>
  s("path", { class: hue, d: SHAPES[letter], transform: `translate(${x} ${y})` });

export function scene(width = WIDE, height = HIGH) {
  const box = `0 0 ${width} ${height}`;
  return s("svg", { viewBox: box, class: "display", "aria-hidden": "true" });
}

export async function trial(trial, svg, { wait, show, listen, answer }) {
  const cross = s("path", { class: "cross", d: "M240 148v24M228 160h24" });
  await show(() => svg.replaceChildren(cross));
  await wait(500);
  const drawn = letters(trial).map(glyph);
  listen();
  const onset = await show(() => svg.replaceChildren(...drawn));
  const press = await answer(LIMITS[1]);
  svg.replaceChildren();
  const { layout: _, ...known } = trial;
  return {
    ...known,
    answer: press?.value ?? null,
    rt: press && Math.round(10 * (press.time - onset)) / 10,
  };
}

export function feedback({ present, answer, rt }, practice) {
  if (answer === null) return "No answer within 5 s.";
  if (rt < LIMITS[0]) return "Too early. Look first.";
  if (answer !== present) {
    return present ? "Not right: the orange T was there." : "Not right: no orange T.";
  }
  return practice ? `Right, ${ms(rt)} ms` : "";
}
