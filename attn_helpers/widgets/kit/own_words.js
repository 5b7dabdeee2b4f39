// A field for a reader's own words.
import { afresh, h, uniqueId } from "./dom.js";

/**
 * `write(text)` takes the words on Enter, or when the field is left; then the field shows
 * what `read()` gives, so that what cannot be taken goes away. Returns { element, refresh }.
 */
export function ownWords(label, hint, { read, write }) {
  const id = uniqueId("hint");
  const input = h("input", {
    type: "text",
    class: "bw-words",
    autocomplete: "off",
    "aria-describedby": id,
  });
  const show = () => {
    input.value = read();
  };
  input.addEventListener("change", () => {
    write(input.value);
    show();
  });
  const told = h("span", { id, class: "bw-note" }, hint);
  const element = h("label", { class: "bw-control" }, h("span", {}, label), input, told);
  const refresh = afresh(show); // not while a reader writes
  return { element, refresh: () => refresh(read()) };
}
