// A text in lines, each piece with a bar as strong as the weight that it is given.
import { h, set } from "../kit/dom.js";
import { visible } from "./letters.js";

/** `choose(place)` is called for a piece to look from; returns { element, draw }. */
export function passage(choose) {
  const element = h("div", { class: "bw-passage", tabindex: 0, role: "slider" });
  let [parts, at] = [[], 0];
  element.addEventListener("click", ({ target }) => {
    const place = parts.indexOf(target);
    if (place >= 0) choose(place);
  });
  element.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(Math.max(0, Math.min(at + step, parts.length - 1)));
  });

  /** `weights` of the pieces as far as they go, looked from `place`. */
  const draw = ({ pieces, place }, weights) => {
    at = place;
    while (parts.length > pieces.length) parts.pop().remove();
    for (const [n, piece] of pieces.entries()) {
      if (!parts[n]) {
        parts.push(h("span"));
        element.append(parts[n]);
      }
      const part = parts[n];
      const text = visible(piece);
      if (part.textContent !== text) part.textContent = text;
      part.className = n === place ? "bw-now" : n > place ? "bw-later" : "";
      part.style.setProperty("--weight", `${100 * (weights[n] ?? 0)}%`);
    }
    set(element, {
      "aria-label": "token to look from",
      "aria-valuemin": 1,
      "aria-valuemax": pieces.length,
      "aria-valuenow": place + 1,
      "aria-valuetext": `“${visible(pieces[place] ?? "")}”, ${place + 1} of ${pieces.length}`,
    });
  };
  return { element, draw };
}
