// What an exercise and a place to try things have in common.
import { h } from "../kit/dom.js";

const PHASES = {
  waiting: "Waiting for its turn …",
  starting: "Python starts …",
  running: "Python runs your text …",
  forgotten: "Your text is kept nowhere any more; here it stands until you leave the page.",
};
export const KEYS = "Tab indents. Escape, then Tab leaves the editor. Shift and Enter runs.";
const inMB = (bytes) => Math.round(bytes / 1e6);

export function saveAs(name, text) {
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

/** How far Python and its work have come; `all` is how many bytes it has. */
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
    row.hidden = phase === "idle";
    bar.hidden = phase !== "coming";
    bar.value = all ? arrived / all : 0;
    note.textContent = words[phase] ?? "";
    if (phase === said) return; // how much has come the bar tells who asks it
    said = phase;
    heard.textContent = note.textContent;
  };
  return { element, show };
}
