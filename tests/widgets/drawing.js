// What a view shows, as text that two views of one state have in common.
(() => {
  const CONTROLS = "button, input, select, progress";
  const byName = (a, b) => (a.name < b.name ? -1 : 1);

  /** Attributes in one order, without empty ones and a reader's place (tabindex). */
  function sort(element) {
    const attributes = [...element.attributes].sort(byName);
    for (const { name } of attributes) element.removeAttribute(name);
    for (const { name, value } of attributes) {
      const empty = ["class", "style"].includes(name) && !value;
      if (!empty && name !== "tabindex") element.setAttribute(name, value);
    }
  }

  /** The markup of `root` with the values that its controls have now, a line an element;
   *  ids are numbered, and what `but` selects is left out. */
  function drawn(root, but) {
    const copy = root.cloneNode(true);
    const live = root.querySelectorAll(CONTROLS);
    for (const [i, control] of copy.querySelectorAll(CONTROLS).entries())
      control.setAttribute("now", `${live[i].value} ${live[i].checked ?? ""}`);
    for (const element of copy.querySelectorAll(but)) element.remove();
    copy.querySelectorAll("*").forEach(sort);
    copy.normalize();
    const ids = [...copy.querySelectorAll("[id]")].map(({ id }) => id);
    return copy.innerHTML
      .replace(/bw-[\w-]+-\d+/g, (id) => (ids.includes(id) ? `id${ids.indexOf(id)}` : id))
      .replaceAll("<", "\n<");
  }

  const frames = () =>
    new Promise((ready) => requestAnimationFrame(() => requestAnimationFrame(ready)));
  /** Two frames later, and as many again for as long as a view waits for a worker. */
  const settled = async () => {
    do await frames();
    while (document.querySelector('[aria-busy="true"]'));
  };

  /** A view that begins when it is seen has been told by then: whoever watches later is
   *  told later. */
  const seen = (place) =>
    new Promise((told) => {
      const watch = new IntersectionObserver(() => {
        watch.disconnect();
        told();
      });
      watch.observe(place);
    });

  /** The used view of a live widget, and a new one of its inputs in the same place. */
  window.twice = async ({ el, model }, but) => {
    await settled();
    const used = drawn(el.firstElementChild, but);
    const inputs = Object.keys(JSON.parse(el.dataset.state));
    const state = Object.fromEntries(inputs.map((name) => [name, model.get(name)]));
    const place = document.createElement("div");
    el.append(place);
    const name = el.dataset.widget.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
    const view = window.bookModules[`${name}/view.js`].default;
    const stop = view.render({ model: new model.constructor(structuredClone(state)), el: place });
    await seen(place);
    await settled();
    const anew = drawn(place, but);
    stop();
    place.remove();
    return [used, anew];
  };
})();
