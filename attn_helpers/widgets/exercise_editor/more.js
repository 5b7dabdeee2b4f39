// The exercises of a page become editors, once the page itself has been loaded.
import { h } from "../kit/dom.js";
import { card } from "./card.js";
import { python } from "./python.js";
import { scratch } from "./scratch.js";

const FROM_A_FILE =
  "Python does not run in a page that was opened from a file: open the book from a server, " +
  "as `make serve` does, or the notebook.";
const NOT_BUILT_IN =
  "This copy of the book was built without Python for its pages; the notebook has the " +
  "same exercise.";

function styled(href) {
  return new Promise((resolve) => {
    document.head.append(h("link", { rel: "stylesheet", href, onload: resolve, onerror: resolve }));
  });
}

/** `script` is the element of the script that holds all this, `files` tell what lies in
 *  `../../python/` from there. */
async function start({ script, files, judge, work }) {
  const folder = new URL("../../python/", script.src);
  const isFile = location.protocol === "file:";
  const why = isFile ? FROM_A_FILE : Object.keys(files).length ? "" : NOT_BUILT_IN;
  const ask = why ? null : python({ files, judge, folder, work });
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
  await styled(new URL(`style.css${new URL(script.src).search}`, script.src));
  const places = [...document.querySelectorAll("[data-exercise]")];
  window.pageExercises = places.map((el) => card(el, { check: ask, why, bytes }));
  const earlier = () => window.pageExercises.map(({ get }) => get());
  const free = [...document.querySelectorAll("[data-scratch]")];
  window.pageScratch = free.map((el) => scratch(el, { ask, why, bytes, earlier }));
}

export default start;
