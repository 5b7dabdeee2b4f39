// Cost against length, both on a logarithmic scale: two lines, where they cross, where
// memory ends, and the present length to drag.
import { clamp, draggable, h, pointerIn, s, set } from "../kit/dom.js";
import { LENGTHS, partsOf } from "./costs.js";
import { scaled, whole } from "./words.js";

const [LEFT, RIGHT, TOP, FOOT, HEIGHT] = [42, 12, 47, 203, 241];
const TICKS = [16, 256, 4096, 65536, 1048576];
const NARROW = 360; // pixels: two of these would touch
const ROOMY = 84; // pixels: as wide as what is said behind the wall
const before = { "text-anchor": "end" };
export const GRAIN = 1 / 8; // of a doubling: what a drag and an arrow key move

const ENDS = LENGTHS.map(Math.log2);
/** The length that so many doublings make. */
export const lengthOf = (doublings) => Math.round(2 ** clamp(doublings, ...ENDS));
/** The nearest number of doublings that can be set. */
const settled = (doublings) => Math.round(doublings / GRAIN) * GRAIN;

/** The drawing under what its lines are; `draw` has the state. */
export function chart(model) {
  const svg = s("svg", { role: "group", "aria-label": "FLOPs of the layer against n" });
  const names = legend();
  const element = h("div", { class: "bw-figure" }, names.element, svg);
  const [ground, marks] = [s("g"), s("g")];
  const room = s("rect", { class: "bw-room" });
  const [wall, tokens, pairs] = ["bw-wall", "bw-tokens", "bw-pairs"].map((name) =>
    s("path", { class: name }),
  );
  const meeting = s("circle", { class: "bw-meeting", r: 5 });
  const hand = handle();
  svg.append(ground, room, wall, tokens, pairs, meeting, marks, hand.element);
  let at = null; // the scales of the present drawing
  const draw = (shown) => {
    at = scalesOf(shown, Math.round(svg.clientWidth) || 400);
    set(svg, { viewBox: `0 0 ${at.width} ${HEIGHT}` });
    ground.replaceChildren(...axes(at));
    for (const [n, line] of [tokens, pairs].entries()) set(line, { d: at.lines[n] });
    set(meeting, { cx: at.toX(shown.crossing), cy: at.meetingY });
    const x = at.toX(shown.wall);
    set(room, { x, y: TOP, width: at.end - x, height: FOOT - TOP });
    set(wall, { d: `M${x} ${TOP}V${FOOT}`, visibility: x < at.end ? "inherit" : "hidden" });
    marks.replaceChildren(...words(at, shown));
    hand.draw(at, shown);
    names.draw(shown);
  };
  draggable(hand.element, {
    at: (event) => [at.fromX(pointerIn(svg, event)[0]), 0],
    move: (doublings) => model.set("length", lengthOf(settled(doublings))),
    position: () => [settled(Math.log2(model.get("length"))), 0],
    done: () => model.save_changes(),
    step: GRAIN,
    axes: "x",
  });
  return { element, draw };
}

/** Which line is which, and how it grows. */
function legend() {
  const [tokens, pairs] = ["bw-of-tokens", "bw-of-pairs"].map((name) => h("span", { class: name }));
  const element = h("p", { class: "bw-legend" }, tokens, pairs);
  const draw = ({ phase }) => {
    const [one, other] = phase === "decode" ? ["constant", "∝ n"] : ["∝ n", "∝ n²"];
    tokens.textContent = `projections, feed-forward: ${one}`;
    pairs.textContent = `scores, mixing: ${other}`;
  };
  return { element, draw };
}

