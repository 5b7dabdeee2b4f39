// One exercise: its editor, what can be done with it, and what is said of it.
import { button, h, stage, uniqueId } from "../kit/dom.js";
import { shelf } from "../kit/memory.js";
import { editor } from "./editor.js";

const HEADINGS = {
  correct: "Correct.",
  "not yet": "Not yet.",
  "not attempted": "Not attempted.",
};
const PHASES = {
  waiting: "Waiting for its turn …",
  starting: "Python starts …",
  running: "Python runs …",
  forgotten: "Your text is kept nowhere any more; here it stands until you leave the page.",
};
export const KEYS = "Tab indents. Escape, then Tab leaves the editor. Shift and Enter runs.";
const inMB = (bytes) => Math.round(bytes / 1e6);
const START = "Fill in the function, then press Run.";
const AGAIN = "You have solved this exercise before.";
const [texts, solved] = ["exercise", "done"].map(shelf);
const { recall, keep, forget } = texts;

/** `code` looks like code, and the text stays what it is, backticks included. */
function worded(text) {
  const tick = () => h("span", { class: "ee-tick" }, "`");
  return text.split("`").map((part, i) => (i % 2 ? h("code", {}, tick(), part, tick()) : part));
}

function saveAs(name, text) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/x-python" }));
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

/** Where what Python printed is shown. */
export function printout() {
  const named = { tabindex: 0, role: "region", "aria-label": "what Python printed" };
  const element = h("pre", { class: "ee-printed", hidden: true, ...named });
  const show = (printed = "") => {
    element.textContent = printed;
    element.hidden = !printed;
  };
  return { element, show };
}

/** How far Python and its work have come, or a sentence; `all` is how many bytes it has. */
export function progress(all) {
  const bar = h("progress", { max: 1, "aria-label": "how much of Python has arrived" });
  const note = h("span", { class: "bw-note" });
  const heard = h("span", { class: "bw-heard", role: "status" });
  const row = h("div", { class: "bw-row", hidden: true }, bar, note);
  let said = "";
  const element = h("div", {}, row, heard);
  const show = (phase, arrived = all) => {
    const coming = `Python comes: ${inMB(arrived)} of ${inMB(all)} MB`;
    const words = { ...PHASES, coming };
    row.hidden = !phase;
    bar.hidden = phase !== "coming";
    bar.value = all ? arrived / all : 0;
    note.textContent = words[phase] ?? phase;
    if (phase === said) return; // how much has come the bar tells who asks it
    said = phase;
    heard.textContent = note.textContent;
  };
  return { element, show };
}

/** Each press shows the next of the hints. */
function hinting(hints) {
  const element = h("div", { class: "ee-hints", role: "status", "aria-atomic": "false" });
  let next = 0;
  const show = () => {
    const isLast = next >= hints.length;
    const text = isLast
      ? `That was the last of ${hints.length} hints; see the solution below.`
      : hints[next];
    if (next <= hints.length) element.append(h("p", {}, ...worded(text)));
    next += 1;
  };
  return { element, show };
}

/** Where it is said how things stand, and where what Python printed is shown. */
function reply() {
  const heading = h("strong");
  const message = h("span", { "data-verdict": "not attempted" });
  const printed = printout();
  const line = h("p", { class: "ee-verdict", role: "status" }, heading, " ", message);
  const show = (verdict) => {
    heading.textContent = HEADINGS[verdict.status];
    message.dataset.verdict = verdict.status;
    message.replaceChildren(...worded(verdict.message));
    line.dataset.status = verdict.status;
    printed.show(verdict.printed);
    return verdict;
  };
  return { elements: [line, printed.element], show };
}

/** Build the editor of the exercise in `el`; what it is called with and what it gives back
 *  are those of `pageExercises`. `check` judges, and is missing where `why` says so. */
export function card(el, { check, why, bytes }) {
  const { exercise: id, function: name, title } = el.dataset;
  const stub = `${el.querySelector("pre").textContent.trimEnd()}\n`;
  const hint = hinting(JSON.parse(el.dataset.hints));
  const said = reply();
  const coming = progress(bytes);
  const place = h("div", { class: "ee-editor" });
  const keys = h("p", { class: "bw-note", id: uniqueId("keys") }, KEYS);
  let [judging, newest] = [null, null]; // a promise of a verdict, and of which text

  async function judge(text) {
    if (!check) return said.show({ status: "not attempted", message: why });
    go.setAttribute("aria-busy", "true");
    const isNewest = () => text === newest;
    const hear = (...news) => isNewest() && coming.show(...news);
    const verdict = await check({ do: "check", id, name, text }, hear);
    if (!isNewest()) return verdict;
    newest = null;
    coming.show("");
    go.removeAttribute("aria-busy");
    said.show(verdict);
    // the page keeps it and counts it: see reader/done.js
    if (verdict.status === "correct") dispatchEvent(new CustomEvent("book-done", { detail: id }));
    return verdict;
  }
  const run = () => {
    const text = code.get();
    if (text !== newest) {
      newest = text;
      judging = judge(text);
    }
    return judging;
  };
  const go = button(check ? "Run" : "Run (not here)", run, { "data-run": true });
  const drop = button("Forget", () => {
    forget(id);
    drop.disabled = true;
    go.focus(); // one that is disabled loses it to nowhere
    coming.show("forgotten");
  });
  const remember = () => {
    if (newest === null) coming.show(""); // what was forgotten is kept again
    if (code.get() === stub) forget(id);
    else keep(id, code.get());
    drop.disabled = recall(id) === null;
  };
  const buttons = [
    go,
    button("Hint", hint.show),
    button("Reset", () => code.set(stub)),
    drop,
    button("Download .py", () => saveAs(`${id}.py`, code.get())),
  ];

  el.replaceChildren();
  const root = stage(el, "exercise", `An answer to: ${title}`);
  root.append(place, keys, h("div", { class: "bw-row" }, ...buttons), coming.element);
  root.append(...said.elements, hint.element);
  const code = editor(place, {
    text: recall(id) ?? stub,
    label: `Your answer to: ${title}`,
    described: keys.id,
    run,
    changed: remember,
  });
  drop.disabled = recall(id) === null;
  drop.title = "Remove your text from this browser, which keeps it";
  said.show({ status: "not attempted", message: why || (solved.recall(id) ? AGAIN : START) });
  el.dataset.live = "";
  return { id, el, get: code.get, set: code.set, run };
}
