// What a page does for its reader once its figures are live.
import { h } from "../kit/dom.js";
import { remember } from "./answers.js";
import { corner } from "./corner.js";
import { startCounting } from "./done.js";
import { followLinks } from "./links.js";
import { sayWhatNeedsAKernel } from "./needs_kernel.js";

const QUESTION = "PredictQuestion"; // it has no state to show anybody

/** `folder` is where the scripts of this folder lie. */
function begin(folder) {
  document.head.append(h("link", { rel: "stylesheet", href: new URL("style.css", folder) }));
  sayWhatNeedsAKernel();
  for (const figure of window.liveWidgets) {
    remember(figure);
    if (figure.name !== QUESTION) corner(figure, folder);
  }
  startCounting();
  followLinks();
  document.documentElement.dataset.reader = "here";
}

export default begin;
