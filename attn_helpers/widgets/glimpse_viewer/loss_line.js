// How the mean loss of the picks goes on, beside the loss of the mixture.
import { format, h, s, set } from "../kit/dom.js";

export const MOST = 2000; // picks
const [LEFT, RIGHT, TOP, FOOT, HEIGHT] = [44, 8, 8, 100, 122];
const TICKS = [1, 10, 100, 1000];

/** The line over the number of picks, with a dot for the loss of each. */
export function lossLine() {
  const svg = s("svg", { role: "img" });
  const axis = s("g");
  const [dots, ...lines] = ["dots", "mix", "tends", "mean"].map((kind) =>
    s("path", { class: `bw-of-${kind}` }),
  );
  const [mix, tends, mean] = lines;
  svg.append(axis, dots, ...lines);
  const legend = h("p", { class: "bw-legend" });
  const draw = ({ results, picks, losses, places, chances }) => {
    const width = Math.max(260, svg.clientWidth || 640);
    const at = scales(width, Math.max(1e-9, ...losses.filter((_, i) => chances[i])));
    set(svg, { viewBox: `0 0 ${width} ${HEIGHT}`, "aria-label": labelOf(results, picks) });
    axis.replaceChildren(...axisOf(at));
    const seen = places.slice(0, picks).map((place) => losses[place]);
    set(dots, { d: seen.map((loss, i) => `M${at.x(i + 1)} ${at.y(loss)}h0`).join("") });
    set(mean, { d: pathOf(running(seen), at) });
    set(tends, { d: `M${LEFT} ${at.y(results.expected_loss)}H${at.right}` });
    set(mix, { d: `M${LEFT} ${at.y(results.soft_loss)}H${at.right}` });
    legend.replaceChildren(...legendOf(results));
  };
  return { element: h("div", { class: "bw-losses" }, legend, svg), svg, draw };
}

const legendOf = ({ expected_loss, soft_loss }) =>
  [
    ["mean", "mean loss of the picks"],
    ["tends", `tends to ${format(expected_loss, 3)}`],
    ["mix", `loss of the mix, ${format(soft_loss, 3)}`],
    ["dots", "loss of each pick"],
  ].map(([kind, text]) => h("span", { class: `bw-of-${kind}` }, text));

function labelOf({ mean_loss, expected_loss, soft_loss }, picks) {
  const [mean, tends, mix] = [mean_loss ?? 0, expected_loss, soft_loss].map((x) => format(x, 3));
  const now = picks ? `after ${picks} it is ${mean}` : "no pick yet";
  return `Mean loss over the number of picks: ${now}. It tends to ${tends}; the mix loses ${mix}.`;
}

/** Pixels to a tenth, from a number of picks (equal steps for equal factors) and a loss. */
function scales(width, most) {
  const right = width - RIGHT;
  const tenth = (p) => Math.round(10 * p) / 10;
  return {
    right,
    most,
    x: (n) => tenth(LEFT + (Math.log(n) / Math.log(MOST)) * (right - LEFT)),
    y: (loss) => tenth(FOOT - (loss / most) * (FOOT - TOP)),
  };
}

/** The mean of the first, of the first two, of the first three, … */
function running(values) {
  let total = 0;
  return values.map((value, i) => {
    total += value;
    return total / (i + 1);
  });
}

/** Through all points that lie a pixel apart, and the last one. */
function pathOf(means, at) {
  const points = [];
  let x = -1;
  for (const [i, mean] of means.entries()) {
    const isLast = i === means.length - 1;
    if (at.x(i + 1) - x < 1 && !isLast) continue;
    x = at.x(i + 1);
    points.push(`${x} ${at.y(mean)}`);
  }
  return points.length ? `M${points.join("L")}h0.1` : "";
}

function axisOf({ x, y, right, most }) {
  const ticks = TICKS.map((n) =>
    s("text", { x: x(n), y: FOOT + 17, "text-anchor": "middle" }, n === 1 ? "1 pick" : n),
  );
  const heights = [0, most].map((loss) =>
    s("text", { x: LEFT - 6, y: y(loss) + 4, "text-anchor": "end" }, format(loss, 2)),
  );
  return [
    s("path", { class: "bw-axis", d: `M${LEFT} ${TOP}V${FOOT}H${right}` }),
    ...ticks,
    ...heights,
  ];
}
