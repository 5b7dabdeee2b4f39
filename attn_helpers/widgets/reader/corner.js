// A button in the corner of each figure; what it opens is loaded when it is first pressed.
import { h, uniqueId } from "../kit/dom.js";
import { notice } from "./notice.js";

const TOOLS = "reader/tools.js";
const NOT_HERE = "The tools of this figure did not come; press its button again.";

let tools = null; // a promise of what opens and closes the tools of a figure

function loadTools(address) {
  return new Promise((resolve, reject) => {
    const script = h("script", { src: address });
    script.onload = () => resolve(window.bookModules[TOOLS].default);
    script.onerror = () => reject(new Error(`${script.src} could not be loaded.`));
    document.head.append(script);
  });
}

/** Put the button there; `place` gives the address of a file of this folder. */
export function corner(figure, place) {
  const id = uniqueId("tools");
  const open = async () => {
    tools ??= loadTools(place("tools.js"));
    const toggle = await tools.catch(() => null);
    if (toggle) return toggle(figure, opener, id);
    tools = null;
    notice(NOT_HERE);
  };
  const opener = h(
    "button",
    {
      type: "button",
      class: "bw-corner",
      "aria-label": "Tools of this figure",
      "aria-expanded": "false",
      "aria-controls": id,
      onclick: open,
    },
    "⋯",
  );
  figure.el.querySelector(".bw").append(opener);
}
