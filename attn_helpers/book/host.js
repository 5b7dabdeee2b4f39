// Runs the widgets of a page without a kernel, on the modules that the scripts before
// this one have put into `bookModules`.
const modules = window.bookModules ?? {};

// The same rule as `view_of` in widgets/kit/base.py: HeadMixer is head_mixer/view.js.
function viewOf(name) {
  const folder = name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
  return modules[`${folder}/view.js`].default;
}

class Model {
  constructor(state) {
    this.state = state;
    this.listeners = new Map();
  }
  get(name) {
    return this.state[name];
  }
  set(name, value) {
    if (JSON.stringify(this.state[name]) === JSON.stringify(value)) return;
    this.state[name] = structuredClone(value);
    this.emit(`change:${name}`);
    this.emit("change");
  }
  emit(event) {
    for (const listener of this.listeners.get(event) ?? []) listener(this);
  }
  on(event, listener) {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
  }
  off(event, listener) {
    const others = (this.listeners.get(event) ?? []).filter((l) => l !== listener);
    this.listeners.set(event, others);
  }
  save_changes() {} // there is no Python to tell
}

function start(el) {
  const name = el.dataset.widget;
  const picture = [...el.childNodes];
  const place = document.createElement("div");
  try {
    const model = new Model(JSON.parse(el.dataset.state));
    el.replaceChildren(place);
    viewOf(name).render({ model, el: place });
    el.dataset.live = "";
    window.liveWidgets.push({ name, el, model });
  } catch (error) {
    console.error(error);
    el.replaceChildren(...picture);
  }
}

// An output that only a kernel can drive says so instead of looking alive.
function notice(script) {
  const launch = document.querySelector('a[href*="colab.research.google.com"]');
  const note = document.createElement("p");
  note.className = "book-needs-kernel";
  note.setAttribute("role", "note");
  note.append("This control runs Python, so it does not move on this page. ");
  if (launch) {
    const link = document.createElement("a");
    link.href = launch.href;
    link.textContent = "Open the notebook to run it.";
    note.append(link);
  }
  script.after(note);
}

function startAll() {
  window.liveWidgets = [];
  document.querySelectorAll(".book-widget[data-widget]").forEach(start);
  document
    .querySelectorAll('script[type="application/vnd.jupyter.widget-view+json"]')
    .forEach(notice);
  performance.mark("book-widgets-live");
}

if (document.readyState === "loading") addEventListener("DOMContentLoaded", startAll);
else startAll();
