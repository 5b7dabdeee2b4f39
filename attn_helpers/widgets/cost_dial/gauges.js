// Two meters with the device's limits, and the roof under which the layer works.
import { clamp, h, s, set } from "../kit/dom.js";
import { scaled, threeDigits, whole } from "./words.js";

const BELOW = 8; // powers of ten that a meter shows below the limit,
const ABOVE = 3; // and above it
const BOUNDS = { memory: "memory-bound", compute: "compute-bound" };

/** FLOPs beside a second's work, bytes beside the memory. */
export function meters() {
  const [work, bytes] = [meter("FLOPs"), meter("bytes held")];
  const element = h("div", { class: "bw-meters" }, work.element, bytes.element);
  const draw = ({ flops, peak_bytes: held, peak, memory, device }) => {
    work.draw(flops, peak, scaled(flops, ""), `1 s of this ${device}: ${scaled(peak, "")}`);
    bytes.draw(
      held,
      memory,
      scaled(held, "B"),
      `its memory: ${scaled(memory, "B")}`,
      held > memory,
    );
  };
  return { element, draw };
}

function meter(name) {
  const [value, limit] = [h("strong"), h("span", { class: "bw-limit" })];
  const bar = h("span", { class: "bw-bar" });
  const mark = h("span", { class: "bw-mark" });
  mark.style.left = `${(100 * BELOW) / (BELOW + ABOVE)}%`;
  const track = h("div", { class: "bw-track", "aria-hidden": "true" }, bar, mark);
  const element = h("div", {}, h("p", {}, `${name}: `, value), track, h("p", {}, limit));
  const draw = (amount, most, said, end, isTooMuch = false) => {
    const part = (Math.log10(amount / most) + BELOW) / (BELOW + ABOVE);
    bar.style.width = `${100 * clamp(part, 0, 1)}%`;
    bar.classList.toggle("bw-over", isTooMuch);
    value.textContent = said;
    limit.textContent = end;
  };
  return { element, draw };
}

const [LEFT, RIGHT, TOP, FOOT, HEIGHT] = [34, 10, 38, 122, 154];
const ALONG = [-1, 5]; // powers of ten of FLOPs for each byte
const UP = [9, 16]; // and of FLOPs in a second
const toY = (y) => FOOT - ((Math.log10(y) - UP[0]) / (UP[1] - UP[0])) * (FOOT - TOP);

/** FLOPs a second that the device can reach, at so many FLOPs for each byte. */
export function roof() {
  const line = s("path", { class: "bw-roof" });
  const dot = s("circle", { class: "bw-dot", r: 6 });
  const title = s("text", { class: "bw-strong", x: 2, y: 13 });
  const ground = s("g");
  const element = s("svg", { role: "img" }, ground, line, dot, title);
  const draw = ({ intensity, bandwidth, peak, bound }) => {
    const width = Math.round(element.clientWidth) || 260;
    const unit = (width - LEFT - RIGHT) / (ALONG[1] - ALONG[0]);
    const toX = (x) => LEFT + (clamp(Math.log10(x), ...ALONG) - ALONG[0]) * unit;
    set(element, { viewBox: `0 0 ${width} ${HEIGHT}` });
    ground.replaceChildren(...roofAxes(width - RIGHT, toX));
    const [first, last] = ALONG.map((power) => 10 ** power);
    const low = `M${toX(first)} ${toY(first * bandwidth)}`;
    set(line, { d: `${low}L${toX(peak / bandwidth)} ${toY(peak)}L${toX(last)} ${toY(peak)}` });
    const reached = Math.min(peak, intensity * bandwidth);
    set(dot, { cx: toX(intensity), cy: toY(reached) });
    title.textContent = `${BOUNDS[bound]}: ${threeDigits(intensity)} FLOPs a byte`;
    set(element, { "aria-label": `Roofline. ${title.textContent}, ${scaled(reached, "FLOP/s")}` });
  };
  return { element, draw };
}

function roofAxes(end, toX) {
  return [
    ...[9, 12, 15].flatMap((power) => {
      const y = toY(10 ** power);
      return [
        s("line", { class: "bw-grid", x1: LEFT, x2: end, y1: y, y2: y }),
        s("text", { x: LEFT - 5, y: y + 4, "text-anchor": "end" }, scaled(10 ** power, "")),
      ];
    }),
    ...[0, 2, 4].map((power) =>
      s("text", { x: toX(10 ** power), y: FOOT + 15, "text-anchor": "middle" }, whole(10 ** power)),
    ),
    s("line", { class: "bw-axis", x1: LEFT, x2: end, y1: FOOT, y2: FOOT }),
    s("text", { x: end, y: FOOT + 30, "text-anchor": "end" }, "FLOPs for each byte moved"),
    s("text", { x: 2, y: 31 }, "FLOP/s"),
  ];
}
