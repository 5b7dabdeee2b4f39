// The question's view: a button per answer, and below each what it deserves to be told.
import { mountChallenge } from "../kit/challenge.js";
import { button, h, redrawOn, rich, stage, together, update } from "../kit/dom.js";

const VERDICT = { true: ["✓", "Right. "], false: ["✗", "Not this one. "] };

/** The text with a full stop, unless it ends a sentence already. */
const ended = (text) => (/[.?!]$/.test(text) ? text : `${text}.`);

function render({ model, el }) {
  const root = stage(el, "predict-question", "Question");
  const legend = h("legend");
  const list = h("ol", { class: "bw-options" });
  const note = h("p", { class: "bw-note" });
  const again = button("Start again", () => {
    update(model, { chosen: [] });
    drawn[0].choose.focus();
  });
  const answer = h("p", { class: "bw-answer" }); // on paper only
  root.append(h("fieldset", {}, legend, list), h("div", { class: "bw-row" }, note, again), answer);
  let drawn = [];
  let asked = null;

  function choose(i) {
    const chosen = model.get("chosen");
    if (!chosen.includes(i)) update(model, { chosen: [...chosen, i] });
  }
  function row(option, i) {
    const mark = h("span", { class: "bw-mark", "aria-hidden": "true" });
    const text = h("span", {}, ...rich(option.text));
    const feedback = h("p", { class: "bw-feedback", "aria-live": "polite" });
    const choice = h(
      "button",
      { type: "button", class: "bw-button", onclick: () => choose(i) },
      mark,
      text,
    );
    return { mark, feedback, choose: choice, item: h("li", {}, choice, feedback) };
  }
  /** Make the elements anew; needed only when the question itself changed. */
  function build(prompt, options) {
    legend.replaceChildren(h("strong", {}, "Predict: "), ...rich(prompt));
    drawn = options.map(row);
    list.replaceChildren(...drawn.map(({ item }) => item));
    const right = options.filter((option) => option.right);
    answer.replaceChildren(
      "Answer: ",
      ...right.flatMap(({ text, feedback }) => rich(`${ended(text)} ${feedback} `)),
    );
  }

  function paint() {
    const [prompt, options, chosen] = ["prompt", "options", "chosen"].map((n) => model.get(n));
    const question = JSON.stringify([prompt, options]);
    if (asked !== question) build(prompt, options);
    asked = question;
    drawn.forEach(({ mark, feedback, item }, i) => {
      const tried = chosen.includes(i);
      const [symbol, words] = VERDICT[options[i].right];
      mark.textContent = tried ? symbol : "";
      if (tried) item.dataset.verdict = options[i].right ? "right" : "wrong";
      else delete item.dataset.verdict;
      if (tried !== Boolean(feedback.firstChild)) {
        feedback.replaceChildren(
          ...(tried ? [h("strong", {}, words), ...rich(options[i].feedback)] : []),
        );
      }
    });
    const first = chosen.findIndex((i) => options[i]?.right);
    const left = options.length - chosen.length;
    note.textContent = !chosen.length
      ? "Commit to one answer; then you may look at the others."
      : first < 0
        ? "Not yet: try another."
        : `Found at try ${first + 1}.${left ? " The other answers are worth a look too." : ""}`;
    again.hidden = !chosen.length;
    model.set("solved", first >= 0);
  }

  return together(
    redrawOn(model, ["prompt", "options", "chosen"], paint),
    mountChallenge(model, root),
  );
}

const view = { render };
export default view;
