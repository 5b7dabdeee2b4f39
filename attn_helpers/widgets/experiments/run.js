// A run of trials, part after part, that can be paused, stopped and begun again.
import { button } from "../kit/dom.js";
import { pads, pause } from "./answers.js";
import { clock, until } from "./clock.js";

const STOP = "Stop and see results";
const PAUSED = "Paused. The interrupted trial does not count and comes again later.";

/** The trials that were done; throws "leave" when the widget is left or gets others. */
export async function run(state, scene) {
  const done = [];
  scene.open();
  try {
    for (const block of state.task.plan(state.model.get("seed") + state.runs)) {
      if (!block.trials.length) continue;
      const options = { go: "Begin", stop: done.length ? STOP : "Back" };
      await rest(state, scene, "break", block.text, options);
      await play(state, scene, block, done);
    }
  } catch (reason) {
    if (reason === "again") return run(state, scene);
    if (reason !== "stop") throw reason;
  }
  state.runs += 1;
  return done;
}

/** Stop for a message and for one of its buttons; goes on, or throws the choice. */
async function rest(state, scene, phase, text, options) {
  state.step = new AbortController();
  scene.say(text);
  const chosen = await until(state.step.signal, (resolve) => {
    const had = scene.focused();
    const buttons = Object.entries(options).map(([value, label]) =>
      button(label, () => resolve(value)),
    );
    scene.enter(phase, ...buttons);
    buttons[0].classList.add("bw-main");
    if (had) buttons[0].focus();
  });
  if (chosen !== "go") throw chosen;
}

/** All trials of a block; an interrupted one goes to the end of the queue. */
async function play(state, scene, { trials, practice }, done) {
  const queue = [...trials];
  begin(state, scene);
  while (queue.length) {
    const trial = queue.shift();
    scene.progress.value = 1 - (queue.length + 1) / trials.length;
    try {
      const record = await attempt(state, scene, trial, practice);
      if (!practice) done.push(record);
    } catch (reason) {
      if (reason !== "pause") throw reason;
      queue.push(trial);
      const options = { go: "Continue", stop: STOP, again: "Start again" };
      await rest(state, scene, "paused", PAUSED, options);
      begin(state, scene);
    }
  }
}

function begin(state, scene) {
  const away = button("Pause (Esc)", () => pause(state), { class: "bw-button bw-pause" });
  scene.area.focus();
  scene.say("");
  scene.enter("trial", ...pads(state), away);
}

async function attempt(state, scene, trial, practice) {
  state.step = new AbortController();
  const time = clock(state.step.signal, state.answers);
  const record = await state.task.trial(trial, time);
  const text = state.task.feedback(record, practice);
  scene.say(text);
  await time.wait(text ? 900 : 350);
  scene.say("");
  return record;
}
