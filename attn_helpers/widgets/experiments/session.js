// An experiment on oneself: an introduction with a bet, a run of timed trials, the results.
import { mountChallenge } from "../kit/challenge.js";
import { announcer, button, choice, h, update } from "../kit/dom.js";
import { listen } from "./answers.js";
import { run } from "./run.js";

/**
 * Mount an experiment. `task` holds: svg, label, intro, bet, keys and pads (answers by
 * key and by button), tap (the answer of a touch on the stage), plan(seed), trial(trial,
 * clock), feedback(record, practice), summarise(trials), report(trials, { simulated, bet }).
 */
export function experiment(model, root, task) {
  const state = {
    model,
    task,
    phase: "start",
    answers: { first: null, heard: () => {} },
    step: new AbortController(), // of the trial or the choice that is waited for
    runs: 0,
    bet: "",
    simulated: false, // whether these data are shown
    home: (simulated = false) => {
      state.simulated = simulated;
      drawHome(state, scene, bets.element);
    },
  };
  const scene = sceneOf(state, root);
  const bets = choice(task.bet.label, [["", "choose, or skip"], ...task.bet.options], {
    read: () => state.bet,
    write: (value) => {
      state.bet = value;
    },
  });
  const leave = () => state.step.abort("leave");
  const fresh = () => {
    leave();
    state.home();
  };
  const deafen = listen(state, scene);
  model.on("change:trials", fresh);
  state.home();
  const unmount = mountChallenge(model, root);
  return () => {
    leave();
    deafen();
    model.off("change:trials", fresh);
    unmount();
  };
}

/** The elements of all phases: the face with words and results, or the stage of the trials. */
function sceneOf(state, root) {
  const { svg, label } = state.task;
  const face = h("div", { class: "bw-face", tabindex: -1 });
  const area = h("div", {
    class: "bw-area",
    tabindex: -1,
    role: "application",
    "aria-label": label,
    "data-lm-suppress-shortcuts": true, // JupyterLab hears keys before the page does
  });
  area.append(svg);
  const say = announcer(area);
  const progress = h("progress", { "aria-label": "Progress", value: 0 });
  const controls = h("div", { class: "bw-row bw-controls" });
  root.append(face, area, progress, controls);
  const enter = (phase, ...buttons) => {
    state.phase = phase;
    root.dataset.phase = phase;
    controls.replaceChildren(...buttons);
  };
  const open = () => {
    area.hidden = false;
    face.replaceChildren();
    enter("break");
    area.focus();
  };
  const focused = () => root.contains(document.activeElement);
  return { root, face, area, progress, say, enter, open, focused };
}

/** The first frame, or the results where there are any. */
function drawHome(state, scene, bets) {
  const { model, task } = state;
  const had = scene.focused();
  const own = model.get("trials");
  for (const [name, value] of Object.entries(task.summarise(own))) model.set(name, value);
  const trials = state.simulated ? model.get("simulated") : own;
  scene.face.replaceChildren(...(trials.length ? task.report(trials, state) : task.intro()));
  if (!trials.length) scene.face.append(bets);
  scene.area.hidden = true;
  scene.enter(trials.length ? "results" : "start", ...homeButtons(state, scene, own, trials));
  if (!had) return;
  scene.face.focus({ preventScroll: true });
  if (scene.root.getBoundingClientRect().top < 0) scene.root.scrollIntoView();
}

/** To the trials, and from the reader's own results to simulated ones and back. */
function homeButtons(state, scene, own, trials) {
  const again = own.length ? "Take it again" : "Take it yourself";
  const go = button(trials.length ? again : "Start", () => start(state, scene));
  go.classList.add("bw-main");
  const other = state.simulated
    ? button(own.length ? "Show my results" : "Back", () => state.home())
    : button("Show me simulated data", () => state.home(true));
  return [go, other];
}

async function start(state, scene) {
  try {
    update(state.model, { trials: await run(state, scene) });
    state.home();
  } catch (reason) {
    if (reason !== "leave") console.error(reason); // a mistake in the code
  }
}
