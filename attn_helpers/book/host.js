// Runs the widgets of a page without a kernel, on the modules that the scripts before
// this one have put into `bookModules`.
const modules = window.bookModules ?? {};
const { src } = document.currentScript; // "" where this stands in the page itself

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

// What a page can be read without: see widgets/reader.
function bringTheRest() {
  const script = document.createElement("script");
  script.src = new URL("reader/data.js", src);
  document.head.append(script);
}

function startAll() {
  window.liveWidgets = [];
  document.querySelectorAll(".book-widget[data-widget]").forEach(start);
  performance.mark("book-widgets-live");
  if (src) bringTheRest();
}

if (document.readyState === "loading") addEventListener("DOMContentLoaded", startAll);
else startAll();
