// Picks that come one after the other, for the eye to follow.
import { clamp } from "../kit/dom.js";

const DURATION = 1600; // milliseconds, for however many

/**
 * `draw(n)` shows the first n picks: slowly at first, then ever more at once; all of them
 * where there are fewer than before, or motion is not wanted. `busy(is)` hears when it
 * begins and ends. Returns { to, stop }.
 */
export function piling(draw, busy) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let [from, shown, goal] = [0, 0, null];
  let [begun, frame] = [0, 0];
  const put = (n) => {
    shown = n;
    draw(n);
  };
  const stop = () => {
    cancelAnimationFrame(frame);
    if (frame) busy(false);
    frame = 0;
  };
  const pile = (now) => {
    const part = clamp((now - begun) / DURATION, 0, 1);
    frame = requestAnimationFrame(pile);
    put(from + Math.ceil((goal - from) * part ** 2));
    if (part === 1) stop();
  };
  const to = (n) => {
    if (n === goal) return draw(shown);
    stop();
    const atOnce = goal === null || n <= shown + 1 || still.matches;
    [from, goal, begun] = [shown, n, performance.now()];
    if (atOnce) return put(n);
    busy(true);
    frame = requestAnimationFrame(pile);
    draw(shown);
  };
  return { to, stop };
}
