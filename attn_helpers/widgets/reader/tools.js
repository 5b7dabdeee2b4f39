// What can be done with a figure as it is: link to it, show it large, keep its picture.
import { button, h } from "../kit/dom.js";
import { addressOf } from "./links.js";
import { asPNG, pictureOf } from "./picture.js";

const MARGIN = 48; // pixels around a figure that fills the screen

function save(name, blob) {
  const href = URL.createObjectURL(blob);
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

const named = ({ name }, kind) =>
  `${name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}.${kind}`;

/** The address bar has the link in any case; not every page may use the clipboard. */
async function copyLink(figure) {
  history.replaceState(null, "", addressOf(figure));
  try {
    await navigator.clipboard.writeText(location.href);
    return "The link is copied, and it stands in the address bar.";
  } catch {
    return "The link stands in the address bar: copy it from there.";
  }
}

async function fillTheScreen({ el }) {
  if (document.fullscreenElement) return document.exitFullscreen();
  try {
    await el.requestFullscreen();
  } catch {
    return "This browser does not show a figure on the full screen.";
  }
}

/** As large as the screen has room for. */
function fit(el) {
  const box = el.firstElementChild;
  box.style.zoom = "";
  if (document.fullscreenElement !== el) return;
  const { width, height } = box.getBoundingClientRect();
  const [wide, high] = [innerWidth, innerHeight].map((side) => side - MARGIN);
  box.style.zoom = Math.max(1, Math.min(wide / width, high / height));
}

async function saveSVG(figure) {
  const { text } = pictureOf(figure.el);
  save(named(figure, "svg"), new Blob([text], { type: "image/svg+xml" }));
}

async function savePNG(figure) {
  save(named(figure, "png"), await asPNG(figure.el));
}

const TOOLS = [
  ["Copy link to this state", copyLink],
  ["Full screen", fillTheScreen],
  ["Save picture as SVG", saveSVG],
  ["Save picture as PNG", savePNG],
];

function panel(figure, opener, id) {
  const said = h("p", { class: "bw-note", role: "status" });
  const press = async (act) => {
    said.textContent = (await act(figure)) ?? "";
  };
  const close = () => {
    element.hidden = true;
    opener.setAttribute("aria-expanded", "false");
  };
  const buttons = TOOLS.map(([text, act]) => button(text, () => press(act)));
  const element = h("div", { class: "bw-tools", id, hidden: true }, ...buttons, said);
  element.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    close();
    opener.focus();
  });
  document.addEventListener("fullscreenchange", () => fit(figure.el));
  const open = () => {
    element.hidden = false;
    said.textContent = "";
    opener.setAttribute("aria-expanded", "true");
    buttons[0].focus();
  };
  return { element, toggle: () => (element.hidden ? open() : close()) };
}

const panels = new Map(); // by their buttons

/** Open the tools of a figure, or close them; `opener` is its button. */
function toggle(figure, opener, id) {
  if (!panels.has(opener)) {
    panels.set(opener, panel(figure, opener, id));
    opener.after(panels.get(opener).element);
  }
  panels.get(opener).toggle();
}

export default toggle;
