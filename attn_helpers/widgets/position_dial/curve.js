// The score at every distance between query and key, and where both are now.
import { format, s, set } from "../kit/dom.js";
import { LAST } from "./meeting.js";
import { EDGE } from "./text_line.js";

const DISTANCES = Array.from({ length: 8 * LAST + 1 }, (_, i) => i / 4 - LAST);

/** A distance with its sign. */
export const signed = (n) => (n > 0 ? `+${n}` : format(n, 0));

export function curve() {
  const element = s("svg", { role: "img" });
  const draw = ({ width, at, gap, score, scoreAt }) => {
    const scores = DISTANCES.map((d) => scoreAt(at.query + d));
    const [low, high] = [Math.min(0, ...scores), Math.max(0.1, ...scores)];
    const x = (d) => EDGE + ((d + LAST) / (2 * LAST)) * (width - 2 * EDGE);
    const y = (v) => 108 - (92 * (v - low)) / (high - low);
    const spots = DISTANCES.map((d, i) => `${x(d).toFixed(1)} ${y(scores[i]).toFixed(1)}`);
    const inText = (_, i) => DISTANCES[i] >= -at.query && DISTANCES[i] <= LAST - at.query;
    const tick = (d) => s("text", { x: x(d), y: 126, "text-anchor": "middle" }, signed(d));
    set(element, {
      viewBox: `0 0 ${width} 132`,
      "aria-label": `Score against distance, now ${format(score)} at ${signed(gap)}`,
    });
    element.replaceChildren(
      s("line", { class: "bw-axis", x1: EDGE, x2: width - EDGE, y1: y(0), y2: y(0) }),
      s("line", { class: "bw-grid", x1: x(0), x2: x(0), y1: 16, y2: 112 }),
      s("path", { class: "bw-curve bw-outside", d: `M${spots.join("L")}` }),
      s("path", { class: "bw-curve", d: `M${spots.filter(inText).join("L")}` }),
      s("circle", { class: "bw-now", cx: x(gap), cy: y(score), r: 7 }),
      ...[-LAST, -LAST / 2, 0, LAST / 2, LAST].map(tick),
    );
  };
  return { element, draw };
}
