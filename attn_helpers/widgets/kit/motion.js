// Numbers that glide to where they are sent.
import { clamp } from "./dom.js";

const DURATION = 300; // milliseconds

/**
 * `draw(numbers)` is called with all that lie on the way, at once with the first ones and
 * wherever there are more or fewer than before, or motion is not wanted. Numbers that are
 * sent elsewhere on the way start from where they are; `to(numbers, true)` sends them
 * without a way. Returns { to, stop }.
 */
export function gliding(draw) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let [from, shown, goal] = [[], [], []];
  let [begun, frame] = [0, 0];
  const put = (numbers) => {
    shown = numbers;
    draw(numbers);
  };
  const glide = (now) => {
    const part = clamp((now - begun) / DURATION, 0, 1);
    const way = part * (2 - part); // slower towards the end
    frame = part < 1 ? requestAnimationFrame(glide) : 0;
    put(part < 1 ? goal.map((x, i) => from[i] + (x - from[i]) * way) : goal);
  };
  const to = (numbers, isSudden = false) => {
    const fresh = numbers.length !== goal.length;
    if (!fresh && numbers.every((x, i) => x === goal[i])) return draw(shown);
    cancelAnimationFrame(frame);
    [from, goal, begun] = [shown, numbers, performance.now()];
    if (fresh || isSudden || still.matches) put(numbers);
    else frame = requestAnimationFrame(glide);
  };
  return { to, stop: () => cancelAnimationFrame(frame) };
}
