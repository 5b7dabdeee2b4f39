// How far the token is followed: by hand, or by itself, a station after the other.
import { button, h, slider, update } from "../kit/dom.js";
import { STATIONS } from "./stations.js";

const PAUSE = 900; // milliseconds at each station, the way to it included
const LAST = 6;

/** A slider, and a button that starts and stops; from the last station it starts anew. */
export function player(model) {
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };
  const go = () => {
    update(model, { station: Math.min(model.get("station") + 1, LAST) });
    if (model.get("station") === LAST) stop();
  };
  const press = () => {
    if (timer) return stop();
    if (model.get("station") === LAST) update(model, { station: 0 });
    timer = setInterval(go, PAUSE);
    play.textContent = "Pause";
  };
  const play = button("Play", press);
  const follow = slider("follow to", {
    min: 0,
    max: LAST,
    step: 1,
    read: () => model.get("station"),
    write: (n) => {
      stop();
      model.set("station", n);
    },
    show: (n) => `${n} ${STATIONS[model.get("order")][n]}`,
    done: () => model.save_changes(),
  });
  const element = h("div", { class: "bw-row bw-player" }, follow.element, play);
  return { element, draw: follow.refresh, stop };
}
