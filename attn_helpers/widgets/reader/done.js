// Which questions, challenges and exercises a reader has done, and how many of them.
import { button } from "../kit/dom.js";
import { forgetEverything, isAnythingKept, shelf } from "../kit/memory.js";

const SURE =
  "Forget everything that this browser has kept for the book: your answers, what you have " +
  "solved, and the texts of your exercises?";

const kept = shelf("done");
const here = new Set(); // counts where nothing can be kept

/** Whether it has been done, now or on an earlier visit. */
export const isDone = (id) => here.has(id) || kept.recall(id) !== null;

/** `data-done` of an element lists what it counts. */
function count() {
  for (const element of document.querySelectorAll("[data-done]")) {
    const ids = element.dataset.done.split(" ");
    element.textContent = `${ids.filter(isDone).length} of ${ids.length} done`;
    element.hidden = false;
  }
  for (const place of document.querySelectorAll("[data-forget]")) place.hidden = !isAnythingKept();
}

/** Keep that the question, challenge or exercise with this id is done. */
export function markDone(id) {
  here.add(id);
  kept.keep(id, "yes");
  count();
}

function forget() {
  if (!confirm(SURE)) return;
  forgetEverything();
  location.reload();
}

/** Count, now and whenever something is done, here or in another tab. */
export function startCounting() {
  for (const place of document.querySelectorAll("[data-forget]"))
    place.append(button("Forget everything", forget));
  addEventListener("book-done", ({ detail }) => markDone(detail)); // the exercises say so
  addEventListener("storage", count);
  addEventListener("pageshow", count);
  count();
}
