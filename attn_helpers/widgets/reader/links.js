// A figure's state as an address, and an address as a figure's state.
//
// `#figure=SoftmaxDial.2&v=1&temperature=0.5` is the second SoftmaxDial of the page in its
// first state, but for its temperature. Numbers and lists are JSON, a text is itself.
import { copy, update } from "../kit/dom.js";
import { accepted } from "./limits.js";
import { notice } from "./notice.js";

const VERSION = "1";
const START = "#figure=";

const firstOf = ({ el }) => JSON.parse(el.dataset.state);
const limitsOf = ({ el }) => JSON.parse(el.dataset.limits ?? "{}");
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

const written = (value) => (typeof value === "string" ? value : JSON.stringify(value));
function readAs(text, first) {
  if (typeof first === "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // which no figure takes
  }
}

/** The part of an address that leads to the figure as it is now. */
export function addressOf(figure) {
  const alike = window.liveWidgets.filter(({ name }) => name === figure.name);
  const place = alike.indexOf(figure) + 1;
  const first = firstOf(figure);
  const pairs = Object.keys(limitsOf(figure))
    .filter((name) => !same(figure.model.get(name), first[name]))
    .map((name) => [name, written(figure.model.get(name))]);
  const name = place > 1 ? `${figure.name}.${place}` : figure.name;
  return `#${new URLSearchParams([["figure", name], ["v", VERSION], ...pairs])}`;
}

/** Which figure, and which inputs as texts; a sentence where the address leads nowhere. */
function parsed(address) {
  const { figure: named, v, ...texts } = Object.fromEntries(new URLSearchParams(address.slice(1)));
  const [name, place = "1"] = named.split(".");
  const alike = window.liveWidgets.filter((figure) => figure.name === name);
  const figure = alike[Number(place) - 1];
  if (!figure) return { why: `The link leads to a figure that this page does not have: ${named}.` };
  if (v !== VERSION) {
    const why = `The link is of version ${v ?? "0"}, which this page cannot read.`;
    return { figure, why: `${why} The figure is in its first state.` };
  }
  return { figure, texts };
}

/** Show a figure in the state of an address; says so where it does not take all of it. */
function open(address, block) {
  const { figure, texts, why } = parsed(address);
  notice(why ?? "");
  if (texts) set(figure, texts);
  figure?.el.scrollIntoView({ block });
  return figure;
}

function set(figure, texts) {
  const first = firstOf(figure);
  const values = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, readAs(text, first[name])]),
  );
  const taken = accepted(limitsOf(figure), first, values);
  const refused = Object.keys(values).filter((name) => !Object.hasOwn(taken, name));
  const all = Object.keys(limitsOf(figure)).map((name) => [name, taken[name] ?? first[name]]);
  update(figure.model, copy(Object.fromEntries(all)));
  if (refused.length) {
    const asked = refused.map((name) => `${name} = ${texts[name]}`.slice(0, 60)).join(", ");
    notice(`The link asks for what this figure does not take (${asked}); that part is left out.`);
  }
}

/** Follow the page's own address, and links in its text that set a figure. */
export function followLinks() {
  const isLink = (address) => address.startsWith(START);
  document.addEventListener("click", (event) => {
    const address = event.target.closest?.("a")?.getAttribute("href") ?? "";
    if (!isLink(address) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(address, "nearest");
  });
  addEventListener("hashchange", () => isLink(location.hash) && open(location.hash, "start"));
  if (!isLink(location.hash)) return;
  const figure = open(location.hash, "start");
  // what loads above the figure moves it
  addEventListener("load", () => figure?.el.scrollIntoView());
}
