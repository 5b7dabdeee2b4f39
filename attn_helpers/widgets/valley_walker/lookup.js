// The record of the Nile, and what a lookup of the present bandwidth makes of it.
import { afresh, s, set } from "../kit/dom.js";
import { nadarayaWatson } from "../kit/math/kernel_regression.js";
import { boxOf, ground, scale } from "./panel.js";
import { worded } from "./walk.js";

const FLOWS = [400, 1400]; // from the foot of the panel to its top
const FLOW_TICKS = [400, 600, 800, 1000, 1200, 1400];
const YEAR_TICKS = [1880, 1900, 1920, 1940, 1960];
const FITS = [0.8, 5]; // years: the bandwidths whose loss is within 5 % of the lowest

/** All of the drawing; `draw` has the state, `put` the bandwidth on its way. */
export function lookup() {
  const element = s("svg", { role: "img", "aria-label": "The lookup with this bandwidth" });
  const [back, dots] = [s("g"), s("g", { class: "bw-dots" })];
  const [curve, title] = [s("path", { class: "bw-curve" }), s("text", { class: "bw-answer" })];
  element.append(back, dots, curve, title);

  let [at, now] = [null, null]; // the scales of the present drawing, and the state
  const build = afresh(({ year, flow }, box) => {
    at = {
      box,
      toX: scale([year[0], year.at(-1)], [box.left, box.width - box.right]),
      toY: scale(FLOWS, [box.foot, box.top]),
    };
    set(element, { viewBox: `0 0 ${box.width} ${box.height}` });
    const across = FLOW_TICKS.map((m) => [at.toY(m), `${m}`]);
    const along = YEAR_TICKS.map((y) => [at.toX(y), `${y}`]);
    back.replaceChildren(...ground(box, across, along, ["flow (10⁸ m³)", "year"]));
    const circle = (y, i) => s("circle", { cx: at.toX(y), cy: at.toY(flow[i]), r: 2.5 });
    dots.replaceChildren(...year.map(circle));
    set(title, { x: box.width - box.right, y: 14, "text-anchor": "end" });
  });
  const draw = (shown) => {
    now = shown;
    const box = boxOf(Math.round(element.clientWidth) || 344, shown.isCompact);
    build([shown.year, shown.flow, box], shown, box);
  };
  const put = (bandwidth) => {
    set(curve, { d: answers(at, now, bandwidth) });
    title.textContent = `h = ${worded(bandwidth)}: ${judged(bandwidth)}`;
  };
  return { element, draw, put };
}

/** How well a bandwidth suits the record, in words. */
export const judged = (h) =>
  h < FITS[0] ? "too narrow" : h > FITS[1] ? "too wide" : "about right";

/** The lookup's answer to each half year. */
function answers({ toX, toY }, { year, flow }, bandwidth) {
  const asked = Array.from({ length: 2 * year.length - 1 }, (_, i) => year[0] + i / 2);
  const { estimate } = nadarayaWatson(asked, year, flow, bandwidth);
  const places = asked.map((y, i) => `${toX(y).toFixed(1)} ${toY(estimate[i]).toFixed(1)}`);
  return `M${places.join("L")}`;
}
