// What the view loads later: the offer of a large model, and how the figure shows one.
import { button, choice, h, update } from "../kit/dom.js";
import { asChat } from "./chat.js";
import { headGrid } from "./head_grid.js";
import { largeModel } from "./large_model.js";
import { visible } from "./letters.js";
import { passage } from "./passage.js";

const FIRST = "The capital of France is"; // what the large model reads first
const HEAD = [16, 0]; // it looks at the token before
const NOTE =
  "From the framed token: a cell is how much a head looks at one token; the bars are where the framed head looks.";
const TARGETS = {
  first: ["the first token", () => 0],
  before: ["the token before", (place) => Math.max(0, place - 1)],
  own: ["the token itself", (place) => place],
};

/** `use(promise)` and `back()` change the model, `choose(place)` the token to look from.
 *  Returns { offer, element, draw, stop }. */
function more({ model, use, back, choose }) {
  let [shown, before] = [null, ""];
  let chosen = { head: HEAD, target: "first" };
  const put = (news) => {
    chosen = { ...chosen, ...news };
    draw(shown);
  };
  const offer = largeModel({
    use(promise) {
      use(promise, "The model is made ready.");
      before = model.get("text");
      update(model, { text: FIRST, chosen: -1 });
    },
    back() {
      back();
      update(model, { text: before, chosen: -1 });
    },
  });
  const grid = headGrid((...head) => put({ head }));
  const text = passage(choose);
  const kind = choice(
    "a cell: the weight on",
    Object.entries(TARGETS).map(([name, [words]]) => [name, words]),
    { read: () => chosen.target, write: (target) => put({ target }) },
  );
  const talk = button("Put the text into a conversation", () =>
    update(model, { text: asChat([model.get("text")]), chosen: -1 }),
  );
  const words = h("p");
  const inside = h(
    "div",
    {},
    h("div", { class: "bw-row" }, kind.element, talk),
    ...[grid.element, text.element, words, h("p", { class: "bw-note" }, NOTE)],
  );
  inside.hidden = true;

  function draw(now) {
    shown = now;
    const isLarge = Boolean(now?.about?.heavy);
    inside.hidden = !isLarge;
    if (!isLarge) return;
    const { about, row, place } = now;
    const { target } = chosen;
    const head = [
      Math.min(chosen.head[0], about.layers - 1),
      Math.min(chosen.head[1], about.heads - 1),
    ];
    const all = Array.from({ length: about.layers * about.heads }, (_, n) => n);
    const t = row ? row.weights.length / all.length : 0;
    const ofHead = (n) => (row ? row.weights.subarray(n * t, (n + 1) * t) : []);
    const at = TARGETS[target][1](place);
    const shares = all.map((n) => ofHead(n)[at] ?? 0);
    const own = ofHead(head[0] * about.heads + head[1]);
    kind.refresh();
    talk.disabled = now.text.includes("<|im_start|>");
    grid.draw(about, shares, head);
    text.draw(now, own);
    words.textContent = row ? report(now, { own, shares, head, target }) : "";
  }
  const element = h("div", { class: "bw-more" }, inside);
  return { offer: offer.element, element, draw, stop: offer.stop };
}

/** The chosen head, all heads, and how fast it goes, in words. */
function report({ pieces, place, perSecond }, { head, own, shares, target }) {
  const most = own.indexOf(Math.max(...own));
  const named = (n) => `“${visible(pieces[n])}”`;
  const mean = shares.reduce((a, b) => a + b) / shares.length;
  const parts = [
    `Layer ${head[0] + 1} head ${head[1] + 1}, from ${named(place)}: most at ${named(most)} (${own[most].toFixed(2)}).`,
    `The heads give ${TARGETS[target][0]} ${Math.round(100 * mean)} % of their weight, on average.`,
  ];
  if (perSecond) parts.push(`${perSecond.toFixed(1)} tokens a second.`);
  return parts.join(" ");
}

export default more;