function scalesOf({ setting, crossing }, width) {
  const ends = LENGTHS.map((n) => partsOf(setting, n));
  const all = ends.flat().map(Math.log10);
  const [low, high] = [Math.floor(Math.min(...all)), Math.ceil(Math.max(...all))];
  const end = width - RIGHT;
  const unit = (end - LEFT) / (ENDS[1] - ENDS[0]);
  const toX = (n) => clamp(LEFT + (Math.log2(Math.max(n, 1)) - ENDS[0]) * unit, LEFT, end);
  const toY = (flops) => FOOT - ((Math.log10(flops) - low) / (high - low)) * (FOOT - TOP);
  const line = (n) => `M${LEFT} ${toY(ends[0][n])}L${end} ${toY(ends[1][n])}`;
  return {
    ...{ width, end, low, high, toX, toY },
    fromX: (x) => ENDS[0] + (x - LEFT) / unit,
    lines: [line(0), line(1)],
    meetingY: toY(partsOf(setting, crossing)[0]),
  };
}

/** Lines across for every thousandfold, and lengths along the foot. */
function axes({ width, end, low, high, toX, toY }) {
  const first = Math.ceil(low / 3);
  const powers = Array.from(
    { length: Math.floor(high / 3) - first + 1 },
    (_, i) => 3 * (first + i),
  );
  const lengths = TICKS.filter((n) => width > NARROW || n !== 65536);
  return [
    ...powers.flatMap((power) => {
      const y = toY(10 ** power);
      return [
        s("line", { class: "bw-grid", x1: LEFT, x2: end, y1: y, y2: y }),
        s("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, scaled(10 ** power, "")),
      ];
    }),
    ...lengths.flatMap((n) => {
      const [x, last] = [toX(n), n === LENGTHS[1]];
      const anchor = last ? "end" : "middle";
      return [
        s("line", { class: "bw-axis", x1: x, x2: x, y1: FOOT, y2: FOOT + 4 }),
        s("text", { x: last ? width : x, y: FOOT + 17, "text-anchor": anchor }, whole(n)),
      ];
    }),
    s("line", { class: "bw-axis", x1: LEFT, x2: end, y1: FOOT, y2: FOOT }),
    s("text", { class: "bw-strong", x: 2, y: 11 }, "FLOPs of one layer"),
    s("text", { class: "bw-strong", x: LEFT, y: FOOT + 34 }, "length n"),
  ];
}

/** Where the lines cross, where the wall stands, and what is behind it. */
function words({ end, meetingY, toX }, { crossing, wall }) {
  const said = `the wall: n = ${whole(wall)}${wall < LENGTHS[1] ? "" : " →"}`;
  const behind = end - toX(wall) > ROOMY ? "does not fit" : "";
  return [
    s("text", { ...before, x: toX(crossing) - 9, y: meetingY - 8 }, `equal at ${whole(crossing)}`),
    s("text", { ...before, class: "bw-of-wall", x: end - 6, y: FOOT - 8 }, behind),
    s(
      "text",
      { ...before, class: "bw-of-wall", x: end, y: FOOT + 34 },
      wall ? said : "no length fits",
    ),
  ];
}

/** The upright line of the present length, with a grip above. */
function handle() {
  const line = s("path", { class: "bw-now", d: `M0 ${TOP - 6}V${FOOT}` });
  const grip = s("rect", { class: "bw-grip", x: -7, y: TOP - 14, width: 14, height: 14, rx: 4 });
  const hit = s("rect", { x: -20, y: 20, width: 40, height: FOOT - 20, fill: "transparent" });
  const text = s("text", { class: "bw-strong", y: 29 });
  const [sled, element] = [s("g", {}, line, grip, hit), s("g", { "aria-label": "length n" })];
  element.append(sled, text);
  const draw = ({ toX, end }, { length }) => {
    const x = toX(length);
    set(sled, { transform: `translate(${x} 0)` });
    const said = `n = ${whole(length)}`;
    text.textContent = said;
    const anchor = x > end - 40 ? "end" : "middle";
    set(text, { x: anchor === "end" ? end + 8 : Math.max(x, LEFT), "text-anchor": anchor });
    set(element, {
      "aria-valuenow": length,
      "aria-valuemin": LENGTHS[0],
      "aria-valuemax": LENGTHS[1],
      "aria-valuetext": said,
    });
  };
  return { element, draw };
}
