// What the reader presses in a trial: keys, pads and touches, each once.
import { button } from "../kit/dom.js";

export const running = (state) => state.phase === "trial";

/** Break the trial off; it comes again. */
export const pause = (state) => running(state) && state.step.abort("pause");

function give(state, value, event) {
  if (!running(state)) return;
  const { answers } = state;
  answers.first ??= { value, time: event.timeStamp };
  answers.heard(answers.first);
}

/** A press of the main button, a finger or a pen on `element` is an answer. */
const onPress = (state, element, value) =>
  element.addEventListener("pointerdown", (event) => event.button || give(state, value, event));

/** A button for each answer; it answers when it goes down, or to a click without a press. */
export const pads = (state) =>
  state.task.pads.map(([value, text]) => {
    const pad = button(text, (event) => event.detail || give(state, value, event));
    pad.classList.add("bw-pad");
    onPress(state, pad, value);
    return pad;
  });

/** Listen to keys and touches, and pause when the reader turns away. Returns the clean-up. */
export function listen(state, { root, area }) {
  const { keys, tap } = state.task;
  root.addEventListener("keydown", (event) => {
    const onButton = event.target.closest("button");
    // a key that is held presses a button once
    if (event.repeat && onButton && ["Enter", " "].includes(event.key)) event.preventDefault();
    if (!running(state) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") pause(state);
    const value = keys[event.key.toLowerCase()] ?? keys[event.code];
    if (value === undefined || onButton) return;
    event.preventDefault(); // the space bar must not scroll the page
    if (!event.repeat) give(state, value, event);
  });
  if (tap !== undefined) onPress(state, area, tap);
  // Presses leave the focus on the stage; when it leaves the widget, the run pauses.
  root.addEventListener("mousedown", (event) => running(state) && event.preventDefault());
  root.addEventListener("focusout", (event) => root.contains(event.relatedTarget) || pause(state));
  const hide = () => document.hidden && pause(state);
  document.addEventListener("visibilitychange", hide);
  return () => document.removeEventListener("visibilitychange", hide);
}
