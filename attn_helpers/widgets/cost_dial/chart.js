// Cost against length, both on a logarithmic scale: two lines, where they cross, where
// memory ends, and the present length to drag.
import { clamp, draggable, pointerIn, s, set } from "../kit/dom.js";
import { LENGTHS, partsOf } from "./costs.js";
import { scaled, whole } from "./words.js";

const [LEFT, RIGHT, TOP, FOOT, HEIGHT] = [46, 12, 44, 208, 246];
const TICKS = [16, 256, 4096, 65536, 1048576];
export const GRAIN = 1 / 8; // of a doubling: what a drag and an arrow key move

const ENDS = LENGTHS.map(Math.log2);
/** The length that so many doublings make. */
export const lengthOf = (doublings) => Math.round(2 ** clamp(doublings, ...ENDS));
/** The nearest number of doublings that can be set. */
const settled = (doublings) => Math.round(doublings / GRAIN) * GRAIN;

/** The drawing; `draw` has the state. */
export function chart(model) {
  const element = s("svg", { role: "group", "aria-label": "FLOPs of the layer against n" });
  const [ground, marks] = [s("g"), s("g")];
  const room = s("rect", { class: "bw-room" });
  const [wall, tokens, pairs] = ["bw-wall", "bw-tokens", "bw-pairs"].map((name) =>
    s("path", { class: name }),
  );
  const meeting = s("circle", { class: "bw-meeting", r: 5 });
  const hand = handle();
  element.append(ground, room, wall, tokens, pairs, meeting, marks, hand.element);
  let at = null; // the scales of the present drawing
  const draw = (shown) => {
    at = scalesOf(shown, Math.round(element.clientWidth) || 400);
    set(element, { viewBox: `0 0 ${at.width} ${HEIGHT}` });
    ground.replaceChildren(...axes(at));
    for (const [n, line] of [tokens, pairs].entries()) set(line, { d: at.lines[n] });
    set(meeting, { cx: at.toX(shown.crossing), cy: at.meetingY });
    const x = at.toX(shown.wall);
    set(room, { x, y: TOP, width: at.end - x, height: FOOT - TOP });
    set(wall, { d: `M${x} ${TOP}V${FOOT}`, visibility: x < at.end ? "visible" : "hidden" });
    marks.replaceChildren(...words(at, shown));
    hand.draw(at, shown);
  };
  draggable(hand.element, {
    at: (event) => [at.fromX(pointerIn(element, event)[0]), 0],
    move: (doublings) => model.set("length", lengthOf(settled(doublings))),
    position: () => [settled(Math.log2(model.get("length"))), 0],
    done: () => model.save_changes(),
    step: GRAIN,
    axes: "x",
  });
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
    startY: toY(ends[0][0]),
    meetingY: toY(partsOf(setting, crossing)[0]),
  };
}

/** Lines across for every few powers of ten, and lengths along the foot. */
function axes({ width, end, low, high, toX, toY }) {
  const step = high - low < 9 ? 2 : 4;
  const powers = [];
  for (let power = low; power <= high; power += step) powers.push(power);
  return [
    ...powers.flatMap((power) => {
      const y = toY(10 ** power);
      return [
        s("line", { class: "bw-grid", x1: LEFT, x2: end, y1: y, y2: y }),
        s("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, scaled(10 ** power, "")),
      ];
    }),
    ...TICKS.flatMap((n, i) => {
      const [x, last] = [toX(n), i === TICKS.length - 1];
      const anchor = last ? "end" : "middle";
      return [
        s("line", { class: "bw-axis", x1: x, x2: x, y1: FOOT, y2: FOOT + 4 }),
        s("text", { x: last ? width : x, y: FOOT + 17, "text-anchor": anchor }, whole(n)),
      ];
    }),
    s("line", { class: "bw-axis", x1: LEFT, x2: end, y1: FOOT, y2: FOOT }),
    s("text", { class: "bw-strong", x: 2, y: 14 }, "FLOPs of one layer"),
    s("text", { class: "bw-strong", x: LEFT, y: FOOT + 34 }, "length n"),
  ];
}

/** What the lines are, where they cross, and where the wall stands. */
function words({ end, startY, meetingY, toX }, { phase, crossing, wall }) {
  const [tokens, pairs] = phase === "decode" ? ["constant", "∝ n"] : ["∝ n", "∝ n²"];
  const walled = wall < LENGTHS[1];
  const said = walled ? `wall: n = ${whole(wall)}` : `wall: n = ${whole(wall)} →`;
  return [
    s("text", { x: LEFT + 6, y: startY - 12 }, `projections, feed-forward: ${tokens}`),
    s(
      "text",
      { class: "bw-of-pairs", x: end - 4, y: FOOT - 8, "text-anchor": "end" },
      `scores, mixing: ${pairs}`,
    ),
    s(
      "text",
      { x: toX(crossing) - 9, y: meetingY - 8, "text-anchor": "end" },
      `equal at ${whole(crossing)}`,
    ),
    s(
      "text",
      { class: "bw-of-wall", x: end, y: FOOT + 34, "text-anchor": "end" },
      wall ? said : "no length fits",
    ),
  ];
}

/** The upright line of the present length, with a grip above. */
function handle() {
  const line = s("path", { class: "bw-now", d: `M0 ${TOP - 6}V${FOOT}` });
  const grip = s("rect", { class: "bw-grip", x: -7, y: TOP - 14, width: 14, height: 14, rx: 4 });
  const hit = s("rect", { x: -20, y: 20, width: 40, height: FOOT - 20, fill: "transparent" });
  const text = s("text", { class: "bw-strong", y: 26 });
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
