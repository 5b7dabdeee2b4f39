// The line in which the text is typed; a letter that the model does not know is left out.
import { h, uniqueId, update } from "../kit/dom.js";
import { typed, untyped } from "./letters.js";

/** `refuse(sentence)` is called with what was wrong, or null; `touched()` before a change. */
export function entry(model, { refuse, touched }) {
  const id = uniqueId("text");
  const attributes = { id, type: "text", autocomplete: "off", autocapitalize: "off" };
  const input = h("input", { ...attributes, spellcheck: "false", class: "bw-text" });
  const count = h("output", { class: "bw-value", for: id });
  const element = h("div", { class: "bw-entry" }, h("label", { for: id }, "text"), input, count);
  let about = null;
  input.addEventListener("input", () => {
    touched();
    const { text, wrong } = readable(untyped(input.value), about ?? {});
    const caret = input.selectionStart - (untyped(input.value).length - text.length);
    if (typed(text) !== input.value) {
      input.value = typed(text);
      input.setSelectionRange(caret, caret);
    }
    if (text) update(model, { text, chosen: -1 });
    refuse(wrong);
  });
  // an empty line goes back to the text that the figure shows
  input.addEventListener("blur", () => draw({ about }));
  const draw = (now) => {
    about = now.about;
    const line = typed(model.get("text"));
    if (input.value !== line && (input.value || document.activeElement !== input))
      input.value = line;
    const most = about ? ` of ${about.maxLength}` : "";
    count.textContent = `${now.pieces?.length || [...model.get("text")].length}${most}`;
  };
  return { element, draw };
}

/** What of a line the model can read, and a sentence about what it cannot, or null. */
function readable(line, { letters, maxLength } = {}) {
  if (!line) return { text: "", wrong: "The model needs a letter to go on from." };
  if (!letters) return { text: line, wrong: null };
  const unknown = [...line].find((letter) => !letters.includes(letter));
  const known = [...line].filter((letter) => letters.includes(letter));
  let wrong = null;
  if (unknown)
    wrong = `“${unknown}” is left out: it is not one of the ${letters.length} letters that this model knows.`;
  else if (known.length > maxLength)
    wrong = `Only ${maxLength} letters fit: the model was trained on texts of that length.`;
  return { text: known.slice(0, maxLength).join(""), wrong };
}
