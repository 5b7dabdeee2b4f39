// Push every control of a live widget to its end, and then any of them in any order.
(() => {
  const CONTROLS = 'button, input, select, [role="slider"][tabindex], td[data-cell]';
  const MOST = 12; // times one button is pressed
  const STEPS = 12; // of a handle in one direction

  const frames = () =>
    new Promise((ready) => requestAnimationFrame(() => requestAnimationFrame(ready)));
  /** Two frames later, and as many again for as long as a view waits for a worker. */
  const settled = async () => {
    do await frames();
    while (document.querySelector('[aria-busy="true"]'));
  };
  const press = (element, key, shiftKey = false) =>
    element.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true }));

  /** What can be done with a control, each as a name and a function. */
  function deeds(control, { state }) {
    const label = control.closest("label")?.innerText ?? control.getAttribute("aria-label");
    const name = `${label || control.innerText || control.dataset.cell}`.trim();
    const change = (value) => {
      control.value = value;
      for (const kind of ["input", "change"])
        control.dispatchEvent(new Event(kind, { bubbles: true }));
    };
    if (control.type === "range")
      return ["max", "min"].map((end) => [`${name}: ${end}`, () => change(control[end])]);
    if (control.localName === "select")
      return [...control.options].map((o) => [`${name}: ${o.text}`, () => change(o.value)]);
    if (control.role === "slider")
      return ["Left", "Right", "Up", "Down"].map((side) => [
        `${name}: ${side}`,
        () => {
          let before = "";
          for (let i = 0; i < STEPS && before !== JSON.stringify(state); i += 1) {
            before = JSON.stringify(state);
            press(control, `Arrow${side}`, true);
          }
        },
      ]);
    if (control.localName === "td") {
      const paint = () => {
        control.focus();
        press(control, " ");
      };
      return [[`paint ${name}`, paint]];
    }
    return [[`press ${name}`, () => control.click()]];
  }

  function offered({ el, model }) {
    for (const fold of el.querySelectorAll("details")) fold.open = true;
    return [...el.querySelectorAll(CONTROLS)]
      .filter((control) => !control.disabled && control.checkVisibility())
      .flatMap((control) => deeds(control, model));
  }

  /** The state after each deed, with the deeds that led there. */
  window.statesAtTheEnds = async (widget, steps) => {
    const { style } = document.documentElement;
    style.opacity = 0; // looked at are states, not pictures: what is not seen costs less
    const states = new Map(); // from a state to how it came about
    const note = async (how) => {
      await settled();
      const state = JSON.stringify(widget.model.state);
      if (!states.has(state)) states.set(state, how);
      return state;
    };
    const start = JSON.parse(await note("at the start"));
    const restart = async () => {
      for (const [name, value] of Object.entries(start)) widget.model.set(name, value);
      await settled();
    };
    const names = offered(widget).map(([name]) => name);
    for (const name of names) {
      let before = "";
      for (let times = 1; times <= MOST; times += 1) {
        const deed = offered(widget).find(([other]) => other === name);
        if (!deed) break;
        deed[1]();
        const now = await note(`${name}, ${times} times`);
        if (now === before) break;
        before = now;
      }
      await restart();
    }
    let seed = 1;
    const done = [];
    for (let step = 0; step < steps; step += 1) {
      const all = offered(widget);
      seed = (seed * 48271) % 2147483647;
      const [name, act] = all[seed % all.length];
      act();
      done.push(name);
      await note(done.slice(-6).join("; "));
    }
    style.opacity = "";
    return [...states].map(([state, how]) => [how, JSON.parse(state)]);
  };
})();
