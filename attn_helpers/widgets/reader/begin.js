// What a page does for its reader once its figures are live.
import { h } from "../kit/dom.js";
import { remember } from "./answers.js";
import { corner } from "./corner.js";
import { startCounting } from "./done.js";
import { followLinks } from "./links.js";
import { sayWhatNeedsAKernel } from "./needs_kernel.js";

const QUESTION = "PredictQuestion"; // it has no state to show anybody

/** `folder` is where this folder's files lie; they change with `edition`. */
function begin(folder, edition) {
  const place = (name) => new URL(`${name}?v=${edition}`, folder);
  document.head.append(h("link", { rel: "stylesheet", href: place("style.css") }));
  sayWhatNeedsAKernel();
  for (const figure of window.liveWidgets) {
    remember(figure);
    if (figure.name !== QUESTION) corner(figure, place);
  }
  startCounting();
  followLinks();
  document.documentElement.dataset.reader = "here";
}

export default begin;
