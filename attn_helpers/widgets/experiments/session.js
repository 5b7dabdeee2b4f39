// A run of timed trials that can be paused, stopped and taken again.
import { mountChallenge } from "../kit/challenge.js";
import { announcer, button, choice, h, update } from "../kit/dom.js";

const STOP = "Stop and see results";
const PAUSED = "Paused. The interrupted trial does not count and comes again later.";

/** Wait for something, but no longer than until `signal` aborts. */
const until = (signal, start) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
    start(resolve);
  });

/** The clock of one trial. `answers` collects what the reader presses. */
function clock(signal, answers) {
  const wait = (time) => until(signal, (resolve) => setTimeout(resolve, time));
  // Painted in one frame, on the screen at the start of the next: that is the onset.
  const show = (paint) =>
    until(signal, (resolve) =>
      requestAnimationFrame(() => {
        if (signal.aborted) return;
        paint();
        requestAnimationFrame(resolve);
      }),
    );
  const listen = () => {
    answers.first = null;
  };
  /** The first answer since `listen`, or null after `time` ms. */
  const answer = (time) =>
    until(signal, (resolve) => {
      answers.heard = resolve;
      if (answers.first) resolve(answers.first);
      setTimeout(() => resolve(null), time);
    });
  return { wait, show, listen, answer };
}

/**
 * Mount an experiment. `task` holds: svg, label, intro, bet, keys and pads (answers by
 * key and by button), tap (the answer of a touch on the stage), plan(seed), trial(trial,
 * clock), feedback(record, practice), summarise(trials), report(trials, { simulated, bet }).
 */
export function experiment(model, root, task) {
  const face = h("div", { class: "bw-face", tabindex: -1 });
  const area = h("div", {
    class: "bw-area",
    tabindex: -1,
    role: "application",
    "aria-label": task.label,
    "data-lm-suppress-shortcuts": true, // JupyterLab hears keys before the page does
  });
  area.append(task.svg);
  const say = announcer(area);
  const progress = h("progress", { "aria-label": "Progress", value: 0 });
  const controls = h("div", { class: "bw-row bw-controls" });
  root.append(face, area, progress, controls);

  const answers = { first: null, heard: () => {} };
  let step = new AbortController(); // of the trial or the choice that is waited for
  let runs = 0;
  let bet = "";
  const bets = choice(task.bet.label, [["", "choose, or skip"], ...task.bet.options], {
    read: () => bet,
    write: (value) => {
      bet = value;
    },
  });

  const running = () => root.dataset.phase === "trial";
  const pause = () => running() && step.abort("pause");
  const hide = () => document.hidden && pause();
  const focused = () => root.contains(document.activeElement);

  function give(value, time) {
    if (!running()) return;
    answers.first ??= { value, time };
    answers.heard(answers.first);
  }

  function enter(phase, ...buttons) {
    root.dataset.phase = phase;
    controls.replaceChildren(...buttons);
  }

  /** Stop for a message and for one of its buttons; goes on, or throws the choice. */
  async function rest(phase, text, options) {
    step = new AbortController();
    say(text);
    const chosen = await until(step.signal, (resolve) => {
      const had = focused();
      const buttons = Object.entries(options).map(([value, label]) =>
        button(label, () => resolve(value)),
      );
      enter(phase, ...buttons);
      buttons[0].classList.add("bw-main");
      if (had) buttons[0].focus();
    });
    if (chosen !== "go") throw chosen;
  }

  const pads = task.pads.map(([value, text]) => {
    const pad = button(text, (event) => event.detail || give(value, event.timeStamp));
    pad.classList.add("bw-pad");
    pad.addEventListener("pointerdown", (event) => give(value, event.timeStamp));
    return pad;
  });

  async function attempt(trial, practice) {
    step = new AbortController();
    const time = clock(step.signal, answers);
    const record = await task.trial(trial, time);
    const text = task.feedback(record, practice);
    say(text);
    await time.wait(text ? 900 : 350);
    say("");
    return record;
  }

  function begin() {
    area.focus();
    say("");
    enter("trial", ...pads, button("Pause (Esc)", pause, { class: "bw-button bw-pause" }));
    area.focus();
  }

  /** All trials of a block; an interrupted one goes to the end of the queue. */
  async function play({ trials, practice }, done) {
    const queue = [...trials];
    begin();
    while (queue.length) {
      const trial = queue.shift();
      progress.value = 1 - (queue.length + 1) / trials.length;
      try {
        const record = await attempt(trial, practice);
        if (!practice) done.push(record);
      } catch (reason) {
        if (reason !== "pause") throw reason;
        queue.push(trial);
        await rest("paused", PAUSED, { go: "Continue", stop: STOP, again: "Start again" });
        begin();
      }
    }
  }

  async function run() {
    const done = [];
    let end = "stop";
    area.hidden = false;
    face.replaceChildren();
    root.dataset.phase = "break";
    area.focus();
    try {
      for (const block of task.plan(model.get("seed") + runs)) {
        if (!block.trials.length) continue;
        await rest("break", block.text, { go: "Begin", stop: done.length ? STOP : "Back" });
        await play(block, done);
      }
    } catch (reason) {
      end = reason;
    }
    if (end === "again") return run();
    if (end !== "stop") throw end; // "leave", or a mistake in the code
    runs += 1;
    update(model, { trials: done });
    home();
  }

  const start = () => run().catch((reason) => reason === "leave" || console.error(reason));

  /** The first frame, or the results where there are any. */
  function home(simulated = false) {
    const had = focused();
    const own = model.get("trials");
    for (const [name, value] of Object.entries(task.summarise(own))) model.set(name, value);
    const trials = simulated ? model.get("simulated") : own;
    const again = own.length ? "Take it again" : "Take it yourself";
    const go = button(trials.length ? again : "Start", start);
    const other = simulated
      ? button(own.length ? "Show my results" : "Back", () => home())
      : button("Show me simulated data", () => home(true));
    go.classList.add("bw-main");
    face.replaceChildren(
      ...(trials.length
        ? task.report(trials, { simulated, bet })
        : [...task.intro(), bets.element]),
    );
    area.hidden = true;
    enter(trials.length ? "results" : "start", go, other);
    if (had) face.focus({ preventScroll: true });
    if (had && root.getBoundingClientRect().top < 0) root.scrollIntoView();
  }

  root.addEventListener("keydown", (event) => {
    if (!running() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") pause();
    const value = task.keys[event.key.toLowerCase()] ?? task.keys[event.code];
    if (value === undefined || event.target.closest("button")) return;
    event.preventDefault(); // the space bar must not scroll the page
    if (!event.repeat) give(value, event.timeStamp);
  });
  area.addEventListener("pointerdown", (event) => {
    if (task.tap !== undefined) give(task.tap, event.timeStamp);
  });
  // Presses leave the focus on the stage; when it leaves the widget, the run pauses.
  root.addEventListener("mousedown", (event) => running() && event.preventDefault());
  root.addEventListener("focusout", (event) => root.contains(event.relatedTarget) || pause());
  document.addEventListener("visibilitychange", hide);
  const fresh = () => {
    step.abort("leave");
    home();
  };
  model.on("change:trials", fresh);
  home();
  const unmount = mountChallenge(model, root);
  return () => {
    step.abort("leave");
    document.removeEventListener("visibilitychange", hide);
    model.off("change:trials", fresh);
    unmount();
  };
}
