// One exercise: its editor, what can be done with it, and what is said of it.
import { button, h, stage, uniqueId } from "../kit/dom.js";
import { shelf } from "../kit/memory.js";
import { editor } from "./editor.js";
import { KEYS, printout, progress, saveAs } from "./parts.js";

const HEADINGS = {
  correct: "Correct.",
  "not yet": "Not yet.",
  "not attempted": "Not attempted.",
};
const START = "Fill in the function, then press Run.";
const AGAIN = "You have solved this exercise before.";
const [texts, solved] = ["exercise", "done"].map(shelf);
const { recall, keep, forget } = texts;

/** `code` looks like code, and the text stays what it is, backticks included. */
function worded(text) {
  const tick = () => h("span", { class: "ee-tick" }, "`");
  return text.split("`").map((part, i) => (i % 2 ? h("code", {}, tick(), part, tick()) : part));
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
    coming.show("idle");
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
    if (newest === null) coming.show("idle"); // what was forgotten is kept again
    if (code.get() === stub) forget(id);
    else keep(id, code.get());
    drop.disabled = recall(id) === null;
  };
  const buttons = [
    go,
    button("Hint", hint.show),
    button("Reset", () => code.set(stub), { title: "Put the empty function back" }),
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
