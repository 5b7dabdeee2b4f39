// How far something has gone: by hand, or by itself, a step after the other.
import { button, clamp, h, set, slider, update } from "./dom.js";

const PAUSE = 900; // milliseconds at each step, the way to it included

/**
 * A slider for a whole number, and a button that starts and stops; from the last step it
 * starts anew. `ends()` gives the first step and the last one, `show(n)` words a step.
 */
export function player(model, trait, label, { ends, show }) {
  let timer = 0;
  const read = () => clamp(model.get(trait), ...ends());
  const isLast = () => read() === ends()[1];
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };
  const go = () => {
    update(model, { [trait]: Math.min(read() + 1, ends()[1]) });
    if (isLast()) stop();
  };
  const press = () => {
    if (timer) return stop();
    if (isLast()) update(model, { [trait]: ends()[0] });
    timer = setInterval(go, PAUSE);
    play.textContent = "Pause";
  };
  const play = button("Play", press);
  const write = (n) => {
    stop();
    model.set(trait, n);
  };
  const done = () => model.save_changes();
  const [min, max] = ends();
  const way = slider(label, { min, max, step: 1, read, write, show, done });
  const element = h("div", { class: "bw-row bw-player" }, way.element, play);
  const draw = () => {
    const [first, last] = ends();
    set(way.input, { min: first, max: last });
    way.refresh();
  };
  return { element, draw, stop };
}
