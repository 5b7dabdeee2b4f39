// What was painted, to go back to.
import { button, copy, update } from "../kit/dom.js";

const KEPT = ["tokens", "mask", "scores", "given", "padding"];

/** `note()` is called before anything changes; the button goes back to where it was. */
export function history(model) {
  let before = [];
  const now = () => copy(Object.fromEntries(KEPT.map((name) => [name, model.get(name)])));
  const undo = () => before.length && update(model, before.pop());
  const element = button("Undo", undo, { class: "bw-button bw-undo" });
  return {
    element,
    undo,
    note: () => before.push(now()),
    forget: () => {
      before = [];
    },
    draw: () => {
      element.disabled = !before.length;
    },
  };
}
