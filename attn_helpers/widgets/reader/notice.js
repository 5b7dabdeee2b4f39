// A sentence for the reader at the foot of the window, until it is closed.
import { button, h } from "../kit/dom.js";

const said = h("span", { role: "status" });
const element = h("div", { class: "bw-notice", hidden: true }, said);
element.append(button("Close", () => notice("")));

/** Say it; "" takes it away. */
export function notice(text) {
  if (!element.isConnected) document.body.append(element);
  element.hidden = !text;
  said.textContent = text;
}
