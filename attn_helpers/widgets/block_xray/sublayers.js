// What the two sub-layers do for this token: a bar for each weight and each hidden unit.
import { afresh, checkbox, format, h, update } from "../kit/dom.js";

/** Both lists with their switches; `put` takes the weights and then the hidden units. */
export function sublayers(model) {
  const lists = [
    barList(model, "attention", "attention: this token's weights"),
    barList(model, "feed_forward", "feed-forward: hidden units"),
  ];
  const element = h("div", { class: "bw-sublayers" }, ...lists.map((list) => list.element));
  const draw = ({ tokens, units }) => {
    lists[0].draw(tokens);
    lists[1].draw(units);
  };
  const put = (numbers) => {
    const [most, ...values] = numbers;
    const count = lists[0].count();
    lists[0].put(values.slice(0, count), 1);
    lists[1].put(values.slice(count), most);
  };
  return { element, draw, put };
}

/** What glides: the scale of the hidden units, the weights, the units; 0 before the token
 *  has come to the sub-layer. */
export function barNumbers({ names, station, weights, hidden }) {
  const reached = (name) => (names.indexOf(name) <= station ? 1 : 0);
  return [
    Math.max(1e-9, ...hidden),
    ...weights.map((w) => w * reached("attention")),
    ...hidden.map((u) => u * reached("feed-forward")),
  ];
}

function barList(model, trait, title) {
  const on = checkbox(title, {
    read: () => model.get(trait),
    write: (value) => update(model, { [trait]: value }),
  });
  const list = h("ul");
  let bars = [];
  const build = afresh((names) => {
    bars = names.map(() => [h("span", { class: "bw-bar" }), h("span", { class: "bw-number" })]);
    list.replaceChildren(
      ...names.map((name, i) =>
        h("li", {}, h("span", {}, name), h("span", { class: "bw-track" }, bars[i][0]), bars[i][1]),
      ),
    );
  });
  const element = h("div", {}, on.element, list);
  const draw = (names) => {
    build(names, names);
    on.refresh();
    list.classList.toggle("bw-off", !model.get(trait));
  };
  const put = (values, most) => {
    for (const [i, [bar, number]] of bars.entries()) {
      bar.style.width = `${(100 * values[i]) / most}%`;
      number.textContent = format(values[i]);
    }
  };
  return { element, draw, put, count: () => bars.length };
}
