// A place to try things out: numpy, and what the reader wrote for the exercises of the page.
import { button, h, stage, uniqueId } from "../kit/dom.js";
import { shelf } from "../kit/memory.js";
import { KEYS, printout, progress } from "./card.js";
import { editor } from "./editor.js";

const { recall, keep } = shelf("scratch");

/** Build it in `el`. `ask` runs a text after those that `earlier` gives; it is missing where
 *  `why` says so. */
export function scratch(el, { ask, why, bytes, earlier }) {
  const name = el.dataset.scratch;
  const first = el.querySelector("pre").textContent.trimEnd();
  const coming = progress(bytes);
  const printed = printout();
  const place = h("div", { class: "ee-editor" });
  const keys = h("p", { class: "bw-note", id: uniqueId("keys") }, KEYS);
  let running = null; // a promise of what the text printed

  async function asked() {
    if (!ask) return { message: why };
    const verdict = await ask({ do: "run", text: code.get(), earlier: earlier() }, coming.show);
    coming.show(verdict.message ?? "");
    printed.show(verdict.printed);
    running = null;
    return verdict;
  }
  const run = () => {
    running ??= asked();
    return running;
  };
  const go = button(ask ? "Run" : "Run (not here)", run, { "data-run": true });

  el.replaceChildren();
  stage(el, "exercise", "Try things out").append(
    place,
    keys,
    h("div", { class: "bw-row" }, go),
    coming.element,
    printed.element,
  );
  const code = editor(place, {
    text: recall(name) ?? first,
    label: "Try things out",
    described: keys.id,
    run,
    changed: () => keep(name, code.get()),
  });
  coming.show(why);
  return { el, ...code, run };
}
