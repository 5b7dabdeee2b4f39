// A goal that the page itself checks: conditions on traits, and traits to leave alone.
import { copy, h, rich } from "./dom.js";

const OPERATORS = {
  ">=": (got, value) => got >= value,
  "<=": (got, value) => got <= value,
  "==": (got, value) => JSON.stringify(got) === JSON.stringify(value),
  within: (got, [low, high]) => got >= low && got <= high,
};

const at = (model, [name, ...path]) => path.reduce((value, step) => value?.[step], model.get(name));

/** Whether the goal asks to leave one of these traits alone: what would change it can
 *  only spoil the challenge and need not be offered. */
export const keeps = (model, names) =>
  names.some((name) => model.get("challenge")?.keep?.includes(name));

/** The first unmet requirement as a sentence, or null when the goal is reached; `names`
 *  words those traits whose own names are no words. */
export function unmet(model, { conditions, keep = [] }, start, names = {}) {
  const moved = keep.find((name) => JSON.stringify(model.get(name)) !== start[name]);
  if (moved) return `Leave ${names[moved] ?? `the ${moved}`} alone; press Reset to start again.`;
  const open = conditions.find(({ path, op, value }) => !OPERATORS[op](at(model, path), value));
  return open ? open.hint : null;
}

/** Show the goal above a view and judge it after every change; what is reached stays
 *  reached, so that a goal may go on after it. Returns the clean-up. */
export function mountChallenge(model, root, names) {
  const challenge = model.get("challenge");
  if (!challenge?.goal) return () => {};
  const start = {};
  // a second view of the same widget must not take a changed state for the start
  for (const name of challenge.keep ?? []) {
    start[name] = JSON.stringify(challenge.start?.[name] ?? copy(model.get(name)));
  }
  const verdict = h("span", { role: "status", "aria-live": "polite" });
  const panel = h(
    "p",
    { class: "bw-challenge" },
    h("strong", {}, "Challenge. "),
    ...rich(`${challenge.goal} `),
    verdict,
  );
  root.prepend(panel);
  let said = null; // screen readers hear the verdict only when it changes
  const judge = () => {
    if (panel.hasAttribute("data-solved")) return;
    const open = unmet(model, challenge, start, names);
    const text = open === null ? "✓ Solved." : `Not yet: ${open}`;
    if (said !== text) verdict.replaceChildren(...rich(text));
    said = text;
    panel.toggleAttribute("data-solved", open === null);
  };
  // a view sets its results in the frame after a change: they are judged behind it, or an
  // input that is back where it was would be judged with the results of another one
  let frame = 0;
  const afterTheView = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(judge);
  };
  model.on("change", afterTheView);
  judge();
  return () => {
    model.off("change", afterTheView);
    cancelAnimationFrame(frame);
  };
}
