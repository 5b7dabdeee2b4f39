// A place to try things out: numpy, and what the reader wrote for the exercises of the page.
import { button, h, stage, uniqueId } from "../kit/dom.js";
import { shelf } from "../kit/memory.js";
import { editor } from "./editor.js";
import { KEYS, printout, progress, saveAs } from "./parts.js";

const { recall, keep, forget } = shelf("scratch");

/** Build it in `el`. `ask` runs a text after those that `earlier` gives; it is missing where
 *  `why` says so. */
export function scratch(el, { ask, why, bytes, earlier }) {
  const name = el.dataset.scratch;
  const first = `${el.querySelector("pre").textContent.trimEnd()}\n`;
  const coming = progress(bytes);
  const printed = printout();
  const said = h("p", { class: "ee-verdict", role: "status", hidden: true });
  const place = h("div", { class: "ee-editor" });
  const keys = h("p", { class: "bw-note", id: uniqueId("keys") }, KEYS);
  let running = null; // a promise of what the text printed

  function show(verdict) {
    said.textContent = verdict.message;
    said.hidden = !verdict.message;
    printed.show(verdict.printed);
    return verdict;
  }
  async function asked() {
    if (!ask) return show({ message: why });
    go.setAttribute("aria-busy", "true");
    const verdict = await ask({ do: "run", text: code.get(), earlier: earlier() }, coming.show);
    coming.show("idle");
    go.removeAttribute("aria-busy");
    running = null;
    return show(verdict);
  }
  const run = () => {
    running ??= asked();
    return running;
  };
  const go = button(ask ? "Run" : "Run (not here)", run, { "data-run": true });
  const buttons = [
    go,
    button("Reset", () => code.set(first), { title: "Put the first lines back" }),
    button("Download .py", () => saveAs(`${name}.py`, code.get())),
  ];
  const remember = () => (code.get() === first ? forget(name) : keep(name, code.get()));

  el.replaceChildren();
  const root = stage(el, "exercise", "A place to try things out");
  root.append(place, keys, h("div", { class: "bw-row" }, ...buttons), coming.element);
  root.append(said, printed.element);
  const code = editor(place, {
    text: recall(name) ?? first,
    label: "Lines to try out",
    described: keys.id,
    run,
    changed: remember,
  });
  if (why) show({ message: why });
  el.dataset.live = "";
  return { el, get: code.get, set: code.set, run };
}
