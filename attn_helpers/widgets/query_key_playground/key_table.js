// A row for each key: whether it may be read, its score and its weight.
import { afresh, button, format, h, update } from "../kit/dom.js";

/** The table; `draw` writes the numbers of the chosen query. */
export function keyTable(state) {
  const body = h("tbody");
  const head = ["may attend", "score", "weight"].map((text) => h("th", { scope: "col" }, text));
  const element = h(
    "table",
    { class: "bw-keys" },
    h("caption", {}, "What the query gets"),
    h("thead", {}, h("tr", {}, ...head, h("td"))),
    body,
  );
  let rows = [];
  const build = afresh(({ keyNames }) => {
    rows = keyNames.map((name, j) => keyRow(state.model, j, name));
    body.replaceChildren(...rows.map(({ row }) => row));
  });
  const draw = (shown) => {
    build(shown.keyNames, shown);
    for (const [j, parts] of rows.entries()) drawRow(parts, j, shown);
  };
  return { element, draw };
}

function keyRow(model, j, name) {
  const box = h("input", {
    type: "checkbox",
    "aria-label": `may attend to ${name}`,
    onchange: () => allow(model, j, box.checked),
  });
  const score = h("td", { class: "bw-number" });
  const bar = h("span", { class: "bw-bar" });
  const number = h("span", { class: "bw-number" });
  const remove = button("×", () => removeKey(model, j), {
    "aria-label": `Remove ${name}`,
    class: "bw-button bw-remove",
  });
  const row = h(
    "tr",
    {},
    h("th", { scope: "row" }, h("label", { class: "bw-check" }, box, name)),
    score,
    h("td", {}, h("span", { class: "bw-track", "aria-hidden": "true" }, bar), number),
    h("td", {}, remove),
  );
  return { row, box, score, bar, number, remove };
}

function drawRow({ box, score, bar, number, remove }, j, { K, mask, scores, weights, chosen }) {
  const weight = weights[chosen][j];
  box.checked = !mask.length || mask[j];
  score.textContent = format(scores[chosen][j]);
  bar.style.width = `${100 * weight}%`;
  number.textContent = format(weight);
  remove.disabled = K.length === 1;
}

function allow(model, j, may) {
  const [K, before] = [model.get("K"), model.get("mask")];
  const mask = before.length ? [...before] : K.map(() => true);
  mask[j] = may;
  update(model, { mask: mask.every(Boolean) ? [] : mask });
}

function removeKey(model, j) {
  const without = (name) => model.get(name).filter((_, i) => i !== j);
  const names = ["K", "V", "labels", "mask"];
  update(model, Object.fromEntries(names.map((name) => [name, without(name)])));
}
