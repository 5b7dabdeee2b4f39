// Answers to questions and solved challenges outlive the page.
import { update } from "../kit/dom.js";
import { shelf } from "../kit/memory.js";
import { isDone, markDone } from "./done.js";

const answers = shelf("answer");

function listOf(text) {
  try {
    const list = JSON.parse(text);
    return Array.isArray(list) ? list : [];
  } catch {
    return []; // somebody else has written it
  }
}

/** Answers are kept by their words, so that options may change places. */
function question(id, model) {
  const texts = model.get("options").map(({ text }) => text);
  const keep = () => {
    const chosen = model.get("chosen").map((i) => texts[i]);
    if (chosen.length) answers.keep(id, JSON.stringify(chosen));
    else answers.forget(id);
    if (model.get("chosen").some((i) => model.get("options")[i].right)) markDone(id);
  };
  const before = [...new Set(listOf(answers.recall(id)))].map((text) => texts.indexOf(text));
  const chosen = before.filter((i) => i >= 0);
  if (chosen.length) update(model, { chosen });
  model.on("change:chosen", keep);
}

/** A challenge marks its panel as solved: see kit/challenge.js. */
function challenge(id, panel) {
  const solved = () => panel.hasAttribute("data-solved") && markDone(id);
  if (isDone(id)) {
    panel.toggleAttribute("data-solved", true);
    panel.querySelector("[role=status]").textContent = "✓ You have solved this before.";
  }
  new MutationObserver(solved).observe(panel, { attributeFilter: ["data-solved"] });
}

/** Remember what is done with a live figure, where the builder has given it an id. */
export function remember({ el, model }) {
  const id = el.dataset.does;
  if (!id) return;
  const panel = el.querySelector(".bw-challenge");
  if (panel) challenge(id, panel);
  else question(id, model);
}
