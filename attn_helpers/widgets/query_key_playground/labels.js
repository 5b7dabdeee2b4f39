// Labels that keep clear of each other.
import { set } from "../kit/dom.js";
import { SIZE } from "./vectors.js";

const LETTER = 7.5; // pixels, on average

/** Put each text beside its tip: outwards, where no arrow lies, or else where there is room. */
export function labelsBeside(things) {
  const taken = things.map(({ tip: [x, y], half }) => [x - half, y - half, x + half, y + half]);
  for (const { tip, half, text } of things) {
    const spots = spotsBeside(tip, half + 3, LETTER * text.textContent.length);
    const { at, box } = spots.find((spot) => isFree(spot.box, taken)) ?? spots[0];
    set(text, at);
    taken.push(box);
  }
}

const isFree = ([left, top, right, bottom], taken) =>
  Math.min(left, top) >= 0 &&
  Math.max(right, bottom) <= SIZE &&
  taken.every(([l, t, r, b]) => right <= l || r <= left || bottom <= t || b <= top);

/** Places so far away for a text so wide, the best first. */
function spotsBeside([x, y], away, wide) {
  const [right, down] = [x >= SIZE / 2, y > SIZE / 2];
  const heights = down ? [16, -9, 33, -26, -43, 50] : [-9, 16, -26, 33, 50, -43];
  return [right, !right].flatMap((isRight) =>
    heights.map((dy) => {
      const edge = x + (isRight ? away : -away);
      const [left, base] = [isRight ? edge : edge - wide, y + dy];
      return {
        at: { x: edge, y: base, "text-anchor": isRight ? "start" : "end" },
        box: [left, base - 13, left + wide, base + 3],
      };
    }),
  );
}
