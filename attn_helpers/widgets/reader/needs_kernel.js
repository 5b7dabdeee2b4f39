// An output that only a kernel can drive says so instead of looking alive.
import { h } from "../kit/dom.js";

const CONTROLS = 'script[type="application/vnd.jupyter.widget-view+json"]';

export function sayWhatNeedsAKernel() {
  const launch = document.querySelector('a[href*="colab.research.google.com"]');
  for (const script of document.querySelectorAll(CONTROLS)) {
    const note = h("p", { class: "book-needs-kernel", role: "note" });
    note.append("This control runs Python, so it does not move on this page. ");
    if (launch) note.append(h("a", { href: launch.href }, "Open the notebook to run it."));
    script.after(note);
  }
}
