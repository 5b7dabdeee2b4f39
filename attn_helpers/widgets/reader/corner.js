// A button in the corner of each figure; what it opens is loaded when it is first pressed.
import { h, uniqueId } from "../kit/dom.js";

const TOOLS = "reader/tools.js";

let tools = null; // a promise of what opens and closes the tools of a figure

function loadTools(folder) {
  return new Promise((resolve, reject) => {
    const script = h("script", { src: new URL("tools.js", folder) });
    script.onload = () => resolve(window.bookModules[TOOLS].default);
    script.onerror = () => reject(new Error(`${script.src} could not be loaded.`));
    document.head.append(script);
  });
}

/** Put the button there; `folder` is where the scripts of this folder lie. */
export function corner(figure, folder) {
  const id = uniqueId("tools");
  const open = async () => {
    tools ??= loadTools(folder);
    (await tools)(figure, opener, id);
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
